//! The part of a design that is about the site as a whole.

use crate::api::{
    network::RangeType,
    site::{Repository, TagDefinition},
};
use ipnet::IpNet;
use serde::Serialize;
use std::{collections::BTreeMap, net::IpAddr};

/// The part of a design that is about the site as a whole.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct SitePart {
    /// Links that the provisioner is to know, by name.
    pub links: BTreeMap<String, LinkDesign>,
    /// Networks that the provisioner is to know, by name.
    pub networks: BTreeMap<String, NetworkDesign>,
    /// DNS domains of the networks, and those that the nodes are in.
    pub domains: Vec<String>,
    /// SSH public keys.
    pub ssh_keys: Vec<String>,
    /// Package archives.
    pub repositories: Vec<Repository>,
    /// Tags that the provisioner gives by itself.
    pub tag_definitions: Vec<TagDefinition>,
    /// Tags that nodes carry.
    pub tags: Vec<String>,
    /// Availability zones that racks name.
    pub zones: Vec<String>,
}

/// A link as designed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LinkDesign {
    /// Its name: that of the fabric in MAAS.
    pub name: String,
    /// Its MTU in bytes.
    pub mtu: u32,
    /// The networks allowed on it.
    pub networks: Vec<String>,
    /// The network of untagged frames.
    pub native_network: Option<String>,
}

/// A network as designed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NetworkDesign {
    /// Its name.
    pub name: String,
    /// The link on which it is allowed.
    pub link: String,
    /// Its addresses.
    pub cidr: IpNet,
    /// VLAN id by which it is tagged; absent: untagged.
    pub vlan: Option<u32>,
    /// Its MTU in bytes.
    pub mtu: u32,
    /// Its default gateway.
    pub gateway: Option<IpAddr>,
    /// Its name servers.
    pub dns_servers: Vec<IpAddr>,
    /// Its ranges: what for, first, last.
    pub ranges: Vec<(RangeType, IpAddr, IpAddr)>,
    /// Routes other than the default one.
    pub routes: Vec<RouteDesign>,
    /// The rack controller to which DHCP is relayed.
    pub dhcp_relay: Option<IpAddr>,
}

/// A route as designed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RouteDesign {
    /// Where it leads.
    pub destination: IpNet,
    /// The router.
    pub gateway: IpAddr,
    /// Its metric.
    pub metric: u32,
}

/// What was seen of the site's objects in the provisioner.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SiteObservation {
    /// The provisioner and its version, such as `MAAS 3.7.3`.
    pub provisioner: String,
    /// The calls that are still needed, as text; empty: as designed.
    pub pending: Vec<String>,
    /// What stands in the way, such as a subnet that lies in another fabric.
    pub conflicts: Vec<String>,
    /// Images that can be deployed, such as `ubuntu/noble`.
    pub images: Vec<String>,
}
