//! What is told of a node: conditions, state, memory, in one server-side apply, and only when something changed.

use super::{
    bmc_hardware, bmc_replaced,
    cache::Key,
    conditions::{Conditions, find, told as listed},
    context::Context,
    heard::Standing,
    node_verify::firmwares,
    node_waits::waiting_for,
    write::{EFFECTIVE_MANAGER, MANAGER, apply_status, is_conflict, is_gone},
};
use crate::{
    api::{
        BaremetalNode,
        baremetal_node::{BaremetalNodeStatus, Maintenance, NodePlan},
        hardware_inventory::BmcReport,
        memory::NodeMemory,
        status::condition::{
            BMC_REACHABLE, DEPLOYED, DESIGN_VALID, DRIFTED, HARDWARE_HEALTHY, HARDWARE_MATCHES, PAUSED, PERSON_NEEDED,
            PREPARED, READY, STALLED,
        },
    },
    design::effective_node,
    model::{Machine, MachineAction, MachineStatus, NodeDesign, Observation, Orders, Power, Reason, Sighting, Step},
    plan,
};
use kube::ResourceExt;

/// What there is to tell.
#[derive(Clone, Copy)]
pub(super) struct Told<'a> {
    /// What comes next.
    pub step: &'a Step,
    /// What was seen; absent: nothing.
    pub seen: Option<&'a Observation>,
    /// What is remembered.
    pub memory: &'a NodeMemory,
    /// The node's design, where it could be resolved.
    pub design: Option<&'a NodeDesign>,
    /// Its hash.
    pub hash: Option<&'a str>,
    /// Its orders.
    pub orders: Option<&'a Orders>,
}

impl<'a> Told<'a> {
    /// Nothing but what is remembered; the step is to be filled in.
    pub fn nothing(memory: &'a NodeMemory) -> Self {
        const STEP: &Step = &Step::Done { state: "Unknown", message: String::new() };
        Self { step: STEP, seen: None, memory, design: None, hash: None, orders: None }
    }
}

/// Writes the status, if it differs from the one that stands; gives back the node as it is then. Fails with a conflict if
/// the node has changed since.
pub(super) async fn report(
    context: &Context,
    node: &BaremetalNode,
    told: Told<'_>,
) -> Result<Option<BaremetalNode>, kube::Error> {
    let before = node.status.clone().unwrap_or_default();
    let status = status(context, node, &before, told);
    let unchanged = BaremetalNodeStatus { effective: None, ..before.clone() } == status;
    if unchanged {
        return Ok(None);
    }
    let key = Key::of(node);
    let written =
        apply_status::<BaremetalNode, _>(context, &key, MANAGER, node.resource_version().as_deref(), &status).await?;
    context.caches.nodes.written(&written);
    tell_story(context, node, &before, &status, told.step).await;
    Ok(Some(written))
}

/// Writes the memory over what was just reported, and over nothing else: if the node has changed since, somebody knows
/// better.
pub(super) async fn write_memory(
    context: &Context,
    node: &BaremetalNode,
    memory: &NodeMemory,
) -> Result<(), kube::Error> {
    let key = &Key::of(node);
    let status = BaremetalNodeStatus {
        memory: Some(memory.clone()),
        effective: None,
        ..node.status.clone().unwrap_or_default()
    };
    match apply_status::<BaremetalNode, _>(context, key, MANAGER, node.resource_version().as_deref(), &status).await {
        Ok(written) => context.caches.nodes.written(&written),
        Err(error) if is_conflict(&error) || is_gone(&error) => {}
        Err(error) => return Err(error),
    }
    Ok(())
}

/// Writes the effective design, if it differs from the one that stands. Gives back whether it did: then the node is to be
/// looked at anew, for the write was of an object that nobody has decided on.
pub(super) async fn write_effective(
    context: &Context,
    key: &Key,
    node: &BaremetalNode,
    design: &NodeDesign,
) -> Result<bool, kube::Error> {
    let effective = effective_node(design);
    let stands = node.status.as_ref().and_then(|s| s.effective.as_ref()) == Some(&effective);
    if stands || node.metadata.deletion_timestamp.is_some() {
        return Ok(false);
    }
    let body = serde_json::json!({ "effective": effective });
    let version = node.resource_version();
    match apply_status::<BaremetalNode, _>(context, key, EFFECTIVE_MANAGER, version.as_deref(), &body).await {
        Ok(written) => context.caches.nodes.written(&written),
        Err(error) if is_conflict(&error) || is_gone(&error) => {}
        Err(error) => return Err(error),
    }
    Ok(true)
}

fn status(
    context: &Context,
    node: &BaremetalNode,
    before: &BaremetalNodeStatus,
    told: Told<'_>,
) -> BaremetalNodeStatus {
    let generation = node.metadata.generation.unwrap_or_default();
    let mut conditions = Conditions::new(&before.conditions, generation, context.clock.now());
    let paused = told.orders.is_some_and(|orders| orders.paused);
    let invalid = match told.step {
        Step::Blocked(blocked) if blocked.reason == Reason::DesignInvalid => Some(blocked.message.clone()),
        _ => told.orders.and_then(|orders| orders.design_error.clone()),
    };
    match (&invalid, told.design) {
        (Some(message), _) => conditions.set(DESIGN_VALID, Some(false), "Invalid", message),
        (None, Some(_)) => conditions.set(DESIGN_VALID, Some(true), "Valid", "The node's design is valid"),
        (None, None) => {}
    }
    let machine = told.seen.and_then(|seen| match &seen.sighting {
        Sighting::Found(machine) => Some(&**machine),
        _ => None,
    });
    if told.seen.is_some() {
        milestones(&mut conditions, machine);
        let known = context.caches.inventories.get(&Key::of(node));
        let bmc = known.as_ref().and_then(|known| known.status.as_ref()?.bmc.as_ref());
        differences(&mut conditions, machine, bmc, told);
        health(&mut conditions, bmc);
    } else {
        for kept in [DEPLOYED, PREPARED, DRIFTED, HARDWARE_MATCHES, HARDWARE_HEALTHY] {
            conditions.keep(kept);
        }
    }
    bmc_standing(&mut conditions, context.heard.standing(&Key::of(node)));
    let mut plan = None;
    let state = match told.step {
        _ if paused => {
            conditions.keep(READY);
            conditions.keep(STALLED);
            let (state, message) = match &node.spec.maintenance {
                Some(Maintenance { reason }) => {
                    ("Maintenance", format!("In maintenance, watched and not touched: {reason}"))
                }
                None => ("Paused", "spec.paused is set, here or on the Site".to_owned()),
            };
            conditions.set(PAUSED, Some(true), state, &message);
            state.to_owned()
        }
        // A fault that stops nothing which is asked now still has to be mended.
        Step::Done { .. } if invalid.is_some() => {
            conditions.stalled(&Reason::DesignInvalid.name(), invalid.as_deref().unwrap_or_default());
            Reason::DesignInvalid.name()
        }
        Step::Done { state, message } => {
            conditions.ready(state, message);
            (*state).to_owned()
        }
        Step::Wait(awaited) => {
            conditions.reconciling(awaited.state, &awaited.message);
            awaited.state.to_owned()
        }
        Step::Act(action) => {
            let (state, message) = acting(action, told.design);
            conditions.reconciling(state, &message);
            state.to_owned()
        }
        Step::Blocked(blocked) => {
            conditions.stalled(&blocked.reason.name(), &blocked.message);
            if blocked.reason == Reason::PersonNeeded {
                let asked = told.memory.person.as_ref().map_or("Asked", |asked| &asked.step);
                conditions.set(PERSON_NEEDED, Some(true), asked, &blocked.message);
            }
            plan = blocked.plan.as_ref().map(|(hash, destructive)| NodePlan {
                hash: hash.clone(),
                destructive: destructive.clone(),
                message: blocked.message.clone(),
            });
            blocked.reason.name()
        }
    };
    // Who knows a machine's power best: its master, then its BMC.
    let mastered = machine.map(|m| m.power).filter(|power| *power != Power::Unknown);
    let read = told.seen.and_then(|seen| seen.bmc_power).or_else(|| context.heard.power(&Key::of(node)));
    let power = mastered.or(read).or(machine.map(|m| m.power));
    let conditions = conditions.finish();
    BaremetalNodeStatus {
        observed_generation: generation,
        waiting_for: waiting_for(&conditions, told.step),
        conditions,
        state: Some(state),
        power: power.map(|p| p.to_string()).or_else(|| before.power.clone()),
        provider_id: match told.seen {
            Some(_) => machine.map(|m| m.id.clone()),
            None => before.provider_id.clone(),
        },
        design_hash: told.hash.map(str::to_owned).or_else(|| before.design_hash.clone()),
        plan,
        memory: Some(told.memory.clone()),
        effective: None,
    }
}

/// How far the machine has come, whoever brought it there.
fn milestones(conditions: &mut Conditions<'_>, machine: Option<&Machine>) {
    let deployed = machine.is_some_and(|m| m.status == MachineStatus::Deployed && m.has_system && m.mark.is_ours());
    let prepared = machine.is_some_and(|m| {
        !matches!(
            m.status,
            MachineStatus::New
                | MachineStatus::Commissioning
                | MachineStatus::FailedCommissioning
                | MachineStatus::Missing
        )
    });
    let reason = machine.map_or("Unregistered", |m| m.status.name());
    let message = machine.map_or_else(
        || "The provisioner does not know the machine".to_owned(),
        |m| format!("Machine {} ({}) is {} in the provisioner", m.id, m.hostname, m.status.name()),
    );
    conditions.set(DEPLOYED, Some(deployed), reason, &message);
    conditions.set(PREPARED, Some(prepared), reason, &message);
}

/// What a deployed machine has drifted by, and in what it is not built as designed.
fn differences(conditions: &mut Conditions<'_>, machine: Option<&Machine>, bmc: Option<&BmcReport>, told: Told<'_>) {
    let Some(design) = told.design else { return };
    let drift = machine.zip(told.hash).map(|(machine, hash)| plan::drift(machine, hash)).unwrap_or_default();
    if !drift.is_empty() {
        let message = format!("Changed elsewhere since it was deployed. To be as designed: {}", listed(drift.iter()));
        conditions.set(DRIFTED, Some(true), "ChangedElsewhere", &message);
    }
    // What commissioning has found says more than a BMC, and under the kernel's names.
    let built = match machine.and_then(|machine| machine.inventory.as_ref()) {
        Some(built) => plan::mismatches(design, built),
        None => bmc.and_then(bmc_hardware::told).and_then(|told| plan::told_mismatches(design, &told)),
    };
    let firmware = bmc.filter(|_| !design.hardware.firmware.is_empty());
    let firmware = firmware.map(|bmc| plan::firmware_mismatches(&design.hardware, &firmwares(bmc)));
    let replaced = machine.zip(bmc).and_then(|(machine, bmc)| bmc_replaced::told(machine, bmc)).map(|told| vec![told]);
    let all: Vec<Vec<String>> = [replaced, built, firmware].into_iter().flatten().collect();
    match (all.is_empty(), all.concat().as_slice()) {
        (true, _) => {}
        (false, []) => conditions.set(HARDWARE_MATCHES, Some(true), "AsDesigned", "The machine is built as designed"),
        (false, found) => conditions.set(HARDWARE_MATCHES, Some(false), "Differs", &listed(found.iter())),
    }
}

/// Whether its BMC answers. A new leader keeps what was said, until it has heard for itself.
fn bmc_standing(conditions: &mut Conditions<'_>, standing: Standing) {
    match standing {
        Standing::Unknown => conditions.keep(BMC_REACHABLE),
        Standing::Answers => conditions.set(BMC_REACHABLE, Some(true), "Answers", "The machine's BMC answers"),
        Standing::Fails(trouble) => conditions.set(BMC_REACHABLE, Some(false), trouble.reason, &trouble.message),
    }
}

/// Whether the machine's sensors raise an alarm.
fn health(conditions: &mut Conditions<'_>, bmc: Option<&BmcReport>) {
    let Some(bmc) = bmc.filter(|bmc| bmc.sensors.is_some()) else { return };
    if bmc.alarms.is_empty() {
        conditions.set(HARDWARE_HEALTHY, Some(true), "Healthy", "No sensor is beyond its thresholds");
    } else {
        conditions.set(HARDWARE_HEALTHY, Some(false), "Alarms", &listed(bmc.alarms.iter()));
    }
}

/// State and sentence while an action is under way. Convergent writes share one, so that they cost no write each.
fn acting(action: &MachineAction, design: Option<&NodeDesign>) -> (&'static str, String) {
    let state = match action {
        MachineAction::NetworkBoot => "Enlisting",
        MachineAction::Create => "Registering",
        MachineAction::Adopt => "Adopting",
        MachineAction::Apply(_) | MachineAction::OverrideFailedTests => "Preparing",
        MachineAction::Commission => "Commissioning",
        MachineAction::Allocate => "Allocating",
        MachineAction::Deploy => "Deploying",
        MachineAction::Release { .. } => "Releasing",
        MachineAction::Forget => "Forgetting",
        MachineAction::MarkBroken => "Quarantining",
        MachineAction::EnterRescue | MachineAction::ExitRescue => "Rescue",
        MachineAction::PowerOn { .. } => "PoweringOn",
        MachineAction::PowerOff { .. } | MachineAction::PowerOffHard => "PoweringOff",
    };
    let message = match (action, design) {
        (MachineAction::Apply(_), _) => "Bringing the machine to its design in the provisioner".to_owned(),
        (_, Some(design)) => act_note(action, design),
        (_, None) => format!("{action} is requested"),
    };
    (state, message)
}

/// What an action does, in one sentence.
pub(super) fn act_note(action: &MachineAction, design: &NodeDesign) -> String {
    let image = design.platform.image.as_deref().unwrap_or("the default image");
    match action {
        MachineAction::NetworkBoot => "Booting the machine from the network by its BMC, so that it enlists".into(),
        MachineAction::Create => "Creating the machine in the provisioner".into(),
        MachineAction::Adopt => "Adopting the machine: it is marked as this node's, and nothing else is changed".into(),
        MachineAction::Apply(aspect) => format!("Bringing {} to the design", aspect.name()),
        MachineAction::Commission => "Commissioning: the machine boots and is inventoried".into(),
        MachineAction::Allocate => "Allocating the machine to Slipway".into(),
        MachineAction::Deploy => format!("Deploying {image} as {}", design.fqdn()),
        MachineAction::Release { erase } => format!("Releasing the machine (erase: {erase:?})"),
        MachineAction::OverrideFailedTests => "Overriding its failed tests, as its hardware profile says".into(),
        MachineAction::Forget => "Removing the released machine's record from the provisioner".into(),
        MachineAction::MarkBroken => "Giving the machine up: marking it broken, so that nobody else takes it".into(),
        MachineAction::EnterRescue => "Booting the machine into rescue mode".into(),
        MachineAction::ExitRescue => "Ending the machine's rescue mode".into(),
        MachineAction::PowerOn { .. } => "Powering the machine on".into(),
        MachineAction::PowerOff { reboot: None } => "Asking the operating system to shut down".into(),
        MachineAction::PowerOff { reboot: Some(token) } => format!("Shutting down for reboot {token}"),
        MachineAction::PowerOffHard => "Powering the machine off, for it did not shut down".into(),
    }
}

/// Events for what changed, so that `kubectl describe` tells the story in order.
async fn tell_story(
    context: &Context,
    node: &BaremetalNode,
    before: &BaremetalNodeStatus,
    after: &BaremetalNodeStatus,
    step: &Step,
) {
    let changed = |type_: &str| {
        let (a, b) = (find(&before.conditions, type_), find(&after.conditions, type_));
        a.map(|c| (&c.status, &c.reason)) != b.map(|c| (&c.status, &c.reason))
    };
    let bmc = find(&after.conditions, BMC_REACHABLE).filter(|_| changed(BMC_REACHABLE));
    match bmc.map(|bmc| (bmc, bmc.status.as_str())) {
        Some((bmc, "False")) => context.events.warning(node, &format!("Bmc{}", bmc.reason), &bmc.message).await,
        Some((bmc, _)) if find(&before.conditions, BMC_REACHABLE).is_some() => {
            context.events.normal(node, &format!("Bmc{}", bmc.reason), &bmc.message).await;
        }
        _ => {}
    }
    // A person who was asked under another token was asked for something else, or in vain.
    let token = |status: &BaremetalNodeStatus| status.memory.as_ref()?.person.as_ref().map(|asked| asked.token.clone());
    let asks_anew = find(&after.conditions, PERSON_NEEDED).is_some() && token(before) != token(after);
    match step {
        Step::Blocked(blocked) if changed(STALLED) || changed(PERSON_NEEDED) || asks_anew => {
            context.events.warning(node, &blocked.reason.name(), &blocked.message).await;
        }
        Step::Done { state, message } if changed(READY) && before.observed_generation >= 0 => {
            context.events.normal(node, state, message).await;
        }
        _ => {}
    }
}
