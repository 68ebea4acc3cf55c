//! What is waited for, and what comes of it when it takes too long.

use super::{
    asked::scene,
    page::{Chapter, Table, cell},
};
use crate::plan_scene::{Scene, release};
use slipway::{
    api::site_task::EraseMode,
    model::{MachineStatus as S, Power, Step},
};

pub fn chapter() -> Chapter {
    let mut table = Table::new(&[
        "what goes on",
        "meanwhile",
        "how long it may take",
        "after that",
        "after that, where the provisioner could not be reached meanwhile",
    ]);
    let cases: Vec<(&str, Scene)> = vec![
        ("a first network boot", {
            let mut scene = Scene::missing(Power::On);
            scene.memory.powered_on = Some(true);
            scene
        }),
        ("commissioning", scene(S::Commissioning, false)),
        ("tests", scene(S::Testing, false)),
        ("an installation", scene(S::Deploying, false)),
        ("a release", scene(S::Releasing, false)),
        ("an erase", scene(S::DiskErasing, false)),
        (
            "a release that was ordered",
            scene(S::Releasing, false).with(|s| s.orders.release = release(EraseMode::Full, true)),
        ),
        ("the way into rescue mode", scene(S::EnteringRescueMode, false).with(|s| s.orders.rescue = true)),
        (
            "a released machine that still runs",
            scene(S::Ready, false).with(|s| {
                s.orders.release = release(EraseMode::None, true);
                s.machine().power = Power::On;
            }),
        ),
    ];
    for (name, mut scene) in cases {
        let Step::Wait(awaited) = scene.turn() else { panic!("{name}: nothing is waited for") };
        let limit = awaited.until.map(|until| until.duration_since(scene.now).as_secs() / 60);
        scene.pass(24 * 3600);
        let late = cell(&scene.decide().step);
        scene.fresh_since = scene.now;
        let unseen = cell(&scene.decide().step);
        let limit = limit.map_or_else(|| "as long as it takes".into(), |minutes| format!("{minutes} min"));
        table.row(name, vec![cell(&Step::Wait(awaited)), limit, late, unseen]);
    }
    Chapter {
        title: "What is waited for",
        text: "Deadlines are the defaults of `Site.spec.deadlines`. They run only while the provisioner answers: an outage judges no \
               machine.".into(),
        tables: vec![table],
    }
}
