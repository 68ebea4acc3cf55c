//! For whom boot actions are.

use super::SiteView;
use crate::{
    api::BootAction,
    design::{
        class::HostClass,
        select::{is_personal, selects},
        shared::Shared,
    },
};
use std::collections::BTreeMap;

/// Whether a boot action is for nodes of a class.
pub(super) fn is_for(shared: &Shared, class: &HostClass, name: &str, action: &BootAction) -> bool {
    match &action.spec.node_selector {
        None => true,
        Some(selector) if is_personal(selector) => {
            // The class knows which of these are for its nodes, in their order.
            let at = shared.personal_actions().position(|(other, _)| other == name);
            at.and_then(|at| class.key().personal.get(at).copied()).unwrap_or_default()
        }
        Some(selector) => {
            let none = BTreeMap::new();
            let node = class.candidate("", &none);
            selects(selector, node, &shared.catalog.racks)
        }
    }
}

/// Names of the nodes for which a boot action is.
pub(super) fn nodes_of(view: &SiteView<'_>, name: &str, action: &BootAction) -> Vec<String> {
    view.names(|class| is_for(view.shared, class, name, action))
}
