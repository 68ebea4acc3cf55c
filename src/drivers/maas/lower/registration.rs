//! Registration: the machine's name, domain, pool, zone, power parameters, and the tag by which Slipway finds it again.

use super::{mark, power, tag_calls};
use crate::{
    drivers::maas::{
        call::{Call, Value},
        status::Phase,
        wire,
    },
    model::{NodeDesign, NodeIdentity},
};

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

/// The calls that register a machine.
pub fn lower(
    design: &NodeDesign,
    identity: &NodeIdentity,
    take_over: Option<&str>,
    known: Option<power::Known<'_>>,
    seen: Seen<'_>,
) -> Vec<Call> {
    let machine = seen.machine;
    let mut calls = tag_calls(&identity.tag(), "Slipway's: the node that this machine is", machine, seen.tags);
    if let Some(cluster) = take_over {
        take_over_calls(cluster, identity, machine, &mut calls);
    }
    // What runs keeps its name.
    let renames = Phase::of(machine.status) != Phase::Deployed;
    let mut changes = if renames { names(design, machine) } else { Vec::new() };
    let places = [("pool", &design.pool, &machine.pool), ("zone", &design.zone, &machine.zone)];
    for (field, wanted, found) in places {
        changes.extend(wanted.as_deref().filter(|wanted| found.name != *wanted).map(|wanted| (field, wanted)));
    }
    if !changes.is_empty() {
        let says: Vec<String> = changes.iter().map(|(field, value)| format!("{field} to {value}")).collect();
        let path = ["machines/".into(), machine.system_id.as_str().into(), "/".into()];
        let call = Call::put(path, format!("set {}", says.join(", ")));
        calls.push(changes.into_iter().fold(call, |call, (field, value)| call.with(field, value)));
    }
    if design.by_hand {
        calls.extend(power::lower_by_hand(machine));
    } else if let (Some(power), Some(known)) = (seen.power, known) {
        calls.extend(power::lower(design, known, machine, power));
    }
    calls
}

/// The parts of the machine's name that are not as designed: field, and what it shall be.
pub fn names<'a>(design: &'a NodeDesign, machine: &wire::Machine) -> Vec<(&'static str, &'a str)> {
    let parts = [("hostname", &design.name, &machine.hostname), ("domain", &design.domain, &machine.domain.name)];
    parts
        .into_iter()
        .filter(|(_, wanted, found)| wanted != found)
        .map(|(field, wanted, _)| (field, wanted.as_str()))
        .collect()
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
