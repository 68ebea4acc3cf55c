//! Approval: what it is for, how long it holds, and what makes it void.

use crate::plan_scene::{HASH, ID, OTHER_HASH, RELEASE, Scene, UID, acts, asked, ours, reason, release, state};
use slipway::{
    api::{memory::Approval, site::ApprovalPolicy, site_task::EraseMode},
    model::{
        Afterwards, Aspect, Blocked, MachineAction as A, MachineStatus as S, Mark, Owner, Power, Reason, ReleaseOrder,
        Sighting, Step,
    },
    plan::plan_hash,
};

#[expect(clippy::unnecessary_wraps, reason = "as orders hold it")]
fn approval(hash: impl Into<String>) -> Option<Approval> {
    Some(Approval { hash: hash.into(), by: "ann".into() })
}

/// A machine that runs another design than the one in force.
fn outdated() -> Scene {
    Scene::deployed().with(|s| {
        s.machine().mark = ours(OTHER_HASH);
        s.memory.deployed.as_mut().unwrap().design_hash = OTHER_HASH.into();
    })
}

#[test]
fn a_redeployment_says_what_it_destroys_and_how_to_approve_it() {
    let Step::Blocked(Blocked { reason, message, plan: Some((hash, actions)) }) = outdated().decide().step else {
        panic!("no approval is asked for")
    };
    assert_eq!(reason, Reason::ApprovalRequired);
    assert_eq!(actions, ["Release", "Redeploy"]);
    assert!(message.contains(&format!("slipway.dev/approve: \"{hash} by <user>\"")), "{message}");
    assert_eq!(hash, plan_hash(UID, Some(ID), 1, HASH, &["Release", "Redeploy"]));
}

#[test]
fn an_approval_of_this_plan_lets_it_happen() {
    let mut scene = outdated();
    scene.orders.approval = approval(asked(&scene.decide().step));
    assert!(acts(&scene.decide().step, &RELEASE));
}

#[test]
fn an_approval_of_any_other_plan_does_not_count() {
    let mut scene = outdated();
    for hash in [
        plan_hash("uid-2", Some(ID), 1, HASH, &["Release", "Redeploy"]),
        plan_hash(UID, Some("other"), 1, HASH, &["Release", "Redeploy"]),
        plan_hash(UID, None, 1, HASH, &["Release", "Redeploy"]),
        plan_hash(UID, Some(ID), 0, HASH, &["Release", "Redeploy"]),
        plan_hash(UID, Some(ID), 1, OTHER_HASH, &["Release", "Redeploy"]),
        plan_hash(UID, Some(ID), 1, HASH, &["Redeploy", "Release"]),
        plan_hash(UID, Some(ID), 1, HASH, &["Release"]),
        String::new(),
    ] {
        scene.orders.approval = approval(hash);
        let decision = scene.decide();
        assert_eq!(reason(&decision.step), Some(Reason::ApprovalRequired));
        assert_eq!(decision.memory.approval, None, "nothing is latched");
    }
}

#[test]
fn the_plan_is_the_same_whatever_the_power_the_time_and_the_attempts() {
    let scene = outdated();
    let hash = asked(&scene.decide().step);
    let other = scene.with(|s| {
        s.machine().power = Power::Off;
        s.pass(3600);
        s.memory.attempts.insert("Release".into(), 2);
    });
    assert_eq!(asked(&other.decide().step), hash);
}

#[test]
fn a_latched_approval_holds_when_its_annotation_is_gone() {
    let mut scene = outdated();
    scene.orders.approval = approval(asked(&scene.decide().step));
    scene.orders.slot = Err("all are taken".into());
    assert_eq!(state(&scene.turn()), "Queued");
    scene.orders.approval = None;
    scene.orders.slot = Ok(());
    assert!(acts(&scene.turn(), &RELEASE));
}

#[test]
fn a_changed_design_makes_a_latched_approval_void() {
    let mut scene = outdated();
    scene.orders.approval = approval(asked(&scene.decide().step));
    scene.orders.slot = Err("all are taken".into());
    scene.turn();
    scene.hash = "1-cccc".into();
    assert_eq!(reason(&scene.turn()), Some(Reason::ApprovalRequired));
}

#[test]
fn an_approved_release_that_shows_late_is_looked_for_and_sent_again_without_asking_anew() {
    for latched_only in [false, true] {
        let mut scene = outdated();
        scene.orders.approval = approval(asked(&scene.decide().step));
        assert!(acts(&scene.turn(), &RELEASE));
        if latched_only {
            scene.orders.approval = None;
        }
        scene.pass(30);
        assert_eq!(state(&scene.turn()), "Preparing", "its outcome is looked for");
        scene.pass(60);
        assert!(acts(&scene.turn(), &RELEASE));
    }
}

#[test]
fn an_approved_release_that_was_refused_is_tried_again_without_asking_anew() {
    let mut scene = outdated();
    scene.orders.approval = approval(asked(&scene.decide().step));
    assert!(acts(&scene.refused("Rejected"), &RELEASE));
    assert_eq!(state(&scene.turn()), "Retrying");
    scene.pass(30);
    assert!(acts(&scene.turn(), &RELEASE));
}

#[test]
fn a_used_approval_approves_nothing_more() {
    let mut scene = outdated();
    scene.orders.approval = approval(asked(&scene.decide().step));
    scene.turn();
    scene.becomes(S::Releasing);
    scene.turn();
    let machine = scene.machine();
    (machine.status, machine.owner, machine.has_system, machine.power) = (S::Ready, Owner::Nobody, false, Power::Off);
    machine.mark = slipway::model::Mark::Ours { generation: None, design: None };
    assert!(acts(&scene.turn(), &A::Allocate), "the plan goes on to its last step");
    let generation = scene.memory.generation;
    let machine = scene.machine();
    (machine.status, machine.owner, machine.has_system, machine.power) = (S::Deployed, Owner::Us, true, Power::On);
    machine.mark = slipway::model::Mark::Ours { generation: Some(generation), design: Some(HASH.into()) };
    assert_eq!(state(&scene.turn()), "Deployed");
    assert_eq!(scene.memory.approval, None, "used up");
    scene.machine().mark = slipway::model::Mark::Ours { generation: Some(generation), design: Some(OTHER_HASH.into()) };
    assert_eq!(reason(&scene.turn()), Some(Reason::ApprovalRequired), "the annotation still stands");
}

#[test]
fn policy_always_asks_before_every_deployment_and_never_asks_never() {
    let mut scene = Scene::ours(S::Allocated);
    scene.orders.approval_policy = ApprovalPolicy::Always;
    assert_eq!(reason(&scene.decide().step), Some(Reason::ApprovalRequired));
    scene.orders.approval = approval(asked(&scene.decide().step));
    assert!(acts(&scene.decide().step, &A::Deploy));
    let mut scene = outdated();
    scene.orders.approval_policy = ApprovalPolicy::Never;
    assert!(acts(&scene.decide().step, &RELEASE));
}

#[test]
fn a_release_by_task_waits_for_approval_and_a_confirmed_deletion_does_not() {
    let mut scene = Scene::deployed();
    scene.orders.release = release(EraseMode::Quick, false);
    let step = scene.decide().step;
    assert!(
        matches!(&step, Step::Blocked(Blocked { plan: Some((_, actions)), .. }) if actions == &["Release", "Erase"])
    );
    scene.orders.release = release(EraseMode::Quick, true);
    assert!(acts(&scene.decide().step, &A::Release { erase: EraseMode::Quick }));
}

#[test]
fn releasing_our_own_failed_deployment_is_covered_by_the_order_to_deploy() {
    assert!(acts(&Scene::ours(S::FailedDeployment).decide().step, &RELEASE));
    let mut scene = Scene::ours(S::FailedDeployment);
    scene.orders.goal = None;
    assert_eq!(reason(&scene.decide().step), Some(Reason::DeploymentFailed));
}

#[test]
fn releasing_an_adopted_machine_that_we_did_not_deploy_waits_for_approval() {
    let mut scene = Scene::ours(S::Allocated);
    scene.machine().pending = crate::plan_scene::pending(&[Aspect::Storage]);
    assert!(acts(&scene.decide().step, &RELEASE), "what we allocated holds nothing");
    scene.machine().mark = slipway::model::Mark::Ours { generation: Some(1), design: None };
    assert_eq!(reason(&scene.decide().step), Some(Reason::ApprovalRequired), "somebody else may have used it");
}

#[test]
fn a_hash_of_another_scheme_is_no_change() {
    let mut scene = Scene::deployed();
    scene.machine().mark = ours("2-zzzz");
    assert_eq!(state(&scene.decide().step), "Deployed");
}

#[test]
fn a_release_is_done_when_it_is_proven() {
    let mut scene = Scene::ours(S::Ready);
    scene.machine().owner = Owner::Nobody;
    scene.orders.release = release(EraseMode::Full, true);
    scene.machine().power = Power::On;
    assert_eq!(state(&scene.decide().step), "Releasing", "it still runs");
    scene.machine().power = Power::Off;
    assert_eq!(reason(&scene.decide().step), Some(Reason::ReleaseFailed), "no erase is proven");
    scene.machine().erased = true;
    let decision = scene.decide();
    assert_eq!(state(&decision.step), "Released");
    assert!(decision.memory.released.unwrap().erased);
}

/// A deployed machine that a task has released and forgotten, or deployed again.
fn destroyed(erase: EraseMode, then: Afterwards) -> Scene {
    Scene::deployed().with(|s| {
        s.orders.goal = None;
        s.orders.release = Some(ReleaseOrder { erase, confirmed: false, then });
        s.orders.task = Some("task-1".into());
    })
}

fn plan_of(step: &Step) -> Vec<String> {
    match step {
        Step::Blocked(Blocked { plan: Some((_, plan)), .. }) => plan.clone(),
        _ => Vec::new(),
    }
}

/// What a release leaves behind.
fn is_released(scene: &mut Scene, erased: bool) {
    let machine = scene.machine();
    (machine.status, machine.owner, machine.power) = (S::Ready, Owner::Nobody, Power::Off);
    (machine.has_system, machine.erased) = (false, erased);
    machine.mark = Mark::Ours { generation: None, design: None };
}

#[test]
fn one_approval_covers_a_release_and_that_its_record_goes_then() {
    let mut scene = destroyed(EraseMode::Quick, Afterwards::Forgotten);
    let step = scene.decide().step;
    assert_eq!(plan_of(&step), ["Release", "Erase", "Forget"]);
    scene.orders.approval = approval(asked(&step));
    assert!(acts(&scene.turn(), &A::Release { erase: EraseMode::Quick }));
    scene.orders.approval = None;
    is_released(&mut scene, false);
    assert_eq!(reason(&scene.turn()), Some(Reason::ReleaseFailed), "nothing proves that it was erased");
    scene.machine().erased = true;
    assert!(acts(&scene.turn(), &A::Forget));
    scene.pass(90);
    assert!(acts(&scene.turn(), &A::Forget), "its answer was lost");
    scene.seen.sighting = Sighting::Missing;
    assert_eq!(state(&scene.turn()), "Released");
    assert!(scene.memory.released.is_some(), "and stays so");
}

#[test]
fn what_was_never_in_use_is_forgotten_by_an_approval_of_its_own() {
    let mut scene = destroyed(EraseMode::None, Afterwards::Forgotten);
    (scene.memory.deployed, scene.memory.generation) = (None, 0);
    is_released(&mut scene, false);
    let step = scene.decide().step;
    assert_eq!(plan_of(&step), ["Forget"]);
    scene.orders.approval = approval(asked(&step));
    assert!(acts(&scene.turn(), &A::Forget));
    assert!(scene.memory.released.is_some());
    let mut others = destroyed(EraseMode::None, Afterwards::Forgotten);
    others.memory.deployed = None;
    is_released(&mut others, false);
    others.machine().mark = Mark::None;
    assert_eq!(reason(&others.decide().step), Some(Reason::NotOurs), "a record of others stays");
}

#[test]
fn a_machine_that_its_provisioner_forgot_is_not_forgotten_in_passing() {
    let mut scene = destroyed(EraseMode::None, Afterwards::Forgotten);
    is_released(&mut scene, false);
    let step = scene.decide().step;
    assert_eq!((reason(&step), plan_of(&step)), (Some(Reason::ProviderRegressed), vec!["Forget".to_owned()]));
    scene.orders.approval_policy = ApprovalPolicy::Never;
    assert_eq!(reason(&scene.decide().step), Some(Reason::ProviderRegressed), "whatever the policy");
    scene.orders.approval = approval(asked(&step));
    assert_eq!(state(&scene.turn()), "Preparing");
    assert!(acts(&scene.turn(), &A::Forget), "one approval is enough");
}

#[test]
fn a_task_that_redeploys_asks_for_a_deployment_once_its_release_is_done() {
    let mut scene = destroyed(EraseMode::None, Afterwards::Redeployed);
    let step = scene.decide().step;
    assert_eq!(plan_of(&step), ["Release", "Redeploy"]);
    scene.orders.approval = approval(asked(&step));
    assert!(acts(&scene.turn(), &RELEASE));
    assert_eq!(scene.memory.released_for, None);
    is_released(&mut scene, false);
    assert_eq!(state(&scene.turn()), "Released");
    assert_eq!(scene.memory.released_for.as_deref(), Some("task-1"));
}
