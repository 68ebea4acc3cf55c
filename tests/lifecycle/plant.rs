//! Bugs planted at the seams around `decide`, to see that they are found: in what it is told, and in what is done with its
//! answer.

use slipway::{
    api::{
        memory::{Approval, MEMORY_VERSION, NodeMemory},
        site::ApprovalPolicy,
    },
    model::{Blocked, Orders, Step},
    plan::Decision,
};

/// A planted bug.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plant {
    /// What needs an approval is told to need none.
    ApprovalUnchecked,
    /// Any approval that stands on the node counts for whatever is planned.
    ApprovalReplayed,
    /// Any list of plans that was approved counts for whatever is planned.
    ListReplayed,
    /// What is decided on, and done without another look, is what was seen a turn before.
    StaleObservation,
    /// A request whose answer was lost counts as not done.
    UnknownRepeated,
    /// What was reported as begun is lost once it was done.
    MemoryLost,
    /// Which task asks is not told.
    TaskUntold,
    /// That a memory was begun anew is not told.
    LossUntold,
    /// That nothing may be touched is not told.
    ObserveUntold,
}

impl Plant {
    pub const ALL: [Self; 9] = [
        Self::ApprovalUnchecked,
        Self::ApprovalReplayed,
        Self::ListReplayed,
        Self::StaleObservation,
        Self::UnknownRepeated,
        Self::MemoryLost,
        Self::TaskUntold,
        Self::LossUntold,
        Self::ObserveUntold,
    ];
}

/// Asks for a decision, telling what the bug makes of orders and memory.
pub fn tells(
    plant: Option<Plant>,
    orders: &Orders,
    memory: &NodeMemory,
    decide: impl Fn(&Orders, &NodeMemory) -> Decision,
) -> Decision {
    let remembering = |memory: &NodeMemory| decide(orders, memory);
    let decide = |orders: &Orders| decide(orders, memory);
    match plant {
        Some(Plant::TaskUntold) => decide(&Orders { task: None, ..orders.clone() }),
        Some(Plant::ObserveUntold) => decide(&Orders { touches_nothing: None, ..orders.clone() }),
        Some(Plant::LossUntold) => remembering(&NodeMemory { version: MEMORY_VERSION, since: None, ..memory.clone() }),
        Some(Plant::ApprovalUnchecked) => decide(&Orders { approval_policy: ApprovalPolicy::Never, ..orders.clone() }),
        Some(Plant::ApprovalReplayed) if orders.approval.is_some() => {
            let decision = decide(orders);
            let Step::Blocked(Blocked { plan: Some((hash, _)), .. }) = &decision.step else { return decision };
            let approval = Some(Approval { hash: hash.clone(), by: "ann".into() });
            decide(&Orders { approval, ..orders.clone() })
        }
        _ => decide(orders),
    }
}
