//! What Slipway does, for people who review it: one line a status, one column a mark.

use crate::plan_scene::{ASPECTS, HASH, OTHER_HASH, Scene, ours, pending};
use slipway::{
    api::site_task::EraseMode,
    model::{Aspect, Blocked, MachineAction, MachineStatus as S, Mark, Orders, Owner, Power, Step},
};
use std::fmt::Write;

fn cell(step: &Step) -> String {
    match step {
        Step::Act(MachineAction::Release { erase }) => format!("act Release({erase:?})"),
        Step::Act(MachineAction::Apply(aspect)) => format!("act Apply({})", aspect.name()),
        Step::Act(action) => format!("act {action}"),
        Step::Wait(awaited) => format!("wait {}", awaited.state),
        Step::Done { state, .. } => format!("done {state}"),
        Step::Blocked(Blocked { reason, plan: Some((_, actions)), .. }) => {
            format!("{} [{}]", reason.name(), actions.join(" "))
        }
        Step::Blocked(Blocked { reason, .. }) => reason.name(),
    }
}

/// The table for these orders. A machine in use is ours by its owner, so that the mark alone decides.
fn table(orders: impl Fn(&mut Orders), aspects: &[Aspect]) -> String {
    let marks: [(&str, Mark); 4] = [
        ("no mark", Mark::None),
        ("ours, this design", ours(HASH)),
        ("ours, another design", ours(OTHER_HASH)),
        ("another's", Mark::Foreign("c2/east/n1".into())),
    ];
    let mut text = format!("{:24}", "");
    for (title, _) in &marks {
        write!(text, "| {title:36}").unwrap();
    }
    for status in S::ALL {
        write!(text, "\n{:24}", status.name()).unwrap();
        for (_, mark) in &marks {
            let mut scene = Scene::new(status);
            let idle = matches!(status, S::New | S::Missing | S::Ready | S::Retired);
            scene.machine().owner = if idle { Owner::Nobody } else { Owner::Us };
            scene.machine().mark = mark.clone();
            scene.machine().has_system = status == S::Deployed;
            scene.machine().power = if status == S::Deployed { Power::On } else { Power::Off };
            scene.machine().pending = pending(aspects);
            orders(&mut scene.orders);
            write!(text, "| {:36}", cell(&scene.decide().step)).unwrap();
        }
    }
    text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_table_of_a_node_that_shall_be_deployed() {
    insta::assert_snapshot!(table(|_| {}, &[]));
}

#[test]
fn the_table_of_a_node_whose_machine_is_in_no_aspect_as_designed() {
    insta::assert_snapshot!(table(|_| {}, &ASPECTS));
}

#[test]
fn the_table_of_a_node_of_which_nothing_is_asked() {
    insta::assert_snapshot!(table(|orders| orders.goal = None, &ASPECTS));
}

#[test]
fn the_table_of_a_node_that_shall_be_released_and_erased() {
    insta::assert_snapshot!(table(|orders| orders.release = crate::plan_scene::release(EraseMode::Full, false), &[]));
}

#[test]
fn the_table_of_a_node_that_shall_be_in_rescue_mode() {
    insta::assert_snapshot!(table(|orders| orders.rescue = true, &[]));
}
