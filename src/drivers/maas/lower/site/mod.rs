//! The site's objects: fabrics, VLANs, subnets, domains, ranges, DHCP, routes, keys, archives, tags, zones.
//!
//! Nothing is ever deleted or narrowed, and DHCP is neither turned off nor moved: what would need that is a conflict, told
//! in words, and left to a person.

mod dhcp;
mod fabric;
mod region;

use super::super::{call::Call, wire};
use crate::model::SitePart;

/// What the region holds for a site.
#[derive(Debug, Clone, Default)]
#[allow(missing_docs)] // MAAS's collections by their names.
pub struct SiteSeen {
    pub version: String,
    pub fabrics: Vec<wire::Fabric>,
    pub subnets: Vec<wire::Subnet>,
    pub ipranges: Vec<wire::IpRange>,
    pub domains: Vec<wire::Domain>,
    pub racks: Vec<wire::Rack>,
    pub routes: Vec<wire::StaticRoute>,
    pub ssh_keys: Vec<wire::SshKey>,
    pub repositories: Vec<wire::Repository>,
    pub tags: Vec<wire::Tag>,
    pub zones: Vec<wire::Named>,
    pub images: Vec<wire::BootResource>,
}

/// What is to be done for a site, and what stands in the way.
#[derive(Debug, Default)]
pub struct LoweredSite {
    /// The calls, in order.
    pub calls: Vec<Call>,
    /// What a person has to decide.
    pub conflicts: Vec<String>,
}

/// The calls that bring the site's objects to the design. Those for which there is a conflict are left out.
pub fn lower(design: &SitePart, seen: &SiteSeen) -> LoweredSite {
    let mut lowered = LoweredSite::default();
    region::lower(design, seen, &mut lowered);
    let fabrics = fabric::lower(design, seen, &mut lowered);
    let subnets = fabric::networks(design, seen, &fabrics, &mut lowered);
    dhcp::ranges(design, seen, &subnets, &mut lowered);
    dhcp::serve(design, seen, &subnets, &mut lowered);
    dhcp::routes(design, seen, &subnets, &mut lowered);
    lowered
}

#[cfg(test)]
mod tests;
