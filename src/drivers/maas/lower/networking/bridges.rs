//! Bridges: each stands on what carries a network, and has the links in its place.

use super::{Obstacle, Plan, Target, links::Stands};
use crate::{
    drivers::maas::{
        call::{Call, Id, Name},
        wire::Interface,
    },
    model::{AttachmentDesign, BridgeDesign},
};
use std::collections::BTreeSet;

/// The bridge on what carries these networks.
pub(super) fn over<'a>(target: &Target<'a>, networks: &[&AttachmentDesign]) -> Option<&'a BridgeDesign> {
    let carries = |bridge: &&BridgeDesign| networks.iter().any(|attachment| attachment.network == bridge.network);
    target.design.bridges.iter().find(carries)
}

impl<'a> Plan<'a> {
    /// Whether a bridge that stands is designed there.
    pub(super) fn is_designed_bridge(&self, interface: &Interface) -> Result<bool, Obstacle> {
        for target in self.targets {
            for bridge in target.design.bridges.iter().filter(|bridge| bridge.name == interface.name) {
                let network = target.design.networks.iter().find(|attachment| attachment.network == bridge.network);
                let base = match network {
                    Some(attachment) if attachment.vlan.is_some() => {
                        format!("{}.{}", target.carrier, self.networks.subnet(attachment)?.vlan.vid)
                    }
                    _ => target.carrier.clone(),
                };
                if interface.parents == [base] {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    /// A bridge that stands and may stay.
    pub(super) fn standing_bridge(&self, bridge: &BridgeDesign, doomed: &BTreeSet<u64>) -> Option<&'a Interface> {
        self.kept(&bridge.name, "bridge", doomed)
    }

    /// Brings a bridge to the design; says how it stands then.
    pub(super) fn bridge(
        &self,
        bridge: &BridgeDesign,
        (base, stands): (&str, &Stands<'a>),
        (vlan, mtu): (u64, u32),
        doomed: &BTreeSet<u64>,
        calls: &mut Vec<Call>,
    ) -> Stands<'a> {
        let settings = |call: Call| {
            call.with("mtu", mtu)
                .with("bridge_type", bridge.kind.name())
                .with("bridge_stp", bridge.stp)
                .with("bridge_fd", bridge.forward_delay)
        };
        let Some(found) = self.standing_bridge(bridge, doomed) else {
            let says = format!("create bridge {} on {base}, MTU {mtu}", bridge.name);
            let made = Name::Interface(bridge.name.clone());
            let call = Call::post(self.collection(), says)
                .op("create_bridge")
                .with("name", bridge.name.as_str())
                .with("parent", stands.id())
                .with("vlan", Id::Known(vlan));
            calls.push(settings(call).makes(made.clone(), "/id"));
            return Stands::New(made);
        };
        let params = &found.params;
        let moved = found.vlan.as_ref().map(|found| found.id) != Some(vlan);
        let differs = params.mtu != Some(mtu.into())
            || params.bridge_type.as_deref() != Some(bridge.kind.name())
            || params.bridge_stp != Some(bridge.stp)
            || params.bridge_fd != Some(bridge.forward_delay.into());
        if moved || differs {
            let says = format!("set bridge {}, MTU {mtu}", bridge.name);
            let call = Call::put(self.path(Id::Known(found.id)), says).maybe("vlan", moved.then_some(Id::Known(vlan)));
            calls.push(settings(call));
        }
        if moved { Stands::Stripped(found.id) } else { Stands::Observed(found) }
    }
}
