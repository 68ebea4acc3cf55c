//! `Network`: an L3 network of a site.

use super::{
    status::DesignStatus,
    values::{Cidr, IpAddress, Mtu, VlanId},
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
