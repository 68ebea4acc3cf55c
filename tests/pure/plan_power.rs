//! Power of deployed machines: switched only as asked, once for each request, and never while something else is under way.

use crate::plan_scene::{Scene, acts, asked, reason, state};
use slipway::{
    api::{
        baremetal_node::DesiredPower,
        memory::{Approval, NodeMemory},
        site::ApprovalPolicy,
    },
    model::{MachineAction as Action, MachineStatus as S, Milestone, Power, Reason, Step},
};

fn off() -> Scene {
    Scene::deployed().with(|scene| scene.orders.power = Some(DesiredPower::Off))
}

fn rebooted(token: &str) -> Scene {
    Scene::deployed().with(|scene| scene.orders.reboot = Some(token.into()))
}

fn approve(scene: &mut Scene) {
    let hash = asked(&scene.turn());
    scene.orders.approval = Some(Approval { hash, by: "ann".into() });
}

#[test]
fn a_machine_is_shut_down_with_approval_and_powered_off_when_it_does_not_listen() {
    let mut scene = off();
    assert_eq!(reason(&scene.turn()), Some(Reason::ApprovalRequired));
    approve(&mut scene);
    assert!(acts(&scene.turn(), &Action::PowerOff { reboot: None }));
    assert_eq!(state(&scene.turn()), "PoweringOff");
    scene.pass(299);
    assert_eq!(state(&scene.turn()), "PoweringOff");
    scene.pass(2);
    assert!(acts(&scene.turn(), &Action::PowerOffHard), "it has had its time");
    assert_eq!(state(&scene.turn()), "PoweringOff");
    scene.machine().power = Power::Off;
    assert_eq!(state(&scene.turn()), "Off");
    assert_eq!(scene.memory.out_of_service, None);

    scene.orders.power = None;
    assert_eq!(state(&scene.turn()), "Deployed", "nobody asks for it to run");
    scene.orders.power = Some(DesiredPower::On);
    assert!(acts(&scene.turn(), &Action::PowerOn { reboot: None }), "that destroys nothing");
    scene.machine().power = Power::On;
    assert_eq!(state(&scene.turn()), "Deployed");

    scene.orders.power = Some(DesiredPower::Off);
    assert_eq!(reason(&scene.turn()), Some(Reason::ApprovalRequired), "an approval holds for one power-off");
}

#[test]
fn a_reboot_is_done_once_for_each_token() {
    let mut scene = rebooted("1");
    approve(&mut scene);
    let reboot = Some("1".to_owned());
    assert!(acts(&scene.turn(), &Action::PowerOff { reboot: reboot.clone() }));
    scene.machine().power = Power::Off;
    assert!(acts(&scene.turn(), &Action::PowerOn { reboot: reboot.clone() }));
    assert_eq!(state(&scene.turn()), "PoweringOn");
    scene.machine().power = Power::On;
    assert_eq!(state(&scene.turn()), "Deployed");
    assert_eq!(scene.memory.handled_reboot, reboot);

    scene.pass(86_400);
    assert_eq!(state(&scene.turn()), "Deployed", "it is not done again");
    scene.orders.reboot = Some("2".into());
    assert_eq!(reason(&scene.turn()), Some(Reason::ApprovalRequired), "another token is another reboot");
}

#[test]
fn a_crash_in_mid_reboot_ends_with_a_machine_that_runs() {
    // Whatever was remembered when the operator died, the machine is off, and the reboot is to end.
    let mut scene = rebooted("1");
    approve(&mut scene);
    scene.turn();
    scene.machine().power = Power::Off;
    scene.memory.begun = None;
    assert!(acts(&scene.turn(), &Action::PowerOn { reboot: Some("1".into()) }));
    // It was off when it was asked to reboot.
    let mut scene = rebooted("1");
    scene.machine().power = Power::Off;
    assert!(acts(&scene.turn(), &Action::PowerOn { reboot: Some("1".into()) }));
    scene.machine().power = Power::On;
    assert_eq!(state(&scene.turn()), "Deployed");
    assert_eq!(scene.memory.handled_reboot.as_deref(), Some("1"));
}

#[test]
fn a_lost_status_reboots_nothing_though_its_token_and_its_approval_still_stand() {
    let mut scene = rebooted("1");
    approve(&mut scene);
    scene.turn();
    scene.machine().power = Power::Off;
    scene.turn();
    scene.machine().power = Power::On;
    assert_eq!(state(&scene.turn()), "Deployed");
    for policy in [ApprovalPolicy::Destructive, ApprovalPolicy::Never] {
        let mut wiped = scene.clone();
        wiped.orders.approval_policy = policy;
        wiped.memory = NodeMemory::default();
        assert_eq!(state(&wiped.turn()), "Deployed", "{policy:?}");
        assert_eq!(state(&wiped.turn()), "Deployed", "{policy:?}");
    }
}

#[test]
fn nothing_is_switched_that_is_not_deployed_or_not_ours() {
    for status in S::ALL.into_iter().filter(|status| *status != S::Deployed) {
        for mut scene in [off(), rebooted("1")] {
            scene.orders.goal = Some(Milestone::Deployed);
            scene.becomes(status);
            let step = scene.turn();
            let switches =
                matches!(&step, Step::Act(Action::PowerOff { .. } | Action::PowerOn { .. } | Action::PowerOffHard));
            assert!(!switches, "{status:?}: {step:?}");
        }
    }
    let mut scene = off();
    scene.machine().mark = slipway::model::Mark::None;
    assert_eq!(reason(&scene.turn()), Some(Reason::NotOurs));
    let mut scene = off();
    scene.machine().has_system = false;
    assert_eq!(reason(&scene.turn()), Some(Reason::DeployedWithoutSystem));
}

#[test]
fn a_refused_power_off_is_tried_within_its_budget_and_no_more() {
    let mut scene = off();
    scene.orders.approval_policy = ApprovalPolicy::Never;
    for attempt in 1..=4 {
        let step = scene.refused("Rejected");
        assert!(acts(&step, &Action::PowerOff { reboot: None }), "{attempt}: {step:?}");
        if attempt < 4 {
            assert_eq!(state(&scene.turn()), "Retrying");
        }
        scene.pass(700);
    }
    assert_eq!(reason(&scene.turn()), Some(Reason::Rejected));
}
