//! What only one node of a site may have: addresses and MACs, and who has them.

use super::site_node::Own;
use crate::api::values::{IpAddress, MacAddress};
use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

/// Something that only one node may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Use {
    /// A static address.
    Address(IpAddress),
    /// MAC of the interface that boots from the network.
    BootMac(MacAddress),
}

/// Who uses what.
#[derive(Debug, Default)]
pub struct Uses {
    once: HashMap<Use, Arc<str>>,
    /// What several use: the node of each use, a node as often as it uses it.
    several: BTreeMap<Use, Vec<Arc<str>>>,
}

impl Uses {
    /// Everything that is used more than once, with the nodes: one as often as it uses it.
    pub fn several(&self) -> impl Iterator<Item = (&Use, &[Arc<str>])> {
        self.several.iter().map(|(what, nodes)| (what, nodes.as_slice()))
    }

    /// A node has come.
    pub(super) fn add(&mut self, own: &Own) {
        for what in uses(own) {
            if let Some(nodes) = self.several.get_mut(&what) {
                let at = nodes.partition_point(|node| node <= &own.name);
                nodes.insert(at, Arc::clone(&own.name));
            } else if let Some(first) = self.once.remove(&what) {
                let mut nodes = vec![first, Arc::clone(&own.name)];
                nodes.sort();
                self.several.insert(what, nodes);
            } else {
                self.once.insert(what, Arc::clone(&own.name));
            }
        }
    }

    /// A node has gone.
    pub(super) fn remove(&mut self, own: &Own) {
        for what in uses(own) {
            let Some(nodes) = self.several.get_mut(&what) else {
                self.once.remove(&what);
                continue;
            };
            if let Some(at) = nodes.iter().position(|node| *node == own.name) {
                nodes.remove(at);
            }
            if nodes.len() == 1
                && let Some(last) = nodes.pop()
            {
                self.several.remove(&what);
                self.once.insert(what, last);
            }
        }
    }
}

fn uses(own: &Own) -> impl Iterator<Item = Use> {
    let addresses = own.addresses.iter().filter_map(|entry| entry.address).map(Use::Address);
    addresses.chain(own.boot_mac.map(Use::BootMac))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::baremetal_node::NodeAddress;

    fn own(name: &str, addresses: &[&str]) -> Own {
        let entry =
            |address: &&str| NodeAddress { network: "oam".into(), mode: None, address: Some(address.parse().unwrap()) };
        Own {
            name: name.into(),
            addresses: addresses.iter().map(entry).collect(),
            boot_mac: None,
            enlistment: None,
            cabling: Vec::new(),
            rack_unit: None,
            adopt: None,
            labels: BTreeMap::new(),
        }
    }

    fn several(uses: &Uses) -> Vec<Vec<&str>> {
        uses.several().map(|(_, nodes)| nodes.iter().map(AsRef::as_ref).collect()).collect()
    }

    #[test]
    fn what_comes_and_goes_leaves_no_trace() {
        let (n1, n2, n3) = (own("n1", &["10.0.0.1"]), own("n2", &["10.0.0.1", "10.0.0.1"]), own("n3", &["10.0.0.1"]));
        let mut uses = Uses::default();
        uses.add(&n3);
        assert!(several(&uses).is_empty());
        uses.add(&n2);
        uses.add(&n1);
        assert_eq!(several(&uses), [["n1", "n2", "n2", "n3"]]);
        uses.remove(&n2);
        assert_eq!(several(&uses), [["n1", "n3"]]);
        uses.remove(&n3);
        assert!(several(&uses).is_empty() && uses.once.len() == 1);
        uses.remove(&n1);
        assert!(uses.once.is_empty());
    }
}
