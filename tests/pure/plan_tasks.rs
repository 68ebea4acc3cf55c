//! Tasks: which nodes one covers, and which of several comes first.

use crate::plan_scene::{Scene, start};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use slipway::{
    api::{SiteTask, site_task::TaskAction},
    model::{Candidate, MachineStatus, NodeDesign},
    plan::{NoScope, prepares_first, queued_behind, task_scope, time_left},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

fn task(spec: &str) -> SiteTask {
    serde_saphyr::from_str(&format!("{{metadata: {{name: t}}, spec: {spec}}}")).unwrap()
}

fn candidate(node: &NodeDesign) -> Candidate<'_> {
    static NONE: BTreeMap<String, String> = BTreeMap::new();
    let NodeDesign { name, tags, owner_data, rack, .. } = node;
    Candidate { name, tags, owner_data, rack: rack.as_deref(), labels: &NONE }
}

fn design(name: &str) -> NodeDesign {
    NodeDesign { name: name.into(), ..Scene::new(MachineStatus::New).design }
}

fn covers(task: &SiteTask, earlier: Option<&SiteTask>, name: &str) -> bool {
    task_scope(task, earlier).unwrap().covers(candidate(&design(name)), &BTreeMap::default())
}

#[test]
fn tasks_about_the_site_cover_no_node() {
    for action in [TaskAction::ValidateDesign, TaskAction::VerifySite, TaskAction::PrepareSite] {
        assert!(!covers(&task(&format!("{{action: {}}}", action.name())), None, "n1"));
    }
    assert!(covers(&task("{action: DeployNodes}"), None, "n1"));
    let some = task("{action: DeployNodes, nodeSelector: {filters: [{names: [other]}]}}");
    assert!(!covers(&some, None, "n1") && covers(&some, None, "other"));
}

#[test]
fn a_task_that_takes_up_nothing_that_is_there_says_so_and_has_no_scope() {
    let refused = task_scope(&task("{action: DestroyNodes, retry: {task: gone}}"), None).unwrap_err();
    let says = "spec.retry.task: the task gone is not in this namespace";
    assert!(matches!(&refused, NoScope::Refused(why) if why.starts_with(says)), "{refused:?}");
}

#[test]
fn a_task_takes_up_the_results_of_one_that_has_ended() {
    let mut earlier = task("{action: DeployNodes}");
    let status = "{startedAt: 2026-03-01T10:00:00Z, nodes: [{name: done, state: Success}, {name: broken, state: Failure}, {name: left, state: Pending}]}";
    earlier.status = Some(serde_saphyr::from_str(status).unwrap());
    let failures = task("{action: DeployNodes, retry: {task: earlier}}");
    let waits = task_scope(&failures, Some(&earlier)).unwrap_err();
    assert_eq!(waits, NoScope::Waits("Waiting for task earlier to end, whose results it takes up".into()));

    earlier.status.as_mut().unwrap().finished_at = Some(Time(start()));
    let covered = |task: &SiteTask| ["done", "broken", "left", "other"].map(|name| covers(task, Some(&earlier), name));
    assert_eq!(covered(&failures), [false, true, true, false]);
    let successes = task("{action: VerifyNodes, retry: {task: earlier, results: Successes}}");
    assert_eq!(covered(&successes), [true, false, false, false]);
    let both = task("{action: DeployNodes, retry: {task: earlier}, nodeSelector: {filters: [{names: [left, done]}]}}");
    assert_eq!(covered(&both), [false, false, true, false]);
    let unresolved = |task: &SiteTask| task_scope(task, Some(&earlier)).unwrap().covers_unresolved("broken");
    assert!(unresolved(&failures) && !unresolved(&successes) && !unresolved(&both));
}

/// A task of some nodes that was made at a second.
fn made(name: &str, action: &str, nodes: &str, second: u32) -> Arc<SiteTask> {
    let text = format!(
        "{{metadata: {{name: {name}, creationTimestamp: \"2026-03-01T10:00:{second:02}Z\"}}, spec: {{action: {action}, nodeSelector: {{filters: [{{names: [{nodes}]}}]}}}}}}"
    );
    Arc::new(serde_saphyr::from_str(&text).unwrap())
}

fn behind(task: &SiteTask, others: &[Arc<SiteTask>]) -> Option<(String, Vec<String>)> {
    let nodes = |task: &SiteTask| {
        let scope = task_scope(task, None).unwrap();
        let all = ["a", "b", "c", "d"];
        all.into_iter()
            .filter(|name| scope.covers(candidate(&design(name)), &BTreeMap::default()))
            .map(str::to_owned)
            .collect::<BTreeSet<_>>()
    };
    queued_behind(task, others, nodes).map(|(other, shared)| (other.metadata.name.clone().unwrap(), shared))
}

#[test]
fn a_task_is_queued_behind_the_oldest_that_shares_a_node_with_it() {
    let first = made("first", "DeployNodes", "a, b", 1);
    let second = made("second", "DestroyNodes", "b, c", 2);
    let third = made("third", "PrepareNodes", "c, d", 3);
    let apart = made("apart", "DeployNodes", "d", 0);
    let verify = made("verify", "VerifyNodes", "a, b, c, d", 4);
    let all = [&first, &second, &third, &apart, &verify].map(Arc::clone);
    let shared = |name: &str, nodes: &[&str]| Some((name.to_owned(), nodes.iter().map(|n| (*n).to_owned()).collect()));
    assert_eq!(behind(&first, &all), None, "nobody is older and wants the same");
    assert_eq!(behind(&second, &all), shared("first", &["b"]));
    assert_eq!(behind(&third, &all), shared("apart", &["d"]), "the oldest of those that it waits for");
    // Not even for those nodes that nobody else wants: what is queued asks for nothing.
    assert_eq!(behind(&third, &all[..2]), shared("second", &["c"]));
    assert_eq!(behind(&apart, &all), None);
    assert_eq!(behind(&verify, &all), None, "who only looks is in nobody's way");
    // Made in the same second: the name decides, the same for both.
    let twin = made("gemini", "DeployNodes", "a", 1);
    assert_eq!((behind(&twin, &all), behind(&first, std::slice::from_ref(&twin))), (shared("first", &["a"]), None));
    // One that was begun before the other came goes on, whatever their names.
    let mut begun = (*twin).clone();
    begun.status = Some(serde_saphyr::from_str("{}").unwrap());
    begun.status.as_mut().unwrap().started_at = Some(Time(start()));
    assert_eq!(behind(&first, &[Arc::new(begun)]), shared("gemini", &["a"]));
}

#[test]
fn the_site_is_prepared_by_one_task_at_a_time() {
    let first = made("first", "PrepareSite", "a", 1);
    let second = made("second", "PrepareSite", "a", 2);
    let deploy = made("deploy", "DeployNodes", "a", 0);
    let before = |task: &SiteTask, others: &[&Arc<SiteTask>]| {
        let others: Vec<Arc<SiteTask>> = others.iter().map(|other| Arc::clone(other)).collect();
        prepares_first(task, &others).map(|other| other.metadata.name.clone().unwrap())
    };
    assert_eq!(before(&second, &[&deploy, &first]), Some("first".into()));
    assert_eq!(before(&first, &[&deploy, &second]), None, "nobody was there before, and nodes are no site");
    let mut begun = (*second).clone();
    begun.status = Some(serde_saphyr::from_str("{}").unwrap());
    begun.status.as_mut().unwrap().started_at = Some(Time(start()));
    assert_eq!(before(&first, &[&Arc::new(begun)]), Some("second".into()), "who has begun goes on");
}

#[test]
fn a_deadline_runs_from_the_beginning_and_at_the_clocks_speed() {
    let mut task = task("{action: DeployNodes, deadline: 2h}");
    let left = |task: &SiteTask, minutes: i64| {
        time_left(task, start() + jiff::SignedDuration::from_mins(minutes), |duration| duration / 2)
    };
    assert_eq!(left(&task, 600), Duration::from_hours(1), "it has not begun");
    task.status = Some(serde_saphyr::from_str("{}").unwrap());
    task.status.as_mut().unwrap().started_at = Some(Time(start()));
    assert_eq!(left(&task, 45), Duration::from_mins(15));
    assert_eq!(left(&task, 61), Duration::ZERO);
    assert_eq!(left(&task, -5), Duration::from_hours(1), "a clock that was set back costs nothing");
}
