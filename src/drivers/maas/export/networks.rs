//! Fabrics and subnets as links and networks, those on which a machine has an interface.

use super::{
    super::{
        survey::Survey,
        wire::{Fabric, Interface, IpRange, Subnet},
    },
    Notes,
    hosts::Chosen,
    names::{Taken, is_label, label},
};
use crate::api::{
    Network, NetworkLink,
    network::{
        AddressRange, DhcpMode, DhcpRelay, NetworkDhcp, NetworkDns, NetworkSpec, RangeType, ReservedAddress, Route,
    },
    network_link::{BondMode, Bonding, LacpRate, NetworkLinkSpec, TransmitHashPolicy, Trunking},
    values::{Cidr, Mtu, VlanId},
};
use std::collections::{BTreeMap, BTreeSet};

/// MTU of a link or network that names none.
const DEFAULT_MTU: u64 = 1500;

/// What the region's networks become.
#[derive(Debug, Default)]
pub(super) struct Plan {
    links: BTreeMap<u64, Link>,
    networks: BTreeMap<u64, Net>,
}

/// A fabric as a link.
#[derive(Debug)]
pub(super) struct Link {
    pub name: String,
    pub mtu: u64,
    /// How its interfaces are bonded; a fabric is one link, and a link bonds all or none.
    pub bonding: Option<Bonding>,
    networks: Vec<u64>,
}

/// A subnet as a network.
#[derive(Debug)]
struct Net {
    name: String,
    spec: NetworkSpec,
}

/// Decides about every fabric and subnet.
pub(super) fn plan(survey: &Survey, chosen: &[Chosen<'_>], notes: &Notes) -> Plan {
    let mut plan = Plan::default();
    let mut link_names = Taken::default();
    let mut network_names = Taken::default();
    let used = used(chosen);
    for fabric in &survey.fabrics {
        let subnets: Vec<&Subnet> = survey.subnets.iter().filter(|subnet| subnet.vlan.fabric_id == fabric.id).collect();
        let about = format!("fabric {}", fabric.name);
        if !used.contains(&fabric.id) || subnets.is_empty() {
            if !subnets.is_empty() {
                notes.tell(about, "no machine that is adopted has an interface on it: left out, with its subnets");
            }
            continue;
        }
        let name = link_names.give(&label(&fabric.name));
        if name != fabric.name {
            notes.tell(
                &about,
                format!("its name is no DNS label: the link is {name}, and preparing the site would rename it"),
            );
        }
        let mut networks = Vec::new();
        for subnet in subnets {
            let name = network_names.give(&network_name(subnet));
            let vid = subnet.vlan.vid;
            if name != subnet.name || (vid != 0 && vlan_name(fabric, vid) != name) {
                notes.tell(
                    format!("subnet {}", subnet.cidr),
                    format!("the network is {name}; preparing the site would name the subnet, and its VLAN {vid} if tagged, so"),
                );
            }
            let Some(spec) = network(survey, fabric, subnet, chosen, notes) else {
                notes.tell(format!("subnet {}", subnet.cidr), "its CIDR cannot be read: left out");
                continue;
            };
            networks.push(subnet.id);
            plan.networks.insert(subnet.id, Net { name, spec });
        }
        let mtu = fabric.vlan(0).map_or(DEFAULT_MTU, |vlan| vlan.mtu);
        plan.links.insert(fabric.id, Link { name, mtu, bonding: bonding(fabric.id, chosen), networks });
    }
    plan
}

impl Plan {
    /// The link of a fabric.
    pub fn link(&self, fabric: u64) -> Option<&Link> {
        self.links.get(&fabric)
    }

    /// The network of a subnet.
    pub fn network(&self, subnet: u64) -> Option<&str> {
        self.networks.get(&subnet).map(|net| net.name.as_str())
    }

    /// A network on a VLAN, where it has a subnet.
    pub fn on_vlan(&self, survey: &Survey, vlan: u64) -> Option<&str> {
        let subnet = survey.subnets.iter().find(|subnet| subnet.vlan.id == vlan)?;
        self.network(subnet.id)
    }

    /// Whether a network leads out.
    pub fn leads_out(&self, name: &str) -> bool {
        self.networks.values().any(|net| net.name == name && net.spec.default_gateway().is_some())
    }

    /// The objects, with the networks of BMCs.
    pub fn objects(self, bmcs: &[Network]) -> (Vec<NetworkLink>, Vec<Network>) {
        let mut links: Vec<NetworkLink> = self.links.values().map(|link| self.link_object(link)).collect();
        let mut networks: Vec<Network> =
            self.networks.values().map(|net| Network::new(&net.name, net.spec.clone())).collect();
        for bmc in bmcs {
            let name = bmc.metadata.name.clone().unwrap_or_default();
            links.push(NetworkLink::new(
                &name,
                NetworkLinkSpec {
                    unmanaged: Some(true),
                    allowed_networks: vec![name.clone()],
                    ..NetworkLinkSpec::default()
                },
            ));
            networks.push(bmc.clone());
        }
        links.sort_by(|a, b| a.metadata.name.cmp(&b.metadata.name));
        networks.sort_by(|a, b| a.metadata.name.cmp(&b.metadata.name));
        (links, networks)
    }

    fn link_object(&self, link: &Link) -> NetworkLink {
        let on_it: Vec<&Net> = link.networks.iter().filter_map(|id| self.networks.get(id)).collect();
        let native = on_it.iter().find(|net| net.spec.vlan.is_none()).map(|net| net.name.clone());
        let mut allowed_networks: Vec<String> = on_it.iter().map(|net| net.name.clone()).collect();
        allowed_networks.sort_unstable();
        let is_trunk = allowed_networks.len() > 1 || native.is_none();
        let spec = NetworkLinkSpec {
            bonding: link.bonding.clone(),
            mtu: mtu(link.mtu),
            trunking: is_trunk.then_some(Trunking::Tagged),
            native_network: native.filter(|_| is_trunk),
            allowed_networks,
            ..NetworkLinkSpec::default()
        };
        NetworkLink::new(&link.name, spec)
    }
}

fn mtu(bytes: u64) -> Option<Mtu> {
    if bytes == DEFAULT_MTU { None } else { u32::try_from(bytes).ok().map(Mtu) }
}

/// A network with nothing but its addresses.
pub(super) fn blank(cidr: Cidr) -> NetworkSpec {
    NetworkSpec {
        cidr,
        vlan: None,
        mtu: None,
        ranges: Vec::new(),
        dns: None,
        space: None,
        dhcp: None,
        dhcp_relay: None,
        routes: Vec::new(),
        route_domain: None,
        managed: None,
        allow_dns: None,
        allow_proxy: None,
        reserved_addresses: Vec::new(),
        unmanaged: None,
    }
}

/// The fabrics on which machines have interfaces that carry something.
fn used(chosen: &[Chosen<'_>]) -> BTreeSet<u64> {
    let interfaces = chosen.iter().flat_map(|chosen| &chosen.one.machine.interface_set);
    interfaces.filter(|interface| carries(interface)).filter_map(|i| Some(i.vlan.as_ref()?.fabric_id)).collect()
}

/// Whether an interface has an address, or at least is up.
pub(super) fn carries(interface: &Interface) -> bool {
    !interface.links.is_empty()
}

fn network_name(subnet: &Subnet) -> String {
    if is_label(&subnet.name) {
        return subnet.name.clone();
    }
    if subnet.name == subnet.cidr || subnet.name.is_empty() {
        return label(&format!("net-{}", subnet.cidr));
    }
    label(&subnet.name)
}

fn vlan_name(fabric: &Fabric, vid: u64) -> &str {
    fabric.vlans.iter().find(|vlan| vlan.vid == vid).map_or("", |vlan| vlan.name.as_str())
}

fn network(
    survey: &Survey,
    fabric: &Fabric,
    subnet: &Subnet,
    chosen: &[Chosen<'_>],
    notes: &Notes,
) -> Option<NetworkSpec> {
    let cidr: Cidr = subnet.cidr.parse().ok()?;
    let vlan = fabric.vlans.iter().find(|vlan| vlan.id == subnet.vlan.id)?;
    let untagged = fabric.vlan(0).map_or(DEFAULT_MTU, |vlan| vlan.mtu);
    let about = format!("subnet {}", subnet.cidr);
    let gateway = subnet.gateway_ip.as_deref().and_then(|gateway| gateway.parse().ok());
    let everywhere = if cidr.0.addr().is_ipv4() { "0.0.0.0/0" } else { "::/0" };
    let default = gateway.map(|gateway| Route {
        destination: everywhere.parse().ok(),
        route_domain: None,
        gateway,
        metric: None,
    });
    let routes = survey.routes.iter().filter(|route| route.source.id == subnet.id).filter_map(|route| {
        Some(Route {
            destination: Some(route.destination.cidr.parse().ok()?),
            route_domain: None,
            gateway: route.gateway_ip.parse().ok()?,
            metric: route.metric.and_then(|metric| i32::try_from(metric).ok()),
        })
    });
    let ranges: Vec<&IpRange> = survey.ipranges.iter().filter(|range| range.subnet.id == subnet.id).collect();
    let has_dynamic = ranges.iter().any(|range| range.kind == "dynamic");
    let relay = vlan.relay_vlan.as_ref().and_then(|relay| {
        let interfaces = survey.racks.iter().flat_map(|rack| &rack.interface_set);
        let mut there = interfaces.filter(|interface| interface.vlan.as_ref().is_some_and(|vlan| vlan.id == relay.id));
        let link = there.find_map(|interface| interface.links.iter().find_map(|link| link.ip_address.as_deref()));
        link.and_then(|address| address.parse().ok())
    });
    if vlan.relay_vlan.is_some() && relay.is_none() {
        notes.tell(&about, "its DHCP is relayed to a VLAN on which no rack controller has an address: left out");
    }
    let is_served = vlan.dhcp_on || relay.is_some();
    if has_dynamic && !is_served {
        notes.tell(&about, "it has a dynamic range, and nobody serves its DHCP: the range is left out");
    }
    let mut ranges: Vec<AddressRange> = ranges
        .into_iter()
        .filter(|range| range.kind != "dynamic" || is_served)
        .filter_map(|range| {
            let purpose = if range.kind == "dynamic" { RangeType::Dhcp } else { RangeType::Reserved };
            Some(AddressRange { purpose, start: range.start_ip.parse().ok()?, end: range.end_ip.parse().ok()? })
        })
        .collect();
    ranges.sort_by_key(|range| range.start.0);
    let reserved = survey.reserved_ips.iter().filter_map(|reserved| {
        let ip: crate::api::values::IpAddress = reserved.ip.parse().ok()?;
        let within = cidr.0.contains(&ip.0);
        Some(ReservedAddress { ip, mac: reserved.mac_address.parse().ok()?, comment: None }).filter(|_| within)
    });
    Some(NetworkSpec {
        vlan: u32::try_from(vlan.vid).ok().filter(|vid| *vid != 0).map(VlanId),
        mtu: if vlan.mtu == untagged { None } else { u32::try_from(vlan.mtu).ok().map(Mtu) },
        ranges,
        dns: Some(NetworkDns {
            domain: domain(survey, subnet, chosen),
            servers: subnet.dns_servers.iter().filter_map(|server| server.parse().ok()).collect(),
            records: Vec::new(),
        }),
        space: Some(vlan.space.clone()).filter(|space| !space.is_empty() && space != "undefined"),
        dhcp: (!is_served && has_dynamic)
            .then(|| NetworkDhcp { mode: Some(DhcpMode::Never), ..NetworkDhcp::default() }),
        dhcp_relay: relay.map(|upstream_target| DhcpRelay { upstream_target }),
        routes: default.into_iter().chain(routes).collect(),
        managed: subnet.managed.filter(|managed| !managed),
        allow_dns: subnet.allow_dns.filter(|allowed| !allowed),
        allow_proxy: subnet.allow_proxy.filter(|allowed| !allowed),
        reserved_addresses: reserved.collect(),
        ..blank(cidr)
    })
}

/// The domain that most machines have that leave by this subnet, else the region's default.
fn domain(survey: &Survey, subnet: &Subnet, chosen: &[Chosen<'_>]) -> Option<String> {
    let on_it = |chosen: &&Chosen<'_>| {
        let links = chosen.one.machine.interface_set.iter().flat_map(|interface| &interface.links);
        links.filter_map(|link| link.subnet.as_ref()).any(|found| found.id == subnet.id)
    };
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for chosen in chosen.iter().filter(on_it) {
        *counts.entry(chosen.one.machine.domain.name.as_str()).or_default() += 1;
    }
    let most = counts.into_iter().max_by_key(|(_, count)| *count).map(|(name, _)| name.to_owned());
    let default = || survey.domains.iter().find(|domain| domain.is_default).map(|domain| domain.name.clone());
    most.filter(|name| !name.is_empty()).or_else(default)
}

/// How the interfaces on a fabric are bonded: as most of them are.
fn bonding(fabric: u64, chosen: &[Chosen<'_>]) -> Option<Bonding> {
    let mut counts: Vec<(Option<Bonding>, usize)> = Vec::new();
    for chosen in chosen {
        let all = &chosen.one.machine.interface_set;
        for interface in all.iter().filter(|interface| is_carrier(interface, all)) {
            if interface.vlan.as_ref().map(|vlan| vlan.fabric_id) != Some(fabric) {
                continue;
            }
            let way = bond(interface);
            match counts.iter_mut().find(|(known, _)| *known == way) {
                Some((_, count)) => *count += 1,
                None => counts.push((way, 1)),
            }
        }
    }
    // Of two that are as frequent the first stands.
    let most = counts.iter().map(|(_, count)| *count).max()?;
    counts.into_iter().find(|(_, count)| *count == most).and_then(|(way, _)| way)
}

/// Whether an interface carries links itself: a bond, or a card that is in none.
pub(super) fn is_carrier(interface: &Interface, all: &[Interface]) -> bool {
    let in_bond = || all.iter().any(|other| other.kind == "bond" && other.parents.contains(&interface.name));
    let has_child = || all.iter().any(|other| other.parents.contains(&interface.name));
    match interface.kind.as_str() {
        "bond" => true,
        "physical" => !in_bond() && (carries(interface) || has_child()),
        _ => false,
    }
}

/// How a bond is made; none of what is no bond.
pub(super) fn bond(interface: &Interface) -> Option<Bonding> {
    if interface.kind != "bond" {
        return None;
    }
    let params = &interface.params;
    let modes = [BondMode::Lacp, BondMode::RoundRobin, BondMode::ActiveBackup, BondMode::Xor];
    let mode = modes.into_iter().find(|mode| params.bond_mode.as_deref() == Some(mode.name()))?;
    let policies = [TransmitHashPolicy::Layer2, TransmitHashPolicy::Layer2And3, TransmitHashPolicy::Layer3And4];
    let has_policy = matches!(mode, BondMode::Lacp | BondMode::Xor);
    let policy = policies.into_iter().find(|policy| params.bond_xmit_hash_policy.as_deref() == Some(policy.name()));
    let rates = [LacpRate::Fast, LacpRate::Slow];
    let rate = rates.into_iter().find(|rate| params.bond_lacp_rate.as_deref() == Some(rate.name()));
    let number = |value: Option<u64>| value.and_then(|value| i32::try_from(value).ok());
    Some(Bonding {
        mode,
        transmit_hash_policy: policy.filter(|_| has_policy),
        lacp_rate: rate.filter(|_| mode == BondMode::Lacp),
        monitor_interval: number(params.bond_miimon),
        up_delay: number(params.bond_updelay),
        down_delay: number(params.bond_downdelay),
        peer_notifications: None,
    })
}
