//! Rescue mode, the lock, failed tests that are overridden, and machines that are given up.

use crate::plan_scene::{Scene, acts, asked, pending, reason, state};
use slipway::{
    api::memory::Approval,
    model::{Aspect, MachineAction, MachineStatus as S, Reason, Step},
};

const ENTER: MachineAction = MachineAction::EnterRescue;
const LOCK: MachineAction = MachineAction::Apply(Aspect::Lock);

fn rescued() -> Scene {
    Scene::deployed().with(|scene| scene.orders.rescue = true)
}

fn approve(scene: &mut Scene) {
    let hash = asked(&scene.turn());
    scene.orders.approval = Some(Approval { hash, by: "ann".into() });
}

#[test]
fn a_deployed_machine_goes_into_rescue_mode_once_for_each_approval_and_comes_back() {
    let mut scene = rescued();
    assert_eq!(reason(&scene.turn()), Some(Reason::ApprovalRequired));
    approve(&mut scene);
    assert!(acts(&scene.turn(), &ENTER));
    scene.becomes(S::EnteringRescueMode);
    assert_eq!(state(&scene.turn()), "Rescue");
    scene.becomes(S::RescueMode);
    assert_eq!(state(&scene.turn()), "Rescue");

    scene.orders.rescue = false;
    assert!(acts(&scene.turn(), &MachineAction::ExitRescue));
    scene.becomes(S::ExitingRescueMode);
    assert_eq!(state(&scene.turn()), "Rescue");
    scene.becomes(S::Deployed);
    assert_eq!(state(&scene.turn()), "Deployed");
    assert_eq!(scene.memory.rescue, None);

    scene.orders.rescue = true;
    assert_eq!(reason(&scene.turn()), Some(Reason::ApprovalRequired), "an approval holds for one rescue");
}

#[test]
fn rescue_mode_of_somebody_else_is_left_to_them() {
    for status in [S::RescueMode, S::EnteringRescueMode, S::FailedExitingRescueMode] {
        let mut scene = Scene::deployed();
        scene.becomes(status);
        assert_eq!(reason(&scene.turn()), Some(Reason::InRescueMode), "{status:?}");
    }
}

#[test]
fn a_machine_that_is_not_ours_is_not_taken_into_rescue_mode() {
    let mut scene = rescued();
    scene.machine().mark = slipway::model::Mark::None;
    assert_eq!(reason(&scene.turn()), Some(Reason::NotOurs));
}

#[test]
fn a_deployment_is_locked_once() {
    let mut scene = Scene::deployed();
    scene.machine().pending = pending(&[Aspect::Lock]);
    assert!(acts(&scene.turn(), &LOCK));
    // A person has unlocked it.
    assert_eq!(state(&scene.turn()), "Deployed");
    scene.orders.goal = None;
    scene.memory.locked_for = None;
    assert_eq!(state(&scene.turn()), "Deployed", "nobody has asked for anything");
}

#[test]
fn failed_tests_are_overridden_where_the_design_says_so() {
    let mut scene = Scene::new(S::FailedTesting);
    assert_eq!(reason(&scene.turn()), Some(Reason::TestingFailed));
    scene.design.commissioning.override_failed_tests = Some(true);
    assert!(acts(&scene.turn(), &MachineAction::OverrideFailedTests));
    scene.orders.goal = None;
    assert_eq!(reason(&scene.turn()), Some(Reason::TestingFailed), "nobody has asked for anything");
}

#[test]
fn what_is_given_up_is_marked_broken_only_where_the_site_says_so_and_never_while_it_is_deployed() {
    let spent = |status, step: &str| {
        let mut scene = Scene::ours(status);
        scene.memory.attempts.insert(step.into(), 4);
        scene.memory.budget_for = format!("{}/{}", scene.hash, scene.retry);
        scene
    };
    for (status, step) in [(S::FailedDeployment, "Deploy"), (S::FailedCommissioning, "Commission")] {
        let mut scene = spent(status, step);
        assert!(matches!(scene.turn(), Step::Blocked(_)), "{status:?}");
        scene.orders.marks_broken = true;
        assert!(acts(&scene.turn(), &MachineAction::MarkBroken), "{status:?}");
        scene.becomes(S::Broken);
        assert_eq!(reason(&scene.turn()), Some(Reason::MarkedBroken));
    }
    let mut scene = Scene::deployed();
    scene.memory.attempts.insert("Deploy".into(), 4);
    scene.orders.marks_broken = true;
    assert_eq!(state(&scene.turn()), "Deployed");
}
