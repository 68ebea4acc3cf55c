//! One node's turn at work: observed, decided, reported, acted on, in this order.

use super::{
    bmc,
    cache::Key,
    context::Context,
    inventory,
    node::tell,
    node_adopt::claimed_by,
    node_going::let_go,
    node_ports,
    node_report::{self, Told},
    node_slot,
    site::{poll, resync},
    site_report::with_cause,
    user_data::user_data,
    workers::Turn,
};
use crate::{
    api::{BaremetalNode, Site, memory::NodeMemory},
    design::ports,
    drivers::{BmcCredentials, DriverError, ErrorClass, Provisioner, Subject},
    model::{
        Machine, MachineAction, MachineStatus, NodeDesign, NodeIdentity, Observation, Orders, Reason, Sighting, Step,
    },
    plan::{self, Hold, Want},
};
use jiff::Timestamp;
use std::{sync::Arc, time::Duration};

/// A pause that only lets others have their turn.
pub(super) const SOON: Duration = Duration::from_millis(20);
/// A pause after something that another try will not change at once.
const LATER: Duration = Duration::from_mins(1);
/// How many polls a node that waits is left alone where no news comes of it.
const POLLS_WITHOUT_NEWS: u32 = 6;

/// Everything that one turn works with.
pub(super) struct Work<'a> {
    pub context: &'a Context,
    pub key: &'a Key,
    pub node: Arc<BaremetalNode>,
    pub site: &'a Site,
    pub design: &'a NodeDesign,
    pub hash: &'a str,
    pub identity: NodeIdentity,
    pub retry: String,
    pub orders: Orders,
    pub credentials: Option<BmcCredentials>,
}

impl Work<'_> {
    pub async fn go(mut self, memory: NodeMemory) -> Result<Turn, kube::Error> {
        let provisioner = match self.provisioner().await {
            Ok(provisioner) => provisioner,
            Err(error) => return self.unobserved(&error).await,
        };
        let wanted = self.orders.goal.is_some() && self.orders.release.is_none();
        if let (true, Some(oob)) = (wanted, &self.design.oob) {
            match bmc::credentials(self.context, self.site, oob).await {
                Ok((credentials, _)) => self.credentials = Some(credentials),
                Err(error) => return self.stuck(&memory, Reason::BmcUnauthorized, &error).await,
            }
        }
        let mut seen = match self.observe(&*provisioner, &memory).await {
            Ok(seen) => seen,
            Err(error) => return self.unobserved(&error).await,
        };
        let mut memory = memory;
        if self.needs_bmc(&seen, &memory) {
            match self.read_bmc(&mut memory).await {
                Ok(power) => seen.bmc_power = Some(power),
                Err(step) => {
                    let turn = self.finish(step, &seen, &memory).await?;
                    return Ok(turn.not_before(self.context.silences.pause(self.key, poll(self.context, self.site))));
                }
            }
        }
        let now = self.context.clock.now();
        let fresh_since = self.context.freshness.since(self.key, now);
        self.orders.claimed_by = claimed_by(self.context, self.key, self.site, &self.identity, &seen, &self.orders);
        let mut decision = self.decide(&seen, &memory, fresh_since, now);
        if let Step::Act(action) = &decision.step
            && let Err(hold) = self.turn(action, &seen, &memory, now)
        {
            match hold {
                Hold::Waits(why) => self.orders.slot = Err(why),
                Hold::Stopped(why) => self.orders.stopped = Some(why),
            }
            decision = self.decide(&seen, &memory, fresh_since, now);
        }
        let going = self.node.metadata.deletion_timestamp.is_some();
        if let Sighting::Found(machine) = &seen.sighting
            && let (Some(found), false) = (&machine.inventory, going)
            && let Err(error) = inventory::record(self.context, &self.node, found).await
        {
            // What is nice to know holds up nothing.
            tracing::warn!(node = %self.key.name, error = &error as &dyn std::error::Error, "inventory");
        }
        match decision.step.clone() {
            Step::Act(action) => self.act(&*provisioner, &action, &seen, &decision.memory, now).await,
            step => self.finish(step, &seen, &decision.memory).await,
        }
    }

    fn decide(
        &self,
        seen: &Observation,
        memory: &NodeMemory,
        fresh_since: Timestamp,
        now: Timestamp,
    ) -> plan::Decision {
        let want = Want { design: self.design, hash: self.hash, identity: &self.identity, retry: &self.retry };
        plan::decide(want, seen, memory, &self.orders, fresh_since, now)
    }

    fn subject<'s>(
        &'s self,
        memory: &NodeMemory,
        decided_on: Option<MachineStatus>,
        user_data: Option<&'s str>,
    ) -> Subject<'s> {
        Subject {
            design: self.design,
            design_hash: self.hash,
            identity: &self.identity,
            decided_on,
            provider_id: self.node.status.as_ref().and_then(|s| s.provider_id.as_deref()),
            generation: memory.generation,
            take_over: self.orders.take_over.as_deref(),
            adopt: self.orders.adopt.as_ref(),
            bmc: self.credentials.as_ref(),
            cipher_suite: memory.cipher_suite,
            user_data,
        }
    }

    async fn provisioner(&self) -> Result<Arc<dyn Provisioner>, DriverError> {
        let provisioners = &self.context.provisioners;
        let confirmed = self.orders.release.as_ref().is_some_and(|release| release.confirmed);
        match provisioners.get(self.context, self.site).await {
            Err(error) if confirmed => provisioners.last(self.site).ok_or(error),
            outcome => outcome,
        }
    }

    async fn observe(&self, provisioner: &dyn Provisioner, memory: &NodeMemory) -> Result<Observation, DriverError> {
        let sighting = provisioner.observe(&self.subject(memory, None, None)).await?;
        Ok(Observation { sighting, bmc_power: None })
    }

    /// Whether it is this node's turn for what cannot be repeated blindly: by the windows and groups of the roll-out, and by
    /// the slots that are free.
    fn turn(
        &self,
        action: &MachineAction,
        seen: &Observation,
        memory: &NodeMemory,
        now: Timestamp,
    ) -> Result<(), Hold> {
        // What marks a machine as ours disturbs nothing of it.
        if action.is_convergent() || *action == MachineAction::Adopt {
            return Ok(());
        }
        // What was taken out of service is brought back, and what is released by order waits for nobody.
        let begun = memory.out_of_service.unwrap_or_default() || self.orders.release.is_some();
        if let (Some(begins), false) = (begins(action), begun) {
            let goal = self.orders.goal.filter(|_| begins == Begins::Way);
            if let Some(hold) = self.context.rollouts.hold(self.context, self.site, self.key, goal, now) {
                return Err(hold);
            }
        }
        node_slot::take(self.context, self.key, self.site, self.design.rack.as_deref(), action, seen)
            .map_err(Hold::Waits)
    }

    /// Reports the action as begun, does it, and says how it went.
    async fn act(
        &self,
        provisioner: &dyn Provisioner,
        action: &MachineAction,
        seen: &Observation,
        memory: &NodeMemory,
        now: Timestamp,
    ) -> Result<Turn, kube::Error> {
        let begun = plan::begin(action, seen, memory, now);
        let step = Step::Act(action.clone());
        let Some(told) = self.tell(&step, Some(seen), &begun).await? else {
            // We decided on something old: nothing is done.
            return Ok(Turn::again(SOON));
        };
        if !action.is_convergent() {
            let note = node_report::act_note(action, self.design);
            self.context.events.normal(&*self.node, action.name(), &note).await;
        }
        let outcome = self.perform(provisioner, action, seen, &begun).await;
        let label = outcome.as_ref().map_or_else(|error| error.class.reason(), |()| "Done");
        self.context.metrics.acted(action.name(), label);
        let too_often = self.context.rounds.again(self.key, action.name()) && action.is_convergent();
        let Err(error) = outcome else {
            if too_often {
                let text = no_effect(action, seen);
                return self.failed(&told, action, "NoEffect", &text, &begun).await;
            }
            return Ok(Turn::again(SOON));
        };
        let text = with_cause(&error);
        tracing::info!(node = %self.key.name, action = action.name(), class = label, error = text, "action failed");
        match error.class {
            ErrorClass::Unreachable => {
                self.context.freshness.lost(self.key);
                if error.not_begun && !action.is_convergent() {
                    let before = plan::not_begun(action, label, &text, memory, self.context.clock.now());
                    return self.take_back(&told, action, &text, &before).await;
                }
                // Nobody knows whether it was done: what was begun is looked for.
                Ok(Turn::again(poll(self.context, self.site)))
            }
            // Whoever holds the lease now knows better what has become of it.
            _ if error.is_lease_lost() => Ok(Turn::again(poll(self.context, self.site))),
            ErrorClass::Conflict | ErrorClass::Missing if action.is_convergent() && !too_often => {
                Ok(Turn::again(poll(self.context, self.site)))
            }
            ErrorClass::Conflict
            | ErrorClass::Missing
            | ErrorClass::Rejected
            | ErrorClass::Unauthorized
            | ErrorClass::Unsupported => self.failed(&told, action, error.class.reason(), &text, &begun).await,
        }
    }

    /// Counts a failure, and tells it.
    async fn failed(
        &self,
        told: &BaremetalNode,
        action: &MachineAction,
        reason: &str,
        text: &str,
        begun: &NodeMemory,
    ) -> Result<Turn, kube::Error> {
        let failed = plan::failed(action, reason, text, begun, self.context.clock.now());
        self.take_back(told, action, text, &failed).await
    }

    /// What was reported as begun is not: says so, and why.
    async fn take_back(
        &self,
        told: &BaremetalNode,
        action: &MachineAction,
        text: &str,
        memory: &NodeMemory,
    ) -> Result<Turn, kube::Error> {
        self.context.events.warning(&*self.node, &format!("{}Failed", action.name()), text).await;
        node_report::write_memory(self.context, told, memory).await?;
        Ok(Turn::again(SOON))
    }

    async fn perform(
        &self,
        provisioner: &dyn Provisioner,
        action: &MachineAction,
        seen: &Observation,
        memory: &NodeMemory,
    ) -> Result<(), DriverError> {
        let ports = || {
            ports(self.design, |network| {
                let network = self.context.caches.networks.get(&Key::new(self.key.namespace.clone(), network))?;
                network.spec.vlan.map(|vlan| vlan.0)
            })
        };
        let prepared = node_ports::prepare(&*self.context.fabric, ports, action, &self.context.permit).await;
        prepared.map_err(DriverError::before_anything)?;
        if *action == MachineAction::NetworkBoot {
            return self.network_boot(seen).await;
        }
        let user_data = match action {
            MachineAction::Deploy => self.user_data().await.map_err(DriverError::before_anything)?,
            _ => None,
        };
        let decided_on = match &seen.sighting {
            Sighting::Found(machine) => Some(machine.status),
            _ => None,
        };
        let subject = self.subject(memory, decided_on, user_data.as_deref());
        provisioner.perform(action, &subject, &self.context.permit).await
    }

    async fn user_data(&self) -> Result<Option<String>, DriverError> {
        use secrecy::ExposeSecret;
        let own = match &self.design.platform.user_data {
            Some(reference) => {
                let key = Key::new(self.key.namespace.clone(), reference.name.clone());
                let (value, _) = self.context.secrets.value(&self.context.client, &key, "userData").await?;
                Some(value)
            }
            None => None,
        };
        Ok(user_data(self.design, own.as_ref().map(ExposeSecret::expose_secret)))
    }

    /// A step that does nothing now: told, and looked at again in time.
    async fn finish(&self, step: Step, seen: &Observation, memory: &NodeMemory) -> Result<Turn, kube::Error> {
        let in_flight = |machine: &Machine| {
            matches!(
                machine.status,
                MachineStatus::Commissioning
                    | MachineStatus::Testing
                    | MachineStatus::Deploying
                    | MachineStatus::Releasing
                    | MachineStatus::DiskErasing
            )
        };
        let moving = matches!(&seen.sighting, Sighting::Found(machine) if in_flight(machine));
        // A person can be at a few machines at once, not at all that the provisioner waits for.
        let waits = match &step {
            Step::Wait(_) => true,
            Step::Blocked(blocked) => blocked.reason == Reason::PersonNeeded,
            Step::Act(_) | Step::Done { .. } => false,
        };
        let at_work = waits && (moving || memory.begun.is_some());
        if at_work {
            self.context.slots.at_work(self.key, self.design.rack.as_deref());
        } else if self.context.slots.free(self.key, !memory.out_of_service.unwrap_or_default()) {
            node_slot::wake(self.context, &self.key.namespace);
        }
        let going = self.node.metadata.deletion_timestamp.is_some();
        if going && matches!(&step, Step::Done { state: "Released", .. }) {
            return let_go(self.context, &self.node, "released").await;
        }
        self.tell(&step, Some(seen), memory).await?;
        let polled = poll(self.context, self.site);
        Ok(match &step {
            Step::Wait(awaited) => {
                let left = awaited.until.map(|until| until.duration_since(self.context.clock.now()));
                let left = left.and_then(|left| Duration::try_from(left).ok()).unwrap_or(Duration::MAX);
                // What a person does elsewhere brings no news: it is looked for at every poll.
                let pause = if seen.sighting == Sighting::Missing { polled } else { polled * POLLS_WITHOUT_NEWS };
                Turn::at_stroke(pause).no_later(left.max(SOON))
            }
            // The machine moves when the person has moved.
            Step::Blocked(blocked) if blocked.reason == Reason::PersonNeeded => Turn::at_stroke(polled),
            Step::Act(_) => Turn::again(SOON),
            Step::Done { .. } | Step::Blocked(_) => {
                self.context.rounds.over(self.key);
                Turn::at_stroke(resync(self.context, self.site)).not_before(polled)
            }
        })
    }

    /// Nothing could be seen. Outages judge nobody: a node that has a status keeps it.
    async fn unobserved(&self, error: &DriverError) -> Result<Turn, kube::Error> {
        self.context.freshness.lost(self.key);
        tracing::debug!(node = %self.key.name, error = error as &dyn std::error::Error, "not observed");
        let generation = self.node.metadata.generation.unwrap_or_default();
        let unseen = self.node.status.as_ref().is_none_or(|s| s.observed_generation < 0 && generation > 0);
        if unseen {
            let message = format!("Waiting for the provisioner: {}", with_cause(error));
            let memory = super::node::memory_of(&self.node);
            self.tell(&Step::wait("Waiting", message), None, &memory).await?;
        }
        Ok(Turn::again(poll(self.context, self.site)))
    }

    async fn stuck(&self, memory: &NodeMemory, reason: Reason, error: &DriverError) -> Result<Turn, kube::Error> {
        let message = with_cause(error);
        let step = match error.class {
            ErrorClass::Unreachable => Step::wait("Waiting", message),
            _ => Step::blocked(reason, message),
        };
        self.tell(&step, None, memory).await?;
        Ok(Turn::again(self.context.clock.scale(LATER)))
    }

    /// Tells; gives back the node as it stands then, or nothing where we decided on something old.
    async fn tell(
        &self,
        step: &Step,
        seen: Option<&Observation>,
        memory: &NodeMemory,
    ) -> Result<Option<Arc<BaremetalNode>>, kube::Error> {
        let told =
            Told { step, seen, memory, design: Some(self.design), hash: Some(self.hash), orders: Some(&self.orders) };
        tell(self.context, &self.node, told).await
    }
}

/// What an action begins on a machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Begins {
    /// A part of the way to its goal.
    Way,
    /// Something else that disturbs it.
    Other,
}

/// What an action begins; nothing where it brings the machine back, or ends what was begun.
fn begins(action: &MachineAction) -> Option<Begins> {
    match action {
        MachineAction::PowerOn { .. }
        | MachineAction::PowerOffHard
        | MachineAction::ExitRescue
        | MachineAction::MarkBroken
        | MachineAction::Forget => None,
        MachineAction::PowerOff { .. } | MachineAction::EnterRescue => Some(Begins::Other),
        _ => Some(Begins::Way),
    }
}

/// What the provisioner took, and still shows as undone.
fn no_effect(action: &MachineAction, seen: &Observation) -> String {
    let pending = match (&seen.sighting, action) {
        (Sighting::Found(machine), MachineAction::Apply(aspect)) => machine.pending.get(aspect),
        _ => None,
    };
    let calls: Vec<&str> = pending.into_iter().flatten().map(String::as_str).collect();
    format!("the provisioner takes what is sent, over and over, and still shows a difference: {}", calls.join("; "))
}
