//! What is in the way of a design: undesigned bonds, bridges, VLAN interfaces and links on designed NICs.

use super::{Obstacle, Plan, Target, bridges, links::matches};
use crate::{
    drivers::maas::{
        call::{Call, Id, Method},
        wire::Interface,
    },
    model::AttachmentDesign,
};
use std::{cmp::Reverse, collections::BTreeSet};

impl<'a> Plan<'a> {
    /// Bonds, bridges and VLAN interfaces that are in the way, with all that stands on them.
    pub(super) fn doomed(&self) -> Result<BTreeSet<u64>, Obstacle> {
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

    pub(super) fn names(&self, doomed: &BTreeSet<u64>) -> BTreeSet<&'a str> {
        let all = self.machine.interface_set.iter();
        all.filter(|interface| doomed.contains(&interface.id)).map(|interface| interface.name.as_str()).collect()
    }

    /// Whether a bond, bridge or VLAN interface may stay: it is designed, or it does not touch what is.
    pub(super) fn wanted(&self, interface: &Interface) -> Result<bool, Obstacle> {
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
        if interface.kind == "bridge" && self.is_designed_bridge(interface)? {
            return Ok(true);
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

    pub(super) fn removals(&self, doomed: &BTreeSet<u64>) -> Vec<Call> {
        // What stands on others goes before them.
        let mut order: Vec<&Interface> =
            self.machine.interface_set.iter().filter(|interface| doomed.contains(&interface.id)).collect();
        order.sort_by_key(|interface| (Reverse(self.storeys(interface)), interface.kind == "bridge", interface.id));
        let says = |interface: &Interface| format!("remove {} {}", interface.kind, interface.name);
        order.into_iter().map(|i| Call::new(Method::Delete, self.path(Id::Known(i.id)), says(i))).collect()
    }

    /// How many interfaces stand one on another below it.
    fn storeys(&self, interface: &Interface) -> usize {
        let all = &self.machine.interface_set;
        let mut below = BTreeSet::from([interface.name.as_str()]);
        for storey in 0..all.len() {
            below = all
                .iter()
                .filter(|one| below.contains(one.name.as_str()))
                .flat_map(|one| one.parents.iter().map(String::as_str))
                .collect();
            if below.is_empty() {
                return storey;
            }
        }
        all.len()
    }

    /// Frees the addresses that are not wanted where they are. Links of mode `link_up` are neutral: MAAS makes one by
    /// itself when the last other link goes.
    pub(super) fn unlink(
        &self,
        target: &Target<'_>,
        doomed: &BTreeSet<u64>,
        calls: &mut Vec<Call>,
    ) -> Result<(), Obstacle> {
        let native: Vec<&AttachmentDesign> = target.design.networks.iter().filter(|a| a.vlan.is_none()).collect();
        let enslaved = target.design.bond.is_some();
        for name in target.nics.iter().chain([&target.carrier]).collect::<BTreeSet<_>>() {
            let Some(interface) = self.machine.interface_set.iter().find(|i| i.name == *name) else { continue };
            let is_nic = enslaved && *name != target.carrier;
            if !doomed.contains(&interface.id) {
                let bridged = bridges::over(target, &native).is_some();
                self.unlink_from(interface, if is_nic || bridged { &[] } else { &native }, calls)?;
            }
        }
        for attachment in target.design.networks.iter().filter(|attachment| attachment.vlan.is_some()) {
            let vlan = self.networks.subnet(attachment)?.vlan.id;
            if let Some(interface) = self.vlan_interface(&target.carrier, vlan, doomed) {
                let on_it: Vec<&AttachmentDesign> = self.on_vlan(target, vlan)?;
                // Two networks of one VLAN share the interface: unlinked once.
                if on_it.first().is_some_and(|first| std::ptr::eq(*first, attachment)) {
                    let bridged = bridges::over(target, &on_it).is_some();
                    self.unlink_from(interface, if bridged { &[] } else { &on_it }, calls)?;
                }
            }
        }
        for bridge in &target.design.bridges {
            let Some(interface) = self.standing_bridge(bridge, doomed) else { continue };
            let carried = target.design.networks.iter().find(|attachment| attachment.network == bridge.network);
            let on_it = match carried {
                Some(attachment) if attachment.vlan.is_some() => {
                    self.on_vlan(target, self.networks.subnet(attachment)?.vlan.id)?
                }
                _ => native.clone(),
            };
            self.unlink_from(interface, &on_it, calls)?;
        }
        Ok(())
    }

    pub(super) fn unlink_from(
        &self,
        interface: &Interface,
        wanted: &[&AttachmentDesign],
        calls: &mut Vec<Call>,
    ) -> Result<(), Obstacle> {
        for link in interface.links.iter().filter(|link| link.mode != "link_up") {
            let mut keep = false;
            for attachment in wanted {
                keep |= matches(link, attachment, self.networks.subnet(attachment)?, self.runs());
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
}
