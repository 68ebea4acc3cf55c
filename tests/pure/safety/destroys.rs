//! What destroys, and what lets it happen.

use super::page::{Chapter, Table, cell};
use crate::plan_scene::{ID, OTHER_HASH, Scene, UID, adopts, ours, pending, release};
use slipway::{
    api::{baremetal_node::DesiredPower, memory::Approval, site::ApprovalPolicy, site_task::EraseMode},
    model::{Afterwards, Aspect, Blocked, MachineStatus as S, Mark, Owner, Power, ReleaseOrder, Step},
    plan::plan_hash,
};

/// What would be destroyed, and when.
type Case = (&'static str, fn() -> Scene);

const CASES: [Case; 19] = [
    ("redeploy: the design of a deployed machine has changed", outdated),
    ("`DestroyNodes` of a deployed machine", || destroyed(EraseMode::None)),
    ("`DestroyNodes`, `erase: Full`, of a deployed machine", || destroyed(EraseMode::Full)),
    ("`DestroyNodes`, `forget`, of a deployed machine", || then(Afterwards::Forgotten)),
    ("`DestroyNodes`, `redeploy`, of a deployed machine", || then(Afterwards::Redeployed)),
    ("`DestroyNodes`, `forget`, of a machine that was never deployed", || {
        then(Afterwards::Forgotten).with(|s| {
            (s.memory.deployed, s.memory.generation) = (None, 0);
            s.machine().mark = Mark::Ours { generation: None, design: None };
            (s.machine().status, s.machine().owner, s.machine().power) = (S::Ready, Owner::Nobody, Power::Off);
        })
    }),
    ("deletion of a deployed machine's node, confirmed under `ReleaseAndErase`", || {
        Scene::deployed().with(|s| s.orders.release = release(EraseMode::Full, true))
    }),
    ("release of our own failed deployment, to try again", || Scene::ours(S::FailedDeployment)),
    ("release of what we allocated and never deployed, to change its disks", || {
        Scene::ours(S::Allocated).with(|s| s.machine().pending = pending(&[Aspect::Storage]))
    }),
    ("release of an adopted machine that somebody allocated", || {
        Scene::ours(S::Allocated).with(|s| {
            s.machine().mark = Mark::Ours { generation: Some(1), design: None };
            s.machine().pending = pending(&[Aspect::Storage]);
        })
    }),
    ("adoption of a machine that runs (`spec.adopt`): its mark is written, and nothing else", || {
        Scene::deployed().with(|s| {
            s.machine().mark = Mark::None;
            s.memory.deployed = None;
            s.orders.adopt = adopts(ID);
        })
    }),
    ("first deployment of an allocated machine", || Scene::ours(S::Allocated)),
    ("commissioning of a new machine that is off", || Scene::new(S::New)),
    ("commissioning of a new machine that runs, not by Slipway", || {
        Scene::new(S::New).with(|s| s.machine().power = Power::On)
    }),
    ("commissioning anew of a machine that is ready", || {
        Scene::new(S::Ready).with(|s| s.machine().pending = pending(&[Aspect::Commissioning]))
    }),
    ("network boot of an unknown machine that runs", || Scene::missing(Power::On)),
    ("shutdown of a deployed machine (`power: Off`)", || {
        Scene::deployed().with(|s| s.orders.power = Some(DesiredPower::Off))
    }),
    ("reboot of a deployed machine (`slipway.dev/reboot`)", || {
        Scene::deployed().with(|s| s.orders.reboot = Some("1".into()))
    }),
    ("rescue mode for a deployed machine", || Scene::deployed().with(|s| s.orders.rescue = true)),
];

pub fn chapter() -> Chapter {
    let mut table = Table::new(&[
        "what would be done",
        "`Destructive`, the default",
        "`Always`",
        "`Never`",
        "with the approval of this plan",
        "with any other approval",
    ]);
    for (name, scene) in CASES {
        let under = |policy| cell(&scene().with(|s| s.orders.approval_policy = policy).decide().step);
        let cells = vec![
            under(ApprovalPolicy::Destructive),
            under(ApprovalPolicy::Always),
            under(ApprovalPolicy::Never),
            approved(scene()),
            otherwise_approved(&scene()),
        ];
        table.row(name, cells);
    }
    Chapter {
        title: "What destroys, and what lets it happen",
        text: "The last column holds for approvals of another node, another machine, another generation (one that was used \
               up), another design, fewer actions or others, and for text that is no hash. An approval names all of these at \
               once, and the task that asks for them; it is used up by what it approves, is void when the design changes \
               first, and counts no more when the status in which its plan was shown was lost."
            .into(),
        tables: vec![table],
    }
}

fn outdated() -> Scene {
    Scene::deployed().with(|s| {
        s.machine().mark = ours(OTHER_HASH);
        s.memory.deployed.as_mut().unwrap().design_hash = OTHER_HASH.into();
    })
}

fn destroyed(erase: EraseMode) -> Scene {
    Scene::deployed().with(|s| s.orders.release = release(erase, false))
}

fn then(then: Afterwards) -> Scene {
    Scene::deployed().with(|s| {
        s.orders.release = release(EraseMode::None, false).map(|release| ReleaseOrder { then, ..release });
    })
}

fn approved(mut scene: Scene) -> String {
    let Step::Blocked(Blocked { plan: Some((hash, _)), .. }) = scene.decide().step else { return "needs none".into() };
    scene.orders.approval = Some(Approval { hash, by: "ann".into() });
    cell(&scene.decide().step)
}

fn otherwise_approved(scene: &Scene) -> String {
    let Step::Blocked(Blocked { plan: Some((right, actions)), .. }) = scene.decide().step else {
        return "needs none".into();
    };
    let id = matches!(&scene.seen.sighting, slipway::model::Sighting::Found(_)).then_some(ID);
    let actions: Vec<&str> = actions.iter().map(String::as_str).collect();
    let (generation, hash) = (scene.memory.generation, scene.hash.as_str());
    assert_eq!(plan_hash(UID, id, generation, hash, &actions), right);
    let mut reversed = actions.clone();
    reversed.push("Erase");
    let others = [
        plan_hash("uid-2", id, generation, hash, &actions),
        plan_hash(UID, Some("another"), generation, hash, &actions),
        plan_hash(UID, id, generation - 1, hash, &actions),
        plan_hash(UID, id, generation + 1, hash, &actions),
        plan_hash(UID, id, generation, "1-cccc", &actions),
        plan_hash(UID, id, generation, hash, &actions[1..]),
        plan_hash(UID, id, generation, hash, &reversed),
        right.to_uppercase(),
        String::new(),
        "*".into(),
    ];
    let cells: Vec<String> = others
        .into_iter()
        .map(|hash| {
            let approval = Some(Approval { hash, by: "ann".into() });
            cell(&scene.clone().with(|s| s.orders.approval = approval).decide().step)
        })
        .collect();
    assert!(cells.iter().all(|cell| *cell == cells[0]), "{cells:?}");
    cells[0].clone()
}
