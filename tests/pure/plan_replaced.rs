//! Another name, or other hardware: a deployed machine is never renamed, and replaced hardware is told and left alone.

use crate::plan_scene::{HASH, ID, MAC, RELEASE, SERIAL, Scene, asked, ours, reason, release, state};
use slipway::{
    api::{memory::Approval, site::ApprovalPolicy, site_task::EraseMode},
    model::{Afterwards, MachineAction, MachineStatus as S, Mark, Owner, Power, Reason, ReleaseOrder, Sighting, Step},
};

/// The MAC of another network card.
const OTHER_MAC: &str = "52:54:00:00:09:09";

fn told(scene: &Scene) -> (Option<Reason>, String) {
    match scene.decide().step {
        Step::Blocked(blocked) => (Some(blocked.reason), blocked.message),
        _ => (None, String::new()),
    }
}

fn says(scene: &Scene, why: Reason, parts: &[&str]) {
    let (reason, message) = told(scene);
    assert_eq!(reason, Some(why), "{message}");
    assert!(parts.iter().all(|part| message.contains(part)), "{message}");
}

/// A deployed machine that carries this mark.
fn marked(mark: &str) -> Scene {
    Scene::deployed().with(|s| {
        s.machine().mark = Mark::Foreign(mark.into());
        s.machine().hostname = "a".into();
        s.orders.approval_policy = ApprovalPolicy::Never;
    })
}

#[test]
fn a_deployed_machine_is_never_renamed_and_what_to_do_is_told() {
    let scene = marked("c1/east/a");
    let ways = [
        "Name the node a again",
        "DestroyNodes with forget: true",
        "spec.adopt.providerId: abc123",
        "slipway_c1_east_a",
    ];
    says(&scene, Reason::Renamed, &[&["machine abc123 is Deployed as a", "never renamed"], ways.as_slice()].concat());
    says(&marked("c1/west/a"), Reason::Renamed, &["is Deployed as west/a", "slipway_c1_west_a"]);
    // Whatever is asked of it.
    for confirmed in [false, true] {
        let scene = marked("c1/east/a").with(|s| s.orders.release = release(EraseMode::Full, confirmed));
        says(&scene, Reason::Renamed, &[]);
    }
}

#[test]
fn two_nodes_of_one_machine_are_both_named() {
    let scene = marked("c1/east/a").with(|s| s.orders.claimed_by = Some("a".into()));
    says(&scene, Reason::IdentityConflict, &["node a's", "this node n1", "two nodes, one machine"]);
}

#[test]
fn a_free_machine_gets_another_name_once_its_tag_is_off() {
    for status in [S::New, S::Ready] {
        let scene = Scene::new(status).with(|s| s.machine().mark = Mark::Foreign("c1/east/a".into()));
        says(&scene, Reason::Renamed, &["take the tag slipway_c1_east_a off"]);
    }
}

#[test]
fn the_mark_of_another_cluster_is_taken_over_as_ever() {
    says(&marked("c2/east/n1"), Reason::OwnedElsewhere, &["slipway.dev/take-over"]);
    says(&marked("c11/east/a"), Reason::OwnedElsewhere, &["`c11/east/a`"]);
    // A take-over does not rename.
    let scene = marked("c2/east/a").with(|s| s.orders.take_over = Some("c2".into()));
    says(&scene, Reason::Renamed, &["Name the node a again", "slipway_c2_east_a"]);
}

fn replaced(scene: Scene) -> Scene {
    scene.with(|s| s.design.boot_mac = Some(OTHER_MAC.parse().unwrap()))
}

#[test]
fn a_boot_mac_that_the_record_does_not_have_is_replaced_hardware() {
    let mut scene = replaced(Scene::deployed());
    scene.orders.approval_policy = ApprovalPolicy::Never;
    says(
        &scene,
        Reason::HardwareReplaced,
        &[ID, SERIAL, MAC, OTHER_MAC, "Nothing is touched", "forget: true", "DeployNodes"],
    );
    scene.hash = "1-cccc".into();
    assert_eq!(told(&scene).0, Some(Reason::HardwareReplaced), "nor is it deployed anew on the old record");
    scene.design.boot_mac = Some(MAC.parse().unwrap());
    assert_ne!(told(&scene).0, Some(Reason::HardwareReplaced));
}

#[test]
fn a_new_record_beside_the_known_one_is_replaced_hardware() {
    let rival = "record xyz (New), nobody's, has its BMC address 10.40.0.10";
    let mut scene = Scene::deployed().with(|s| s.machine().rivals = vec![rival.into()]);
    says(&scene, Reason::HardwareReplaced, &[ID, rival]);
    scene.orders.goal = None;
    says(&scene, Reason::HardwareReplaced, &[rival]);
}

#[test]
fn it_is_told_where_the_machine_was_known_and_nothing_is_under_way() {
    for status in S::ALL {
        let scene = |mark: Mark| {
            replaced(Scene::ours(status)).with(|s| {
                s.machine().owner =
                    if matches!(status, S::Allocated | S::Deployed) { Owner::Us } else { Owner::Nobody };
                s.machine().has_system = status == S::Deployed;
                s.machine().mark = mark;
            })
        };
        let judged = matches!(status, S::FailedCommissioning | S::Ready | S::Allocated | S::Deployed);
        assert_eq!(told(&scene(ours(HASH))).0 == Some(Reason::HardwareReplaced), judged, "{status:?}");
        assert_ne!(told(&scene(Mark::None)).0, Some(Reason::HardwareReplaced), "{status:?}: it was not known");
    }
    let forgotten = replaced(Scene::deployed()).with(|s| s.becomes(S::Ready));
    assert_eq!(told(&forgotten).0, Some(Reason::ProviderRegressed));
}

#[test]
fn the_old_record_is_given_up_by_a_task_with_approval_and_the_machine_comes_anew() {
    let mut scene = replaced(Scene::deployed());
    scene.orders.goal = None;
    scene.orders.release = Some(ReleaseOrder { erase: EraseMode::None, confirmed: false, then: Afterwards::Forgotten });
    scene.orders.task = Some("task-1".into());
    let step = scene.turn();
    assert_eq!(reason(&step), Some(Reason::ApprovalRequired));
    scene.orders.approval = Some(Approval { hash: asked(&step), by: "ann".into() });
    assert_eq!(scene.turn(), Step::Act(RELEASE));
    scene.becomes(S::Ready);
    scene.machine().owner = Owner::Nobody;
    scene.machine().power = Power::Off;
    scene.machine().mark = Mark::Ours { generation: None, design: None };
    assert_eq!(scene.turn(), Step::Act(MachineAction::Forget));
    // Its new board has enlisted already: that record stays.
    let old = scene.clone();
    scene.becomes(S::New);
    scene.machine().id = "new123".into();
    scene.machine().mark = Mark::None;
    assert_eq!(state(&scene.turn()), "Released");
    let mut scene = old;
    scene.seen.sighting = Sighting::Missing;
    assert_eq!(state(&scene.turn()), "Released");
    scene.orders.release = None;
    scene.orders.goal = Some(slipway::model::Milestone::Deployed);
    scene.seen.bmc_power = Some(Power::Off);
    assert_eq!(scene.turn(), Step::Act(MachineAction::NetworkBoot));
}
