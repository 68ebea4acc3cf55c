//! The roll-out: how groups are judged, and who waits for them.

use crate::plan_scene::start;
use proptest::prelude::*;
use serde_json::{Value, json};
use slipway::{
    api::rollout::{Rollout, SuccessCriteria},
    model::Candidate,
    plan::{GroupOutcome, GroupState, Hold, Standing, group_outcome, hold},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

const OPEN: Standing = Standing::Open;
const THERE: Standing = Standing::Reached(None);
const FAILED: Standing = Standing::Failed;

fn outcome(criteria: &str, nodes: &[Standing]) -> GroupOutcome {
    let criteria: SuccessCriteria = serde_saphyr::from_str(criteria).unwrap();
    let nodes: Vec<(&str, Standing)> = ["a", "b", "c", "d", "e"].into_iter().zip(nodes.iter().copied()).collect();
    group_outcome(Some(&criteria), &nodes)
}

#[test]
fn a_group_is_judged_by_its_criteria() {
    use GroupState::{Open, Succeeded};
    let failed = |names: &[&str]| GroupState::Failed(names.iter().map(|name| (*name).to_owned()).collect());
    let done = Succeeded(None);
    let table = [
        ("{}", vec![], done.clone()),
        ("{}", vec![THERE, THERE], done.clone()),
        ("{}", vec![THERE, OPEN], Open),
        // Without criteria, one that fails is one too many, whatever the others do.
        ("{}", vec![THERE, OPEN, FAILED], failed(&["c"])),
        ("{maximumFailed: 1}", vec![THERE, THERE, FAILED], done.clone()),
        ("{maximumFailed: 1}", vec![THERE, OPEN, FAILED], Open),
        ("{maximumFailed: 1}", vec![FAILED, OPEN, FAILED], failed(&["a", "c"])),
        ("{minimum: 2}", vec![THERE, THERE, FAILED, FAILED], done.clone()),
        ("{minimum: 2}", vec![THERE, OPEN, FAILED, FAILED], Open),
        ("{minimum: 2}", vec![THERE, FAILED, FAILED, FAILED], failed(&["b", "c", "d"])),
        ("{minimum: 1}", vec![], failed(&[])),
        ("{minimumPercent: 75}", vec![THERE, THERE, THERE, FAILED], done.clone()),
        ("{minimumPercent: 75}", vec![THERE, THERE, OPEN, FAILED], Open),
        ("{minimumPercent: 76}", vec![THERE, THERE, THERE, FAILED], failed(&["d"])),
        ("{minimumPercent: 0}", vec![FAILED, FAILED], done),
        // All that is given must hold.
        ("{minimumPercent: 50, maximumFailed: 0}", vec![THERE, FAILED], failed(&["b"])),
        // Of many, the first few are named.
        ("{}", vec![FAILED; 5], failed(&["a", "b", "c"])),
    ];
    for (criteria, nodes, expected) in table {
        assert_eq!(outcome(criteria, &nodes).state, expected, "{criteria} {nodes:?}");
    }
    let counted = outcome("{maximumFailed: 1}", &[THERE, OPEN, FAILED]);
    assert_eq!((counted.total, counted.reached, counted.failed), (3, 1, 1));
}

/// Two racks after a control plane, and a group that everything waits for.
const ROLLOUT: &str = "
pause: 10m
groups:
- {name: control-plane, nodeSelector: {filters: [{tags: [master]}]}}
- {name: workers, nodeSelector: {filters: [{tags: [worker]}]}, dependsOn: [control-plane]}
- {name: storage, critical: true, nodeSelector: {filters: [{tags: [storage]}]}}
";

fn held(tags: &[&str], states: &[(&str, GroupState)], minutes: i64) -> Option<Hold> {
    static NONE: BTreeMap<String, String> = BTreeMap::new();
    let rollout: Rollout = serde_saphyr::from_str(ROLLOUT).unwrap();
    let tags: Vec<String> = tags.iter().map(|tag| (*tag).to_owned()).collect();
    let node = Candidate { name: "n1", tags: &tags, owner_data: &NONE, rack: None, labels: &NONE };
    let outcome = |state: &GroupState| GroupOutcome { state: state.clone(), total: 3, reached: 0, failed: 0 };
    let outcomes = states.iter().map(|(name, state)| ((*name).to_owned(), outcome(state))).collect();
    let now = start() + jiff::SignedDuration::from_mins(minutes);
    hold(&rollout, &outcomes, node, &BTreeMap::new(), Duration::from_mins(10), now)
}

#[test]
fn a_group_waits_for_those_that_it_depends_on_and_for_the_pause() {
    let done = || GroupState::Succeeded(Some(start()));
    let waits = |why: &str| Some(Hold::Waits(why.to_owned()));
    let stopped = |why: &str| Some(Hold::Stopped(why.to_owned()));
    let failed = || GroupState::Failed(vec!["m1".into(), "m2".into()]);
    assert_eq!(held(&["worker"], &[], 0), waits("Waiting for group control-plane to end in success"));
    let open = [("control-plane", GroupState::Open)];
    assert_eq!(held(&["worker"], &open, 0), waits("Waiting for group control-plane to end in success"));
    assert_eq!(held(&["master"], &open, 0), None, "who depends on nobody begins");
    assert_eq!(held(&["other"], &open, 0), None, "who is in no group does too");
    assert_eq!(held(&["master", "worker"], &open, 0), None, "who is in both goes with the first");
    let until = waits("Waiting until 2026-01-01T00:10:00Z, the pause after group control-plane");
    assert_eq!(held(&["worker"], &[("control-plane", done())], 9), until);
    assert_eq!(held(&["worker"], &[("control-plane", done())], 10), None);
    let why = "Group control-plane has failed (m1, m2): what depends on it is not begun until it has succeeded";
    assert_eq!(held(&["worker"], &[("control-plane", failed())], 0), stopped(why));
    assert_eq!(held(&["other"], &[("control-plane", failed())], 0), None);
    // A critical one stops everything but itself, which a person may still help.
    let critical = [("storage", failed()), ("control-plane", done())];
    let why = "Group storage, which is critical, has failed (m1, m2): nothing else is begun until it has succeeded";
    for tags in [["worker"], ["master"], ["other"]] {
        assert_eq!(held(&tags, &critical, 60), stopped(why));
    }
    assert_eq!(held(&["storage"], &critical, 60), None);
}

fn named(name: &str) -> Candidate<'_> {
    static NONE: BTreeMap<String, String> = BTreeMap::new();
    Candidate { name, tags: &[], owner_data: &NONE, rack: None, labels: &NONE }
}

proptest! {
    /// Whatever groups share nodes, as long as none depends on itself somebody's turn has come.
    #[test]
    fn no_node_waits_for_itself_by_way_of_another_group(
        members in prop::collection::vec(prop::collection::btree_set(0..6_usize, 0..5), 2..6),
        depends in prop::collection::vec(any::<u8>(), 6),
        order in Just((0..6_usize).collect::<Vec<_>>()).prop_shuffle(),
    ) {
        // A group depends on some of those before it, and stands anywhere in the list.
        let group = |n: usize| {
            let names: Vec<String> = members[n].iter().map(|node| format!("n{node}")).collect();
            let before: Vec<String> =
                (0..n).filter(|other| depends[n] & (1 << other) != 0).map(|other| format!("g{other}")).collect();
            json!({"name": format!("g{n}"), "dependsOn": before, "nodeSelector": {"filters": [{"names": names}]}})
        };
        let groups: Vec<Value> = order.iter().filter(|n| **n < members.len()).map(|n| group(*n)).collect();
        let rollout: Rollout = serde_json::from_value(json!({ "groups": groups })).unwrap();
        let names: Vec<String> = (0..6).map(|n| format!("n{n}")).collect();
        let mut there: BTreeSet<usize> = BTreeSet::new();
        while there.len() < names.len() {
            let standing = |n: usize| if there.contains(&n) { THERE } else { OPEN };
            let outcomes: BTreeMap<String, GroupOutcome> = (0..members.len())
                .map(|n| {
                    let nodes: Vec<(&str, Standing)> =
                        members[n].iter().map(|node| (names[*node].as_str(), standing(*node))).collect();
                    (format!("g{n}"), group_outcome(None, &nodes))
                })
                .collect();
            let racks = BTreeMap::default();
            let may = |n: &usize| {
                hold(&rollout, &outcomes, named(&names[*n]), &racks, Duration::ZERO, start()).is_none()
            };
            let next = (0..names.len()).filter(|n| !there.contains(n)).find(may);
            prop_assert!(next.is_some(), "{rollout:?} holds all but {there:?}");
            there.extend(next);
        }
    }
}
