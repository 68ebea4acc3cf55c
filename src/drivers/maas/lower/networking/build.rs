//! NICs, bonds and VLAN interfaces.

use super::{Obstacle, Plan, Target, bridges, links::Stands};
use crate::{
    api::network_link::{LacpRate, TransmitHashPolicy},
    drivers::maas::{
        call::{Call, Id, Name},
        wire::Interface,
    },
    model::{AttachmentDesign, BondDesign},
};
use std::collections::BTreeSet;

impl<'a> Plan<'a> {
    /// Gives every NIC its VLAN and MTU. NICs of a bond that stands follow the bond's VLAN.
    pub(super) fn nics(
        &self,
        target: &Target<'_>,
        doomed: &BTreeSet<u64>,
        calls: &mut Vec<Call>,
    ) -> Result<(), Obstacle> {
        let bonded = target.design.bond.is_some() && self.kept(&target.carrier, "bond", doomed).is_some();
        for name in &target.nics {
            let nic = self.interface(name)?;
            let vlan = (!bonded && nic.vlan.as_ref().map(|vlan| vlan.id) != Some(target.vlan)).then_some(target.vlan);
            let mtu = (!self.has_mtu(nic, target.design.mtu)).then_some(target.design.mtu);
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
    pub(super) fn carrier(
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
        if moved(found) || !self.has_mtu(found, mtu) || bond_differs(found, bond) {
            let says = format!("set bond {name} ({}, MTU {mtu}) on link {}", bond.mode.name(), target.design.link);
            let call = Call::put(self.path(Id::Known(found.id)), says)
                .maybe("vlan", moved(found).then_some(Id::Known(target.vlan)))
                .with("mtu", mtu);
            calls.push(bond_parameters(call, bond));
        }
        Ok(if moved(found) { Stands::Stripped(found.id) } else { Stands::Observed(found) })
    }

    /// VLAN interfaces, and the links of everything.
    pub(super) fn tagged(
        &self,
        target: &Target<'a>,
        carrier: &Stands<'a>,
        doomed: &BTreeSet<u64>,
        calls: &mut Vec<Call>,
        links: &mut Vec<Call>,
    ) -> Result<(), Obstacle> {
        let native: Vec<&AttachmentDesign> = target.design.networks.iter().filter(|a| a.vlan.is_none()).collect();
        match bridges::over(target, &native) {
            Some(bridge) => {
                let place = (target.vlan, target.design.mtu);
                let stands = self.bridge(bridge, (&target.carrier, carrier), place, doomed, calls);
                self.link(&bridge.name, &stands, &native, links)?;
            }
            None => self.link(&target.carrier, carrier, &native, links)?,
        }
        let mut done = BTreeSet::new();
        for attachment in target.design.networks.iter().filter(|attachment| attachment.vlan.is_some()) {
            let subnet = self.networks.subnet(attachment)?;
            if !done.insert(subnet.vlan.id) {
                continue;
            }
            let name = format!("{}.{}", target.carrier, subnet.vlan.vid);
            let stands = if let Some(found) = self.vlan_interface(&target.carrier, subnet.vlan.id, doomed) {
                if !self.has_mtu(found, attachment.mtu) {
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
            match bridges::over(target, &on_it) {
                Some(bridge) => {
                    let stands = self.bridge(bridge, (&name, &stands), (subnet.vlan.id, attachment.mtu), doomed, calls);
                    self.link(&bridge.name, &stands, &on_it, links)?;
                }
                None => self.link(&name, &stands, &on_it, links)?,
            }
        }
        Ok(())
    }
}

fn bond_parameters(call: Call, bond: &BondDesign) -> Call {
    call.with("bond_mode", bond.mode.name())
        .with("bond_miimon", bond.monitor_interval)
        .with("bond_updelay", bond.up_delay)
        .with("bond_downdelay", bond.down_delay)
        .maybe("bond_num_grat_arp", bond.peer_notifications)
        .maybe("bond_lacp_rate", bond.lacp_rate.map(LacpRate::name))
        .maybe("bond_xmit_hash_policy", bond.hash_policy.map(TransmitHashPolicy::name))
}

fn bond_differs(found: &Interface, bond: &BondDesign) -> bool {
    let params = &found.params;
    params.bond_mode.as_deref() != Some(bond.mode.name())
        || params.bond_miimon != Some(bond.monitor_interval.into())
        || params.bond_updelay != Some(bond.up_delay.into())
        || params.bond_downdelay != Some(bond.down_delay.into())
        || bond.peer_notifications.is_some_and(|count| params.bond_num_grat_arp != Some(count.into()))
        || bond.lacp_rate.is_some_and(|rate| params.bond_lacp_rate.as_deref() != Some(rate.name()))
        || bond.hash_policy.is_some_and(|policy| params.bond_xmit_hash_policy.as_deref() != Some(policy.name()))
}
