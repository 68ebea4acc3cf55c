//! What a host's description asks for.

use super::{
    super::{Report, at, inherited},
    refuse,
};
use crate::{
    api::{baremetal_node::DesiredPower, host::OutOfBandType},
    design::context::Context,
};

pub(super) fn check(context: &Context<'_>, report: &mut Report<'_>) {
    for (node, effective) in &context.hosts {
        let protocol = effective.host.oob.as_ref().and_then(|o| o.protocol).unwrap_or_default();
        if protocol != OutOfBandType::Ipmi {
            let what = format!("BMCs of type {protocol:?} are not driven by this release");
            refuse(report, inherited(context, node, "/oob/type"), what, "use type IPMI", vec![node.clone()]);
        }
        for interface in effective.host.interfaces.iter().filter(|interface| interface.sriov.is_some()) {
            let place = inherited(context, node, &format!("/interfaces/{}/sriov", interface.name));
            let what = format!("no driver of this site makes SR-IOV functions on interface `{}`", interface.name);
            let hint = "take sriov out, or unset it where it is inherited, and make the functions by a boot action";
            refuse(report, place, what, hint, vec![node.clone()]);
        }
    }
    for (name, node) in &context.manifests.nodes {
        if node.spec.power == Some(DesiredPower::Off) {
            let place = at("BaremetalNode", name, "spec.power");
            let what = "power `Off` is not carried out by this release: a deployed machine runs";
            refuse(report, place, what, "take it out, and switch the machine off by hand", vec![name.clone()]);
        }
    }
}
