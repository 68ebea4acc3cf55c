//! What selectors look at of a node.

use std::collections::BTreeMap;

/// A node that a selector may mean.
#[derive(Debug, Clone, Copy)]
pub struct Candidate<'a> {
    /// Its name.
    pub name: &'a str,
    /// The tags that it has been designed to carry.
    pub tags: &'a [String],
    /// Its owner data.
    pub owner_data: &'a BTreeMap<String, String>,
    /// The rack that it stands in.
    pub rack: Option<&'a str>,
    /// The labels of its BaremetalNode.
    pub labels: &'a BTreeMap<String, String>,
}
