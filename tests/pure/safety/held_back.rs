//! What holds back a step that would be right.

use super::page::{Chapter, Table, cell};
use crate::plan_scene::{OTHER_HASH, Scene, ours, pending, release, start};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::MicroTime;
use slipway::{
    api::{memory::Failure, site::ApprovalPolicy, site_task::EraseMode},
    model::{Aspect, MachineStatus as S, Step},
};

type Hold = (&'static str, fn(&mut Scene));

const HOLDS: [Hold; 12] = [
    ("nothing", |_| {}),
    ("`paused`, on the node or the Site", |s| s.orders.paused = true),
    ("mode `Observe`, or a Site that is being deleted, in mid-work", |s| {
        s.orders.touches_nothing = Some("mode Observe touches nothing");
    }),
    ("the design has an error", |s| s.orders.design_error = Some("wrong".into())),
    ("the machine is locked", |s| s.machine().locked = true),
    ("the provisioner has forgotten many nodes of the site", |s| s.orders.held = Err("held".into())),
    ("the site's networks are not prepared", |s| s.orders.site_prepared = Err("not yet".into())),
    ("no slot is free (`maxInFlight`, `maxUnavailable`)", |s| s.orders.slot = Err("taken".into())),
    ("it was sent, and no outcome was seen yet", |s| begun(s, 10)),
    ("it was sent, and no outcome was seen within `deadlines.request`", |s| begun(s, 100)),
    ("it has just failed", |s| {
        let step = name(s);
        s.memory.attempts.insert(step.clone(), 1);
        s.memory.failure =
            Some(Failure { step, reason: "Rejected".into(), message: "no".into(), at: MicroTime(s.now) });
    }),
    ("it has failed more often than `retries`", |s| {
        let step = name(s);
        s.memory.attempts.insert(step, 4);
        s.memory.budget_for = format!("{}/{}", s.hash, s.retry);
    }),
];

pub fn chapter() -> Chapter {
    let mut table = Table::new(&[
        "what stands in the way",
        "commissioning",
        "writing the network",
        "deployment",
        "redeployment, approved",
        "confirmed deletion",
        "rescue mode, approved",
    ]);
    for (name, hold) in HOLDS {
        let cells = scenes().into_iter().map(|scene| {
            let mut scene = scene.with(|s| s.memory.budget_for = format!("{}/{}", s.hash, s.retry));
            hold(&mut scene);
            cell(&scene.decide().step)
        });
        table.row(name, cells.collect());
    }
    Chapter {
        title: "What holds back a step that would be right",
        text: "In the order in which it is asked. What was approved here stands under `approval: Never`, which lets the same \
               happen.".into(),
        tables: vec![table],
    }
}

fn scenes() -> Vec<Scene> {
    vec![
        Scene::new(S::New),
        Scene::new(S::Ready).with(|s| s.machine().pending = pending(&[Aspect::Networking])),
        Scene::ours(S::Allocated),
        Scene::deployed().with(|s| {
            s.machine().mark = ours(OTHER_HASH);
            s.orders.approval_policy = ApprovalPolicy::Never;
        }),
        Scene::deployed().with(|s| s.orders.release = release(EraseMode::Full, true)),
        Scene::deployed().with(|s| {
            s.orders.rescue = true;
            s.orders.approval_policy = ApprovalPolicy::Never;
        }),
    ]
}

/// Name of the step that is due.
fn name(scene: &Scene) -> String {
    match scene.decide().step {
        Step::Act(action) => action.name().to_owned(),
        other => panic!("nothing is due: {other:?}"),
    }
}

fn begun(scene: &mut Scene, seconds: i64) {
    let Step::Act(action) = scene.decide().step else { panic!("nothing is due") };
    scene.memory = slipway::plan::begin(&action, &scene.seen, &scene.memory, start());
    scene.pass(seconds);
}
