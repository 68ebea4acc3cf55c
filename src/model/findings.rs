//! Everything that was found, to be looked up by object and by node.

use super::{Finding, ObjectKey, Severity};
use std::{
    collections::{BTreeMap, HashMap},
    ops::Deref,
};

/// Findings, the worst first, with the ways to look them up.
#[derive(Debug, Clone, Default)]
pub struct Findings {
    all: Vec<Finding>,
    /// Places in `all` of what is to be mended on an object.
    about: HashMap<ObjectKey, Vec<usize>>,
    /// Place in `all` of the first error that stops a node.
    stopping: BTreeMap<String, usize>,
    /// Place in `all` of the first error that stops the whole site.
    stopping_site: Option<usize>,
    errors: usize,
}

impl Findings {
    /// Makes findings known, in their order.
    pub fn new(all: Vec<Finding>) -> Self {
        let mut findings = Self::default();
        for (at, finding) in all.iter().enumerate() {
            findings.about.entry(finding.object.clone()).or_default().push(at);
            if finding.severity != Severity::Error {
                continue;
            }
            findings.errors += 1;
            if finding.nodes.is_empty() && findings.stopping_site.is_none() {
                findings.stopping_site = Some(at);
            }
            for node in &finding.nodes {
                findings.stopping.entry(node.clone()).or_insert(at);
            }
        }
        Self { all, ..findings }
    }

    /// What is to be mended on an object.
    pub fn about(&self, object: &ObjectKey) -> impl Iterator<Item = &Finding> {
        self.about.get(object).into_iter().flatten().filter_map(|at| self.all.get(*at))
    }

    /// The first error that stops work on a node.
    pub fn stopping(&self, node: &str) -> Option<&Finding> {
        let own = self.stopping.get(node).copied();
        own.into_iter().chain(self.stopping_site).min().and_then(|at| self.all.get(at))
    }

    /// The first error.
    pub fn first_error(&self) -> Option<&Finding> {
        self.all.first().filter(|first| first.severity == Severity::Error)
    }

    /// How many are errors.
    pub fn errors(&self) -> usize {
        self.errors
    }

    /// How many are warnings.
    pub fn warnings(&self) -> usize {
        self.all.len() - self.errors
    }
}

impl Deref for Findings {
    type Target = [Finding];

    fn deref(&self) -> &[Finding] {
        &self.all
    }
}

impl IntoIterator for Findings {
    type Item = Finding;
    type IntoIter = std::vec::IntoIter<Finding>;

    fn into_iter(self) -> Self::IntoIter {
        self.all.into_iter()
    }
}

impl PartialEq for Findings {
    fn eq(&self, other: &Self) -> bool {
        self.all == other.all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(severity: Severity, message: &str, nodes: &[&str]) -> Finding {
        Finding {
            severity,
            rule: "SLW1001",
            object: ObjectKey::new("Network", "oam"),
            field: "spec".into(),
            message: message.into(),
            hint: "mend it".into(),
            nodes: nodes.iter().map(|node| (*node).to_owned()).collect(),
            lent: None,
        }
    }

    #[test]
    fn an_error_of_the_site_stops_every_node_and_the_worst_is_told() {
        let of_node = finding(Severity::Error, "a", &["n1"]);
        let of_site = finding(Severity::Error, "b", &[]);
        let warning = finding(Severity::Warning, "c", &["n3"]);
        let findings = Findings::new(vec![of_node.clone(), of_site.clone(), warning]);
        assert_eq!(findings.stopping("n1"), Some(&of_node));
        assert_eq!(findings.stopping("n2"), Some(&of_site));
        assert_eq!((findings.errors(), findings.warnings(), findings.about(&of_node.object).count()), (2, 1, 3));
        assert_eq!(Findings::new(vec![of_node]).stopping("n3"), None);
    }
}
