//! The mark: owner data that says whose machine this is, for which design and which deployment.

use crate::{
    drivers::maas::{call::Call, status::Phase, wire},
    model::{NodeDesign, NodeIdentity},
};

/// Owner data key of [`NodeIdentity::mark`].
pub const OWNER: &str = "slipway-owner";
/// Owner data key of the design's hash.
pub const DESIGN: &str = "slipway-design";
/// Owner data key of the deploy generation.
pub const GENERATION: &str = "slipway-generation";

/// How all of them begin.
const OURS: &str = "slipway-";

/// The calls that mark a machine which is allocated to us. On one that is deployed only the designed pairs are brought
/// back: the mark says what it was deployed by, and what is written later would be a lie.
pub fn lower(
    design: &NodeDesign,
    identity: &NodeIdentity,
    design_hash: &str,
    generation: i64,
    machine: &wire::Machine,
) -> Vec<Call> {
    // MAAS answers 500 to a key with any other character, and takes an empty value for a deletion. Keys like ours would
    // make a machine somebody else's.
    let allowed = |key: &str| {
        let is_taken = key.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
        !key.is_empty() && is_taken && !key.starts_with(OURS)
    };
    let marks = (Phase::of(machine.status) != Phase::Deployed).then(|| {
        [
            (OWNER.to_owned(), identity.mark()),
            (DESIGN.to_owned(), design_hash.to_owned()),
            (GENERATION.to_owned(), generation.to_string()),
        ]
    });
    let wanted = design
        .owner_data
        .iter()
        .filter(|(key, value)| !value.is_empty() && allowed(key))
        .map(|(key, value)| (key.clone(), value.clone()))
        .chain(marks.into_iter().flatten());
    let missing: Vec<(String, String)> =
        wanted.filter(|(key, value)| machine.owner_data.get(key) != Some(value)).collect();
    if missing.is_empty() {
        return Vec::new();
    }
    let says: Vec<String> = missing.iter().map(|(key, value)| format!("{key}={value}")).collect();
    let path = ["machines/".into(), machine.system_id.as_str().into(), "/".into()];
    let call = Call::post(path, format!("set owner data {}", says.join(" "))).op("set_workload_annotations");
    vec![missing.into_iter().fold(call, |call, (key, value)| call.with(&key, value))]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drivers::maas::lower::fixtures::{identity, node};

    #[test]
    fn a_deployed_machine_keeps_the_mark_that_it_was_deployed_with() {
        const ALLOCATED: u64 = 10;
        const DEPLOYED: u64 = 6;
        let mut design = node();
        design.owner_data.insert("site".into(), "harbour".into());
        let said = |status| {
            let machine = wire::Machine { system_id: "abc".into(), status, ..wire::Machine::default() };
            lower(&design, &identity(), "d2", 7, &machine)[0].to_string()
        };
        assert_eq!(
            said(ALLOCATED),
            "set owner data site=harbour slipway-owner=c1/east/n1 slipway-design=d2 slipway-generation=7"
        );
        assert_eq!(said(DEPLOYED), "set owner data site=harbour");
    }
}
