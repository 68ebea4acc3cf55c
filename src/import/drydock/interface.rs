//! `interfaces`: what the operating system gets.

use super::{
    Job,
    envelope::{NETWORK, NETWORK_LINK},
    part::Part,
};
use crate::api::host::{Interface, Sriov};

/// The interfaces of a description.
pub(super) fn interfaces(job: &Job<'_>, whole: &mut Part<'_>) -> Vec<Interface> {
    let parts = whole.named("interfaces", "interfaces");
    parts.into_iter().map(|(name, part)| interface(job, name, part)).collect()
}

fn interface(job: &Job<'_>, name: String, mut part: Part<'_>) -> Interface {
    let link = part.text("device_link", "link").map(|l| job.names.refer(&part.at("device_link"), NETWORK_LINK, &l));
    let devices = part.texts("slaves", "devices", |_, device| device.to_owned());
    let networks = part.texts("networks", "networks", |place, network| job.names.refer(place, NETWORK, network));
    let sriov = part.part("sriov", "sriov").map(|mut sriov| {
        let virtual_functions = sriov.number("vf_count", "virtualFunctions");
        // The schema of host profiles spells it `trustmode`, Drydock's code `trustedmode`.
        let trusted = sriov.flag("trustedmode", "trusted").or_else(|| sriov.flag("trustmode", "trusted"));
        Sriov { virtual_functions, trusted }
    });
    let sriov = sriov.filter(|sriov| *sriov != Sriov::default());
    if part.fields.take("labels").is_some() {
        part.at("labels").warn("Drydock does not read labels of interfaces, and we have none; not carried over");
    }
    Interface { name, link, devices, networks, sriov, ..Interface::default() }
}
