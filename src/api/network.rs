//! `Network`: an L3 network of a site.

use super::{
    status::DesignStatus,
    values::{Cidr, IpAddress, MacAddress, Mtu, VlanId},
};
use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An L3 network: its addresses, VLAN, routes and names.
#[derive(CustomResource, KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[kube(
    group = "slipway.dev",
    version = "v1alpha1",
    kind = "Network",
    plural = "networks",
    shortname = "net",
    category = "slipway",
    namespaced,
    status = "DesignStatus",
    derive = "PartialEq",
    doc = "An L3 network of a site: CIDR, VLAN, ranges, routes and names.",
    printcolumn(name = "CIDR", type_ = "string", json_path = ".spec.cidr"),
    printcolumn(name = "VLAN", type_ = "integer", json_path = ".spec.vlan"),
    printcolumn(name = "MTU", type_ = "integer", json_path = ".spec.mtu"),
    printcolumn(name = "Ready", type_ = "string", json_path = r#".status.conditions[?(@.type=="Ready")].status"#),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp"),
    printcolumn(
        name = "Message",
        type_ = "string",
        json_path = r#".status.conditions[?(@.type=="Ready")].message"#,
        priority = 1
    )
)]
#[serde(rename_all = "camelCase")]
pub struct NetworkSpec {
    /// The network's addresses, IPv4 or IPv6. Example: `10.23.21.0/24`.
    pub cidr: Cidr,

    /// VLAN id by which its frames are tagged; absent: untagged. Example: `21`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vlan: Option<VlanId>,

    /// MTU in bytes; absent: the link's. At most the link's. Example: `9000`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mtu: Option<Mtu>,

    /// Ranges of addresses and what they are for. They do not overlap.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64))]
    pub ranges: Vec<AddressRange>,

    /// Domain and name servers of this network.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dns: Option<NetworkDns>,

    /// The space of the network's VLAN: networks in one space may stand for each other. Made where it is missing; absent: left
    /// alone. Example: `storage`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 63), regex(pattern = r"^[A-Za-z0-9][A-Za-z0-9_-]*$"))]
    pub space: Option<String>,

    /// Who answers DHCP on this network.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dhcp: Option<NetworkDhcp>,

    /// Relays DHCP to a server on another network.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dhcp_relay: Option<DhcpRelay>,

    /// Routes that hosts on this network get. The one to `0.0.0.0/0` (or `::/0`) is the default gateway.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64))]
    pub routes: Vec<Route>,

    /// The route domain this network belongs to: networks of one domain reach each other. Example: `storage`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 63))]
    pub route_domain: Option<String>,

    /// Whether MAAS gives addresses of this network by itself, all but those in `Reserved` ranges. `false`: only those in
    /// `Reserved` ranges. Absent: left alone; MAAS's default is `true`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub managed: Option<bool>,

    /// Whether hosts of this network may ask MAAS's name servers. Absent: left alone; MAAS's default is `true`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allow_dns: Option<bool>,

    /// Whether hosts of this network may use MAAS's proxy. Absent: left alone; MAAS's default is `true`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allow_proxy: Option<bool>,

    /// Addresses that MAAS's DHCP server gives to one MAC each (MAAS 3.6 and newer), by address.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 1024))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["ip".into()]))]
    pub reserved_addresses: Vec<ReservedAddress>,

    /// Leave this network out of the provisioner; for networks that it must not know, such as the BMCs'. Default: `false`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unmanaged: Option<bool>,
}

/// A range of addresses, first and last included.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct AddressRange {
    /// What the range is for.
    #[serde(rename = "type")]
    pub purpose: RangeType,
    /// First address. Example: `10.23.21.11`.
    pub start: IpAddress,
    /// Last address. Example: `10.23.21.99`.
    pub end: IpAddress,
}

/// What a range of addresses is for.
#[derive(JsonSchema, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RangeType {
    /// Addresses that nodes are given in the design.
    Static,
    /// Addresses that the provisioner's DHCP server hands out.
    #[serde(rename = "DHCP")]
    Dhcp,
    /// Addresses that nobody may be given.
    Reserved,
}

/// Who answers DHCP on a network.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = Rule::new("!has(self.secondaryRack) || has(self.primaryRack)").message("secondaryRack needs primaryRack"))]
pub struct NetworkDhcp {
    /// Whether MAAS answers. Default: `Auto`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<DhcpMode>,
    /// Address of a DHCP server of your own on this network: MAAS then does not answer beside it, unless `mode` is `Always`. Ranges
    /// of type `DHCP` are that server's, and are reserved in MAAS. Example: `10.23.21.2`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external: Option<IpAddress>,
    /// Host name of the rack controller that answers. Absent: the first, by name, that has an interface on the VLAN; one that
    /// serves already is left. Another than the one that serves is a move of DHCP, which waits for approval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 253))]
    pub primary_rack: Option<String>,
    /// Host name of the rack controller that answers when the first does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 253))]
    pub secondary_rack: Option<String>,
}

/// Whether MAAS answers DHCP on a network.
#[derive(JsonSchema, Serialize, Deserialize, Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum DhcpMode {
    /// Where the network has a range of type `DHCP`, and no external server is declared.
    #[default]
    Auto,
    /// Also beside an external server.
    Always,
    /// It does not. Where Slipway has turned it on, turning it off waits for approval; where it did not, it is left on, and
    /// that is said.
    Never,
}

/// An address that is given to one MAC.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct ReservedAddress {
    /// The address, outside the ranges of type `DHCP`. Example: `10.23.21.31`.
    pub ip: IpAddress,
    /// The MAC. Example: `52:54:00:10:07:01`.
    pub mac: MacAddress,
    /// What it is for; stands after Slipway's mark in MAAS. Example: `PDU of rack r01`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 120))]
    pub comment: Option<String>,
}

/// A record of a network's domain.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct DnsRecord {
    /// Name within the domain of the network. Example: `registry`.
    #[schemars(length(min = 1, max = 253), regex(pattern = r"^([A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9])?|@)$"))]
    pub name: String,
    /// What kind of record.
    #[serde(rename = "type")]
    pub kind: DnsRecordType,
    /// What it says: an address for `A` and `AAAA`; otherwise as in a zone file, such as `10 mail.example.com` for `MX`.
    #[schemars(length(min = 1, max = 1024))]
    pub data: String,
    /// How long it may be kept, in seconds. Default: that of the domain. Example: `300`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 604_800))]
    pub ttl: Option<i32>,
}

/// A kind of DNS record.
#[derive(JsonSchema, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DnsRecordType {
    /// An IPv4 address.
    A,
    /// An IPv6 address.
    #[serde(rename = "AAAA")]
    Aaaa,
    /// Another name.
    #[serde(rename = "CNAME")]
    Cname,
    /// A mail server.
    #[serde(rename = "MX")]
    Mx,
    /// A name server.
    #[serde(rename = "NS")]
    Ns,
    /// A service.
    #[serde(rename = "SRV")]
    Srv,
    /// Text.
    #[serde(rename = "TXT")]
    Txt,
    /// Fingerprint of an SSH host key.
    #[serde(rename = "SSHFP")]
    Sshfp,
}

impl DnsRecordType {
    /// As it stands in a zone file, and in MAAS.
    pub fn name(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::Aaaa => "AAAA",
            Self::Cname => "CNAME",
            Self::Mx => "MX",
            Self::Ns => "NS",
            Self::Srv => "SRV",
            Self::Txt => "TXT",
            Self::Sshfp => "SSHFP",
        }
    }

    /// Whether it holds an address.
    pub fn is_address(self) -> bool {
        matches!(self, Self::A | Self::Aaaa)
    }
}

/// Names on a network.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct NetworkDns {
    /// Domain of the nodes whose primary network this is. Default: `local`. Example: `example.com`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 253))]
    pub domain: Option<String>,

    /// Name servers, in order; absent: the Site's. Example: `[10.23.20.9]`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 8))]
    pub servers: Vec<IpAddress>,

    /// Records of the domain, beside those that MAAS makes of its machines. Example:
    /// `[{name: registry, type: A, data: 10.23.21.5}]`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 256))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["name".into(), "type".into(), "data".into()]))]
    pub records: Vec<DnsRecord>,
}

/// DHCP relay.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct DhcpRelay {
    /// Address of the rack controller to which the network's relay forwards. Example: `10.23.20.9`.
    pub upstream_target: IpAddress,
}

/// A route, to a destination or to a whole route domain.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = Rule::new("has(self.destination) != has(self.routeDomain)").message("exactly one of destination and routeDomain is needed"))]
pub struct Route {
    /// Where it leads. Examples: `0.0.0.0/0`, `10.30.0.0/16`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub destination: Option<Cidr>,

    /// Leads to every network of this route domain. Example: `storage`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 63))]
    pub route_domain: Option<String>,

    /// The router, an address of this network. Example: `10.23.21.1`.
    pub gateway: IpAddress,

    /// Metric: the lower one wins. Default: `100`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 65535))]
    pub metric: Option<i32>,
}

impl NetworkSpec {
    /// Gateway of the first default route.
    pub fn default_gateway(&self) -> Option<IpAddress> {
        self.routes.iter().find(|r| r.destination.is_some_and(|d| d.0.prefix_len() == 0)).map(|r| r.gateway)
    }
}
