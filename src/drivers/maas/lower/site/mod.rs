//! The site's objects: fabrics, VLANs, subnets, ranges, DHCP, routes, names, places, tags, scripts, and what a region has
//! only once.
//!
//! What Slipway makes is marked, or recorded where MAAS keeps no mark ([`claim`]). Nothing else is ever deleted or narrowed,
//! but by `removeUnlisted`. DHCP is neither turned off nor moved without an approval. What would need a person is a
//! conflict, told in words. A difference is told field by field: the text of a call names what is and what is designed.

mod archives;
mod claim;
mod config;
mod dhcp;
mod dns;
mod edit;
mod fabric;
mod fingerprint;
mod images;
mod keys;
mod places;
mod prune;
mod ranges;
mod region;
mod routes;
mod scripts;
mod subnet;
mod tags;
mod version;

pub use claim::Ownership;
pub(crate) use config::{names as setting_names, secret_proxy};
pub(crate) use images::has_selections;
pub(crate) use region::change as change_region;
pub use version::{NEWEST_TESTED, Version};

use super::super::{call::Call, wire};
use crate::model::SitePart;
use std::collections::{BTreeMap, BTreeSet};

/// What the region holds for a site.
#[derive(Debug, Clone, Default)]
#[allow(missing_docs)] // MAAS's collections by their names.
pub struct SiteSeen {
    pub version: String,
    pub fabrics: Vec<wire::Fabric>,
    pub subnets: Vec<wire::Subnet>,
    pub spaces: Vec<wire::Place>,
    pub ipranges: Vec<wire::IpRange>,
    /// Absent where the region's version has none.
    pub reserved_ips: Option<Vec<wire::ReservedIp>>,
    pub domains: Vec<wire::Domain>,
    pub dns_resources: Vec<wire::DnsResource>,
    pub racks: Vec<wire::Rack>,
    pub routes: Vec<wire::StaticRoute>,
    pub ssh_keys: Vec<wire::SshKey>,
    pub repositories: Vec<wire::Repository>,
    pub tags: Vec<wire::Tag>,
    pub zones: Vec<wire::Place>,
    pub pools: Vec<wire::Place>,
    pub scripts: Vec<wire::Script>,
    pub images: Vec<wire::BootResource>,
    pub is_importing: bool,
    pub boot_sources: Vec<wire::BootSource>,
    /// Of all boot sources, where selections are designed or were made.
    pub selections: Vec<wire::Selection>,
    /// The settings that the design names; one that this version does not know is absent.
    pub config: BTreeMap<&'static str, serde_json::Value>,
    /// Addresses in use of the subnets in which a range is to be made.
    pub addresses: Vec<wire::UsedAddress>,
    /// Who uses what, where something is to be deleted.
    pub users: Option<Vec<wire::UsingNode>>,
}

/// What is to be done for a site, and what stands in the way.
#[derive(Debug, Default)]
pub struct LoweredSite {
    /// The calls, in order.
    pub calls: Vec<Call>,
    /// What a person has to decide.
    pub conflicts: Vec<String>,
    /// What comes by itself.
    pub waiting: Vec<String>,
    /// What is ours and the design does not hold any more, where it stays.
    pub leftovers: Vec<String>,
    /// What is recorded, and stands neither in the design nor in the region any more.
    pub gone: BTreeSet<String>,
    /// What is designed of the kinds that are recorded.
    designed: BTreeSet<String>,
}

impl LoweredSite {
    /// What is to be recorded before the calls are sent.
    pub fn makes(&self) -> BTreeSet<String> {
        self.calls.iter().flat_map(|call| call.records().iter().cloned()).collect()
    }
}

/// What costs a request more, and is asked for only where it is needed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asks {
    /// The subnets of which the addresses in use matter.
    pub addresses: Vec<u64>,
    /// Who uses what.
    pub users: bool,
}

/// What must be known beyond what is always seen.
pub fn asks(design: &SitePart, seen: &SiteSeen, ownership: Ownership<'_>) -> Asks {
    let lowered = lower(design, seen, ownership);
    Asks {
        addresses: ranges::to_be_given(design, seen),
        users: !lowered.leftovers.is_empty() && prune::deletes(design),
    }
}

/// The calls that bring the site's objects to the design. Those for which there is a conflict are left out.
pub fn lower(design: &SitePart, seen: &SiteSeen, ownership: Ownership<'_>) -> LoweredSite {
    let mut lowered = LoweredSite::default();
    places::lower(design, seen, ownership, &mut lowered);
    tags::lower(design, seen, ownership, &mut lowered);
    scripts::lower(design, seen, ownership, &mut lowered);
    dns::domains(design, seen, ownership, &mut lowered);
    let fabrics = fabric::lower(design, seen, ownership, &mut lowered);
    let places = subnet::lower(design, seen, ownership, &fabrics, &mut lowered);
    ranges::lower(design, seen, ownership, &places, &mut lowered);
    ranges::reserved_addresses(design, seen, ownership, &places, &mut lowered);
    dhcp::lower(design, seen, ownership, &places, &mut lowered);
    routes::lower(design, seen, &places, &mut lowered);
    dns::records(design, seen, ownership, &mut lowered);
    region::lower(design, seen, ownership, &mut lowered);
    prune::lower(design, seen, ownership, &mut lowered);
    lowered
}

/// The calls that may be sent: those that destroy something only where exactly these were approved.
pub fn permitted(lowered: &LoweredSite, approved: &[String]) -> Vec<Call> {
    let destructive: Vec<String> =
        lowered.calls.iter().filter(|c| c.is_destructive()).map(ToString::to_string).collect();
    let all = destructive == approved;
    lowered.calls.iter().filter(|call| all || !call.is_destructive()).cloned().collect()
}

#[cfg(test)]
mod tests;
