//! Registration: the machine's name, domain, zone, power parameters, and the tag by which Slipway finds it again.

use super::{mark, tag_calls};
use crate::{
    api::{hardware_profile::BootMode, host::OutOfBandType},
    drivers::{
        BmcCredentials,
        maas::{
            call::{Call, Value},
            status::Phase,
            wire,
        },
    },
    model::{NodeDesign, NodeIdentity},
};
use secrecy::ExposeSecret;

/// What is observed for it.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'a> {
    /// The machine.
    pub machine: &'a wire::Machine,
    /// Its power parameters, where they were asked for.
    pub power: Option<&'a wire::PowerParameters>,
    /// All tags.
    pub tags: &'a [wire::Tag],
}

/// The account that MAAS itself makes on a BMC when it enlists a machine; its password is not ours to fight over.
const MAAS_ACCOUNT: &str = "maas";

/// The calls that register a machine.
pub fn lower(
    design: &NodeDesign,
    identity: &NodeIdentity,
    take_over: Option<&str>,
    credentials: Option<&BmcCredentials>,
    seen: Seen<'_>,
) -> Vec<Call> {
    let machine = seen.machine;
    let mut calls = tag_calls(&identity.tag(), "Slipway's: the node that this machine is", machine, seen.tags);
    if let Some(cluster) = take_over {
        take_over_calls(cluster, identity, machine, &mut calls);
    }
    let path = || ["machines/".into(), machine.system_id.as_str().into(), "/".into()];
    // What runs keeps its name.
    if Phase::of(machine.status) != Phase::Deployed {
        let mut changes = Vec::new();
        if machine.hostname != design.name {
            changes.push(("hostname", design.name.as_str()));
        }
        if machine.domain.name != design.domain {
            changes.push(("domain", design.domain.as_str()));
        }
        if let Some(zone) = design.zone.as_deref().filter(|zone| machine.zone.name != *zone) {
            changes.push(("zone", zone));
        }
        if !changes.is_empty() {
            let says: Vec<String> = changes.iter().map(|(field, value)| format!("{field} to {value}")).collect();
            let call = Call::put(path(), format!("set {}", says.join(", ")));
            calls.push(changes.into_iter().fold(call, |call, (field, value)| call.with(field, value)));
        }
    }
    if let (Some(power), Some(credentials)) = (seen.power, credentials)
        && let Some(call) = power_call(design, credentials, machine, power)
    {
        calls.push(call);
    }
    calls
}

/// Replaces another cluster's marks by ours, so that the machine stays ours once the order to take over is lifted. Design
/// and generation stay: they say what was deployed.
fn take_over_calls(cluster: &str, identity: &NodeIdentity, machine: &wire::Machine, calls: &mut Vec<Call>) {
    let old = NodeIdentity { cluster: cluster.to_owned(), ..identity.clone() };
    if old.cluster == identity.cluster {
        return;
    }
    if machine.owner_data.get(mark::OWNER) == Some(&old.mark()) {
        calls.push(
            Call::post(
                ["machines/".into(), machine.system_id.as_str().into(), "/".into()],
                format!("take the machine over from {}", old.mark()),
            )
            .op("set_workload_annotations")
            .with(mark::OWNER, identity.mark()),
        );
    }
    if machine.tag_names.contains(&old.tag()) {
        calls.push(
            Call::post(["tags/".into(), Value::segment(&old.tag()), "/".into()], format!("take tag {} off", old.tag()))
                .op("update_nodes")
                .with("remove", machine.system_id.as_str()),
        );
    }
}

fn power_call(
    design: &NodeDesign,
    credentials: &BmcCredentials,
    machine: &wire::Machine,
    power: &wire::PowerParameters,
) -> Option<Call> {
    let oob = design.oob.as_ref().filter(|oob| oob.protocol == OutOfBandType::Ipmi)?;
    let address = oob.address.to_string();
    let differs = machine.power_type != "ipmi" || power.get("power_address") != address;
    let user = power.get("power_user");
    let stale = user == credentials.username && power.get("power_pass") != credentials.password.expose_secret();
    if !(differs || user.is_empty() || stale || (user != credentials.username && user != MAAS_ACCOUNT)) {
        return None;
    }
    let says = format!("set power to ipmi, address {address}, user {}, password ***", credentials.username);
    let call = Call::put(["machines/".into(), machine.system_id.as_str().into(), "/".into()], says);
    Some(power_parameters(design, credentials, call))
}

/// Adds the power parameters of the design to a call that creates or changes a machine.
pub(crate) fn power_parameters(design: &NodeDesign, credentials: &BmcCredentials, call: Call) -> Call {
    let Some(oob) = design.oob.as_ref() else { return call };
    let boot_type = match design.boot_mode {
        BootMode::Uefi => "efi",
        BootMode::Bios => "legacy",
    };
    let cipher = oob.cipher_suites.first().map(ToString::to_string);
    call.with("power_type", "ipmi")
        .with("power_parameters_power_address", oob.address.to_string())
        .with("power_parameters_power_user", credentials.username.as_str())
        .with("power_parameters_power_pass", Value::Secret(credentials.password.clone()))
        .with("power_parameters_power_driver", "LAN_2_0")
        .with("power_parameters_power_boot_type", boot_type)
        .maybe("power_parameters_cipher_suite_id", cipher)
}
