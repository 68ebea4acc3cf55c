//! What a rule says, and how it becomes findings on objects, with the nodes that it stops.

use super::{
    place::{Place, field},
    view::SiteView,
};
use crate::{
    design::{class::HostClass, source::Source},
    model::{Finding, ObjectKey, Severity},
};
use std::{collections::HashMap, ptr};

/// Which nodes a mistake stops.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Affected {
    /// Those that were looked at: the node, or all of the class.
    These,
    /// The whole site.
    Site,
    /// Nobody: it is worth mending all the same.
    Nobody,
    /// Those that are attached to this link, with their BMCs, too; the whole site where there are none and the link would
    /// be written to the provisioner all the same.
    OnLink(String),
    /// Those named.
    Nodes(Vec<String>),
}

/// What a rule says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    rule: &'static str,
    severity: Severity,
    place: Place,
    message: String,
    hint: String,
    affected: Affected,
}

/// Where a rule puts what it finds.
pub(super) struct Report<'a> {
    rule: &'static str,
    drafts: &'a mut Vec<Draft>,
}

impl<'a> Report<'a> {
    pub fn new(rule: &'static str, drafts: &'a mut Vec<Draft>) -> Self {
        Self { rule, drafts }
    }

    /// Something that stops work on the nodes that were looked at.
    pub fn error(&mut self, place: Place, message: impl Into<String>, hint: impl Into<String>) {
        self.add(Severity::Error, place, message.into(), hint.into(), Affected::These);
    }

    /// Something that stops work on some nodes, or on the site.
    pub fn error_on(&mut self, affected: Affected, place: Place, message: impl Into<String>, hint: impl Into<String>) {
        self.add(Severity::Error, place, message.into(), hint.into(), affected);
    }

    /// Something that stops work on these nodes; worth mending all the same where there are none.
    pub fn error_for(&mut self, nodes: Vec<String>, place: Place, message: impl Into<String>, hint: impl Into<String>) {
        let affected = if nodes.is_empty() { Affected::Nobody } else { Affected::Nodes(nodes) };
        self.add(Severity::Error, place, message.into(), hint.into(), affected);
    }

    /// Something worth mending.
    pub fn warning(&mut self, place: Place, message: impl Into<String>, hint: impl Into<String>) {
        self.add(Severity::Warning, place, message.into(), hint.into(), Affected::These);
    }

    fn add(&mut self, severity: Severity, place: Place, message: String, hint: String, affected: Affected) {
        // An error about no node would stop the whole site.
        let severity = if affected == Affected::Nobody { Severity::Warning } else { severity };
        self.drafts.push(Draft { rule: self.rule, severity, place, message, hint, affected });
    }
}

/// The findings of a site: what was said of it, of its classes and of each node.
pub(super) fn findings(view: &SiteView<'_>, of_site: Vec<Draft>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for draft in of_site {
        findings.push(draft.finding(None, &[], view));
    }
    for (class, members) in faulty_classes(view) {
        for draft in &class.drafts {
            if draft.object(Some(class)).is_some() {
                findings.push(draft.clone().finding(Some(class), &members, view));
            } else {
                // Each node says it for itself, so each is to be mended.
                findings.extend(members.chunks(1).map(|node| draft.clone().finding(Some(class), node, view)));
            }
        }
    }
    for entry in view.entries().iter().filter(|entry| !entry.drafts.is_empty()) {
        let class = entry.state.as_ref().ok().map(|node| &*node.class);
        let name = [entry.own.name.to_string()];
        findings.extend(entry.drafts.iter().map(|draft| draft.clone().finding(class, &name, view)));
    }
    merge_alike(findings)
}

/// The classes of which something was said, with the names of their nodes.
fn faulty_classes<'a>(view: &SiteView<'a>) -> Vec<(&'a HostClass, Vec<String>)> {
    let mut faulty: HashMap<*const HostClass, usize> = HashMap::new();
    let mut classes = Vec::new();
    for class in view.classes.iter().filter(|class| !class.drafts.is_empty()) {
        faulty.insert(ptr::from_ref(*class), classes.len());
        classes.push((*class, Vec::new()));
    }
    if !classes.is_empty() {
        for (own, class) in view.nodes() {
            let known = class.and_then(|class| faulty.get(&ptr::from_ref(class)));
            if let Some((_, members)) = known.and_then(|at| classes.get_mut(*at)) {
                members.push(own.name.to_string());
            }
        }
    }
    classes
}

impl Draft {
    /// The object to be mended, where it is not each node's own.
    fn object(&self, class: Option<&HostClass>) -> Option<ObjectKey> {
        match &self.place {
            Place::Object(object, _) => Some(object.clone()),
            Place::Inherited(pointer) => class?.source(pointer).and_then(Source::object),
            Place::Own(_) => None,
        }
    }

    fn finding(self, class: Option<&HostClass>, these: &[String], view: &SiteView<'_>) -> Finding {
        let own = || ObjectKey::new("BaremetalNode", these.first().cloned().unwrap_or_default());
        let mut object = self.object(class).unwrap_or_else(own);
        let mut field = match self.place {
            Place::Object(_, field) | Place::Own(field) => field,
            Place::Inherited(pointer) => field(&pointer),
        };
        let (mut message, mut lent) = (self.message, None);
        if let Some(namespace) = view.catalog().borrowed.get(&object) {
            // What is wrong with a borrowed object is the borrower's to see.
            let site = view.catalog().site.as_ref().and_then(|site| site.metadata.name.clone()).unwrap_or_default();
            message = format!("{object}, lent by namespace `{namespace}`, {field}: {message}");
            field = format!("spec.libraries[{namespace}]");
            lent = Some(std::mem::replace(&mut object, ObjectKey::new("Site", site)));
        }
        let mut severity = self.severity;
        let nodes = match self.affected {
            Affected::These => these.to_vec(),
            Affected::Site | Affected::Nobody => Vec::new(),
            Affected::Nodes(nodes) => nodes,
            Affected::OnLink(link) => {
                let nodes = view.on_link(&link);
                if nodes.is_empty() && !view.is_written(&link) {
                    severity = Severity::Warning;
                }
                nodes
            }
        };
        Finding { severity, rule: self.rule, object, field, message, hint: self.hint, nodes, lent }
    }
}

/// One finding for one mistake, however many nodes inherit it: those that differ in their nodes alone become one.
fn merge_alike(mut findings: Vec<Finding>) -> Vec<Finding> {
    findings.sort();
    let mut merged: Vec<Finding> = Vec::with_capacity(findings.len());
    for finding in findings {
        match merged.last_mut() {
            Some(last)
                if last.object == finding.object
                    && last.rule == finding.rule
                    && last.field == finding.field
                    && last.message == finding.message =>
            {
                // What stops the whole site stops each of its nodes.
                if !last.nodes.is_empty() {
                    last.nodes.extend(finding.nodes);
                }
            }
            _ => merged.push(finding),
        }
    }
    for finding in &mut merged {
        finding.nodes.sort();
        finding.nodes.dedup();
    }
    // What stops the whole site is often the cause of the rest: it is told first.
    merged.sort_by_key(|finding| (finding.severity, !finding.nodes.is_empty()));
    merged
}

/// `a, b and c`; of many the first, and how many more there are.
pub(super) fn listed<S: AsRef<str>>(names: &[S]) -> String {
    const MOST: usize = 8;
    let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
    match names.as_slice() {
        [] => "none".into(),
        [one] => (*one).to_owned(),
        [first @ .., last] if first.len() < MOST => format!("{} and {last}", first.join(", ")),
        all => format!("{} and {} more", all[..MOST].join(", "), all.len() - MOST),
    }
}
