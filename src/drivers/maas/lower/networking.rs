//! Networking: NICs, bonds, VLAN interfaces and their links.
//!
//! Only designed NICs, and what stands on them, are managed. The order answers MAAS's traps: what is in the way goes first,
//! then addresses are freed, then every NIC gets its VLAN and MTU (which drops its links, and without which MAAS refuses
//! a bond), then bonds, then VLAN interfaces, then links.

use super::{Lowered, Obstacle, Seen};
use crate::{
    api::{
        baremetal_node::AddressMode,
        network_link::{LacpRate, TransmitHashPolicy},
    },
    drivers::maas::{
        bind,
        call::{Call, Id, Method, Name, Value},
        wire::{Fabric, Interface, Link, Machine, Subnet},
    },
    model::{AttachmentDesign, BondDesign, InterfaceDesign, NodeDesign},
};
use std::collections::BTreeSet;

/// The region's networks.
#[derive(Debug, Clone, Copy)]
pub struct Networks<'a> {
    /// All fabrics with their VLANs.
    pub fabrics: &'a [Fabric],
    /// All subnets.
    pub subnets: &'a [Subnet],
}

impl<'a> Networks<'a> {
    /// The subnet of an attachment, which site preparation has made.
    fn subnet(self, attachment: &AttachmentDesign) -> Result<&'a Subnet, Obstacle> {
        let cidr = attachment.cidr.trunc().to_string();
        self.subnets.iter().find(|subnet| subnet.cidr == cidr).ok_or_else(|| {
            Obstacle::Unprepared(format!("network {}: MAAS has no subnet {cidr}; prepare the site", attachment.network))
        })
    }

    /// The VLAN of untagged frames of an interface.
    fn untagged(self, interface: &InterfaceDesign) -> Result<u64, Obstacle> {
        if let Some(native) = interface.networks.iter().find(|attachment| attachment.vlan.is_none()) {
            return Ok(self.subnet(native)?.vlan.id);
        }
        let by_name = self.fabrics.iter().find(|fabric| fabric.name == interface.link);
        let fabric = match (by_name, interface.networks.first()) {
            (Some(fabric), _) => Some(fabric),
            (None, Some(tagged)) => {
                let id = self.subnet(tagged)?.vlan.fabric_id;
                self.fabrics.iter().find(|fabric| fabric.id == id)
            }
            (None, None) => None,
        };
        fabric.and_then(|fabric| fabric.vlan(0)).map(|vlan| vlan.id).ok_or_else(|| {
            Obstacle::Unprepared(format!("link {}: MAAS has no such fabric; prepare the site", interface.link))
        })
    }
}

/// An interface as designed, bound to this machine.
struct Target<'a> {
    design: &'a InterfaceDesign,
    /// Names of its NICs.
    nics: Vec<String>,
    /// Name of the interface that carries its links: the bond's, or the NIC's.
    carrier: String,
    /// MAAS's id of the VLAN of its untagged frames.
    vlan: u64,
}

/// The calls that bring the machine's interfaces to the design.
pub fn lower(design: &NodeDesign, seen: Seen<'_>, networks: Networks<'_>) -> Lowered {
    let targets = targets(design, seen, networks)?;
    let plan = Plan { machine: seen.machine, networks, targets: &targets };
    let doomed = plan.doomed()?;
    let mut calls = plan.removals(&doomed);
    let mut links = Vec::new();
    for target in &targets {
        plan.unlink(target, &doomed, &mut calls)?;
    }
    for target in &targets {
        plan.nics(target, &doomed, &mut calls)?;
    }
    for target in &targets {
        let carrier = plan.carrier(target, &doomed, &mut calls)?;
        plan.tagged(target, &carrier, &doomed, &mut calls, &mut links)?;
    }
    calls.append(&mut links);
    Ok(calls)
}

fn targets<'a>(design: &'a NodeDesign, seen: Seen<'_>, networks: Networks<'_>) -> Result<Vec<Target<'a>>, Obstacle> {
    let empty = crate::model::Inventory::default();
    let inventory = seen.inventory.unwrap_or(&empty);
    let mut taken = BTreeSet::new();
    let mut targets = Vec::new();
    for interface in design.interfaces.iter().filter(|interface| interface.managed) {
        let mut nics = Vec::new();
        for device in &interface.devices {
            let nic = bind::nic(device, inventory)
                .map_err(|text| Obstacle::Impossible(format!("interface {}: {text}", interface.name)))?;
            if !taken.insert(nic.name.clone()) {
                let text = format!("interface {}: {} is used by another interface", interface.name, nic.name);
                return Err(Obstacle::Impossible(text));
            }
            nics.push(nic.name.clone());
        }
        let carrier = if interface.bond.is_some() { Some(interface.name.clone()) } else { nics.first().cloned() };
        let Some(carrier) = carrier.filter(|_| !nics.is_empty()) else {
            return Err(Obstacle::Impossible(format!("interface {} has no device", interface.name)));
        };
        targets.push(Target { design: interface, nics, carrier, vlan: networks.untagged(interface)? });
    }
    Ok(targets)
}

/// How an interface stands once the calls before are done.
enum Stands<'a> {
    /// As observed, links and all.
    Observed(&'a Interface),
    /// Observed, but its links are gone, for its VLAN changes.
    Stripped(u64),
    /// New, brought up by MAAS with a bare link.
    New(Name),
}

impl<'a> Stands<'a> {
    fn id(&self) -> Id {
        match self {
            Self::Observed(interface) => Id::Known(interface.id),
            Self::Stripped(id) => Id::Known(*id),
            Self::New(name) => Id::Made(name.clone()),
        }
    }

    fn links(&self) -> &'a [Link] {
        match self {
            Self::Observed(interface) => &interface.links,
            _ => &[],
        }
    }
}

struct Plan<'a> {
    machine: &'a Machine,
    networks: Networks<'a>,
    targets: &'a [Target<'a>],
}

impl<'a> Plan<'a> {
    fn interface(&self, name: &str) -> Result<&'a Interface, Obstacle> {
        self.machine
            .interface_set
            .iter()
            .find(|interface| interface.name == name)
            .ok_or_else(|| Obstacle::Impossible(format!("the machine has no interface {name}")))
    }

    /// What stands with `name`, is of `kind` and is not doomed.
    fn kept(&self, name: &str, kind: &str, doomed: &BTreeSet<u64>) -> Option<&'a Interface> {
        let mut all = self.machine.interface_set.iter();
        all.find(|interface| interface.name == name && interface.kind == kind && !doomed.contains(&interface.id))
    }

    fn path(&self, id: Id) -> [Value; 5] {
        ["nodes/".into(), self.machine.system_id.as_str().into(), "/interfaces/".into(), id.into(), "/".into()]
    }

    fn collection(&self) -> [Value; 3] {
        ["nodes/".into(), self.machine.system_id.as_str().into(), "/interfaces/".into()]
    }

    /// Bonds, bridges and VLAN interfaces that are in the way, with all that stands on them.
    fn doomed(&self) -> Result<BTreeSet<u64>, Obstacle> {
        let mut doomed = BTreeSet::new();
        for interface in self.machine.interface_set.iter().filter(|i| i.kind != "physical") {
            if !self.wanted(interface)? {
                doomed.insert(interface.id);
            }
        }
        // What stands on the doomed falls with them.
        loop {
            let names: BTreeSet<&str> = self.names(&doomed);
            let more = self.machine.interface_set.iter().find(|interface| {
                !doomed.contains(&interface.id)
                    && interface.parents.iter().any(|parent| names.contains(parent.as_str()))
            });
            match more {
                Some(interface) => doomed.insert(interface.id),
                None => return Ok(doomed),
            };
        }
    }

    fn names(&self, doomed: &BTreeSet<u64>) -> BTreeSet<&'a str> {
        let all = self.machine.interface_set.iter();
        all.filter(|interface| doomed.contains(&interface.id)).map(|interface| interface.name.as_str()).collect()
    }

    /// Whether a bond, bridge or VLAN interface may stay: it is designed, or it does not touch what is.
    fn wanted(&self, interface: &Interface) -> Result<bool, Obstacle> {
        let parents: BTreeSet<&str> = interface.parents.iter().map(String::as_str).collect();
        if interface.kind == "bond" {
            let same = |target: &Target<'_>| {
                target.carrier == interface.name
                    && target.nics.iter().map(String::as_str).collect::<BTreeSet<_>>() == parents
            };
            if self.targets.iter().any(|target| target.design.bond.is_some() && same(target)) {
                return Ok(true);
            }
            if self.targets.iter().any(|target| target.design.bond.is_some() && target.carrier == interface.name) {
                return Ok(false);
            }
        }
        if interface.kind == "vlan"
            && let Some(target) = self.targets.iter().find(|target| parents.contains(target.carrier.as_str()))
        {
            let vlan = interface.vlan.as_ref().map(|vlan| vlan.id);
            for attachment in target.design.networks.iter().filter(|attachment| attachment.vlan.is_some()) {
                if Some(self.networks.subnet(attachment)?.vlan.id) == vlan {
                    return Ok(true);
                }
            }
            return Ok(false);
        }
        let on_designed = |target: &Target<'_>| {
            parents.contains(target.carrier.as_str()) || target.nics.iter().any(|nic| parents.contains(nic.as_str()))
        };
        Ok(!self.targets.iter().any(on_designed))
    }

    fn removals(&self, doomed: &BTreeSet<u64>) -> Vec<Call> {
        // What stands on others goes before them: VLAN interfaces and bridges before bonds.
        let mut order: Vec<&Interface> =
            self.machine.interface_set.iter().filter(|interface| doomed.contains(&interface.id)).collect();
        order.sort_by_key(|interface| (interface.kind == "bond", interface.kind == "bridge", interface.id));
        let says = |interface: &Interface| format!("remove {} {}", interface.kind, interface.name);
        order.into_iter().map(|i| Call::new(Method::Delete, self.path(Id::Known(i.id)), says(i))).collect()
    }

    /// Frees the addresses that are not wanted where they are. Links of mode `link_up` are neutral: MAAS makes one by
    /// itself when the last other link goes.
    fn unlink(&self, target: &Target<'_>, doomed: &BTreeSet<u64>, calls: &mut Vec<Call>) -> Result<(), Obstacle> {
        let native: Vec<&AttachmentDesign> = target.design.networks.iter().filter(|a| a.vlan.is_none()).collect();
        let enslaved = target.design.bond.is_some();
        for name in target.nics.iter().chain([&target.carrier]).collect::<BTreeSet<_>>() {
            let Some(interface) = self.machine.interface_set.iter().find(|i| i.name == *name) else { continue };
            let is_nic = enslaved && *name != target.carrier;
            if !doomed.contains(&interface.id) {
                self.unlink_from(interface, if is_nic { &[] } else { &native }, calls)?;
            }
        }
        for attachment in target.design.networks.iter().filter(|attachment| attachment.vlan.is_some()) {
            let vlan = self.networks.subnet(attachment)?.vlan.id;
            if let Some(interface) = self.vlan_interface(&target.carrier, vlan, doomed) {
                let on_it: Vec<&AttachmentDesign> = self.on_vlan(target, vlan)?;
                // Two networks of one VLAN share the interface: unlinked once.
                if on_it.first().is_some_and(|first| std::ptr::eq(*first, attachment)) {
                    self.unlink_from(interface, &on_it, calls)?;
                }
            }
        }
        Ok(())
    }

    fn unlink_from(
        &self,
        interface: &Interface,
        wanted: &[&AttachmentDesign],
        calls: &mut Vec<Call>,
    ) -> Result<(), Obstacle> {
        for link in interface.links.iter().filter(|link| link.mode != "link_up") {
            let mut keep = false;
            for attachment in wanted {
                keep |= matches(link, attachment, self.networks.subnet(attachment)?);
            }
            if !keep {
                let subnet = link.subnet.as_ref().map_or("its subnet", |subnet| subnet.cidr.as_str());
                let says = format!("unlink {} from {subnet} ({})", interface.name, link.mode);
                calls.push(
                    Call::post(self.path(Id::Known(interface.id)), says)
                        .op("unlink_subnet")
                        .with("id", Id::Known(link.id)),
                );
            }
        }
        Ok(())
    }

    /// The tagged attachments of a VLAN.
    fn on_vlan(&self, target: &Target<'a>, vlan: u64) -> Result<Vec<&'a AttachmentDesign>, Obstacle> {
        let mut found = Vec::new();
        for attachment in target.design.networks.iter().filter(|attachment| attachment.vlan.is_some()) {
            if self.networks.subnet(attachment)?.vlan.id == vlan {
                found.push(attachment);
            }
        }
        Ok(found)
    }

    fn vlan_interface(&self, carrier: &str, vlan: u64, doomed: &BTreeSet<u64>) -> Option<&'a Interface> {
        self.machine.interface_set.iter().find(|interface| {
            interface.kind == "vlan"
                && interface.parents.iter().any(|parent| parent == carrier)
                && interface.vlan.as_ref().is_some_and(|found| found.id == vlan)
                && !doomed.contains(&interface.id)
        })
    }

    /// Gives every NIC its VLAN and MTU. NICs of a bond that stands follow the bond's VLAN.
    fn nics(&self, target: &Target<'_>, doomed: &BTreeSet<u64>, calls: &mut Vec<Call>) -> Result<(), Obstacle> {
        let bonded = target.design.bond.is_some() && self.kept(&target.carrier, "bond", doomed).is_some();
        for name in &target.nics {
            let nic = self.interface(name)?;
            let vlan = (!bonded && nic.vlan.as_ref().map(|vlan| vlan.id) != Some(target.vlan)).then_some(target.vlan);
            let mtu = (nic.params.mtu != Some(target.design.mtu.into())).then_some(target.design.mtu);
            if vlan.is_some() || mtu.is_some() {
                let says = format!("put {name} on link {}, MTU {}", target.design.link, target.design.mtu);
                calls.push(
                    Call::put(self.path(Id::Known(nic.id)), says).maybe("vlan", vlan.map(Id::Known)).maybe("mtu", mtu),
                );
            }
        }
        Ok(())
    }

    /// The interface that carries the links: the NIC itself, or a bond of them.
    fn carrier(
        &self,
        target: &Target<'_>,
        doomed: &BTreeSet<u64>,
        calls: &mut Vec<Call>,
    ) -> Result<Stands<'a>, Obstacle> {
        let moved = |interface: &Interface| interface.vlan.as_ref().map(|vlan| vlan.id) != Some(target.vlan);
        let Some(bond) = &target.design.bond else {
            let nic = self.interface(&target.carrier)?;
            return Ok(if moved(nic) { Stands::Stripped(nic.id) } else { Stands::Observed(nic) });
        };
        let name = &target.carrier;
        let mtu = target.design.mtu;
        let Some(found) = self.kept(name, "bond", doomed) else {
            let says = format!("create bond {name} of {} ({}, MTU {mtu})", target.nics.join(", "), bond.mode.name());
            let mut call = Call::post(self.collection(), says).op("create_bond").with("name", name.as_str());
            for nic in &target.nics {
                call = call.with("parents", Id::Known(self.interface(nic)?.id));
            }
            let made = Name::Interface(name.clone());
            let call = call.with("vlan", Id::Known(target.vlan)).with("mtu", mtu);
            calls.push(bond_parameters(call, bond).makes(made.clone(), "/id"));
            return Ok(Stands::New(made));
        };
        if moved(found) || found.params.mtu != Some(mtu.into()) || bond_differs(found, bond) {
            let says = format!("set bond {name} ({}, MTU {mtu}) on link {}", bond.mode.name(), target.design.link);
            let call = Call::put(self.path(Id::Known(found.id)), says)
                .maybe("vlan", moved(found).then_some(Id::Known(target.vlan)))
                .with("mtu", mtu);
            calls.push(bond_parameters(call, bond));
        }
        Ok(if moved(found) { Stands::Stripped(found.id) } else { Stands::Observed(found) })
    }

    /// VLAN interfaces, and the links of everything.
    fn tagged(
        &self,
        target: &Target<'a>,
        carrier: &Stands<'a>,
        doomed: &BTreeSet<u64>,
        calls: &mut Vec<Call>,
        links: &mut Vec<Call>,
    ) -> Result<(), Obstacle> {
        let native: Vec<&AttachmentDesign> = target.design.networks.iter().filter(|a| a.vlan.is_none()).collect();
        self.link(&target.carrier, carrier, &native, links)?;
        let mut done = BTreeSet::new();
        for attachment in target.design.networks.iter().filter(|attachment| attachment.vlan.is_some()) {
            let subnet = self.networks.subnet(attachment)?;
            if !done.insert(subnet.vlan.id) {
                continue;
            }
            let name = format!("{}.{}", target.carrier, subnet.vlan.vid);
            let stands = if let Some(found) = self.vlan_interface(&target.carrier, subnet.vlan.id, doomed) {
                if found.params.mtu != Some(attachment.mtu.into()) {
                    let says = format!("set MTU {} on {name}", attachment.mtu);
                    calls.push(Call::put(self.path(Id::Known(found.id)), says).with("mtu", attachment.mtu));
                }
                Stands::Observed(found)
            } else {
                let made = Name::Interface(name.clone());
                calls.push(
                    Call::post(self.collection(), format!("create VLAN interface {name}, MTU {}", attachment.mtu))
                        .op("create_vlan")
                        .with("parent", carrier.id())
                        .with("vlan", Id::Known(subnet.vlan.id))
                        .with("mtu", attachment.mtu)
                        .makes(made.clone(), "/id"),
                );
                Stands::New(made)
            };
            let on_it = self.on_vlan(target, subnet.vlan.id)?;
            self.link(&name, &stands, &on_it, links)?;
        }
        Ok(())
    }

    /// Links an interface to what is attached to it.
    fn link(
        &self,
        name: &str,
        stands: &Stands<'a>,
        wanted: &[&AttachmentDesign],
        calls: &mut Vec<Call>,
    ) -> Result<(), Obstacle> {
        for attachment in wanted {
            let subnet = self.networks.subnet(attachment)?;
            // MAAS takes a default gateway only from a subnet that has one, and only for an address that it knows.
            let gateway = attachment.default_gateway
                && attachment.mode == AddressMode::Static
                && subnet.gateway_ip.as_ref().is_some_and(|gateway| !gateway.is_empty());
            let (mode, address) = match attachment.mode {
                AddressMode::Static => ("STATIC", attachment.address),
                AddressMode::Dhcp => ("DHCP", None),
                AddressMode::LinkUp => {
                    self.link_up(name, stands, wanted, calls);
                    continue;
                }
            };
            if let Some(found) = stands.links().iter().find(|link| matches(link, attachment, subnet)) {
                if gateway && !self.is_gateway(found.id) {
                    let says = format!("make {} the default gateway, by {name}", attachment.network);
                    calls.push(
                        Call::post(self.path(stands.id()), says)
                            .op("set_default_gateway")
                            .with("link_id", Id::Known(found.id)),
                    );
                }
                continue;
            }
            let at = address.map(|address| address.to_string());
            let says = format!(
                "link {name} to {} ({}{}{})",
                attachment.network,
                mode.to_ascii_lowercase(),
                at.as_ref().map(|at| format!(" {at}")).unwrap_or_default(),
                if gateway { ", default gateway" } else { "" }
            );
            calls.push(
                Call::post(self.path(stands.id()), says)
                    .op("link_subnet")
                    .with("mode", mode)
                    .with("subnet", Id::Known(subnet.id))
                    .maybe("ip_address", at)
                    .maybe("default_gateway", gateway.then_some(true)),
            );
        }
        Ok(())
    }

    /// Brings an interface up without an address, unless some link does so.
    fn link_up(&self, name: &str, stands: &Stands<'_>, wanted: &[&AttachmentDesign], calls: &mut Vec<Call>) {
        let up = matches!(stands, Stands::New(_)) || !stands.links().is_empty();
        if !up && wanted.iter().all(|attachment| attachment.mode == AddressMode::LinkUp) {
            let says = format!("bring {name} up without an address");
            calls.push(Call::post(self.path(stands.id()), says).op("link_subnet").with("mode", "LINK_UP"));
        }
    }

    fn is_gateway(&self, link: u64) -> bool {
        self.machine.default_gateways.values().any(|gateway| gateway.link_id == Some(link))
    }
}

/// Whether a link is what an attachment asks for.
fn matches(link: &Link, attachment: &AttachmentDesign, subnet: &Subnet) -> bool {
    let same_subnet = link.subnet.as_ref().is_some_and(|found| found.id == subnet.id);
    let same_address = || {
        let found = link.ip_address.as_ref().and_then(|address| address.parse().ok());
        found.is_some() && found == attachment.address
    };
    same_subnet
        && match attachment.mode {
            AddressMode::Static => link.mode == "static" && same_address(),
            AddressMode::Dhcp => link.mode == "dhcp",
            AddressMode::LinkUp => false,
        }
}

fn bond_parameters(call: Call, bond: &BondDesign) -> Call {
    call.with("bond_mode", bond.mode.name())
        .with("bond_miimon", bond.monitor_interval)
        .with("bond_updelay", bond.up_delay)
        .with("bond_downdelay", bond.down_delay)
        .maybe("bond_lacp_rate", bond.lacp_rate.map(LacpRate::name))
        .maybe("bond_xmit_hash_policy", bond.hash_policy.map(TransmitHashPolicy::name))
}

fn bond_differs(found: &Interface, bond: &BondDesign) -> bool {
    let params = &found.params;
    params.bond_mode.as_deref() != Some(bond.mode.name())
        || params.bond_miimon != Some(bond.monitor_interval.into())
        || params.bond_updelay != Some(bond.up_delay.into())
        || params.bond_downdelay != Some(bond.down_delay.into())
        || bond.lacp_rate.is_some_and(|rate| params.bond_lacp_rate.as_deref() != Some(rate.name()))
        || bond.hash_policy.is_some_and(|policy| params.bond_xmit_hash_policy.as_deref() != Some(policy.name()))
}
