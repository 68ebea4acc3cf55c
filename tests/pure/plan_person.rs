//! Machines that a person switches: asked once, waited for without a deadline, gone on with when something has moved.

use crate::plan_scene::{RELEASE, Scene, acts, reason, release, state};
use slipway::{
    api::{baremetal_node::DesiredPower, site_task::EraseMode},
    model::{Blocked, MachineAction as A, MachineStatus as S, Owner, Power, Reason, Sighting, Step},
};

fn by_hand(mut scene: Scene) -> Scene {
    scene.design.by_hand = true;
    scene.design.rack = Some("r01".into());
    if let Sighting::Found(machine) = &mut scene.seen.sighting {
        machine.power = Power::Unknown;
    }
    scene
}

fn says(step: &Step) -> &str {
    match step {
        Step::Blocked(Blocked { reason: Reason::PersonNeeded, message, plan: None }) => message,
        other => panic!("nobody is asked: {other:?}"),
    }
}

fn token(scene: &Scene) -> String {
    scene.memory.person.as_ref().unwrap().token.clone()
}

#[test]
fn a_person_is_told_what_to_do_and_at_which_machine() {
    let mut scene = by_hand(Scene::missing(Power::Unknown));
    let said = says(&scene.turn()).to_owned();
    let token = token(&scene);
    assert_eq!(
        said,
        format!(
            "Power on the machine n1 (rack r01) and boot it from the network, so that it enlists; \
             then: kubectl annotate --overwrite bmn n1 -n east slipway.dev/acknowledge={token}"
        )
    );
    scene.pass(30 * 86_400);
    assert_eq!(says(&scene.turn()), said, "a person has all the time in the world, and is asked once");
    scene.orders.paused = true;
    assert_eq!(state(&scene.turn()), "Paused");
    scene.orders.paused = false;
    assert_eq!(says(&scene.turn()), said);
}

#[test]
fn nobody_is_asked_to_boot_what_nobody_would_answer() {
    let mut scene = by_hand(Scene::missing(Power::Unknown));
    scene.orders.site_prepared = Err("Waiting for the networks".into());
    assert_eq!(state(&scene.turn()), "WaitingForSite");
    assert_eq!(scene.memory.person, None);
}

#[test]
fn only_the_token_that_was_named_acknowledges_and_then_the_deadline_runs() {
    let mut scene = by_hand(Scene::missing(Power::Unknown));
    scene.turn();
    let first = token(&scene);
    for wrong in ["", "yes", &first.to_uppercase(), &first[1..]] {
        scene.orders.acknowledged = Some(wrong.to_owned());
        says(&scene.turn());
    }
    scene.orders.acknowledged = Some(first.clone());
    assert_eq!(state(&scene.turn()), "Enlisting");
    scene.pass(20 * 60 - 1);
    assert_eq!(state(&scene.turn()), "Enlisting");
    scene.pass(1);
    says(&scene.turn());
    assert_ne!(token(&scene), first, "asked again, under another token");
    scene.pass(10);
    says(&scene.turn());
    // The outage of a region counts for nobody.
    scene.orders.acknowledged = Some(token(&scene));
    assert_eq!(state(&scene.turn()), "Enlisting");
    scene.pass(3600);
    scene.fresh_since = scene.now;
    assert_eq!(state(&scene.turn()), "Enlisting");
}

#[test]
fn what_has_moved_by_itself_needs_no_acknowledgement() {
    let mut scene = by_hand(Scene::missing(Power::Unknown));
    scene.turn();
    let mut scene = Scene { seen: by_hand(Scene::new(S::New)).seen, ..scene };
    assert!(acts(&scene.turn(), &A::Commission), "no BMC tells its power, and the person knows");
    scene.becomes(S::Commissioning);
    assert!(says(&scene.turn()).starts_with("Power on the machine n1 (rack r01), or restart it if it runs, and boot"));
    let old = token(&scene);
    scene.becomes(S::Testing);
    assert_eq!(state(&scene.turn()), "Testing");
    assert_eq!(scene.memory.person, None);
    scene.becomes(S::Ready);
    assert!(acts(&scene.turn(), &A::Allocate));
    scene.machine().owner = Owner::Us;
    scene.becomes(S::Deploying);
    scene.orders.acknowledged = Some(old);
    assert!(says(&scene.turn()).contains("so that it is installed"), "an old token does nothing");
    scene.orders.acknowledged = Some(token(&scene));
    assert_eq!(state(&scene.turn()), "Deploying");
    scene.pass(3601);
    says(&scene.turn());
}

#[test]
fn what_enlisting_does_by_itself_asks_nobody() {
    let mut scene = by_hand(Scene::new(S::Commissioning));
    scene.machine().mark = slipway::model::Mark::None;
    assert_eq!(state(&scene.turn()), "Commissioning");
}

#[test]
fn a_released_machine_is_off_when_a_person_says_so() {
    let mut scene = by_hand(Scene::deployed());
    scene.orders.release = release(EraseMode::Quick, true);
    assert!(acts(&scene.turn(), &A::Release { erase: EraseMode::Quick }));
    scene.becomes(S::DiskErasing);
    assert!(says(&scene.turn()).contains("so that its disks are erased"));
    scene.becomes(S::Ready);
    scene.machine().erased = true;
    // MAAS's last word on the power of a machine that it cannot ask is worth nothing.
    scene.machine().power = Power::On;
    assert!(says(&scene.turn()).starts_with("Power off the machine n1 (rack r01): it is released"));
    assert_eq!(scene.memory.released, None);
    scene.orders.acknowledged = Some(token(&scene));
    assert_eq!(state(&scene.turn()), "Released");
    assert!(scene.memory.released.as_ref().is_some_and(|released| released.erased));
    assert_eq!(state(&scene.turn()), "Released");
}

#[test]
fn a_release_by_slipway_of_what_failed_asks_nobody_to_power_off() {
    let mut scene = by_hand(Scene::ours(S::FailedDeployment));
    assert!(acts(&scene.turn(), &RELEASE));
    scene.becomes(S::Ready);
    assert!(acts(&scene.turn(), &A::Allocate));
}

#[test]
fn power_and_reboot_are_refused_in_words() {
    for order in [
        |scene: &mut Scene| scene.orders.power = Some(DesiredPower::Off),
        |scene: &mut Scene| scene.orders.reboot = Some("1".into()),
    ] {
        let mut scene = by_hand(Scene::deployed()).with(order);
        assert_eq!(reason(&scene.turn()), Some(Reason::Unsupported));
    }
    assert_eq!(state(&by_hand(Scene::deployed()).turn()), "Deployed");
}
