//! Thirty sites whose namespaces are deleted, their objects in any order: all get away, and no machine is released but those
//! whose deletion was confirmed.

use crate::{
    crash::{deploy, one_machine, prepare},
    ground::{Ground, scenario_alone},
    scene::{PATIENCE, Scene},
};
use futures::{StreamExt, stream};
use rand::{RngExt, SeedableRng, rngs::StdRng, seq::SliceRandom};
use serde_json::{Value, json};
use slipway_testbed::eventually;

const SITES: usize = 30;
const NODE: &str = "r01-u10";
/// Networks of loopback from here on are the sites' own.
const NETWORKS: usize = 51;

/// How a site goes.
#[derive(Debug, Clone)]
struct Fate {
    /// A person has confirmed that its machine is released.
    confirmed: bool,
    /// Its region does not answer meanwhile.
    is_cut_off: bool,
    /// What is deleted before the namespace, in order.
    first: Vec<&'static str>,
}

impl Fate {
    fn of(n: usize, random: &mut StdRng) -> Self {
        // The first third goes as it hurts most.
        let mut first =
            vec!["secrets", "sites", "hostprofiles", "hardwareprofiles", "networks", "baremetalnodes", "sitetasks"];
        if n >= SITES / 3 {
            first.shuffle(random);
            first.truncate(random.random_range(0..=first.len()));
        }
        Self { confirmed: n % 3 != 2, is_cut_off: n % 10 == 4, first }
    }
}

/// Whether a release is what becomes of the machine.
fn is_released(fate: &Fate) -> bool {
    fate.confirmed && !fate.is_cut_off
}

async fn stage(ground: &'static Ground, n: usize, fate: Fate) -> (Scene, Fate) {
    let scene = one_machine(ground, NETWORKS + n, None).await;
    prepare(&scene).await;
    let spec = json!({"deletionPolicy": "Release", "deadlines": {"deletion": "1000h", "deploy": "1000h", "commission": "1000h"}});
    let patch = json!({ "spec": spec }).to_string();
    scene.kubectl(&["patch", "site", "harbour", "-n", &scene.namespace, "--type=merge", "-p", &patch]).await;
    deploy(&scene).await;
    (scene, fate)
}

/// Deletes what goes first, and then the namespace.
async fn delete(scene: &Scene, fate: &Fate) {
    if fate.confirmed {
        scene.annotate("baremetalnode", NODE, &format!("slipway.dev/confirm-deletion={NODE}")).await;
    }
    if fate.is_cut_off {
        scene.lab_post("/maas/stop", &json!({})).await;
    }
    for kind in &fate.first {
        scene.kubectl(&["delete", kind, "--all", "-n", &scene.namespace, "--wait=false"]).await;
    }
    scene.delete_namespace().await;
}

/// The namespaces that are still there, of these.
async fn left(stages: &[(Scene, Fate)]) -> Vec<String> {
    let Some((any, _)) = stages.first() else { return Vec::new() };
    let names = any.kubectl(&["get", "namespaces", "-o", "name"]).await;
    let is_there =
        |scene: &&(Scene, Fate)| names.lines().any(|line| line == format!("namespace/{}", scene.0.namespace));
    stages.iter().filter(is_there).map(|(scene, fate)| format!("{} {fate:?}", scene.namespace)).collect()
}

async fn until_left(stages: &[(Scene, Fate)], what: &str, are: impl Fn(&[String]) -> bool) {
    let gone = eventually(PATIENCE * 2, what, || async {
        let left = left(stages).await;
        if are(&left) { Ok(()) } else { Err(left.join("\n")) }
    });
    gone.await.unwrap();
}

#[test]
fn thirty_namespaces_go_in_any_order_and_release_what_was_confirmed() {
    scenario_alone(|ground, turn| async move {
        let seed = rand::random();
        println!("seed {seed}");
        let mut random = StdRng::seed_from_u64(seed);
        let fates: Vec<Fate> = (0..SITES).map(|n| Fate::of(n, &mut random)).collect();
        let mut first = one_machine(ground, NETWORKS - 1, Some(turn)).await;
        let stages = stream::iter(fates.into_iter().enumerate()).map(|(n, fate)| stage(ground, n, fate));
        first.start_operator_with(200);
        let stages: Vec<(Scene, Fate)> = stages.buffer_unordered(8).collect().await;
        for (scene, _) in &stages {
            scene.until_deployed(1).await;
        }

        stream::iter(&stages).for_each_concurrent(8, |(scene, fate)| delete(scene, fate)).await;
        // Those whose region does not answer wait for it, if a person has confirmed a release; a person may end that.
        let waits = stages.iter().filter(|(_, fate)| fate.confirmed && fate.is_cut_off).count();
        assert!(waits > 0);
        until_left(&stages, "all gone but those that wait for their region", |left| left.len() == waits).await;
        for (scene, fate) in &stages {
            let machine = scene.lab_get(&format!("/machines/{NODE}")).await;
            let stands = (&machine["status"], &machine["power"], &machine["releases"]);
            let expected = if is_released(fate) { ("Ready", "Off", 1) } else { ("Deployed", "On", 0) };
            assert_eq!(stands, (&json!(expected.0), &json!(expected.1), &json!(expected.2)), "{fate:?}");
        }
        for (scene, _) in stages.iter().filter(|(_, fate)| fate.confirmed && fate.is_cut_off) {
            scene.annotate("baremetalnode", NODE, "slipway.dev/force-delete=true").await;
        }
        until_left(&stages, "all gone", <[String]>::is_empty).await;
        let runs: Vec<Value> = stream::iter(&stages).then(|(scene, _)| scene.lab_get("/machines")).collect().await;
        let released = runs.iter().filter(|machines| machines[0]["status"] == "Ready").count();
        println!("{} namespaces gone, {released} machines released, {waits} let go by force", stages.len());
        first.end().await;
    });
}
