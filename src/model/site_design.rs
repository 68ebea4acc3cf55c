//! The part of a design that is about the site as a whole.

use crate::api::{
    maas::{BootSource, PrunePolicy, RegionConfig, ResourcePool, Script, UnlistedKind},
    network::{DhcpMode, DnsRecordType, RangeType},
    site::{Repository, TagDefinition},
    values::MacAddress,
};
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, net::IpAddr};

/// The part of a design that is about the site as a whole.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
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
    /// Records of the domains.
    pub records: Vec<RecordDesign>,
    /// Resource pools.
    pub pools: Vec<ResourcePool>,
    /// Scripts that machines run.
    pub scripts: Vec<Script>,
    /// Whether the Site answers for what the region has only once.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub owns_region: bool,
    /// NTP servers of the region.
    pub ntp_servers: Vec<String>,
    /// Name servers of the site, to which the region forwards where `config` names none.
    pub dns_servers: Vec<IpAddr>,
    /// Settings of the region.
    pub config: Option<RegionConfig>,
    /// Where images come from.
    pub boot_sources: Vec<BootSource>,
    /// Images that must be there.
    pub images: Vec<String>,
    /// What happens to what Slipway made once the design does not hold it any more; absent: it is reported.
    pub prune: Option<PrunePolicy>,
    /// Kinds of which everything unlisted goes.
    pub remove_unlisted: Vec<UnlistedKind>,
}

/// A link as designed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
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
    /// Who answers DHCP, where the design says more than its ranges do.
    pub dhcp: Option<DhcpDesign>,
    /// The space of its VLAN.
    pub space: Option<String>,
    /// Whether MAAS gives its addresses by itself.
    pub managed: Option<bool>,
    /// Whether its hosts may ask MAAS's name servers.
    pub allow_dns: Option<bool>,
    /// Whether its hosts may use MAAS's proxy.
    pub allow_proxy: Option<bool>,
    /// Addresses that are given to one MAC each.
    pub reserved: Vec<ReservedDesign>,
    /// Static addresses of nodes that lie in a range of DHCP, with the nodes' names: a mistake, and no such range is made.
    pub statics_in_dhcp: Vec<(IpAddr, String)>,
}

impl NetworkDesign {
    /// Whether it has a range from which DHCP gives.
    pub fn has_dhcp_range(&self) -> bool {
        self.ranges.iter().any(|(kind, ..)| *kind == RangeType::Dhcp)
    }

    /// Whether MAAS itself answers DHCP on it.
    pub fn is_served(&self) -> bool {
        let dhcp = self.dhcp.clone().unwrap_or_default();
        self.has_dhcp_range()
            && match dhcp.mode {
                DhcpMode::Always => true,
                DhcpMode::Auto => dhcp.external.is_none(),
                DhcpMode::Never => false,
            }
    }
}

/// Who answers DHCP on a network.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DhcpDesign {
    /// Whether MAAS does.
    pub mode: DhcpMode,
    /// A server that is not MAAS's.
    pub external: Option<IpAddr>,
    /// Host name of the rack controller that answers.
    pub primary_rack: Option<String>,
    /// Host name of the one that answers when the first does not.
    pub secondary_rack: Option<String>,
}

/// An address that is given to one MAC.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReservedDesign {
    /// The address.
    pub ip: IpAddr,
    /// The MAC.
    pub mac: MacAddress,
    /// What it is for.
    pub comment: Option<String>,
}

/// A DNS record as designed: all that is said of one name in one type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordDesign {
    /// The whole name.
    pub fqdn: String,
    /// Its type.
    pub kind: DnsRecordType,
    /// What it says, sorted.
    pub data: Vec<String>,
    /// How long it may be kept, in seconds.
    pub ttl: Option<u32>,
}

/// A route as designed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RouteDesign {
    /// Where it leads.
    pub destination: IpNet,
    /// The router.
    pub gateway: IpAddr,
    /// Its metric.
    pub metric: u32,
}
