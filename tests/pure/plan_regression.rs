//! A provisioner that forgot: what was deployed is not deployed anew before a person has said so.

use crate::plan_scene::{Scene, acts, asked, reason, state};
use slipway::{
    api::memory::{Approval, DeployedAs},
    model::{Blocked, MachineAction as A, MachineStatus as S, Owner, Power, Reason, Sighting, Step},
};

#[test]
fn a_deployed_machine_that_is_missing_is_neither_booted_nor_created() {
    let mut scene = Scene::deployed();
    scene.seen.sighting = Sighting::Missing;
    for power in [None, Some(Power::On), Some(Power::Off)] {
        scene.seen.bmc_power = power;
        for boot_mac in [None, Some("52:54:00:00:00:01".parse().unwrap())] {
            scene.design.boot_mac = boot_mac;
            let step = scene.decide().step;
            assert_eq!(reason(&step), Some(Reason::ProviderRegressed));
            assert!(
                matches!(&step, Step::Blocked(Blocked { plan: Some((_, actions)), .. }) if actions == &["Register", "Redeploy"])
            );
        }
    }
}

#[test]
fn an_approved_regression_is_forgotten_and_the_node_begins_anew() {
    let mut scene = Scene::deployed();
    let machine = scene.machine();
    (machine.status, machine.owner, machine.has_system, machine.power) = (S::Ready, Owner::Nobody, false, Power::Off);
    let hash = asked(&scene.turn());
    assert_eq!(scene.memory.deployed, Some(DeployedAs { design_hash: "1-aaaa".into(), generation: 1 }));
    scene.orders.approval = Some(Approval { hash, by: "ann".into() });
    assert_eq!(state(&scene.turn()), "Preparing");
    assert_eq!((&scene.memory.deployed, scene.memory.generation), (&None, 2));
    assert!(acts(&scene.turn(), &A::Allocate));
}

#[test]
fn a_release_that_slipway_made_is_no_regression() {
    let mut scene = Scene::deployed();
    scene.hash = "1-cccc".into();
    scene.orders.approval = Some(Approval { hash: asked(&scene.decide().step), by: "ann".into() });
    scene.turn();
    scene.becomes(S::Releasing);
    assert_eq!(state(&scene.turn()), "Releasing");
}

#[test]
fn tests_and_rescue_of_a_deployed_machine_are_a_persons_doing_and_no_regression() {
    for (status, expected) in [(S::RescueMode, Reason::InRescueMode), (S::Broken, Reason::MarkedBroken)] {
        let mut scene = Scene::deployed();
        scene.becomes(status);
        assert_eq!(reason(&scene.turn()), Some(expected));
        assert!(scene.memory.deployed.is_some());
    }
    let mut scene = Scene::deployed();
    scene.becomes(S::Testing);
    assert_eq!(state(&scene.turn()), "Testing");
    scene.becomes(S::Deployed);
    assert_eq!(state(&scene.turn()), "Deployed");
}

#[test]
fn a_regressed_machine_is_released_when_a_release_is_ordered() {
    let mut scene = Scene::deployed();
    scene.becomes(S::FailedDeployment);
    scene.orders.release = crate::plan_scene::release(slipway::api::site_task::EraseMode::None, true);
    assert!(acts(&scene.turn(), &crate::plan_scene::RELEASE));
}
