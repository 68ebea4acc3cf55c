//! What is done for what is asked, of a machine that is ours.

use super::page::{Chapter, Table, cell};
use crate::plan_scene::{ASPECTS, HASH, OTHER_HASH, Scene, ours, pending, release};
use slipway::{
    api::site_task::EraseMode,
    model::{Aspect, MachineStatus as S, Milestone, Owner, Power},
};

pub fn chapter() -> Chapter {
    Chapter {
        title: "What is done for what is asked",
        text: "Of machines that are ours to touch, and off unless they are deployed. `OnTask` asks for nothing without an unfinished \
               task, `Observe` never; `Continuous` asks for a deployment. Where a design differs from the machine, it differs in \
               everything but its hardware.".into(),
        tables: vec![toward(), away()],
    }
}

fn toward() -> Table {
    let mut table = Table::new(&[
        "status of the machine",
        "nothing",
        "`PrepareNodes`",
        "`DeployNodes`, all as designed",
        "`DeployNodes`, the design differs",
        "`rescue: true`",
    ]);
    table.statuses(|status| {
        let asked = |goal, differs: bool, rescue| {
            let mut scene = scene(status, differs);
            scene.orders.goal = goal;
            scene.orders.rescue = rescue;
            cell(&scene.decide().step)
        };
        vec![
            asked(None, true, false),
            asked(Some(Milestone::Prepared), true, false),
            asked(Some(Milestone::Deployed), false, false),
            asked(Some(Milestone::Deployed), true, false),
            asked(None, false, true),
        ]
    });
    table
}

fn away() -> Table {
    let mut table = Table::new(&[
        "status of the machine",
        "`DestroyNodes`",
        "`DestroyNodes`, `erase: Full`",
        "confirmed deletion, `Release`",
        "confirmed deletion, `ReleaseAndErase`",
    ]);
    table.statuses(|status| {
        let asked = |erase, confirmed| {
            let mut scene = scene(status, false);
            scene.orders.release = release(erase, confirmed);
            cell(&scene.decide().step)
        };
        vec![
            asked(EraseMode::None, false),
            asked(EraseMode::Full, false),
            asked(EraseMode::None, true),
            asked(EraseMode::Full, true),
        ]
    });
    table
}

/// A machine that is ours in a status, as it usually is then.
pub fn scene(status: S, differs: bool) -> Scene {
    let mut scene = Scene::ours(status);
    let machine = scene.machine();
    if matches!(status, S::New | S::Missing | S::Ready | S::Retired) {
        machine.owner = Owner::Nobody;
    }
    let is_deployed = status == S::Deployed;
    machine.has_system = is_deployed;
    machine.power = if is_deployed { Power::On } else { Power::Off };
    if differs {
        machine.mark = ours(OTHER_HASH);
        let some = ASPECTS.into_iter().filter(|aspect| *aspect != Aspect::Mark).collect::<Vec<_>>();
        machine.pending = pending(&some);
    } else {
        machine.mark = ours(HASH);
    }
    scene
}
