//! *decide*: what comes next for a node, pure and total.
//!
//! `decide` reads like a table: [`table`] says for every status of a machine what its design and orders make of it;
//! [`ownership`] comes before and keeps Slipway's hands off what is not its own, [`adoption`] asks before it becomes so, and [`replaced`]
//! when its hardware is another than before; [`gates`] come after and hold a step
//! back: approval, budget, pause, an outcome that is still looked for. `orders` says what a node has been asked for, and
//! [`task_scope`] by which task. [`drift`] and [`mismatches`] say what is otherwise than designed, of a deployed machine and
//! of hardware, and [`told_mismatches`] of hardware as a BMC tells it.

mod adoption;
mod another_node;
mod approval;
mod backoff;
mod decide;
mod drift;
mod gates;
mod hardware;
mod orders;
mod out_of_service;
mod ownership;
mod person;
mod power;
mod recall;
mod release;
mod replaced;
mod rollout;
mod table;
mod tasks;
mod together;
mod told;

pub use approval::plan_hash;
pub use backoff::backoff;
pub use decide::{Decision, Want, begin, decide, failed, not_begun};
pub use drift::drift;
pub use hardware::{firmware_mismatches, mismatches};
pub use orders::{limits, orders};
pub use rollout::{GroupOutcome, GroupState, Hold, Standing, group_outcome, hold, is_of};
pub use tasks::{NoScope, TaskScope, age, prepares_first, queued_behind, takes_nodes, task_scope, time_left};
pub use together::{Together, approved_together, counted, together, waits_for_approval};
pub use told::told_mismatches;
