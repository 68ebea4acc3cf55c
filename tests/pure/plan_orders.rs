//! Orders: what a node is asked for, by mode, task and deletion.

use crate::plan_scene::start;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use slipway::{
    api::{
        BaremetalNode, Site, SiteTask,
        memory::{NodeMemory, ReleasedAt},
        site_task::EraseMode,
    },
    model::{Afterwards, Milestone, NodeDesign, Orders, ReleaseOrder},
    plan::{limits, orders},
};
use std::time::Duration;

fn site(spec: &str) -> Site {
    let mut site: Site = serde_saphyr::from_str(
        "{metadata: {name: east}, spec: {provisioner: {maas: {url: http://maas/MAAS, credentialsRef: {name: maas}}}}}",
    )
    .unwrap();
    let mut all = serde_json::to_value(&site.spec).unwrap();
    let more: serde_json::Value = serde_saphyr::from_str(spec).unwrap();
    all.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
    site.spec = serde_json::from_value(all).unwrap();
    site
}

fn task(action: &str) -> SiteTask {
    serde_saphyr::from_str(&format!("{{metadata: {{name: t}}, spec: {{action: {action}}}}}")).unwrap()
}

fn node(text: &str) -> BaremetalNode {
    serde_saphyr::from_str(text).unwrap()
}

fn plain() -> BaremetalNode {
    node("{metadata: {name: n1}, spec: {}}")
}

fn asked(site: &Site, task: Option<&SiteTask>, node: &BaremetalNode, memory: &NodeMemory) -> Orders {
    orders(site, task, node, memory, limits(site, None, |d| d))
}

fn going(mut node: BaremetalNode) -> BaremetalNode {
    node.metadata.deletion_timestamp = Some(Time(start()));
    node
}

#[test]
fn the_goal_follows_from_mode_and_task() {
    use Milestone::{Deployed, Prepared};
    let tasks = [None, Some("VerifyNodes"), Some("PrepareNodes"), Some("DeployNodes"), Some("RelabelNodes")];
    for (mode, released, goals) in [
        ("Observe", false, [None; 5]),
        ("OnTask", false, [None, None, Some(Prepared), Some(Deployed), None]),
        ("Continuous", false, [Some(Deployed); 5]),
        ("Continuous", true, [None, None, Some(Prepared), Some(Deployed), None]),
    ] {
        let site = site(&format!("mode: {mode}"));
        let memory = NodeMemory {
            released: released.then_some(ReleasedAt { generation: 2, erased: false }),
            ..NodeMemory::default()
        };
        let found = tasks.map(|action| asked(&site, action.map(task).as_ref(), &plain(), &memory).goal);
        assert_eq!(found, goals, "mode {mode}, released {released}");
    }
}

#[test]
fn a_site_acts_on_tasks_when_it_says_nothing() {
    assert_eq!(asked(&site("{}"), None, &plain(), &NodeMemory::default()).goal, None);
}

#[test]
fn a_destroying_task_orders_a_release_that_a_person_must_approve() {
    let mut destroy = task("DestroyNodes");
    destroy.spec.erase = Some(EraseMode::Secure);
    for (mode, expected) in [
        ("Observe", None),
        ("OnTask", Some(ReleaseOrder { erase: EraseMode::Secure, confirmed: false, then: Afterwards::Kept })),
        ("Continuous", Some(ReleaseOrder { erase: EraseMode::Secure, confirmed: false, then: Afterwards::Kept })),
    ] {
        let orders = asked(&site(&format!("mode: {mode}")), Some(&destroy), &plain(), &NodeMemory::default());
        assert_eq!(orders.release, expected, "{mode}");
    }
}

#[test]
fn what_a_destroying_task_has_released_it_forgets_or_deploys_again() {
    let mut destroy = task("DestroyNodes");
    destroy.metadata.uid = Some("u1".into());
    destroy.spec.forget = Some(true);
    let then = |task: &SiteTask, memory: &NodeMemory| {
        let orders = asked(&site("{}"), Some(task), &plain(), memory);
        (orders.release.map(|release| release.then), orders.goal, orders.task)
    };
    let asker = Some("u1".to_owned());
    assert_eq!(then(&destroy, &NodeMemory::default()), (Some(Afterwards::Forgotten), None, asker.clone()));
    (destroy.spec.forget, destroy.spec.redeploy) = (None, Some(true));
    assert_eq!(then(&destroy, &NodeMemory::default()), (Some(Afterwards::Redeployed), None, asker.clone()));
    let memory = NodeMemory { released_for: asker.clone(), ..NodeMemory::default() };
    assert_eq!(then(&destroy, &memory), (None, Some(Milestone::Deployed), asker));
    destroy.metadata.uid = Some("u2".into());
    assert_eq!(then(&destroy, &memory).0, Some(Afterwards::Redeployed), "another task is another request");
}

#[test]
fn only_destroying_tasks_release() {
    for action in ["PrepareNodes", "DeployNodes", "VerifyNodes", "RelabelNodes"] {
        assert_eq!(asked(&site("{}"), Some(&task(action)), &plain(), &NodeMemory::default()).release, None, "{action}");
    }
}

const CONFIRMED: &str = "{metadata: {name: n1, annotations: {slipway.dev/confirm-deletion: n1}}, spec: {}}";

#[test]
fn a_deletion_releases_only_where_the_policy_says_so_and_a_person_confirmed_it_by_name() {
    let unconfirmed = "{metadata: {name: n1}, spec: {}}";
    let wrong = "{metadata: {name: n1, annotations: {slipway.dev/confirm-deletion: n2}}, spec: {}}";
    let released = |erase| Some(ReleaseOrder { erase, confirmed: true, then: Afterwards::Kept });
    for (spec, text, expected) in [
        ("{}", CONFIRMED, None),
        ("deletionPolicy: Retain", CONFIRMED, None),
        ("deletionPolicy: Release", unconfirmed, None),
        ("deletionPolicy: Release", wrong, None),
        ("deletionPolicy: Release", CONFIRMED, released(EraseMode::None)),
        ("deletionPolicy: ReleaseAndErase", CONFIRMED, released(EraseMode::Full)),
        ("{deletionPolicy: Release, approval: Never}", unconfirmed, released(EraseMode::None)),
        ("{deletionPolicy: Retain, approval: Never}", unconfirmed, None),
    ] {
        let orders = asked(&site(spec), None, &going(node(text)), &NodeMemory::default());
        assert_eq!(orders.release, expected, "{spec}, {text}");
    }
}

#[test]
fn a_nodes_own_deletion_policy_counts_before_its_sites() {
    let node = going(node(CONFIRMED)).clone();
    let own = |policy: &str| {
        let mut node = node.clone();
        node.spec.deletion_policy = Some(serde_json::from_value(policy.into()).unwrap());
        node
    };
    let site = site("deletionPolicy: Release");
    assert_eq!(asked(&site, None, &own("Retain"), &NodeMemory::default()).release, None);
    let release = asked(&site, None, &own("ReleaseAndErase"), &NodeMemory::default()).release;
    assert_eq!(release.unwrap().erase, EraseMode::Full);
}

#[test]
fn a_confirmation_without_a_deletion_releases_nothing() {
    let orders = asked(&site("deletionPolicy: Release"), None, &node(CONFIRMED), &NodeMemory::default());
    assert_eq!(orders.release, None);
}

#[test]
fn mode_observe_touches_nothing_when_a_node_is_deleted_either() {
    for approval in ["Destructive", "Never"] {
        let site = site(&format!("{{mode: Observe, deletionPolicy: ReleaseAndErase, approval: {approval}}}"));
        assert_eq!(asked(&site, None, &going(node(CONFIRMED)), &NodeMemory::default()).release, None);
    }
}

#[test]
fn either_site_or_node_pauses() {
    let paused = node("{metadata: {name: n1}, spec: {paused: true}}");
    assert!(asked(&site("{}"), None, &paused, &NodeMemory::default()).paused);
    assert!(asked(&site("paused: true"), None, &plain(), &NodeMemory::default()).paused);
    assert!(!asked(&site("{}"), None, &plain(), &NodeMemory::default()).paused);
}

#[test]
fn an_approval_reads_as_a_hash_and_who_gave_it() {
    for (text, expected) in [
        ("1-ab12 by ann@example.com", Some(("1-ab12", "ann@example.com"))),
        (" 1-ab12  by  ann ", Some(("1-ab12", "ann"))),
        ("1-ab12", None),
        ("1-ab12 by ", None),
        (" by ann", None),
        ("", None),
    ] {
        let mut node = plain();
        node.metadata.annotations = Some([("slipway.dev/approve".to_owned(), text.to_owned())].into());
        let approval = asked(&site("{}"), None, &node, &NodeMemory::default()).approval;
        let found = approval.as_ref().map(|a| (a.hash.as_str(), a.by.as_str()));
        assert_eq!(found, expected, "{text:?}");
    }
}

#[test]
fn deadlines_have_the_documented_defaults_and_run_at_the_clocks_speed() {
    let site = site("{deadlines: {deploy: 10m}, retries: 1}");
    let limits = limits(&site, None, |d| d / 10);
    let expected = [20 * 60, 45 * 60, 10 * 60, 4 * 3600, 90].map(|seconds| Duration::from_secs(seconds) / 10);
    assert_eq!([limits.enlist, limits.commission, limits.deploy, limits.release, limits.request], expected);
    assert_eq!(limits.retries, 1);
}

#[test]
fn a_host_may_have_deadlines_and_a_budget_of_its_own() {
    let site = site("{deadlines: {deploy: 10m, commission: 30m}, retries: 1}");
    let mut design = NodeDesign::named("n1");
    design.deadlines = serde_saphyr::from_str("{commission: 2h}").unwrap();
    let own = limits(&site, Some(&design), |duration| duration);
    assert_eq!([own.commission, own.deploy], [Duration::from_hours(2), Duration::from_mins(10)]);
    assert_eq!(own.retries, 1);
    design.retries = Some(0);
    assert_eq!(limits(&site, Some(&design), |duration| duration).retries, 0);
}
