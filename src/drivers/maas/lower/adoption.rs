//! Adoption: the mark on a machine that somebody else has brought to where it is, and nothing else.

use super::{mark, tag_calls};
use crate::{
    drivers::maas::{call::Call, status::Phase, wire},
    model::NodeIdentity,
};

/// The calls that mark a machine as a node's.
///
/// Owner data says of one that is deployed that it counts as deployed by this design, and of one that is allocated only
/// whose it is. The order is such that half of it is no mark yet: a tag alone marks nothing that is deployed, but it does
/// mark what is allocated. A free machine has no owner data, which MAAS would take away with the owner.
pub fn lower(
    identity: &NodeIdentity,
    design_hash: &str,
    generation: i64,
    machine: &wire::Machine,
    tags: &[wire::Tag],
) -> Vec<Call> {
    let mut tag = tag_calls(&identity.tag(), "Slipway's: the node that this machine is", machine, tags);
    let phase = Phase::of(machine.status);
    let design = (phase == Phase::Deployed).then_some((mark::DESIGN, design_hash.to_owned()));
    let wanted = [(mark::OWNER, identity.mark()), (mark::GENERATION, generation.to_string())].into_iter().chain(design);
    let path = ["machines/".into(), machine.system_id.as_str().into(), "/".into()];
    let call = Call::post(path, format!("mark the machine as {}'s", identity.mark())).op("set_workload_annotations");
    let data = wanted.fold(call, |call, (key, value)| call.with(key, value));
    match phase {
        Phase::Deployed => tag.push(data),
        Phase::Allocated => tag.insert(0, data),
        Phase::Configurable | Phase::Uncommissioned | Phase::Moving => {}
    }
    tag
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drivers::maas::lower::fixtures::identity;

    fn said(status: u64) -> Vec<String> {
        let machine = wire::Machine { system_id: "abc".into(), status, ..wire::Machine::default() };
        lower(&identity(), "d2", 7, &machine, &[]).iter().map(Call::to_string).collect()
    }

    #[test]
    fn only_the_mark_is_written_and_half_of_it_marks_nothing() {
        let (create, attach) = ("create tag slipway_c1_east_n1", "tag the machine slipway_c1_east_n1");
        let data = "mark the machine as c1/east/n1's";
        assert_eq!(said(6), [create, attach, data], "deployed");
        assert_eq!(said(10), [data, create, attach], "allocated");
        assert_eq!(said(4), [create, attach], "ready");
    }
}
