//! The labels that a machine's owner data becomes on its Node: each pair whose key and value Kubernetes takes, as it is
//! written. Nothing is rewritten into something that it takes: two keys could become one, and a selector would look for what
//! the design says.

use std::collections::BTreeMap;

/// The longest name of a label, and the longest value.
const LONGEST: usize = 63;
/// The longest prefix of a label: a domain.
const LONGEST_PREFIX: usize = 253;
/// Domains whose labels belong to Kubernetes: kubelets, controllers and schedulers set and read them, and some move Pods or
/// take a Node out of a load balancer.
const RESERVED: [&str; 2] = ["kubernetes.io", "k8s.io"];
/// Of these, the domain that is left to administrators, and that no kubelet may write.
const LEFT_TO_PEOPLE: &str = "node-restriction.kubernetes.io";

/// What is to stand on a Node.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NodeLabels {
    /// The labels.
    pub labels: BTreeMap<String, String>,
    /// The keys of owner data that cannot be labels, and why, as the end of a sentence.
    pub left_out: BTreeMap<String, String>,
}

impl NodeLabels {
    /// The labels of a machine with this owner data.
    pub fn of(owner_data: &BTreeMap<String, String>) -> Self {
        let mut all = Self::default();
        for (key, value) in owner_data {
            match fault(key, value) {
                None => all.labels.insert(key.clone(), value.clone()),
                Some(why) => all.left_out.insert(key.clone(), why),
            };
        }
        all
    }
}

/// What has been done to the labels of a Node.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LabelChange {
    /// Name of the Node.
    pub node: String,
    /// The labels that were set, or got another value.
    pub set: BTreeMap<String, String>,
    /// The labels that are gone: those that the design has dropped.
    pub removed: Vec<String>,
}

impl LabelChange {
    /// Whether the Node was as designed.
    pub fn is_empty(&self) -> bool {
        self.set.is_empty() && self.removed.is_empty()
    }
}

/// Why a pair is no label that may be put on a Node.
fn fault(key: &str, value: &str) -> Option<String> {
    let (prefix, name) = match key.rsplit_once('/') {
        Some((prefix, name)) => (Some(prefix), name),
        None => (None, key),
    };
    if !is_word(name) {
        return Some(format!(
            "`{name}` is no name of a label: at most {LONGEST} letters, digits, `-`, `_` and `.`, with a letter or digit at either end"
        ));
    }
    if let Some(prefix) = prefix {
        if !is_domain(prefix) {
            return Some(format!("`{prefix}` is no domain, which the prefix of a label is"));
        }
        if is_reserved(prefix) {
            return Some(format!("labels of {prefix} belong to Kubernetes itself"));
        }
    }
    (!value.is_empty() && !is_word(value)).then(|| {
        format!("`{value}` is no value of a label: at most {LONGEST} letters, digits, `-`, `_` and `.`, with a letter or digit at either end")
    })
}

fn is_reserved(prefix: &str) -> bool {
    let is_in =
        |domain: &str| prefix == domain || prefix.strip_suffix(domain).is_some_and(|before| before.ends_with('.'));
    RESERVED.into_iter().any(is_in) && !is_in(LEFT_TO_PEOPLE)
}

/// A name or a value, as Kubernetes' labels have it.
fn is_word(text: &str) -> bool {
    let ends = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    let bytes = text.as_bytes();
    let is_taken = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    bytes.len() <= LONGEST && bytes.iter().all(is_taken) && ends(bytes.first()) && ends(bytes.last())
}

/// A domain of DNS in lower case (RFC 1123), as Kubernetes wants the prefix of a label.
fn is_domain(text: &str) -> bool {
    let is_label = |label: &str| {
        let ends = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
        let bytes = label.as_bytes();
        let is_taken = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || *byte == b'-';
        bytes.iter().all(is_taken) && ends(bytes.first()) && ends(bytes.last())
    };
    text.len() <= LONGEST_PREFIX && text.split('.').all(is_label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_kubernetes_takes_is_a_label_as_it_is_written() {
        let longest = "x".repeat(63);
        for (key, value) in [
            ("rack", "r01"),
            ("control-plane", "enabled"),
            ("Tier_1.a", "Gold_1.x"),
            ("openstack.example.com/compute", ""),
            ("node-restriction.kubernetes.io/tenant", "blue"),
            ("a.node-restriction.kubernetes.io/tenant", "blue"),
            ("notkubernetes.io/a", "b"),
            ("kubernetes.io.example.com/a", "b"),
            (longest.as_str(), longest.as_str()),
        ] {
            assert_eq!(fault(key, value), None, "{key}={value}");
        }
    }

    #[test]
    fn what_it_does_not_take_or_keeps_for_itself_is_left_out_and_says_why() {
        let long = "x".repeat(64);
        for (key, value, says) in [
            ("", "x", "is no name of a label"),
            ("a b", "x", "is no name of a label"),
            ("ä", "x", "is no name of a label"),
            ("-a", "x", "is no name of a label"),
            (long.as_str(), "x", "is no name of a label"),
            ("example.com/", "x", "is no name of a label"),
            ("/a", "x", "is no domain"),
            ("a/b/c", "x", "is no domain"),
            ("Example.com/a", "x", "is no domain"),
            ("kubernetes.io/hostname", "x", "belong to Kubernetes"),
            ("node-role.kubernetes.io/worker", "", "belong to Kubernetes"),
            ("beta.kubernetes.io/fluentd", "true", "belong to Kubernetes"),
            ("k8s.io/a", "x", "belong to Kubernetes"),
            ("topology.k8s.io/a", "x", "belong to Kubernetes"),
            ("a", "b c", "is no value of a label"),
            ("a", "b.", "is no value of a label"),
            ("a", long.as_str(), "is no value of a label"),
        ] {
            let why = fault(key, value);
            assert!(why.as_ref().is_some_and(|why| why.contains(says)), "{key}={value}: {why:?}");
        }
        let data = [("rack", "r01"), ("kubernetes.io/arch", "x")].map(|(k, v)| (k.to_owned(), v.to_owned()));
        let labels = NodeLabels::of(&data.into());
        assert_eq!(labels.labels, [("rack".to_owned(), "r01".to_owned())].into());
        assert_eq!(labels.left_out.into_keys().collect::<Vec<_>>(), ["kubernetes.io/arch"]);
    }
}
