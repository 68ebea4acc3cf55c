//! What each action does to a machine, from cold metal and from a deployed one.

use crate::{
    plan_scene::Scene,
    plan_world::{World, turn},
    safety::page::{Chapter, Table},
};
use slipway::{
    api::{BaremetalNode, Site, SiteTask, memory::Approval, site_task::TaskAction},
    model::{Blocked, Power, Step},
    plan::{limits, orders, takes_nodes},
};

/// An action: Drydock's name, the task of Slipway, and what Drydock did.
type Row = (&'static str, &'static str, &'static str);

const ROWS: [Row; 11] = [
    ("`validate_design`", "{action: ValidateDesign}", "compiled the design; the task itself always failed"),
    ("`verify_site`", "{action: VerifySite}", "asked MAAS whether it answers"),
    (
        "`prepare_site`",
        "{action: PrepareSite}",
        "networks, credentials and repositories of the region, always all of it",
    ),
    ("`verify_nodes`", "{action: VerifyNodes}", "asked each BMC whether it answers"),
    ("`prepare_nodes`", "{action: PrepareNodes}", "booted what MAAS did not know, waited for it, commissioned"),
    ("`deploy_nodes`", "{action: DeployNodes}", "networking, storage, platform, deployment, reports of boot actions"),
    ("`destroy_nodes`", "{action: DestroyNodes}", "released at once, up to three times"),
    (
        "`destroy_nodes`, erasing",
        "{action: DestroyNodes, erase: Quick}",
        "was not there: the region's settings decided",
    ),
    ("`destroy_nodes`, then `deploy_nodes`", "{action: DestroyNodes, redeploy: true}", "took two tasks"),
    ("`relabel_nodes`", "{action: RelabelNodes}", "had Promenade label the node of the cluster"),
    ("deleting in MAAS by hand", "{action: DestroyNodes, forget: true}", "was not there"),
];

fn task(spec: &str) -> SiteTask {
    serde_saphyr::from_str(&format!("{{metadata: {{name: t, uid: u1}}, spec: {spec}}}")).unwrap()
}

/// The steps that a task leads to, with the approvals that they wait for.
fn steps(spec: &str, mut scene: Scene, mut world: World) -> String {
    let task = task(spec);
    if !takes_nodes(task.spec.action) || task.spec.action == TaskAction::RelabelNodes {
        return "nothing".into();
    }
    let site: Site = serde_saphyr::from_str(
        "{metadata: {name: s}, spec: {mode: OnTask, provisioner: {maas: {url: http://maas/MAAS, credentialsRef: {name: m}}}}}",
    )
    .unwrap();
    let node: BaremetalNode = serde_saphyr::from_str("{metadata: {name: n1}, spec: {}}").unwrap();
    let mut steps: Vec<String> = Vec::new();
    let (mut approval, mut quiet) = (None, 0);
    while quiet < 20 {
        let asked = orders(&site, Some(&task), &node, &scene.memory, limits(&site, None, |duration| duration));
        scene.orders = slipway::model::Orders { approval: approval.clone(), ..asked };
        match turn(&mut scene, &mut world, None) {
            Step::Act(action) => {
                quiet = 0;
                steps.push(format!("{action}"));
            }
            Step::Blocked(Blocked { plan: Some((hash, actions)), .. }) if approval.is_none() => {
                steps.push(format!("*approval of {}*", actions.join(", ")));
                approval = Some(Approval { hash, by: "ann".into() });
            }
            Step::Blocked(blocked) => panic!("{spec}: {blocked:?}"),
            Step::Done { .. } | Step::Wait(_) => quiet += 1,
        }
    }
    if steps.is_empty() { "nothing".into() } else { steps.join(", ") }
}

/// A machine that was deployed by a task, with what is remembered of it.
fn deployed() -> (Scene, World) {
    let (mut scene, mut world) = (Scene::missing(Power::Off), World::cold(0));
    for _ in 0..60 {
        turn(&mut scene, &mut world, None);
    }
    assert!(scene.memory.deployed.is_some(), "{:?}", scene.memory);
    (scene, world)
}

pub fn chapter() -> Chapter {
    let mut table = Table::new(&[
        "Drydock",
        "Slipway's task",
        "Drydock did",
        "a machine that is cold",
        "a machine that is deployed",
    ]);
    for (name, spec, did) in ROWS {
        let cold = steps(spec, Scene::missing(Power::Off), World::cold(0));
        let (scene, world) = deployed();
        table.row(name, vec![format!("`{spec}`"), did.into(), cold, steps(spec, scene, world)]);
    }
    Chapter {
        title: "Actions",
        text: "What each action does to a machine: one that is off and that MAAS does not know, and one that was deployed by the \
               design in force. A step that is not needed is left out, whatever asks for it; a task that is made again does \
               only what is left."
            .into(),
        tables: vec![table],
    }
}

pub fn around() -> Chapter {
    let mut table = Table::new(&["", "Drydock", "Slipway"]);
    let rows: [(&str, &str, &str); 9] = [
        (
            "how many at once",
            "one task at a time",
            "all whose nodes are disjoint; the rest is `Queued`, and says behind what",
        ),
        ("no nodes in scope", "success, with a message", "success, with the same message"),
        ("result", "`success`, `partial_success`, `failure`", "`Success`, `PartialSuccess`, `Failure`, with counts"),
        (
            "what failed",
            "tried again up to three times, blindly",
            "tried again after pauses, within `Site.spec.retries`; what destroys is looked for first",
        ),
        (
            "a new task for what failed",
            "node filter from results; that of successes was broken",
            "`spec.retry: {task, results}`, for failures and for successes",
        ),
        (
            "cancel",
            "a flag that nothing could set",
            "`spec.cancel`: what is in flight is watched to its end, nothing follows",
        ),
        ("deadline", "per step, in minutes", "per state (`Site.spec.deadlines`), and `spec.deadline` of the task"),
        ("a restart in mid-task", "left it `running` for ever", "goes on where the machines stand"),
        ("what destroys", "was done at once", "waits for an approval of its plan"),
    ];
    for (what, drydock, slipway) in rows {
        table.row(what, vec![drydock.into(), slipway.into()]);
    }
    Chapter {
        title: "Around a task",
        text: "What holds for every task, tried with whole sites in the lab (`tests/site`).".into(),
        tables: vec![table],
    }
}
