//! The roll-out: which groups of nodes may be worked on, given how those went on which they depend.
//!
//! A group is judged by where its nodes stand, not by what was asked of whom: one that depends on `control-plane` begins when
//! the nodes of that stand where its own are to be taken.

use crate::{
    api::{
        Rack,
        rollout::{Rollout, RolloutGroup, SuccessCriteria},
    },
    design::selects,
    model::Candidate,
};
use jiff::{SignedDuration, Timestamp};
use std::{collections::BTreeMap, sync::Arc, time::Duration};

/// Names that a sentence holds at most.
const TOLD: usize = 3;

/// How a node stands to the goal of the roll-out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// On its way, or not asked yet.
    Open,
    /// There, since then.
    Reached(Option<Timestamp>),
    /// It cannot go on without a person, for another reason than a missing approval.
    Failed,
}

/// How a group stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GroupState {
    /// Its nodes are on their way.
    Open,
    /// It has ended in success; since then, where it is known.
    Succeeded(Option<Timestamp>),
    /// It cannot succeed any more, for the sake of these nodes.
    Failed(Vec<String>),
}

/// A group, counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupOutcome {
    /// How it stands.
    pub state: GroupState,
    /// Its nodes.
    pub total: usize,
    /// Those that are there.
    pub reached: usize,
    /// Those that have failed.
    pub failed: usize,
}

/// What a node has to wait for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hold {
    /// Something that comes by itself.
    Waits(String),
    /// A group has failed: a person has to look.
    Stopped(String),
}

/// Whether a node is of a group.
pub fn is_of(group: &RolloutGroup, node: Candidate<'_>, racks: &BTreeMap<String, Arc<Rack>>) -> bool {
    group.node_selector.as_ref().is_none_or(|selector| selects(selector, node, racks))
}

/// How a group stands, given its nodes by name.
pub fn group_outcome(criteria: Option<&SuccessCriteria>, nodes: &[(&str, Standing)]) -> GroupOutcome {
    let failed: Vec<&str> = nodes.iter().filter(|(_, s)| *s == Standing::Failed).map(|(name, _)| *name).collect();
    let reached = nodes.iter().filter(|(_, s)| matches!(s, Standing::Reached(_))).count();
    let (total, open) = (nodes.len(), nodes.len() - failed.len() - reached);
    let count = |number: i32| usize::try_from(number).unwrap_or_default();
    let strict = SuccessCriteria { maximum_failed: Some(0), ..SuccessCriteria::default() };
    let criteria = criteria.filter(|criteria| **criteria != SuccessCriteria::default()).unwrap_or(&strict);
    // So many would be there at best.
    let best = reached + open;
    let holds = criteria.minimum_percent.is_none_or(|percent| best * 100 >= count(percent) * total)
        && criteria.minimum.is_none_or(|minimum| best >= count(minimum))
        && criteria.maximum_failed.is_none_or(|most| failed.len() <= count(most));
    let since = nodes.iter().filter_map(|(_, standing)| match standing {
        Standing::Reached(since) => *since,
        _ => None,
    });
    let state = match (holds, open) {
        (false, _) => GroupState::Failed(failed.iter().take(TOLD).map(|name| (*name).to_owned()).collect()),
        (true, 0) => GroupState::Succeeded(since.max()),
        (true, _) => GroupState::Open,
    };
    GroupOutcome { state, total, reached, failed: failed.len() }
}

/// Groups in the order of their dependence, and of the list where that leaves a choice.
fn order(groups: &[RolloutGroup]) -> Vec<&RolloutGroup> {
    let mut left: Vec<&RolloutGroup> = groups.iter().collect();
    let mut order = Vec::new();
    while !left.is_empty() {
        let waits = |group: &RolloutGroup| group.depends_on.iter().any(|name| left.iter().any(|l| l.name == *name));
        // In a circle, which is an error of the design, nobody is first.
        let next = left.iter().position(|group| !waits(group)).unwrap_or_default();
        order.push(left.remove(next));
    }
    order
}

/// What a node has to wait for before a step of it may begin. `outcomes` are those of the roll-out's groups, by name; one
/// that is missing has not been looked at. `pause` is that of the roll-out, at the speed of the clock.
pub fn hold(
    rollout: &Rollout,
    outcomes: &BTreeMap<String, GroupOutcome>,
    node: Candidate<'_>,
    racks: &BTreeMap<String, Arc<Rack>>,
    pause: Duration,
    now: Timestamp,
) -> Option<Hold> {
    let state = |name: &str| outcomes.get(name).map(|outcome| &outcome.state);
    let of: Vec<&RolloutGroup> = order(&rollout.groups).into_iter().filter(|group| is_of(group, node, racks)).collect();
    // It goes with the first of its groups. What waits for itself by way of another group would wait for ever.
    let depends = |name: &str| of.first().is_some_and(|group| group.depends_on.iter().any(|other| other == name));
    for group in rollout.groups.iter().filter(|group| group.critical.unwrap_or_default()) {
        // Its own nodes may still succeed where a person helps them.
        let is_own = of.iter().any(|own| own.name == group.name);
        if let Some(GroupState::Failed(names)) = state(&group.name).filter(|_| !is_own) {
            let why = format!("Group {}, which is critical, has failed ({})", group.name, names.join(", "));
            return Some(Hold::Stopped(format!("{why}: nothing else is begun until it has succeeded")));
        }
    }
    for other in rollout.groups.iter().filter(|other| depends(&other.name)) {
        match state(&other.name) {
            Some(GroupState::Failed(names)) => {
                let why = format!("Group {} has failed ({})", other.name, names.join(", "));
                return Some(Hold::Stopped(format!("{why}: what depends on it is not begun until it has succeeded")));
            }
            Some(GroupState::Succeeded(Some(since))) if !pause.is_zero() => {
                let pause = SignedDuration::try_from(pause).unwrap_or(SignedDuration::MAX);
                let until = since.checked_add(pause).unwrap_or(Timestamp::MAX);
                if now < until {
                    let until = until.strftime("%Y-%m-%dT%H:%M:%SZ");
                    return Some(Hold::Waits(format!("Waiting until {until}, the pause after group {}", other.name)));
                }
            }
            Some(GroupState::Succeeded(_)) => {}
            Some(GroupState::Open) | None => {
                return Some(Hold::Waits(format!("Waiting for group {} to end in success", other.name)));
            }
        }
    }
    None
}
