//! What a deployed machine drifts by, and what is done about it; and commissioning that is otherwise than designed.

use crate::plan_scene::{HASH, Scene, asked, pending};
use slipway::{
    api::{memory::Approval, site::ApprovalPolicy},
    model::{Aspect, MachineAction, MachineStatus, Reason, Step},
    plan::drift,
};

fn drifted() -> Scene {
    let mut scene = Scene::deployed();
    scene.machine().pending = pending(&[Aspect::Platform, Aspect::Mark]);
    scene.machine().fixed = vec!["set hostname to n1".into()];
    scene
}

#[test]
fn drift_is_told_of_a_machine_that_runs_its_design_and_of_no_other() {
    let mut scene = drifted();
    assert_eq!(drift(scene.machine(), HASH), ["set Platform", "set Mark", "set hostname to n1"]);
    assert_eq!(drift(scene.machine(), "2-another"), Vec::<String>::new(), "the design has changed: no drift, but work");
    scene.machine().status = MachineStatus::Ready;
    assert_eq!(drift(scene.machine(), HASH), Vec::<String>::new());
}

#[test]
fn drift_is_corrected_where_that_is_ordered_one_aspect_after_the_other() {
    let mut scene = drifted();
    assert!(matches!(scene.decide().step, Step::Done { state: "Deployed", .. }), "it is reported and left");
    scene.orders.corrects = true;
    for aspect in [Aspect::Platform, Aspect::Mark] {
        assert_eq!(scene.turn(), Step::Act(MachineAction::Apply(aspect)));
        scene.machine().pending.remove(&aspect);
    }
    assert!(matches!(scene.decide().step, Step::Done { state: "Deployed", .. }), "what is fixed stays for a person");
}

fn commissioned_otherwise() -> Scene {
    let mut scene = Scene::new(MachineStatus::Ready);
    scene.machine().pending = pending(&[Aspect::Commissioning, Aspect::Networking]);
    scene
}

#[test]
fn commissioning_anew_waits_for_approval_and_each_time_for_another() {
    let mut scene = commissioned_otherwise();
    let hash = asked(&scene.turn());
    scene.orders.approval = Some(Approval { hash: hash.clone(), by: "jo".into() });
    assert_eq!(scene.turn(), Step::Act(MachineAction::Commission));
    // It was commissioned; then the design names another script.
    scene.machine().status = MachineStatus::Commissioning;
    scene.turn();
    scene.machine().status = MachineStatus::Ready;
    scene.machine().pending = [(Aspect::Commissioning, vec!["commission the machine with 46-more".to_owned()])].into();
    assert_ne!(asked(&scene.turn()), hash, "no plan hash returns");
}

#[test]
fn commissioning_that_changed_nothing_is_not_done_for_ever() {
    let mut scene = commissioned_otherwise();
    scene.orders.approval_policy = ApprovalPolicy::Never;
    assert_eq!(scene.turn(), Step::Act(MachineAction::Commission));
    scene.machine().status = MachineStatus::Commissioning;
    scene.turn();
    scene.machine().status = MachineStatus::Ready;
    let Step::Blocked(blocked) = scene.turn() else { panic!("it is done again") };
    assert_eq!(blocked.reason, Reason::CommissioningFailed);
    assert!(blocked.message.contains("set Commissioning is due"), "{}", blocked.message);
}

#[test]
fn an_allocated_machine_is_given_back_to_be_commissioned_anew() {
    let mut scene = Scene::ours(MachineStatus::Allocated);
    scene.machine().pending = pending(&[Aspect::Commissioning]);
    assert!(matches!(scene.decide().step, Step::Act(MachineAction::Release { .. })));
}
