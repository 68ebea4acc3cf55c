//! Every action, over every combination of what can be seen, remembered and ordered: to what it is done, and whether without
//! an approval.

use super::page::{Chapter, Table, named};
use crate::plan_scene::{ASPECTS, HASH, OTHER_HASH, Scene, ours, pending, release};
use slipway::{
    api::{baremetal_node::DesiredPower, memory::DeployedAs, site_task::EraseMode},
    model::{Aspect, Blocked, MachineStatus as S, Mark, Milestone, Orders, Owner, Power, Reason, Step},
};
use std::collections::{BTreeMap, BTreeSet};

/// From where something is done without asking, and from where only with an approval.
#[derive(Default)]
struct Found {
    freely: BTreeSet<S>,
    confirmed: BTreeSet<S>,
    approved: BTreeSet<S>,
}

pub fn chapter() -> Chapter {
    let mut all: BTreeMap<String, Found> = BTreeMap::new();
    let mut combinations = 0;
    every(|scene, status| {
        combinations += 1;
        let confirmed = scene.orders.release.as_ref().is_some_and(|release| release.confirmed);
        match scene.decide().step {
            Step::Act(action) => {
                let found = all.entry(named(&action)).or_default();
                if confirmed { &mut found.confirmed } else { &mut found.freely }.insert(status);
            }
            Step::Blocked(Blocked { reason: Reason::ApprovalRequired, plan: Some(_), .. }) => {
                // What the approval would let happen.
                let mut approved = scene.clone();
                approved.orders.approval_policy = slipway::api::site::ApprovalPolicy::Never;
                if let Step::Act(action) = approved.decide().step {
                    all.entry(named(&action)).or_default().approved.insert(status);
                }
            }
            _ => {}
        }
    });
    let mut table = Table::new(&[
        "what is done",
        "without asking, to machines that are",
        "by a confirmed deletion, to machines that are",
        "only with an approval, to machines that are",
    ]);
    for (action, found) in all {
        assert!(!action.starts_with("Release") || !found.freely.contains(&S::Deployed), "{action}");
        table.row(&action, vec![names(&found.freely), names(&found.confirmed), names(&found.approved)]);
    }
    Chapter {
        title: "Everything that is ever done to a machine",
        text: format!(
            "Over {combinations} combinations of status, owner, mark, power, difference from the design, memory and order: from \
             which statuses an action is ever done. What stands in no line is never done. A status may stand in two columns: a \
             machine that Slipway took and never deployed is given back without asking, an adopted one is not. `MarkBroken` and \
             `OverrideFailedTests` are done only where the Site's `quarantine` and the profile's `overrideFailedTests` say so, and \
             what is written to a deployed machine only where `driftPolicy` or a task does. The first boot of a machine that \
             the provisioner does not know, and a power-off that is not listened to, are told further below."
        ),
        tables: vec![table],
    }
}

fn names(statuses: &BTreeSet<S>) -> String {
    if statuses.is_empty() {
        return "none".into();
    }
    statuses.iter().map(|status| status.name()).collect::<Vec<_>>().join(", ")
}

/// In what a machine may differ from its design.
const PENDING: [&[Aspect]; 8] = [
    &[],
    &ASPECTS,
    &[Aspect::Networking],
    &[Aspect::Storage],
    &[Aspect::Platform],
    &[Aspect::Mark],
    &[Aspect::Commissioning],
    &[Aspect::Lock],
];

fn every(mut look: impl FnMut(&Scene, S)) {
    for status in S::ALL {
        for owner in [Owner::Nobody, Owner::Us, Owner::Other("bob".into())] {
            for mark in [Mark::None, ours(HASH), ours(OTHER_HASH), Mark::Foreign("c2/east/n1".into())] {
                for power in [Power::On, Power::Off, Power::Unknown] {
                    for aspects in PENDING {
                        let mut scene = Scene::new(status);
                        let machine = scene.machine();
                        (machine.owner, machine.mark, machine.power) = (owner.clone(), mark.clone(), power);
                        machine.has_system = status == S::Deployed;
                        machine.pending = pending(aspects);
                        scene.orders.corrects = true;
                        scene.design.commissioning.override_failed_tests = Some(true);
                        every_memory(&scene, &mut |scene| look(scene, status));
                    }
                }
            }
        }
    }
}

fn every_memory(scene: &Scene, look: &mut impl FnMut(&Scene)) {
    for deployed in [None, Some(DeployedAs { design_hash: HASH.into(), generation: 1 })] {
        for (given_up, led, adopts) in [(false, false, false), (true, true, false), (false, false, true)] {
            let mut scene = scene.clone();
            scene.memory.deployed.clone_from(&deployed);
            scene.memory.rescue = Some(led);
            scene.orders.adopt = if adopts { crate::plan_scene::adopts(crate::plan_scene::ID) } else { None };
            if given_up {
                scene.orders.marks_broken = true;
                scene.memory.budget_for = format!("{}/{}", scene.hash, scene.retry);
                scene.memory.attempts = BTreeMap::from([("Deploy".into(), 9), ("Commission".into(), 9)]);
            }
            every_order(&mut scene, look);
        }
    }
}

/// One order at a time, beside each goal.
const ORDERS: [fn(&mut Orders); 8] = [
    |_| {},
    |orders| orders.release = release(EraseMode::None, false),
    |orders| orders.release = release(EraseMode::Full, false),
    |orders| orders.release = release(EraseMode::Full, true),
    |orders| orders.rescue = true,
    |orders| orders.power = Some(DesiredPower::On),
    |orders| orders.power = Some(DesiredPower::Off),
    |orders| orders.reboot = Some("1".into()),
];

fn every_order(scene: &mut Scene, look: &mut impl FnMut(&Scene)) {
    let plain = scene.orders.clone();
    for goal in [None, Some(Milestone::Prepared), Some(Milestone::Deployed)] {
        for order in ORDERS {
            scene.orders = Orders { goal, ..plain.clone() };
            order(&mut scene.orders);
            look(scene);
        }
    }
}
