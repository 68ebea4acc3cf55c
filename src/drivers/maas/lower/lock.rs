//! The lock of a deployed machine, which a person alone takes off.

use crate::{
    drivers::maas::{call::Call, status::Phase, wire},
    model::NodeDesign,
};

/// Locks it once it is deployed, where the design says so. Nothing unlocks it.
pub fn lower(design: &NodeDesign, machine: &wire::Machine) -> Vec<Call> {
    if !design.lock || machine.locked || Phase::of(machine.status) != Phase::Deployed {
        return Vec::new();
    }
    let path = ["machines/".into(), machine.system_id.as_str().into(), "/".into()];
    let call = Call::post(path, "lock the machine").op("lock").with("comment", "Slipway: locked by its design");
    vec![call]
}
