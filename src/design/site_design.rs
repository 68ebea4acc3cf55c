//! A whole site as designed, with what is wrong with it beside it.

use super::site_node::SiteNode;
use crate::{
    api::Rack,
    model::{Findings, SitePart},
};
use std::{collections::BTreeMap, ops::Index, sync::Arc};

/// A whole site as designed.
#[derive(Debug, Clone)]
pub struct SiteDesign {
    /// What the provisioner is to hold for the site as a whole.
    pub part: Arc<SitePart>,
    /// The nodes. A node whose design could not be resolved is absent and has a finding.
    pub nodes: SiteNodes,
    /// What is wrong, the worst first.
    pub findings: Findings,
    /// The racks, its own and those it borrows, which selectors look at.
    pub racks: BTreeMap<String, Arc<Rack>>,
    /// Hash of the site part.
    pub part_hash: String,
    /// Hash of everything.
    pub hash: String,
}

/// The nodes of a site, in the order of their names.
#[derive(Debug, Clone, Default)]
pub struct SiteNodes(Vec<SiteNode>);

impl SiteNodes {
    /// Nodes that are in the order of their names already.
    pub(super) fn sorted(nodes: Vec<SiteNode>) -> Self {
        Self(nodes)
    }

    /// The node of this name.
    pub fn get(&self, name: &str) -> Option<&SiteNode> {
        self.0.binary_search_by(|node| node.name().cmp(name)).ok().and_then(|at| self.0.get(at))
    }

    /// All of them.
    pub fn iter(&self) -> std::slice::Iter<'_, SiteNode> {
        self.0.iter()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<'a> IntoIterator for &'a SiteNodes {
    type Item = &'a SiteNode;
    type IntoIter = std::slice::Iter<'a, SiteNode>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl Index<&str> for SiteNodes {
    type Output = SiteNode;

    /// The node of this name, which must be there.
    #[allow(clippy::panic)]
    fn index(&self, name: &str) -> &SiteNode {
        self.get(name).unwrap_or_else(|| panic!("no node `{name}`"))
    }
}
