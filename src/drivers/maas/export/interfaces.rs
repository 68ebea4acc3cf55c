//! The interfaces of one machine, and its addresses.
//!
//! One that a design cannot say exactly is left out as a whole: what is not designed is not managed, and nothing of it would
//! be changed.

use super::{
    super::{
        survey::Survey,
        wire::{self, Interface as Found, Machine},
    },
    networks::{Plan, bond, is_carrier},
};
use crate::api::{
    baremetal_node::{AddressMode, NodeAddress},
    host::{Bridge, BridgeType, Interface},
};

/// The longest name of an interface.
const LONGEST_NAME: usize = 15;

/// What a machine's network comes to.
#[derive(Debug, Default)]
pub(super) struct Network {
    pub interfaces: Vec<Interface>,
    pub addresses: Vec<NodeAddress>,
    /// The network by which it leaves.
    pub primary: Option<String>,
    /// What is left out, and why.
    pub left_out: Vec<String>,
}

/// What stands on one carrier.
#[derive(Default)]
struct Carried {
    networks: Vec<String>,
    addresses: Vec<NodeAddress>,
    bridges: Vec<Bridge>,
}

pub(super) fn network(survey: &Survey, plan: &Plan, machine: &Machine) -> Network {
    let mut network = Network::default();
    let all = &machine.interface_set;
    let mut carriers: Vec<&Found> = all.iter().filter(|interface| is_carrier(interface, all)).collect();
    carriers.sort_by(|a, b| a.name.cmp(&b.name));
    for found in carriers {
        match carrier(survey, plan, machine, found, &network.addresses) {
            Ok(Some((interface, addresses))) => {
                network.interfaces.push(interface);
                network.addresses.extend(addresses);
            }
            Ok(None) => {}
            Err(why) => network.left_out.push(format!("interface {} is left out: {why}", found.name)),
        }
    }
    network.primary = primary(plan, machine, &network.addresses);
    network
}

type Expressed = Option<(Interface, Vec<NodeAddress>)>;

fn carrier(
    survey: &Survey,
    plan: &Plan,
    machine: &Machine,
    found: &Found,
    others: &[NodeAddress],
) -> Result<Expressed, String> {
    let Some(vlan) = &found.vlan else { return Ok(None) };
    let Some(link) = plan.link(vlan.fabric_id) else { return Ok(None) };
    if vlan.vid != 0 {
        return Err(format!("its untagged frames are in VLAN {}, which is tagged in its fabric", vlan.vid));
    }
    if found.name.len() > LONGEST_NAME {
        return Err("its name is longer than that of a design's interface may be".to_owned());
    }
    if bond(found) != link.bonding || (found.kind == "bond" && link.bonding.is_none()) {
        return Err(format!(
            "most interfaces on link {} are bonded otherwise, and a link is bonded one way",
            link.name
        ));
    }
    let mut devices = if found.kind == "bond" { found.parents.clone() } else { vec![found.name.clone()] };
    devices.sort_unstable();
    let mut carried = Carried::default();
    on(survey, plan, machine, found, &mut carried)?;
    for child in children(machine, found).filter(|child| child.kind == "vlan") {
        on(survey, plan, machine, child, &mut carried)?;
    }
    let known = |address: &NodeAddress| others.iter().any(|other| other.network == address.network);
    if let Some(twice) = carried.addresses.iter().find(|address| known(address)) {
        return Err(format!("network {} is on another of its interfaces too", twice.network));
    }
    if carried.networks.is_empty() {
        return Ok(None);
    }
    let interface = Interface {
        name: found.name.clone(),
        link: Some(link.name.clone()),
        devices,
        networks: carried.networks,
        bridges: carried.bridges,
        sriov: None,
    };
    Ok(Some((interface, carried.addresses)))
}

/// What stands on an interface itself, or on the bridge on it.
fn on(survey: &Survey, plan: &Plan, machine: &Machine, base: &Found, carried: &mut Carried) -> Result<(), String> {
    let bridge = children(machine, base).find(|child| child.kind == "bridge");
    let stands = bridge.unwrap_or(base);
    let before = carried.networks.len();
    for link in &stands.links {
        let Some(address) = address(plan, link)? else { continue };
        if carried.networks.contains(&address.network) {
            return Err(format!("it has several addresses on network {}", address.network));
        }
        carried.networks.push(address.network.clone());
        carried.addresses.push(address);
    }
    let is_silent = carried.networks.len() == before;
    let needs_one = base.kind == "vlan" || bridge.is_some() || !base.links.is_empty();
    if is_silent && needs_one {
        let vlan = base.vlan.as_ref().map(|vlan| vlan.id).unwrap_or_default();
        match plan.on_vlan(survey, vlan) {
            Some(name) if !carried.networks.iter().any(|known| known == name) => {
                carried.networks.push(name.to_owned());
                let mode = Some(AddressMode::LinkUp);
                carried.addresses.push(NodeAddress { network: name.to_owned(), mode, address: None });
            }
            _ if base.kind == "vlan" || bridge.is_some() => {
                return Err(format!("{} is on a VLAN without a subnet", stands.name));
            }
            _ => {}
        }
    }
    if let Some(bridge) = bridge {
        let network = carried.networks.get(before).cloned();
        carried.bridges.push(bridged(bridge, network)?);
    }
    Ok(())
}

fn bridged(found: &Found, network: Option<String>) -> Result<Bridge, String> {
    let kinds = [BridgeType::Standard, BridgeType::OpenVSwitch];
    let named = found.params.bridge_type.as_deref().unwrap_or("standard");
    let kind = kinds.into_iter().find(|kind| kind.name() == named);
    Ok(Bridge {
        name: found.name.clone(),
        network,
        kind: Some(kind.ok_or_else(|| format!("bridge {} is of type {named}", found.name))?),
        stp: found.params.bridge_stp,
        forward_delay: found.params.bridge_fd.and_then(|seconds| i32::try_from(seconds).ok()),
    })
}

fn children<'a>(machine: &'a Machine, base: &'a Found) -> impl Iterator<Item = &'a Found> {
    machine.interface_set.iter().filter(|interface| interface.parents == [base.name.clone()])
}

fn address(plan: &Plan, link: &wire::Link) -> Result<Option<NodeAddress>, String> {
    let Some(subnet) = &link.subnet else { return Ok(None) };
    let network = plan.network(subnet.id).ok_or_else(|| format!("subnet {} is left out", subnet.cidr))?.to_owned();
    let given = link.ip_address.as_deref().and_then(|address| address.parse().ok());
    Ok(Some(match (link.mode.as_str(), given) {
        ("dhcp", _) => NodeAddress { network, mode: Some(AddressMode::Dhcp), address: None },
        ("static" | "auto", Some(address)) => NodeAddress { network, mode: None, address: Some(address) },
        ("link_up", _) => return Ok(None),
        (mode, _) => return Err(format!("its link to {} is of mode {mode} and has no address", subnet.cidr)),
    }))
}

/// The network of the default gateway; where MAAS names none, the first that leads out.
fn primary(plan: &Plan, machine: &Machine, addresses: &[NodeAddress]) -> Option<String> {
    let links = || machine.interface_set.iter().flat_map(|interface| &interface.links);
    let of_gateway = |gateway: &wire::Gateways| {
        let chosen = links().find(|link| gateway.link_id == Some(link.id) && gateway.link_id.is_some());
        let by_address = || {
            let wanted = gateway.gateway_ip.as_ref()?;
            links().find(|link| link.subnet.as_ref().is_some_and(|subnet| subnet.gateway_ip.as_ref() == Some(wanted)))
        };
        let subnet = chosen.or_else(by_address)?.subnet.as_ref()?;
        plan.network(subnet.id).map(str::to_owned)
    };
    let is_there = |name: &String| addresses.iter().any(|address| address.network == *name);
    let chosen =
        ["ipv4", "ipv6"].iter().filter_map(|version| machine.default_gateways.get(*version)).find_map(of_gateway);
    let leading = || addresses.iter().map(|address| address.network.clone()).find(|name| plan.leads_out(name));
    chosen.filter(is_there).or_else(leading)
}
