//! A provisioner that forgot what Slipway deployed.

use super::{
    asked::scene,
    page::{Chapter, Table, cell},
};
use crate::plan_scene::{Scene, asked, release};
use slipway::{
    api::{
        memory::{Approval, DeployedAs},
        site::ApprovalPolicy,
        site_task::EraseMode,
    },
    model::{MachineStatus, Power, Step},
};

pub fn chapter() -> Chapter {
    let mut table = Table::new(&[
        "what the provisioner says of a machine that Slipway deployed",
        "`Continuous`, or `DeployNodes`",
        "the same with `approval: Never`",
        "approved",
        "a confirmed deletion",
    ]);
    for status in MachineStatus::ALL {
        table.row(status.name(), cells(&remembered(scene(status, false))));
    }
    let mut missing = remembered(Scene::missing(Power::On));
    missing.memory.generation = 1;
    table.row("nothing: it does not know the machine", cells(&missing));
    Chapter {
        title: "A provisioner that forgot",
        text: "Slipway remembers that it deployed the machine, and never released it; yet the provisioner reports what is in the first \
               column. What was approved begins anew with the tables above, and so never skips what they ask.".into(),
        tables: vec![table],
    }
}

fn remembered(mut scene: Scene) -> Scene {
    scene.memory.deployed = Some(DeployedAs { design_hash: scene.hash.clone(), generation: 1 });
    scene
}

fn cells(scene: &Scene) -> Vec<String> {
    let plain = scene.decide().step;
    let never = scene.clone().with(|s| s.orders.approval_policy = ApprovalPolicy::Never).decide().step;
    let approved = match &plain {
        Step::Blocked(blocked) if blocked.plan.is_some() => {
            let approval = Some(Approval { hash: asked(&plain), by: "ann".into() });
            cell(&scene.clone().with(|s| s.orders.approval = approval).decide().step)
        }
        _ => "needs none".into(),
    };
    let deleted = scene.clone().with(|s| s.orders.release = release(EraseMode::None, true)).decide().step;
    vec![cell(&plain), cell(&never), approved, cell(&deleted)]
}
