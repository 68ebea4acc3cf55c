//! What is told of a node: its status, as `src/controllers/node_report.rs` writes it, in short.

use crate::{
    controller::{Look, identity},
    judge::{self, Plan},
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
use slipway::{
    api::{
        baremetal_node::{BaremetalNodeStatus, NodePlan},
        memory::NodeMemory,
    },
    model::{Sighting, Step},
};

/// What a person reads of a plan, with what is true at that moment.
pub fn shown(look: &Look, plan: &NodePlan) -> Plan {
    Plan {
        uid: identity(&look.node).uid,
        machine: match &look.seen.sighting {
            Sighting::Found(machine) => Some(machine.id.clone()),
            _ => None,
        },
        design: look.at.design,
        actions: plan.destructive.clone(),
        effects: look.effects,
        task: judge::governing(&look.at).and_then(|task| task.metadata.uid.clone()),
    }
}

/// A step, for the transcript.
pub fn told(step: &Step) -> String {
    match step {
        Step::Act(action) => format!("to do {action:?}"),
        Step::Wait(awaited) => format!("to wait: {}", awaited.state),
        Step::Done { state, .. } => format!("that it stands: {state}"),
        Step::Blocked(blocked) => {
            let plan = blocked.plan.as_ref().map(|(hash, actions)| format!(" {} {hash}", actions.join(" ")));
            format!("to stop: {}{}", blocked.reason.name(), plan.unwrap_or_default())
        }
    }
}

/// What the controller writes of a node.
pub fn status(look: &Look, step: &Step, memory: &NodeMemory) -> BaremetalNodeStatus {
    let (state, message, plan) = match step {
        Step::Done { state, message } => ((*state).to_owned(), message.clone(), None),
        Step::Wait(awaited) => (awaited.state.to_owned(), awaited.message.clone(), None),
        Step::Act(action) => (action.name().to_owned(), String::new(), None),
        Step::Blocked(blocked) => {
            let plan = blocked.plan.as_ref().map(|(hash, destructive)| NodePlan {
                hash: hash.clone(),
                destructive: destructive.clone(),
                message: blocked.message.clone(),
            });
            (blocked.reason.name(), blocked.message.clone(), plan)
        }
    };
    let type_ = if matches!(step, Step::Blocked(_)) { "Stalled" } else { "Reconciling" };
    let condition = Condition {
        type_: type_.into(),
        status: "True".into(),
        reason: state.clone(),
        message,
        observed_generation: None,
        last_transition_time: Time(crate::clock(0)),
    };
    BaremetalNodeStatus {
        conditions: vec![condition],
        state: Some(state),
        provider_id: match &look.seen.sighting {
            Sighting::Found(machine) => Some(machine.id.clone()),
            _ => None,
        },
        design_hash: Some(crate::hash(look.at.design)),
        plan,
        memory: Some(memory.clone()),
        ..BaremetalNodeStatus::default()
    }
}
