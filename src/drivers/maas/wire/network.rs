//! Fabrics, VLANs, subnets, interfaces, and what else a network is made of.

use super::{number, or_default};
use serde::Deserialize;

/// A fabric with its VLANs: `GET fabrics/`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
#[allow(missing_docs)] // MAAS's words, here and below.
pub struct Fabric {
    #[serde(deserialize_with = "or_default")]
    pub id: u64,
    #[serde(deserialize_with = "or_default")]
    pub name: String,
    #[serde(deserialize_with = "or_default")]
    pub vlans: Vec<Vlan>,
}

impl Fabric {
    /// Its VLAN with this id on the wire; 0 is that of untagged frames.
    pub fn vlan(&self, vid: u32) -> Option<&Vlan> {
        self.vlans.iter().find(|vlan| vlan.vid == u64::from(vid))
    }
}

/// A VLAN.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
#[allow(missing_docs)]
pub struct Vlan {
    #[serde(deserialize_with = "or_default")]
    pub id: u64,
    #[serde(deserialize_with = "or_default")]
    pub vid: u64,
    #[serde(deserialize_with = "or_default")]
    pub name: String,
    #[serde(deserialize_with = "or_default")]
    pub mtu: u64,
    #[serde(deserialize_with = "or_default")]
    pub fabric_id: u64,
    #[serde(deserialize_with = "or_default")]
    pub dhcp_on: bool,
    /// Address of a DHCP server that MAAS has heard there, and that is not its own.
    pub external_dhcp: Option<String>,
    pub relay_vlan: Option<Box<Vlan>>,
    pub primary_rack: Option<String>,
    pub secondary_rack: Option<String>,
    /// Name of its space; `undefined` where it has none.
    #[serde(deserialize_with = "or_default")]
    pub space: String,
}

/// A subnet: `GET subnets/`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
#[allow(missing_docs)]
pub struct Subnet {
    #[serde(deserialize_with = "or_default")]
    pub id: u64,
    #[serde(deserialize_with = "or_default")]
    pub name: String,
    #[serde(deserialize_with = "or_default")]
    pub cidr: String,
    #[serde(deserialize_with = "or_default")]
    pub vlan: Vlan,
    pub gateway_ip: Option<String>,
    #[serde(deserialize_with = "or_default")]
    pub dns_servers: Vec<String>,
    #[serde(deserialize_with = "or_default")]
    pub description: String,
    pub managed: Option<bool>,
    pub allow_dns: Option<bool>,
    pub allow_proxy: Option<bool>,
}

/// An interface of a machine.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
#[allow(missing_docs)]
pub struct Interface {
    #[serde(deserialize_with = "or_default")]
    pub id: u64,
    #[serde(deserialize_with = "or_default")]
    pub name: String,
    /// `physical`, `bond`, `bridge` or `vlan`.
    #[serde(rename = "type", deserialize_with = "or_default")]
    pub kind: String,
    #[serde(deserialize_with = "or_default")]
    pub mac_address: String,
    pub vlan: Option<Vlan>,
    #[serde(deserialize_with = "or_default")]
    pub links: Vec<Link>,
    #[serde(deserialize_with = "or_default")]
    pub parents: Vec<String>,
    #[serde(deserialize_with = "or_default")]
    pub params: Params,
    #[serde(deserialize_with = "or_default")]
    pub interface_speed: u32,
    #[serde(deserialize_with = "or_default")]
    pub link_connected: bool,
    pub firmware_version: Option<String>,
    pub vendor: Option<String>,
    pub product: Option<String>,
}

/// What was set on an interface; `""` when nothing was.
#[derive(Debug, Clone, Default)]
#[allow(missing_docs)]
pub struct Params {
    pub mtu: Option<u64>,
    pub bond_mode: Option<String>,
    pub bond_miimon: Option<u64>,
    pub bond_updelay: Option<u64>,
    pub bond_downdelay: Option<u64>,
    pub bond_lacp_rate: Option<String>,
    pub bond_num_grat_arp: Option<u64>,
    pub bond_xmit_hash_policy: Option<String>,
    pub bridge_type: Option<String>,
    pub bridge_stp: Option<bool>,
    pub bridge_fd: Option<u64>,
}

impl<'de> Deserialize<'de> for Params {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = serde_json::Value::deserialize(deserializer)?;
        let number = |name: &str| {
            value.get(name).and_then(|v| v.as_u64().or_else(|| v.as_str().and_then(|text| text.parse().ok())))
        };
        let text = |name: &str| value.get(name).and_then(|v| v.as_str()).map(str::to_owned);
        Ok(Self {
            mtu: number("mtu"),
            bond_mode: text("bond_mode"),
            bond_miimon: number("bond_miimon"),
            bond_updelay: number("bond_updelay"),
            bond_downdelay: number("bond_downdelay"),
            bond_lacp_rate: text("bond_lacp_rate"),
            bond_num_grat_arp: number("bond_num_grat_arp"),
            bond_xmit_hash_policy: text("bond_xmit_hash_policy"),
            bridge_type: text("bridge_type"),
            bridge_stp: value.get("bridge_stp").and_then(serde_json::Value::as_bool),
            bridge_fd: number("bridge_fd"),
        })
    }
}

/// A link of an interface to a subnet; without a subnet it only brings the interface up.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
#[allow(missing_docs)]
pub struct Link {
    #[serde(deserialize_with = "or_default")]
    pub id: u64,
    /// `auto`, `dhcp`, `static` or `link_up`.
    #[serde(deserialize_with = "or_default")]
    pub mode: String,
    pub ip_address: Option<String>,
    pub subnet: Option<Subnet>,
}

/// A range of addresses: `GET ipranges/`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
#[allow(missing_docs)]
pub struct IpRange {
    #[serde(deserialize_with = "or_default")]
    pub id: u64,
    #[serde(deserialize_with = "or_default")]
    pub comment: String,
    /// `dynamic` or `reserved`.
    #[serde(rename = "type", deserialize_with = "or_default")]
    pub kind: String,
    #[serde(deserialize_with = "or_default")]
    pub start_ip: String,
    #[serde(deserialize_with = "or_default")]
    pub end_ip: String,
    #[serde(deserialize_with = "or_default")]
    pub subnet: Subnet,
}

/// A static route: `GET static-routes/`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
#[allow(missing_docs)]
pub struct StaticRoute {
    #[serde(deserialize_with = "or_default")]
    pub id: u64,
    #[serde(deserialize_with = "or_default")]
    pub source: Subnet,
    #[serde(deserialize_with = "or_default")]
    pub destination: Subnet,
    #[serde(deserialize_with = "or_default")]
    pub gateway_ip: String,
    #[serde(deserialize_with = "number")]
    pub metric: Option<u64>,
}

/// An address that is given to one MAC: `GET reservedips/`, from 3.6 on.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
#[allow(missing_docs)]
pub struct ReservedIp {
    #[serde(deserialize_with = "or_default")]
    pub id: u64,
    #[serde(deserialize_with = "or_default")]
    pub ip: String,
    #[serde(deserialize_with = "or_default")]
    pub mac_address: String,
    #[serde(deserialize_with = "or_default")]
    pub comment: String,
}

/// A space, a zone or a resource pool: `GET spaces/`, `zones/`, `resourcepools/`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
#[allow(missing_docs)]
pub struct Place {
    pub id: i64,
    #[serde(deserialize_with = "or_default")]
    pub name: String,
    #[serde(deserialize_with = "or_default")]
    pub description: String,
}

/// An address that is in use: `GET subnets/{id}/?op=ip_addresses`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
#[allow(missing_docs)]
pub struct UsedAddress {
    #[serde(deserialize_with = "or_default")]
    pub ip: String,
    /// 0 automatic, 1 sticky, 4 user reserved, 5 DHCP, 6 discovered.
    #[serde(deserialize_with = "or_default")]
    pub alloc_type: u64,
    #[serde(deserialize_with = "or_default")]
    pub node_summary: NodeSummary,
}

/// Whose an address is.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
#[allow(missing_docs)]
pub struct NodeSummary {
    #[serde(deserialize_with = "or_default")]
    pub hostname: String,
}

/// A node and what it uses: one element of `GET nodes/`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
#[allow(missing_docs)]
pub struct UsingNode {
    #[serde(deserialize_with = "or_default")]
    pub hostname: String,
    #[serde(deserialize_with = "or_default")]
    pub domain: super::Named,
    #[serde(deserialize_with = "or_default")]
    pub zone: super::Named,
    #[serde(deserialize_with = "or_default")]
    pub pool: super::Named,
    #[serde(deserialize_with = "or_default")]
    pub tag_names: Vec<String>,
    #[serde(deserialize_with = "or_default")]
    pub interface_set: Vec<Interface>,
}
