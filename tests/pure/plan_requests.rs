//! One approval for one request: what was approved before is not what is asked for now, however alike the two may look. And what
//! touches nothing ends nothing either. Each of these was found by a random history (`tests/lifecycle`).

use crate::plan_scene::{Scene, acts, asked, reason, release, start, state};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use slipway::{
    api::{
        BaremetalNode, Site, SiteTask,
        memory::{Approval, NodeMemory},
        site_task::EraseMode,
    },
    model::{MachineAction as A, MachineStatus as S, Milestone, Power, Reason, Step},
    plan,
};

fn approve(scene: &mut Scene) {
    let hash = asked(&scene.turn());
    scene.orders.approval = Some(Approval { hash, by: "ann".into() });
}

fn rescued() -> Scene {
    let mut scene = Scene::deployed().with(|scene| scene.orders.rescue = true);
    approve(&mut scene);
    scene
}

/// The machine goes into rescue mode, and back.
fn goes_and_comes_back(scene: &mut Scene) {
    scene.becomes(S::EnteringRescueMode);
    scene.turn();
    scene.becomes(S::Deployed);
}

#[test]
fn an_approval_of_before_a_status_was_lost_approves_nothing_after_it() {
    let mut scene = rescued();
    assert!(acts(&scene.turn(), &A::EnterRescue));
    goes_and_comes_back(&mut scene);
    scene.memory = NodeMemory::default();
    scene.pass(60);
    assert_eq!(reason(&scene.turn()), Some(Reason::ApprovalRequired), "generations are counted anew");
    assert_eq!(reason(&scene.turn()), Some(Reason::ApprovalRequired));
    approve(&mut scene);
    assert!(acts(&scene.turn(), &A::EnterRescue), "the plan that is shown now can be approved");
}

#[test]
fn an_approved_rescue_that_got_lost_is_sent_again_without_asking_and_its_approval_used_up_once() {
    let mut scene = rescued();
    assert!(acts(&scene.turn(), &A::EnterRescue));
    assert_eq!(state(&scene.turn()), "Preparing", "its outcome is looked for");
    scene.pass(90);
    assert!(acts(&scene.turn(), &A::EnterRescue));
    goes_and_comes_back(&mut scene);
    assert_eq!(reason(&scene.turn()), Some(Reason::ApprovalRequired), "another rescue is another plan");
}

/// A list on a Site counts for a node while it shows its plan; while something else holds the node back, it shows none.
#[test]
fn what_was_approved_stays_so_while_its_plan_waits_for_something_else() {
    let mut scene = Scene::deployed().with(|scene| scene.orders.reboot = Some("1".into()));
    approve(&mut scene);
    scene.orders.slot = Err("taken".into());
    assert_eq!(state(&scene.turn()), "Queued");
    for other in [None, Some(Approval { hash: "2-of-before".into(), by: "ann".into() })] {
        scene.orders.approval = other;
        assert_eq!(state(&scene.turn()), "Queued", "it is not asked for again");
    }
    scene.orders.slot = Ok(());
    let mut asks_no_more = scene.clone();
    assert!(acts(&scene.turn(), &A::PowerOff { reboot: Some("1".into()) }));

    asks_no_more.orders.reboot = None;
    asks_no_more.turn();
    asks_no_more.orders.reboot = Some("2".into());
    assert_eq!(reason(&asks_no_more.turn()), Some(Reason::ApprovalRequired), "what was not done is not kept for later");
}

#[test]
fn what_was_approved_for_a_task_is_approved_for_that_task_alone() {
    for (release, goal) in [(release(EraseMode::Full, false), None), (None, Some(Milestone::Deployed))] {
        let mut scene = Scene::deployed().with(|scene| {
            scene.hash = "1-cccc".into();
            scene.orders.release = release;
            scene.orders.goal = goal;
            scene.orders.task = Some("task-1".into());
        });
        approve(&mut scene);
        scene.orders.slot = Err("taken".into());
        assert_eq!(state(&scene.turn()), "Queued", "it is approved, and latched");
        scene.orders.task = Some("task-2".into());
        assert_eq!(reason(&scene.turn()), Some(Reason::ApprovalRequired));
    }
}

#[test]
fn what_a_node_asks_for_itself_is_approved_whatever_tasks_come_and_go() {
    let mut scene = rescued();
    scene.orders.task = Some("task-1".into());
    assert!(acts(&scene.turn(), &A::EnterRescue));
}

#[test]
fn a_machine_whose_boot_got_lost_is_somebody_elses_when_it_runs_later() {
    let mut scene = Scene::missing(Power::Off);
    assert!(acts(&scene.turn(), &A::NetworkBoot));
    scene.orders.slot = Err("taken".into());
    scene.pass(89);
    assert_eq!(state(&scene.turn()), "Enlisting", "it may come up still");
    scene.pass(1);
    assert_eq!(state(&scene.turn()), "Queued", "it is to be booted again");
    scene.seen.bmc_power = Some(Power::On);
    assert_eq!(reason(&scene.turn()), Some(Reason::ApprovalRequired), "a person has started it");
}

#[test]
fn a_machine_that_never_comes_up_is_booted_within_its_budget() {
    let mut scene = Scene::missing(Power::Off);
    let mut boots = 0;
    for _ in 0..100 {
        boots += u32::from(acts(&scene.turn(), &A::NetworkBoot));
        scene.pass(60);
    }
    assert_eq!(boots, 4);
    assert_eq!(reason(&scene.turn()), Some(Reason::RetriesSpent));
}

fn site(mode: &str) -> Site {
    let text = format!(
        "{{metadata: {{name: east}}, spec: {{mode: {mode}, provisioner: {{maas: {{url: http://maas/MAAS, credentialsRef: {{name: maas}}}}}}}}}}"
    );
    serde_saphyr::from_str(&text).unwrap()
}

fn task(action: &str) -> SiteTask {
    serde_saphyr::from_str(&format!("{{metadata: {{name: t, uid: task-1}}, spec: {{action: {action}}}}}")).unwrap()
}

#[test]
fn a_task_asks_for_what_goes_beyond_the_standing_order() {
    let node: BaremetalNode = serde_saphyr::from_str("{metadata: {name: n1}, spec: {}}").unwrap();
    let cases = [
        ("OnTask", "DeployNodes", true),
        ("OnTask", "DestroyNodes", true),
        ("Continuous", "DestroyNodes", true),
        ("Continuous", "DeployNodes", false),
        ("Continuous", "PrepareNodes", false),
    ];
    for (mode, action, expected) in cases {
        let site = site(mode);
        let limits = plan::limits(&site, None, |d| d);
        let orders = plan::orders(&site, Some(&task(action)), &node, &NodeMemory::default(), limits);
        assert_eq!(orders.task.as_deref(), expected.then_some("task-1"), "{mode} {action}");
    }
}

#[test]
fn what_touches_nothing_ends_nothing_that_was_begun_either() {
    let in_rescue = Scene::deployed().with(|scene| {
        scene.becomes(S::RescueMode);
        scene.memory.rescue = Some(true);
    });
    let off_for_a_reboot = Scene::deployed().with(|scene| {
        scene.machine().power = Power::Off;
        scene.memory.rebooting_for = Some("1".into());
    });
    let mut deaf = Scene::deployed().with(|scene| scene.orders.reboot = Some("1".into()));
    approve(&mut deaf);
    assert!(acts(&deaf.turn(), &A::PowerOff { reboot: Some("1".into()) }));
    deaf.turn();
    deaf.pass(3600);
    for mut scene in [in_rescue, off_for_a_reboot, deaf] {
        let before = scene.memory.begun.clone();
        assert!(matches!(scene.decide().step, Step::Act(_)));
        scene.orders.touches_nothing = Some("mode Observe touches nothing");
        assert_eq!(state(&scene.turn()), "Observed");
        assert_eq!(scene.memory.begun, before, "nothing of it is forgotten");
        scene.orders.touches_nothing = None;
        assert!(!matches!(scene.turn(), Step::Blocked(_)), "it goes on when it may");
    }
}

#[test]
fn mode_observe_and_a_site_that_is_being_deleted_touch_nothing() {
    let node: BaremetalNode = serde_saphyr::from_str("{metadata: {name: n1}, spec: {rescue: true}}").unwrap();
    let asked = |site: &Site| {
        plan::orders(site, None, &node, &NodeMemory::default(), plan::limits(site, None, |d| d)).touches_nothing
    };
    assert_eq!(asked(&site("OnTask")), None);
    assert!(asked(&site("Observe")).is_some());
    let mut going = site("Continuous");
    going.metadata.deletion_timestamp = Some(Time(start()));
    assert!(asked(&going).is_some());
}
