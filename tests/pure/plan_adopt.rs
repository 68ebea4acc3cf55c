//! Adoption: what already runs is taken over with approval, and nothing but its mark is written.

use crate::plan_scene::{
    HASH, ID, MAC, OTHER_HASH, SERIAL, Scene, acts, adopts, asked, ours, pending, reason, release, state,
};
use slipway::{
    api::{baremetal_node::Adoption, memory::Approval, site::ApprovalPolicy, site_task::EraseMode},
    model::{Aspect, Blocked, MachineAction, MachineStatus as S, Mark, Owner, Reason, Sighting, Step},
    plan::drift,
};

/// A machine that somebody else has deployed with our account, to be adopted.
fn running() -> Scene {
    Scene::deployed().with(|s| {
        s.machine().mark = Mark::None;
        s.memory.deployed = None;
        s.memory.generation = 0;
        s.orders.adopt = adopts(ID);
        s.orders.goal = None;
    })
}

fn approve(scene: &mut Scene) {
    scene.orders.approval = Some(Approval { hash: asked(&scene.decide().step), by: "ann".into() });
}

fn message(scene: &Scene) -> String {
    match scene.decide().step {
        Step::Blocked(blocked) => blocked.message,
        other => panic!("it is not held back: {other:?}"),
    }
}

#[test]
fn until_it_is_approved_the_plan_says_what_would_be_done_and_how_the_machine_differs() {
    for policy in [ApprovalPolicy::Destructive, ApprovalPolicy::Always] {
        let mut scene = running();
        scene.orders.approval_policy = policy;
        let Step::Blocked(Blocked { reason, message, plan: Some((_, actions)) }) = scene.decide().step else {
            panic!("no approval is asked for")
        };
        assert_eq!((reason, actions.as_slice()), (Reason::ApprovalRequired, ["Adopt".to_owned()].as_slice()));
        assert!(
            message.contains(ID) && message.contains("It is as designed; approve with slipway.dev/approve"),
            "{message}"
        );
        scene.machine().pending = pending(&[Aspect::Platform]);
        let tag = "tag the machine slipway_c1_east_n1".to_owned();
        scene.machine().pending.insert(Aspect::Registration, vec![tag, "set zone to r02".into()]);
        scene.machine().fixed = vec!["set hostname to n1".into()];
        let Step::Blocked(blocked) = scene.decide().step else { panic!("it goes on") };
        assert!(blocked.message.contains("set zone to r02; set Platform; set hostname to n1;"), "{}", blocked.message);
        assert!(!blocked.message.contains("slipway_c1"), "its mark is no difference: {}", blocked.message);
    }
}

#[test]
fn it_is_asked_whatever_else_is_asked_of_the_node() {
    let mut scene = running();
    let hash = asked(&scene.decide().step);
    scene.orders.goal = Some(slipway::model::Milestone::Deployed);
    scene.orders.task = Some("task-1".into());
    scene.orders.corrects = true;
    scene.machine().pending = pending(&[Aspect::Platform, Aspect::Mark]);
    assert_eq!(asked(&scene.decide().step), hash, "the node's own field asks for it, whatever task there is");
    scene.orders.rescue = true;
    scene.orders.power = Some(slipway::api::baremetal_node::DesiredPower::Off);
    assert_eq!(asked(&scene.decide().step), hash);
    scene.orders.site_prepared = Err("not yet".into());
    approve(&mut scene);
    assert!(acts(&scene.decide().step, &MachineAction::Adopt), "the mark needs nothing of the site");
}

#[test]
fn an_approval_is_of_this_machine_and_this_design() {
    let mut scene = running();
    approve(&mut scene);
    let approved = scene.clone();
    assert!(acts(&scene.decide().step, &MachineAction::Adopt));
    scene.hash = OTHER_HASH.into();
    assert_eq!(reason(&scene.decide().step), Some(Reason::ApprovalRequired));
    let mut scene = approved;
    scene.machine().id = "other".into();
    scene.orders.adopt = adopts("other");
    assert_eq!(reason(&scene.decide().step), Some(Reason::ApprovalRequired));
    let mut scene = running();
    scene.orders.approval_policy = ApprovalPolicy::Never;
    assert!(acts(&scene.decide().step, &MachineAction::Adopt), "Never asks never");
}

#[test]
fn adopted_it_is_deployed_and_its_drift_is_told_and_left() {
    let mut scene = running();
    scene.orders.goal = Some(slipway::model::Milestone::Deployed);
    scene.machine().pending = pending(&[Aspect::Platform]);
    scene.machine().fixed = vec!["set hostname to n1".into()];
    approve(&mut scene);
    let before = scene.orders.approval.clone();
    assert!(acts(&scene.turn(), &MachineAction::Adopt));
    assert_eq!(scene.memory.generation, 1);
    scene.machine().mark = Mark::Ours { generation: Some(1), design: Some(HASH.into()) };
    assert_eq!(state(&scene.turn()), "Deployed");
    assert_eq!(scene.memory.begun, None, "the mark is the answer, for the status stays");
    assert_eq!(scene.memory.deployed.as_ref().unwrap().design_hash, HASH);
    assert_eq!(drift(scene.machine(), HASH), ["set Platform", "set hostname to n1"]);
    assert_eq!(state(&scene.turn()), "Deployed", "it rests");
    // Somebody takes the mark off: another request.
    scene.machine().mark = Mark::None;
    assert_eq!(scene.orders.approval, before);
    assert_eq!(reason(&scene.turn()), Some(Reason::ApprovalRequired), "no plan hash returns");
}

#[test]
fn a_changed_design_of_an_adopted_machine_is_a_redeployment_that_waits_for_approval() {
    let mut scene = running();
    scene.orders.goal = Some(slipway::model::Milestone::Deployed);
    scene.machine().mark = ours(OTHER_HASH);
    let Step::Blocked(Blocked { plan: Some((_, actions)), .. }) = scene.decide().step else { panic!("it goes on") };
    assert_eq!(actions, ["Release", "Redeploy"]);
}

#[test]
fn half_a_mark_is_finished_and_never_deployed_over() {
    // The tag stands, the owner data does not: somebody else's system still.
    let mut scene = running();
    scene.orders.approval_policy = ApprovalPolicy::Never;
    scene.orders.goal = Some(slipway::model::Milestone::Deployed);
    scene.machine().mark = Mark::Ours { generation: None, design: None };
    assert!(acts(&scene.turn(), &MachineAction::Adopt));
    scene.orders.adopt = None;
    assert_eq!(reason(&scene.turn()), Some(Reason::NotOurs), "without spec.adopt it is not touched");
    assert_eq!(scene.memory.deployed, None, "and was not deployed by us");
}

#[test]
fn a_lost_outcome_is_looked_for_and_asked_for_again_without_another_approval() {
    let mut scene = running();
    approve(&mut scene);
    assert!(acts(&scene.turn(), &MachineAction::Adopt));
    scene.pass(30);
    assert_eq!(state(&scene.turn()), "Preparing", "its outcome is looked for");
    scene.pass(60);
    assert!(acts(&scene.turn(), &MachineAction::Adopt));
    assert_eq!(scene.memory.generation, 1, "counted once");
    let mut scene = running();
    approve(&mut scene);
    assert!(acts(&scene.refused("Conflict"), &MachineAction::Adopt));
    assert_eq!(state(&scene.turn()), "Retrying");
    scene.pass(30);
    assert!(acts(&scene.turn(), &MachineAction::Adopt));
}

#[test]
fn a_machine_is_meant_by_its_id_its_serial_or_a_mac() {
    let by = |adopt: Adoption| {
        let mut scene = running();
        scene.orders.adopt = Some(adopt);
        reason(&scene.decide().step)
    };
    let serial = |text: &str| Adoption { serial: Some(text.into()), ..Adoption::default() };
    let mac = |text: &str| Adoption { mac_address: Some(text.parse().unwrap()), ..Adoption::default() };
    for meant in [serial(SERIAL), mac(MAC), mac(&MAC.to_uppercase())] {
        assert_eq!(by(meant), Some(Reason::ApprovalRequired));
    }
    for other in [serial("S2"), mac("52:54:00:00:09:09"), Adoption::default()] {
        assert_eq!(by(other), Some(Reason::NotOurs));
    }
}

#[test]
fn what_is_allocated_or_ready_is_adopted_too_and_nothing_else() {
    for status in S::ALL {
        let mut scene = running();
        scene.becomes(status);
        scene.machine().owner = if status == S::Ready { Owner::Nobody } else { Owner::Us };
        scene.machine().has_system = status == S::Deployed;
        let step = scene.decide().step;
        match status {
            S::Deployed | S::Allocated | S::Ready => {
                assert_eq!(reason(&step), Some(Reason::ApprovalRequired), "{status:?}");
            }
            S::Commissioning | S::Testing => assert_eq!(state(&step), "Commissioning"),
            _ => {
                assert_eq!(reason(&step), Some(Reason::NotOurs), "{status:?}");
                assert!(message(&scene).contains(status.name()), "{}", message(&scene));
            }
        }
    }
}

#[test]
fn what_cannot_be_adopted_is_refused_with_a_reason_whoever_approves() {
    let refused = |change: &dyn Fn(&mut Scene), why: Reason, says: &str| {
        let mut scene = running();
        scene.orders.approval_policy = ApprovalPolicy::Never;
        scene.orders.goal = Some(slipway::model::Milestone::Deployed);
        change(&mut scene);
        assert_eq!(reason(&scene.decide().step), Some(why), "{says}");
        let message = message(&scene);
        assert!(message.contains(says), "{message}");
    };
    refused(&|s| s.machine().locked = true, Reason::Locked, "Slipway never unlocks");
    refused(&|s| s.machine().owner = Owner::Other("bob".into()), Reason::NotOurs, "belongs to `bob`");
    refused(&|s| s.machine().owner = Owner::Nobody, Reason::NotOurs, "belongs to nobody");
    refused(&|s| s.machine().mark = Mark::Foreign("c2/west/n7".into()), Reason::OwnedElsewhere, "c2/west/n7");
    refused(&|s| s.machine().has_system = false, Reason::DeployedWithoutSystem, "boot from the network");
    refused(&|s| s.orders.claimed_by = Some("n2".into()), Reason::IdentityConflict, "claimed by node n2 as well");
    refused(&|s| s.seen.sighting = Sighting::Missing, Reason::NothingToAdopt, "spec.adopt.providerId abc123");
    refused(&|s| s.seen.sighting = Sighting::Controller("rack1".into()), Reason::IsController, "rack1");
    refused(&|s| s.seen.sighting = Sighting::Conflict("a and b".into()), Reason::IdentityConflict, "a and b");
    let destroyed = |s: &mut Scene| s.orders.release = release(EraseMode::Full, true);
    refused(&destroyed, Reason::NotOurs, "was never adopted");
}

#[test]
fn mode_observe_and_a_pause_only_tell() {
    let mut scene = running();
    scene.orders.approval_policy = ApprovalPolicy::Never;
    scene.orders.touches_nothing = Some("mode Observe touches nothing");
    let Step::Wait(awaited) = scene.decide().step else { panic!("it does not wait") };
    assert!(awaited.message.contains("would be adopted") && awaited.message.ends_with("mode Observe touches nothing"));
    scene.orders.paused = true;
    assert_eq!(state(&scene.decide().step), "Paused");
}
