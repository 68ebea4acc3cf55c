//! The judge: knows what people have said, to the letter and in their own words, and what became of the machine; nothing of
//! what Slipway remembers. Each request that leaves is held against that.

use crate::{
    cluster::{Cluster, NODE, Snapshot},
    driver::{Answer, Call},
    region::{Disks, Record, Region},
};
use slipway::{
    api::{
        SiteTask, annotation,
        site::{ApprovalPolicy, DeletionPolicy, Mode, Quarantine},
        site_task::{EraseMode, TaskAction},
    },
    model::{Afterwards, Aspect, MachineAction as A, MachineStatus as S, Mark, Observation, Owner, Power, Sighting},
};

use std::sync::Arc;

/// A plan as a person reads it, with how much had been destroyed when it was shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    pub uid: String,
    pub machine: Option<String>,
    pub design: u8,
    pub actions: Vec<String>,
    pub effects: u32,
    /// The task that governed the node.
    pub task: Option<String>,
}

/// A request that nobody has answered.
#[derive(Debug)]
struct Open {
    action: &'static str,
    since: i64,
    status: Option<S>,
    power: Power,
}

#[derive(Debug, Default)]
pub struct Judge {
    /// How often something was destroyed by Slipway.
    pub effects: u32,
    /// How often all that Slipway knew was lost.
    pub losses: u32,
    /// What was wrong.
    pub violations: Vec<String>,
    /// Plans that were shown, by hash; the last showing counts.
    shown: Vec<(String, Plan)>,
    /// Plans that people have approved.
    said: Vec<Plan>,
    /// Slipway has said that it deployed what is on the machine.
    remembers: bool,
    /// A person has approved that what a provisioner forgot is deployed anew.
    lifted: bool,
    /// Slipway has booted the machine to get to know it.
    booted: bool,
    /// When that was reported as begun.
    boot_since: i64,
    open: Option<Open>,
    /// The task with `redeploy` that has begun to deploy.
    anew: Option<String>,
}

/// What people ask for at one moment.
#[derive(Debug, Default)]
struct Asked {
    prepare: bool,
    deploy: bool,
    destroy: Option<(EraseMode, Afterwards)>,
    deletion: Option<EraseMode>,
}

/// The deadline of a request: before it has passed, none is sent again.
const REQUEST: i64 = 90;

impl Judge {
    /// Hashes that were shown, in order.
    pub fn hashes(&self) -> Vec<String> {
        self.shown.iter().map(|(hash, _)| hash.clone()).collect()
    }

    /// A node shows a plan.
    pub fn shows(&mut self, hash: &str, plan: Plan) {
        match self.shown.iter_mut().find(|(known, _)| known == hash) {
            Some((_, known)) => *known = plan,
            None => self.shown.push((hash.to_owned(), plan)),
        }
    }

    /// A person approves what was shown by a hash.
    pub fn says(&mut self, hash: &str) {
        if let Some((_, plan)) = self.shown.iter().find(|(known, _)| known == hash) {
            self.lifted |= plan.actions.iter().any(|action| action == "Redeploy") && plan.actions[0] != "Release";
            self.said.push(plan.clone());
        }
    }

    /// A status was written, which says whether Slipway has deployed the machine.
    pub fn remembers(&mut self, remembers: bool) {
        self.remembers = remembers;
    }

    /// The status was wiped, or the node is another: whatever Slipway knew, it knows no more.
    pub fn forgets(&mut self) {
        (self.remembers, self.open, self.booted) = (false, None, false);
        self.losses += 1;
    }

    /// A request was done, or will be.
    pub fn effect(&mut self, action: &A, status: S) {
        self.effects += u32::from(destroys(action, status));
        match action {
            A::Deploy | A::Release { .. } => (self.lifted, self.booted) = (false, false),
            A::NetworkBoot | A::Commission => self.booted = true,
            // The mark answers it: neither status nor power changes.
            A::Adopt => self.open = None,
            _ => {}
        }
    }

    /// What the machine's status and power are now: others answer what was sent.
    pub fn sees(&mut self, region: &Region) {
        let status = region.record.as_ref().map(|record| record.status);
        self.open.take_if(|open| open.status != status || open.power != region.power);
    }

    /// A step is reported as begun: whether it was done is not known from then on.
    pub fn begins(&mut self, action: &A, at: &Snapshot, seen: &Observation, region: &Region, now: i64) {
        // Whoever has approved that a machine that runs is booted anew has approved that it is tried again.
        let never_asks = at.site.spec.approval == Some(ApprovalPolicy::Never);
        let may = never_asks || seen.bmc_power == Some(Power::Off) || self.has_approved(&["PowerCycle"], at, region);
        if *action == A::NetworkBoot && may {
            (self.booted, self.boot_since) = (true, now);
        }
    }

    /// A machine that nobody knows is looked at. One that is off, although it was booted, was not booted after all.
    pub fn looks(&mut self, seen: &Observation, now: i64) {
        let is_off = seen.sighting == Sighting::Missing && seen.bmc_power == Some(Power::Off);
        self.booted &= !(is_off && now - self.boot_since >= REQUEST);
    }

    /// A request was not done after all, which nobody but the judge knows.
    pub fn in_vain(&mut self, action: &A, status: S) {
        self.effects -= u32::from(destroys(action, status));
        let shown = self.shown.iter_mut().map(|(_, plan)| plan);
        for plan in shown.chain(&mut self.said) {
            plan.effects = plan.effects.min(self.effects);
        }
    }

    /// An answer.
    pub fn hears(&mut self, action: &A, answer: Answer) {
        let is_open = self.open.as_ref().is_some_and(|open| open.action == action.name());
        if is_open && matches!(answer, Answer::Failed(_)) {
            self.open = None;
        }
    }

    /// A request leaves that was reported as begun at `now`, after so many losses.
    pub fn sends(
        &mut self,
        call: &Call,
        at: &Snapshot,
        seen: &Observation,
        region: &Region,
        (now, losses): (i64, u32),
    ) {
        let name = call.action.name();
        if let Some(why) = self.fault(call, at, seen, region) {
            self.violations.push(format!("{:?}: {why}", call.action));
        }
        if call.action.is_convergent() {
            return;
        }
        let redeploys = governing(at).filter(|task| task.spec.redeploy == Some(true));
        if let (A::Allocate | A::Deploy, Some(task)) = (&call.action, redeploys) {
            self.anew.clone_from(&task.metadata.uid);
        }
        let status = region.record.as_ref().map(|record| record.status);
        if let Some(open) = &self.open
            && open.action == name
            && now - open.since < REQUEST
        {
            self.violations.push(format!("{name} is sent again {} s after it was sent", now - open.since));
        }
        // What was lost since it was reported is known to nobody.
        self.open = (losses == self.losses).then_some(Open { action: name, since: now, status, power: region.power });
    }

    fn fault(&self, call: &Call, at: &Snapshot, seen: &Observation, region: &Region) -> Option<String> {
        let node = at.node.as_ref()?;
        if at.site.spec.paused == Some(true) || node.spec.paused == Some(true) {
            return Some("the node is paused".into());
        }
        if at.site.spec.mode.unwrap_or_default() == Mode::Observe {
            return Some("mode Observe touches nothing".into());
        }
        if let Some(record) = &region.record
            && let Some(why) = not_ours(
                call,
                record,
                seen,
                node.spec.adopt.as_ref().map(|adopt| adopt.provider_id.as_deref().unwrap_or_default()),
            )
        {
            return Some(why.into());
        }
        let asked = asked(at);
        let never = at.site.spec.approval.unwrap_or_default() == ApprovalPolicy::Never;
        let needs = |actions: &[&str]| {
            let lacks = !never && !self.has_approved(actions, at, region);
            lacks.then(|| format!("nobody has approved {}", actions.join(", ")))
        };
        let moves = asked.deploy || asked.prepare;
        let is_lost = region.disks == Disks::InUse && self.remembers && !self.lifted;
        match &call.action {
            A::Release { erase } => self.release(*erase, &asked, at, seen, region, never),
            A::Forget => self.forget(&asked, at, region, never),
            A::Adopt if node.spec.adopt.is_none() => Some("nobody asks for its adoption".into()),
            A::Adopt => needs(&["Adopt"]),
            A::Deploy | A::Allocate if !asked.deploy => Some("nobody asks for a deployment".into()),
            A::Deploy if is_lost => Some("the machine runs a system that Slipway deployed".into()),
            A::Deploy if at.site.spec.approval == Some(ApprovalPolicy::Always) => needs(&["Deploy"]),
            A::Commission | A::NetworkBoot | A::Create | A::Apply(_) if !moves => Some("nobody asks for it".into()),
            A::Commission if status(seen) == Some(S::Ready) => needs(&["Recommission"]),
            A::Commission if runs(region, seen) && !self.booted => needs(&["CommissionRunningMachine"]),
            A::NetworkBoot if runs(region, seen) && !self.booted => needs(&["PowerCycle"]),
            A::PowerOff { reboot: None } => needs(&["PowerOff"]),
            A::PowerOff { reboot: Some(_) } => needs(&["Reboot"]),
            A::EnterRescue if status(seen) == Some(S::Deployed) => needs(&["RescueMode"]),
            A::MarkBroken if at.site.spec.quarantine != Some(Quarantine::MarkBroken) || is_lost => {
                Some("it may not be marked broken".into())
            }
            A::Apply(aspect) => misplaced(*aspect, region).then(|| "it is written in a wrong status".into()),
            _ => None,
        }
    }

    /// A release is of what was approved, of what a confirmed deletion says, or of what was never in use.
    fn release(
        &self,
        erase: EraseMode,
        asked: &Asked,
        at: &Snapshot,
        seen: &Observation,
        region: &Region,
        never: bool,
    ) -> Option<String> {
        let erases = erase != EraseMode::None;
        let ordered = asked.destroy.is_some_and(|(wanted, _)| wanted == erase) || asked.deletion == Some(erase);
        if !(ordered || (asked.deploy || asked.prepare) && !erases) {
            return Some("nobody asks for such a release".into());
        }
        if asked.deletion == Some(erase) {
            return None;
        }
        let is_lost = region.disks == Disks::InUse && self.remembers && !self.lifted;
        let failed = matches!(status(seen), Some(S::FailedDeployment | S::Allocated));
        let is_marked =
            matches!(&seen.sighting, Sighting::Found(machine) if machine.mark.is_ours() && machine.owner == Owner::Us);
        // Where a task has it deployed again, and has begun to, what fails then is tried again.
        let governs = governing(at).and_then(|task| task.metadata.uid.as_ref());
        let anew = self.anew.as_ref().is_some_and(|uid| governs == Some(uid));
        let keeps = asked.destroy.is_some() && !anew;
        if failed && is_marked && !erases && (asked.deploy || asked.prepare) && !keeps && !is_lost {
            return None;
        }
        if never {
            return (is_lost && failed).then(|| "what the provisioner forgot is a person's to judge".into());
        }
        let mut plans = vec![vec!["Release"], vec!["Release", "Redeploy"]];
        if let Some(order) = asked.destroy {
            plans.retain(|plan| plan.len() == 1 || order.1 == Afterwards::Redeployed);
            plans.push(plan_of(order));
        }
        let approved = plans
            .into_iter()
            .filter(|plan| plan.contains(&"Erase") == erases)
            .any(|plan| self.has_approved(&plan, at, region));
        (!approved).then(|| "nobody has approved this release".into())
    }

    /// A record goes where a task says so, after a release that was approved with it, or else by an approval of its own.
    fn forget(&self, asked: &Asked, at: &Snapshot, region: &Region, never: bool) -> Option<String> {
        let Some(order) = asked.destroy.filter(|(_, then)| *then == Afterwards::Forgotten) else {
            return Some("nobody asks for it to be forgotten".into());
        };
        let is_lost = region.disks == Disks::InUse && self.remembers && !self.lifted;
        let approved = (never && !is_lost)
            || self.has_approved(&["Forget"], at, region)
            || self.has_approved_before(&plan_of(order), 1, at, region);
        (!approved).then(|| "nobody has approved that it is forgotten".into())
    }

    /// Whether somebody has approved exactly this, for this node, machine and design, and it has not been done yet.
    fn has_approved(&self, actions: &[&str], at: &Snapshot, region: &Region) -> bool {
        self.has_approved_before(actions, 0, at, region)
    }

    /// Whether somebody has, of which so many steps have been done.
    fn has_approved_before(&self, actions: &[&str], done: u32, at: &Snapshot, region: &Region) -> bool {
        let uid = at.node.as_ref().and_then(|node| node.metadata.uid.clone()).unwrap_or_default();
        // A machine that is power-cycled to enlist had no record when it was looked at a moment ago.
        let record = region.record.as_ref().filter(|_| actions != ["PowerCycle"]);
        let machine = record.map(|record| record.id.clone());
        // A redeployment may be of the standing order; everything else that a task asks for is asked for by that one.
        let standing =
            at.site.spec.mode == Some(Mode::Continuous) && actions != ["Release"] && !actions.contains(&"Erase");
        let own = ["Adopt", "PowerOff", "Reboot", "RescueMode"].contains(&actions[0]);
        let task = governing(at).and_then(|task| task.metadata.uid.clone());
        self.said.iter().any(|plan| {
            plan.uid == uid
                && (standing || own || plan.task == task)
                && plan.machine == machine
                && plan.design == at.design
                && plan.actions == actions
                && (plan.effects == self.effects || plan.effects + done == self.effects)
        })
    }
}

/// All that a release destroys, as a person is shown it.
fn plan_of((erase, then): (EraseMode, Afterwards)) -> Vec<&'static str> {
    let erase = (erase != EraseMode::None).then_some("Erase");
    let then = match then {
        Afterwards::Kept => None,
        Afterwards::Forgotten => Some("Forget"),
        Afterwards::Redeployed => Some("Redeploy"),
    };
    [Some("Release"), erase, then].into_iter().flatten().collect()
}

/// Whether a request uses up what was approved.
fn destroys(action: &A, status: S) -> bool {
    match action {
        // One that failed is the same one when it is tried again.
        A::Release { .. } => !matches!(status, S::ReleasingFailed | S::FailedDiskErasing),
        A::Deploy | A::PowerOff { .. } | A::MarkBroken | A::Forget => true,
        A::EnterRescue => status == S::Deployed,
        A::Commission => status == S::Ready,
        _ => false,
    }
}

fn status(seen: &Observation) -> Option<S> {
    match &seen.sighting {
        Sighting::Found(machine) => Some(machine.status),
        _ => None,
    }
}

/// Whether the machine runs, and has run when it was looked at a moment ago.
fn runs(region: &Region, seen: &Observation) -> bool {
    let then = match &seen.sighting {
        Sighting::Found(machine) if machine.power != Power::Unknown => Some(machine.power),
        _ => seen.bmc_power,
    };
    region.power == Power::On && then == Some(Power::On)
}

/// Why a machine is not Slipway's to touch, by its record at the moment when the request leaves.
fn not_ours(call: &Call, record: &Record, seen: &Observation, adopt: Option<&str>) -> Option<&'static str> {
    if record.locked {
        return Some("the machine is locked");
    }
    if matches!(record.mark, Mark::Foreign(_)) {
        return Some("the machine is another cluster's");
    }
    let commissioned = !matches!(record.status, S::New | S::Commissioning | S::FailedCommissioning);
    if commissioned && matches!(record.owner, Owner::Other(_)) {
        return Some("the machine is another account's");
    }
    let free = matches!(
        record.status,
        S::New | S::Commissioning | S::FailedCommissioning | S::Ready | S::Testing | S::FailedTesting | S::Broken
    );
    // What converges is written on the record as it was seen a moment ago.
    let marked = record.mark.is_ours()
        || matches!(&seen.sighting, Sighting::Found(machine) if call.action.is_convergent() && machine.mark.is_ours());
    (!free && !marked && adopt != Some(record.id.as_str()))
        .then_some("the machine is in somebody's use, and carries no mark")
}

/// Whether an aspect is written to a machine that it would disturb.
fn misplaced(aspect: Aspect, region: &Region) -> bool {
    let Some(record) = &region.record else { return true };
    match aspect {
        Aspect::Storage => record.status != S::Ready,
        Aspect::Networking => !matches!(record.status, S::Ready | S::Allocated),
        _ => false,
    }
}

/// The oldest task that has not ended and is for this node.
pub fn governing(at: &Snapshot) -> Option<&SiteTask> {
    let covers = |task: &&Arc<SiteTask>| {
        let ended = task.status.as_ref().is_some_and(|status| status.finished_at.is_some());
        !ended && task.spec.cancel != Some(true) && task.spec.node_selector.is_none()
    };
    at.tasks.iter().find(covers).map(AsRef::as_ref)
}

/// What the objects of the cluster ask for, read as a person reads them.
fn asked(at: &Snapshot) -> Asked {
    let mut asked = Asked::default();
    let Some(node) = &at.node else { return asked };
    asked.deploy = at.site.spec.mode == Some(Mode::Continuous);
    let covering = governing(at);
    match covering.map(|task| task.spec.action) {
        Some(TaskAction::DeployNodes) => asked.deploy = true,
        Some(TaskAction::PrepareNodes) => asked.prepare = true,
        Some(TaskAction::DestroyNodes) => {
            let spec = covering.map(|task| &task.spec);
            let is = |field: Option<Option<bool>>| field.flatten() == Some(true);
            let then = match (is(spec.map(|spec| spec.forget)), is(spec.map(|spec| spec.redeploy))) {
                (true, _) => Afterwards::Forgotten,
                (_, true) => Afterwards::Redeployed,
                _ => Afterwards::Kept,
            };
            asked.deploy |= then == Afterwards::Redeployed;
            asked.destroy = Some((spec.and_then(|spec| spec.erase).unwrap_or_default(), then));
        }
        _ => {}
    }
    let confirms = node.metadata.annotations.as_ref().and_then(|all| all.get(annotation::CONFIRM_DELETION));
    let never = at.site.spec.approval == Some(ApprovalPolicy::Never);
    if node.metadata.deletion_timestamp.is_some() && (never || confirms.is_some_and(|name| name == NODE)) {
        asked.deletion = match Cluster::deletion_policy(at) {
            DeletionPolicy::Retain => None,
            DeletionPolicy::Release => Some(EraseMode::None),
            DeletionPolicy::ReleaseAndErase => Some(EraseMode::Full),
        };
    }
    asked
}
