//! The laws of the interlocks, over every combination of what can be seen and ordered.

use crate::plan_scene::{ASPECTS, HASH, ID, OTHER_HASH, Scene, adopts, ours, pending, reason, release};
use slipway::{
    api::{
        memory::{Begun, DeployedAs},
        site::ApprovalPolicy,
        site_task::EraseMode,
    },
    model::{Aspect, MachineAction, MachineStatus as S, Mark, Milestone, Owner, Power, Reason, Step},
};

const OWNERS: [fn() -> Owner; 3] = [|| Owner::Nobody, || Owner::Us, || Owner::Other("bob".into())];
const MARKS: [fn() -> Mark; 4] =
    [|| Mark::None, || ours(HASH), || ours(OTHER_HASH), || Mark::Foreign("c2/east/n1".into())];
const GOALS: [Option<Milestone>; 3] = [None, Some(Milestone::Prepared), Some(Milestone::Deployed)];
const POLICIES: [ApprovalPolicy; 3] = [ApprovalPolicy::Destructive, ApprovalPolicy::Always, ApprovalPolicy::Never];

/// Statuses in which a machine may be somebody's: it is in use, or was.
fn in_use(status: S) -> bool {
    !matches!(
        status,
        S::New
            | S::Commissioning
            | S::FailedCommissioning
            | S::Missing
            | S::Ready
            | S::Retired
            | S::Testing
            | S::FailedTesting
    )
}

/// Every combination; `look` sees each.
fn every(look: impl FnMut(&Scene)) {
    each(&[&[], &ASPECTS, &[Aspect::Storage], &[Aspect::Mark]], &[Power::On, Power::Off, Power::Unknown], look);
}

/// Every combination of what a law about holding back depends on.
fn every_briefly(look: impl FnMut(&Scene)) {
    each(&[&[], &ASPECTS], &[Power::On, Power::Off], look);
}

fn each(pendings: &[&[Aspect]], powers: &[Power], mut look: impl FnMut(&Scene)) {
    for status in S::ALL {
        for owner in OWNERS {
            for mark in MARKS {
                for (locked, has_system) in [(false, false), (false, true), (true, false), (true, true)] {
                    for power in powers {
                        for aspects in pendings {
                            let mut scene = Scene::new(status);
                            let machine = scene.machine();
                            machine.owner = owner();
                            machine.mark = mark();
                            machine.locked = locked;
                            machine.has_system = has_system;
                            machine.power = *power;
                            machine.pending = pending(aspects);
                            every_order(&mut scene, &mut look);
                        }
                    }
                }
            }
        }
    }
}

fn every_order(scene: &mut Scene, look: &mut impl FnMut(&Scene)) {
    for goal in GOALS {
        for order in [None, release(EraseMode::None, false), release(EraseMode::Full, false)] {
            for policy in POLICIES {
                scene.orders.goal = goal;
                scene.orders.release.clone_from(&order);
                scene.orders.approval_policy = policy;
                look(scene);
            }
        }
    }
}

fn describe(scene: &Scene) -> String {
    format!("{:?}\n{:?}\n{:?}", scene.seen, scene.memory, scene.orders)
}

#[test]
fn what_is_decided_keeps_every_interlock() {
    every(keeps_every_interlock);
}

#[test]
fn what_a_person_switches_is_as_safe() {
    every_briefly(|scene| {
        let mut scene = scene.clone();
        scene.design.by_hand = true;
        // Nobody but the person at the machine switches it on or off.
        let step = scene.decide().step;
        assert!(!matches!(step, Step::Act(MachineAction::NetworkBoot)), "{}", describe(&scene));
        if matches!(step, Step::Act(MachineAction::Commission)) {
            scene.machine().power = Power::Unknown;
        }
        keeps_every_interlock(&scene);
    });
}

fn keeps_every_interlock(scene: &Scene) {
    let step = scene.decide().step;
    let machine = scene.clone().machine().clone();
    let orders = &scene.orders;
    let Step::Act(action) = &step else { return };
    let law = |holds: bool, law: &str| assert!(holds, "{law}: {step:?}\n{}", describe(scene));
    let is_ours = machine.owner == Owner::Us && machine.mark.is_ours();
    law(!matches!(machine.mark, Mark::Foreign(_)), "what carries another's mark is not touched");
    law(is_ours || !in_use(machine.status), "a machine in use is touched only if it is ours and marked so");
    law(!matches!(machine.owner, Owner::Other(_)), "what another account owns is not touched");
    law(!machine.locked, "what is locked is not touched");
    law(orders.goal.is_some() || orders.release.is_some(), "nothing is done that nobody asked for");
    let releases = matches!(action, MachineAction::Release { .. });
    let asks = orders.approval_policy != ApprovalPolicy::Never;
    law(!(releases && machine.status == S::Deployed && asks), "what is deployed is released only with approval");
    law(!(releases && orders.release.is_some() && asks), "an unconfirmed release waits for approval");
    let cold = machine.power != Power::On || !asks || machine.status != S::New;
    law(*action != MachineAction::Commission || cold, "a running machine is commissioned only with approval");
    if *action == MachineAction::Deploy {
        law(machine.status == S::Allocated, "only what is allocated is deployed");
        law(machine.pending.is_empty(), "nothing is deployed that is not as designed in every aspect");
        law(orders.approval_policy != ApprovalPolicy::Always, "policy Always asks before a deployment");
        law(orders.goal == Some(Milestone::Deployed), "a deployment has been asked for");
    }
    if machine.status == S::Deployed {
        law(releases, "nothing but a release is ever done to a deployed machine");
        law(machine.has_system || orders.release.is_some(), "deployed without a system: only released by order");
    }
    let writes = matches!(action, MachineAction::Apply(Aspect::Storage));
    law(!writes || machine.status == S::Ready, "storage is changed in Ready only");
}

#[test]
fn nothing_is_done_to_what_is_paused_or_wrongly_designed() {
    every_briefly(|scene| {
        let mut scene = scene.clone();
        scene.orders.paused = true;
        assert!(matches!(scene.decide().step, Step::Done { state: "Paused", .. }), "{}", describe(&scene));
        scene.orders.paused = false;
        scene.orders.design_error = Some("wrong".into());
        assert!(!matches!(scene.decide().step, Step::Act(_)), "{}", describe(&scene));
    });
}

#[test]
fn an_unprepared_site_stops_everything_but_a_release() {
    every_briefly(|scene| {
        let mut scene = scene.clone();
        scene.orders.site_prepared = Err("not yet".into());
        let step = scene.decide().step;
        assert!(!matches!(&step, Step::Act(a) if !matches!(a, MachineAction::Release { .. })), "{}", describe(&scene));
    });
}

#[test]
fn without_a_free_slot_nothing_is_begun() {
    every_briefly(|scene| {
        let mut scene = scene.clone();
        scene.orders.slot = Err("two of two are taken".into());
        assert!(!matches!(scene.decide().step, Step::Act(_)), "{}", describe(&scene));
    });
}

#[test]
fn only_the_adopted_id_opens_a_machine_of_somebody_else() {
    every_briefly(|scene| {
        let mut scene = scene.clone();
        scene.orders.adopt = adopts("another");
        assert_eq!(scene.decide(), scene.clone().with(|s| s.orders.adopt = None).decide());
        scene.orders.adopt = adopts(ID);
        let machine = scene.machine().clone();
        if let Step::Act(action) = scene.decide().step {
            assert!(!machine.locked && !matches!(machine.mark, Mark::Foreign(_)), "{}", describe(&scene));
            let destroys = matches!(action, MachineAction::Release { .. })
                && machine.status == S::Deployed
                && scene.orders.approval_policy != ApprovalPolicy::Never;
            assert!(!destroys, "an adopted deployment is released only with approval: {}", describe(&scene));
        }
    });
}

/// Statuses that only a release, which nobody remembers, leads to from Deployed.
const REGRESSED: [S; 11] = [
    S::New,
    S::Commissioning,
    S::FailedCommissioning,
    S::Ready,
    S::Allocated,
    S::Deploying,
    S::FailedDeployment,
    S::Releasing,
    S::ReleasingFailed,
    S::DiskErasing,
    S::FailedDiskErasing,
];

#[test]
fn a_machine_remembered_as_deployed_is_never_acted_on_when_it_is_seen_below() {
    every_briefly(|scene| {
        let mut scene = scene.clone();
        let machine = scene.machine().clone();
        if scene.orders.release.is_some()
            || scene.orders.approval_policy == ApprovalPolicy::Never
            || machine.status == S::Deployed
        {
            return;
        }
        scene.memory.deployed = Some(DeployedAs { design_hash: HASH.into(), generation: 1 });
        let step = scene.decide().step;
        assert!(!matches!(step, Step::Act(_)), "{}", describe(&scene));
        if REGRESSED.contains(&machine.status) && machine.owner == Owner::Us && machine.mark.is_ours() {
            assert_eq!(reason(&step), Some(Reason::ProviderRegressed), "{}", describe(&scene));
        }
    });
}

#[test]
fn what_was_begun_opens_nothing() {
    // A memory, whatever stands in it, may hold a step back; it never allows one that is not ours to do.
    every_briefly(|scene| {
        let mut scene = scene.clone();
        let machine = scene.machine().clone();
        for step in ["Deploy", "Release", "Commission"] {
            scene.memory.begun = Some(Begun {
                step: step.into(),
                from: machine.status.name().into(),
                at: k8s_openapi::apimachinery::pkg::apis::meta::v1::MicroTime(crate::plan_scene::start()),
            });
            scene.memory.powered_on = Some(true);
            scene.memory.generation = 3;
            scene.pass(1000);
            if let Step::Act(action) = scene.decide().step {
                let free = !in_use(machine.status) || (machine.owner == Owner::Us && machine.mark.is_ours());
                let asked = scene.orders.goal.is_some() || scene.orders.release.is_some();
                let destroys = matches!(action, MachineAction::Release { .. })
                    && machine.status == S::Deployed
                    && scene.orders.approval_policy != ApprovalPolicy::Never;
                assert!(free && asked && !machine.locked && !destroys, "{}", describe(&scene));
            }
        }
    });
}
