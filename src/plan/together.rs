//! Plans of several nodes, approved together: one hash stands for the list of theirs.
//!
//! Whoever approves it has approved what each node showed at that moment. The list is kept with the approval, since nodes take
//! up theirs one after the other, and show no plan any more then.

use super::orders::approval;
use crate::{
    api::{
        BaremetalNode,
        memory::Approval,
        node_plans::{ApprovedPlans, NodePlans},
    },
    design::canonical_hash,
};
use std::collections::BTreeMap;

/// Plans that are approved at once; the rest comes after them.
const MOST: usize = 2000;
/// Nodes that are named.
const NAMED: usize = 16;

/// Plans of nodes that wait for an approval.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Together {
    /// As they are shown.
    pub shown: NodePlans,
    /// The hash of each.
    plans: Vec<String>,
}

/// The plans that these nodes show; nothing where none does.
pub fn together<'a>(nodes: impl IntoIterator<Item = &'a BaremetalNode>) -> Option<Together> {
    let plan = |node: &'a BaremetalNode| {
        let plan = node.status.as_ref()?.plan.as_ref()?;
        Some((node.metadata.name.as_deref().unwrap_or_default(), plan))
    };
    let plans: BTreeMap<&str, _> = nodes.into_iter().filter_map(plan).collect();
    let plans: Vec<_> = plans.into_iter().take(MOST).collect();
    let mut destructive: BTreeMap<String, i32> = BTreeMap::new();
    for action in plans.iter().flat_map(|(_, plan)| &plan.destructive) {
        *destructive.entry(action.clone()).or_default() += 1;
    }
    let hashes: Vec<String> = plans.iter().map(|(_, plan)| plan.hash.clone()).collect();
    let shown = NodePlans {
        hash: canonical_hash(&("nodes", &hashes)),
        nodes: i32::try_from(plans.len()).unwrap_or(i32::MAX),
        destructive,
        first: plans.iter().take(NAMED).map(|(name, _)| (*name).to_owned()).collect(),
    };
    (!hashes.is_empty()).then_some(Together { shown, plans: hashes })
}

/// What stands approved, by the annotation `slipway.dev/approve` of the Site or task: what was approved before, as long as the
/// annotation says so, or what waits now.
pub fn approved_together(
    annotation: Option<&str>,
    before: Option<&ApprovedPlans>,
    waiting: Option<&Together>,
) -> Option<ApprovedPlans> {
    let Approval { hash, by } = annotation.and_then(approval)?;
    if let Some(before) = before.filter(|before| before.hash == hash) {
        return Some(before.clone());
    }
    let waiting = waiting.filter(|waiting| waiting.shown.hash == hash)?;
    let by = by.chars().take(256).collect();
    Some(ApprovedPlans { hash, by, plans: waiting.plans.clone() })
}

/// The approval of what a node shows, if it is among those that were approved together.
pub(super) fn of_node(node: &BaremetalNode, lists: [Option<&ApprovedPlans>; 2]) -> Option<Approval> {
    let shown = &node.status.as_ref()?.plan.as_ref()?.hash;
    let list = lists.into_iter().flatten().find(|list| list.plans.contains(shown))?;
    Some(Approval { hash: shown.clone(), by: list.by.clone() })
}

/// What would be done, and to how many nodes: `Erase 4, Release 4`.
pub fn counted(plans: &NodePlans) -> String {
    let actions: Vec<String> = plans.destructive.iter().map(|(action, nodes)| format!("{action} {nodes}")).collect();
    actions.join(", ")
}

/// What waits, and how to approve all of it, as the end of a sentence.
pub fn waits_for_approval(plans: &NodePlans) -> String {
    let (nodes, hash) = (plans.nodes, &plans.hash);
    let waits = if nodes == 1 { "waits" } else { "wait" };
    format!("{nodes} {waits} for approval ({}): approve with slipway.dev/approve: \"{hash} by <user>\"", counted(plans))
}
