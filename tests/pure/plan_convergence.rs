//! Whatever fails, crashes or is forgotten on the way, a node is deployed exactly once.

use crate::{
    plan_scene::Scene,
    plan_world::{Mishap, World, everything_is_wrong, turn},
};
use proptest::prelude::*;
use slipway::model::{Power, Step};
use std::collections::BTreeMap;

/// Turns in which a node is through in any case: waiting for an enlistment twice included.
const ENOUGH: u32 = 400;
/// The last turn in which something goes amiss; the turns after it show whether all is at rest.
const LAST_MISHAP: u32 = 60;

fn mishaps(kinds: &'static [Mishap]) -> impl Strategy<Value = BTreeMap<u32, Mishap>> {
    prop::collection::btree_map(0..=LAST_MISHAP, prop::sample::select(kinds), 0..8)
}

/// Runs until nothing happens any more; gives back the last step.
fn run(scene: &mut Scene, world: &mut World, mishaps: &BTreeMap<u32, Mishap>) -> Step {
    let mut last = Step::wait("Begin", "");
    for count in 0..ENOUGH {
        last = turn(scene, world, mishaps.get(&count).copied());
        if count > LAST_MISHAP && is_deployed(&last) {
            break;
        }
    }
    last
}

fn is_deployed(step: &Step) -> bool {
    matches!(step, Step::Done { state: "Deployed", .. })
}

fn world(delay: u32, commissionings_fail: Vec<bool>, deployments_fail: Vec<bool>) -> World {
    let mut world = World::cold(delay);
    everything_is_wrong(&mut world);
    world.commissionings_fail = commissionings_fail.into();
    world.deployments_fail = deployments_fail.into();
    world
}

fn failures() -> impl Strategy<Value = Vec<bool>> {
    prop::collection::vec(any::<bool>(), 0..=3)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_node_is_deployed_once_whatever_fails_within_its_budget(
        commissionings in failures(), deployments in failures(), delay in 0..3_u32,
    ) {
        let mut world = world(delay, commissionings, deployments.clone());
        let mut scene = Scene::missing(Power::Off);
        let last = run(&mut scene, &mut world, &BTreeMap::new());
        let failed = u32::try_from(deployments.iter().take_while(|fails| **fails).count()).unwrap();
        prop_assert!(is_deployed(&last), "{last:?}");
        prop_assert_eq!((world.deployed, world.begun, world.released), (1, failed + 1, 0));
    }

    #[test]
    fn a_crash_at_any_point_loses_nothing_and_repeats_nothing(
        deployments in failures(), delay in 0..3_u32,
        mishaps in mishaps(&[Mishap::BeforeReport, Mishap::BeforeAct]),
    ) {
        let mut world = world(delay, Vec::new(), deployments.clone());
        let mut scene = Scene::missing(Power::Off);
        let last = run(&mut scene, &mut world, &mishaps);
        let failed = u32::try_from(deployments.iter().take_while(|fails| **fails).count()).unwrap();
        prop_assert!(is_deployed(&last), "{last:?}");
        prop_assert_eq!((world.deployed, world.begun, world.released), (1, failed + 1, 0));
    }

    #[test]
    fn a_wiped_status_deploys_nothing_twice(
        deployments in failures(), mishaps in mishaps(&[Mishap::BeforeReport, Mishap::BeforeAct, Mishap::Wiped]),
    ) {
        let mut world = world(0, Vec::new(), deployments.clone());
        let mut scene = Scene::missing(Power::Off);
        let last = run(&mut scene, &mut world, &mishaps);
        let failed = u32::try_from(deployments.iter().take_while(|fails| **fails).count()).unwrap();
        prop_assert!(is_deployed(&last), "{last:?}");
        prop_assert_eq!((world.deployed, world.begun, world.released), (1, failed + 1, 0));
    }

    #[test]
    fn a_status_wiped_at_rest_writes_nothing_to_the_machine(wiped_at in 0..40_u32) {
        let mut world = world(0, Vec::new(), Vec::new());
        let mut scene = Scene::missing(Power::Off);
        run(&mut scene, &mut world, &BTreeMap::new());
        let before = world.machine.clone();
        for count in 0..50 {
            let step = turn(&mut scene, &mut world, (count == wiped_at).then_some(Mishap::Wiped));
            prop_assert!(is_deployed(&step), "{step:?}");
        }
        prop_assert_eq!(&world.machine, &before);
        prop_assert!(scene.memory.deployed.is_some(), "the mark reminds us of the deployment");
    }

    #[test]
    fn an_approved_redeployment_happens_once_whatever_crashes(
        delay in 0..3_u32, mishaps in mishaps(&[Mishap::BeforeReport, Mishap::BeforeAct]),
    ) {
        let mut world = world(delay, Vec::new(), Vec::new());
        let mut scene = Scene::missing(Power::Off);
        run(&mut scene, &mut world, &BTreeMap::new());
        scene.hash = crate::plan_scene::OTHER_HASH.into();
        let asked = crate::plan_scene::asked(&turn(&mut scene, &mut world, None));
        scene.orders.approval = Some(slipway::api::memory::Approval { hash: asked, by: "ann".into() });
        let last = run(&mut scene, &mut world, &mishaps);
        prop_assert!(is_deployed(&last), "{last:?}");
        prop_assert_eq!((world.deployed, world.begun, world.released), (2, 2, 1));
    }
}

#[test]
fn more_failed_deployments_than_the_budget_leave_it_to_a_person() {
    let mut world = world(0, Vec::new(), vec![true; 10]);
    let mut scene = Scene::missing(Power::Off);
    let last = run(&mut scene, &mut world, &BTreeMap::new());
    assert_eq!(crate::plan_scene::reason(&last), Some(slipway::model::Reason::DeploymentFailed));
    assert_eq!(world.begun, 4, "one try and three retries");
    scene.retry = "again".into();
    world.deployments_fail.clear();
    assert!(is_deployed(&run(&mut scene, &mut world, &BTreeMap::new())), "a new retry annotation starts a new budget");
}
