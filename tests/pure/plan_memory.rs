//! What is remembered between two turns: what was begun, attempts, failures, and since when something is waited for.

use crate::plan_scene::{ASPECTS, RELEASE, Scene, acts, asked, ours, pending, reason, release, state};
use slipway::api::{baremetal_node::Enlistment, memory::Approval, site_task::EraseMode};
use slipway::model::{Aspect, MachineAction as A, MachineStatus as S, Power, Reason, Sighting, Step};

#[test]
fn what_was_begun_is_looked_for_until_its_request_deadline_and_then_done_again() {
    let mut scene = Scene::ours(S::Allocated);
    assert!(acts(&scene.turn(), &A::Deploy));
    scene.pass(89);
    let Step::Wait(awaited) = scene.turn() else { panic!("the outcome is not looked for") };
    assert_eq!(awaited.until, Some("2026-01-01T00:01:30Z".parse().unwrap()));
    scene.pass(1);
    assert!(acts(&scene.turn(), &A::Deploy));
    assert_eq!(scene.memory.attempts["Deploy"], 1, "an unknown outcome spends no budget");
}

#[test]
fn another_status_answers_what_was_begun() {
    let mut scene = Scene::ours(S::Allocated);
    scene.turn();
    scene.becomes(S::Deploying);
    assert_eq!(state(&scene.turn()), "Deploying");
    assert_eq!(scene.memory.begun, None);
    scene.becomes(S::Deployed);
    scene.machine().has_system = true;
    assert_eq!(state(&scene.turn()), "Deployed");
    assert_eq!(scene.memory.deployed.as_ref().unwrap().generation, 1);
    assert!(scene.memory.attempts.is_empty());
}

#[test]
fn convergent_writes_are_not_remembered_as_begun() {
    for aspect in ASPECTS {
        let scene = Scene::new(S::New);
        assert_eq!(slipway::plan::begin(&A::Apply(aspect), &scene.seen, &scene.memory, scene.now), scene.memory);
    }
}

#[test]
fn the_generation_rises_with_every_allocation_and_every_release() {
    let mut scene = Scene::new(S::Ready);
    assert!(acts(&scene.turn(), &A::Allocate));
    assert_eq!(scene.memory.generation, 1);
    let mut scene = Scene::ours(S::FailedDeployment);
    assert!(acts(&scene.turn(), &RELEASE));
    assert_eq!(scene.memory.generation, 2);
    scene.pass(100);
    assert!(acts(&scene.turn(), &RELEASE));
    assert_eq!(scene.memory.generation, 2, "the same release, sent again");
}

#[test]
fn a_refused_step_is_tried_again_after_pauses_that_double_until_its_budget_is_spent() {
    let mut scene = Scene::ours(S::Allocated);
    let mut tried_at = Vec::new();
    for _ in 0..200 {
        if acts(&scene.refused("Rejected"), &A::Deploy) {
            tried_at.push(scene.now.duration_since(crate::plan_scene::start()).as_secs());
        }
        scene.pass(10);
    }
    assert_eq!(tried_at, [0, 30, 90, 210], "one try and three retries, 30, 60 and 120 s apart");
    let step = scene.turn();
    assert_eq!(reason(&step), Some(Reason::Rejected), "{step:?}");
}

#[test]
fn a_spent_budget_begins_anew_with_a_new_retry_and_with_a_new_design_only() {
    let spent = Scene::ours(S::Allocated).with(|s| {
        for _ in 0..200 {
            s.refused("Unsupported");
            s.pass(10);
        }
    });
    assert_eq!(reason(&spent.decide().step), Some(Reason::RetriesSpent));
    assert!(acts(&spent.clone().with(|s| s.retry = "2".into()).decide().step, &A::Deploy));
    assert!(acts(&spent.clone().with(|s| s.hash = "1-cccc".into()).decide().step, &A::Deploy));
    let unasked = spent.clone().with(|s| {
        s.orders.goal = None;
        s.retry = "2".into();
    });
    assert_eq!(unasked.decide().memory.attempts, spent.memory.attempts, "who asks nothing starts no budget");
}

#[test]
fn a_refused_convergent_write_spends_budget_too() {
    let mut scene = Scene::new(S::Ready);
    scene.machine().pending = pending(&[Aspect::Networking]);
    let mut writes = 0;
    for _ in 0..200 {
        writes += u32::from(acts(&scene.refused("Rejected"), &A::Apply(Aspect::Networking)));
        scene.pass(10);
    }
    assert_eq!(writes, 4);
    assert_eq!(reason(&scene.turn()), Some(Reason::Rejected));
}

#[test]
fn a_refused_release_of_a_deployed_machine_spends_its_budget_too() {
    let mut scene = Scene::deployed();
    scene.orders.release = crate::plan_scene::release(slipway::api::site_task::EraseMode::None, true);
    let mut tries = 0;
    for _ in 0..200 {
        tries += u32::from(acts(&scene.refused("Rejected"), &RELEASE));
        scene.pass(10);
    }
    assert_eq!(tries, 4);
    assert_eq!(reason(&scene.turn()), Some(Reason::Rejected));
    assert_eq!(scene.memory.generation, 1, "no release was made");
}

#[test]
fn a_wait_that_takes_longer_than_its_deadline_asks_for_a_person() {
    for (status, minutes) in [(S::Commissioning, 45), (S::Testing, 45), (S::Deploying, 60), (S::Releasing, 240)] {
        let mut scene = Scene::ours(status);
        scene.turn();
        scene.pass(60 * minutes - 1);
        assert!(matches!(scene.turn(), Step::Wait(_)), "{status:?}");
        scene.pass(1);
        assert_eq!(reason(&scene.turn()), Some(Reason::DeadlineExceeded), "{status:?}");
    }
}

#[test]
fn a_deadline_counts_only_while_observations_are_fresh() {
    let mut scene = Scene::ours(S::Deploying);
    scene.turn();
    scene.pass(10 * 3600);
    scene.fresh_since = scene.now;
    assert_eq!(state(&scene.turn()), "Deploying", "the outage judges nobody");
    scene.pass(3600);
    assert_eq!(reason(&scene.turn()), Some(Reason::DeadlineExceeded));
}

#[test]
fn a_second_try_has_the_whole_deadline_again() {
    let mut scene = Scene::ours(S::Commissioning);
    scene.turn();
    scene.pass(44 * 60);
    scene.becomes(S::FailedCommissioning);
    assert!(acts(&scene.turn(), &A::Commission));
    scene.becomes(S::Commissioning);
    scene.pass(10);
    scene.turn();
    scene.pass(44 * 60);
    assert_eq!(state(&scene.turn()), "Commissioning");
}

#[test]
fn what_waited_for_a_person_meanwhile_has_the_whole_deadline_again() {
    let mut scene = Scene::ours(S::Commissioning);
    scene.memory.attempts.insert("Commission".into(), 4);
    scene.memory.budget_for = format!("{}/", scene.hash);
    scene.turn();
    scene.becomes(S::FailedCommissioning);
    assert_eq!(reason(&scene.turn()), Some(Reason::CommissioningFailed));
    scene.pass(48 * 3600);
    scene.retry = "mended".into();
    assert!(acts(&scene.turn(), &A::Commission));
    scene.becomes(S::Commissioning);
    scene.pass(10);
    assert_eq!(state(&scene.turn()), "Commissioning");
}

#[test]
fn an_overdue_wait_stays_a_matter_for_a_person() {
    let mut scene = Scene::ours(S::Deploying);
    scene.turn();
    for _ in 0..5 {
        scene.pass(3600);
        assert_eq!(reason(&scene.turn()), Some(Reason::DeadlineExceeded));
    }
}

#[test]
fn a_machine_that_does_not_enlist_is_booted_again_until_its_budget_is_spent_for_good() {
    let mut scene = Scene::missing(Power::Off);
    let mut boots = 0;
    for _ in 0..300 {
        boots += u32::from(acts(&scene.turn(), &A::NetworkBoot));
        scene.seen.bmc_power = Some(Power::On);
        scene.pass(60);
    }
    assert_eq!(boots, 4);
    for _ in 0..30 {
        assert_eq!(reason(&scene.turn()), Some(Reason::RetriesSpent), "it does not go back to waiting");
        scene.pass(60);
    }
}

#[test]
fn a_network_boot_that_waits_for_a_slot_goes_on_waiting_for_it() {
    let mut scene = Scene::missing(Power::Off);
    scene.turn();
    scene.pass(91);
    scene.turn();
    scene.pass(21 * 60);
    scene.orders.slot = Err("all are taken".into());
    for _ in 0..3 {
        assert_eq!(state(&scene.turn()), "Queued");
        scene.pass(60);
    }
    scene.orders.slot = Ok(());
    assert!(acts(&scene.turn(), &A::NetworkBoot));
}

#[test]
fn a_network_boot_that_was_refused_powered_nothing_on() {
    let mut scene = Scene::missing(Power::Off);
    assert!(acts(&scene.refused("Rejected"), &A::NetworkBoot));
    // Meanwhile a person starts the machine from its disk.
    scene.seen.bmc_power = Some(Power::On);
    for _ in 0..100 {
        scene.pass(60);
        let step = scene.turn();
        assert!(!matches!(step, Step::Act(_)), "a machine that Slipway did not start is power-cycled: {step:?}");
    }
}

#[test]
fn a_network_boot_that_was_refused_is_tried_again_after_a_pause() {
    let mut scene = Scene::missing(Power::Off);
    scene.refused("Rejected");
    scene.pass(10);
    assert_eq!(state(&scene.turn()), "Retrying");
    scene.pass(20);
    assert!(acts(&scene.turn(), &A::NetworkBoot));
}

#[test]
fn a_running_machine_that_nobody_knows_is_cycled_with_approval_only() {
    let mut scene = Scene::missing(Power::On);
    assert_eq!(reason(&scene.turn()), Some(Reason::ApprovalRequired));
    scene.seen.bmc_power = Some(Power::Unknown);
    assert_eq!(state(&scene.turn()), "Unregistered");
}

#[test]
fn a_machine_that_shall_be_created_is_and_one_without_any_order_is_left_alone() {
    let mut scene = Scene::missing(Power::On);
    scene.design.enlistment = Enlistment::Create;
    assert!(acts(&scene.decide().step, &A::Create));
    scene.orders.goal = None;
    assert_eq!(state(&scene.decide().step), "Unregistered");
}

#[test]
fn controllers_and_contradicting_keys_are_never_touched() {
    for (sighting, expected) in [
        (Sighting::Controller("rack1".into()), Reason::IsController),
        (Sighting::Conflict("the MAC is abc's, the BMC is def's".into()), Reason::IdentityConflict),
    ] {
        for order in [None, crate::plan_scene::release(slipway::api::site_task::EraseMode::Full, true)] {
            let mut scene = Scene::new(S::New);
            scene.seen.sighting = sighting.clone();
            scene.orders.release = order;
            scene.orders.approval_policy = slipway::api::site::ApprovalPolicy::Never;
            assert_eq!(reason(&scene.decide().step), Some(expected));
        }
    }
}

#[test]
fn registration_is_never_written_to_a_deployed_machine() {
    let mut scene = Scene::deployed();
    scene.machine().pending = pending(&ASPECTS);
    assert_eq!(state(&scene.decide().step), "Deployed");
    scene.machine().mark = ours(crate::plan_scene::OTHER_HASH);
    assert_eq!(reason(&scene.decide().step), Some(Reason::ApprovalRequired));
}

#[test]
fn nothing_that_this_hardware_cannot_be_is_allocated_or_deployed() {
    for status in [S::Ready, S::Allocated] {
        for aspect in [Aspect::Networking, Aspect::Storage, Aspect::Platform] {
            let mut scene = Scene::ours(status);
            if status == S::Ready {
                scene.machine().owner = slipway::model::Owner::Nobody;
            }
            scene.machine().impossible.insert(aspect, "there is no such disk".into());
            assert_eq!(reason(&scene.decide().step), Some(Reason::HardwareMismatch), "{status:?} {aspect:?}");
        }
    }
}

#[test]
fn a_free_machine_of_ours_that_somebody_marked_broken_is_reported_as_that() {
    let mut scene = Scene::new(S::Broken);
    assert_eq!(reason(&scene.decide().step), Some(Reason::MarkedBroken));
    scene.machine().mark = slipway::model::Mark::None;
    assert_eq!(reason(&scene.decide().step), Some(Reason::NotOurs));
}

#[test]
fn a_machine_that_runs_in_new_is_commissioned_with_approval_unless_slipway_started_it() {
    let mut scene = Scene::new(S::New);
    scene.machine().power = Power::On;
    assert_eq!(reason(&scene.decide().step), Some(Reason::ApprovalRequired));
    scene.memory.powered_on = Some(true);
    assert!(acts(&scene.decide().step, &A::Commission));
}

#[test]
fn what_never_left_is_done_again_after_the_first_pause_however_often_and_spends_no_budget() {
    let mut scene = Scene::missing(Power::Off);
    for _ in 0..20 {
        let before = scene.memory.clone();
        assert!(acts(&scene.unreached(), &A::NetworkBoot));
        assert_eq!(scene.memory.begun, None);
        assert_eq!(scene.memory.powered_on, before.powered_on, "it runs for other reasons, if it runs");
        assert!(scene.memory.attempts.is_empty());
        assert_eq!(state(&scene.turn()), "Retrying");
        scene.pass(30);
    }
    assert!(acts(&scene.turn(), &A::NetworkBoot), "far within the deadline of enlisting");
    assert_eq!(state(&scene.turn()), "Enlisting");
}

#[test]
fn a_release_that_never_left_keeps_its_approval_and_its_machine_in_service() {
    let mut scene = Scene::deployed().with(|scene| scene.orders.release = release(EraseMode::None, false));
    let hash = asked(&scene.turn());
    scene.orders.approval = Some(Approval { hash, by: "ann".into() });
    assert!(acts(&scene.unreached(), &RELEASE));
    assert!(scene.memory.deployed.is_some() && scene.memory.out_of_service.is_none());
    assert_eq!(scene.memory.generation, 1);
    scene.pass(30);
    assert!(acts(&scene.turn(), &RELEASE), "the approval still holds");
}
