//! Networking: NICs, bonds, VLAN interfaces and their links.
//!
//! Only designed NICs, and what stands on them, are managed. The order answers MAAS's traps: what is in the way goes first,
//! then addresses are freed, then every NIC gets its VLAN and MTU (which drops its links, and without which MAAS refuses
//! a bond), then bonds, then VLAN interfaces, then links.

mod bridges;
mod build;
mod links;
mod removal;

use super::{Lowered, Obstacle, Seen};
use crate::{
    drivers::maas::{
        call::{Id, Value},
        status::Phase,
        wire::{Fabric, Interface, Machine, Subnet},
    },
    model::{AttachmentDesign, InterfaceDesign, NodeDesign},
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
            let nic = crate::model::bind::nic(device, inventory)
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

    /// Whether an interface has this MTU. Where a machine runs already, one that was given none has its VLAN's.
    fn has_mtu(&self, interface: &Interface, mtu: u32) -> bool {
        let of_vlan = || interface.vlan.as_ref().map(|vlan| vlan.mtu);
        let found = interface.params.mtu.or_else(|| of_vlan().filter(|_| self.runs()));
        found == Some(mtu.into())
    }

    /// Whether the machine runs an operating system, and so with whatever it was given.
    fn runs(&self) -> bool {
        Phase::of(self.machine.status) == Phase::Deployed
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
}

#[cfg(test)]
mod tests;
