//! The rules of a design, one file each: id, what it checks, and a hint how to mend it.

mod address_outside;
mod allowed_networks;
mod bonding;
mod boot_assets;
mod boot_storage;
mod duplicate_address;
mod interface_devices;
mod kernel_params;
mod missing_address;
mod mtu;
mod not_supported;
mod out_of_band;
mod profile_cycle;
mod references;
mod storage_layout;
mod trunking;
mod unreadable;
mod unset;

use super::context::{Context, field};
use crate::model::{Finding, ObjectKey, Severity};

/// A rule.
pub struct Rule {
    /// Its id, never used again for another.
    pub id: &'static str,
    /// What must hold, in one sentence.
    pub title: &'static str,
    /// The code of the same rule in Drydock, where there is one.
    pub drydock: Option<&'static str>,
    check: fn(&Context<'_>, &mut Report),
}

/// Every rule, by id.
pub const RULES: &[Rule] = &[
    references::RULE,
    profile_cycle::RULE,
    missing_address::RULE,
    duplicate_address::RULE,
    address_outside::RULE,
    mtu::RULE,
    boot_storage::RULE,
    trunking::RULE,
    bonding::RULE,
    allowed_networks::RULE,
    unset::RULE,
    out_of_band::RULE,
    unreadable::RULE,
    kernel_params::RULE,
    not_supported::RULE,
    storage_layout::RULE,
    interface_devices::RULE,
    boot_assets::RULE,
];

/// Applies every rule.
pub(super) fn check(context: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for rule in RULES {
        let mut report = Report { rule: rule.id, findings: &mut findings };
        (rule.check)(context, &mut report);
    }
    findings
}

/// Where a rule puts what it finds.
struct Report<'a> {
    rule: &'static str,
    findings: &'a mut Vec<Finding>,
}

impl Report<'_> {
    /// Something that stops work on the nodes named by [`FindingDraft::on`], or on the whole site.
    fn error(&mut self, at: (ObjectKey, String), message: String, hint: impl Into<String>, nodes: Vec<String>) {
        self.add(Severity::Error, at, message, hint.into(), nodes);
    }

    /// Something worth mending.
    fn warning(&mut self, at: (ObjectKey, String), message: String, hint: impl Into<String>, nodes: Vec<String>) {
        self.add(Severity::Warning, at, message, hint.into(), nodes);
    }

    fn add(&mut self, severity: Severity, at: (ObjectKey, String), message: String, hint: String, nodes: Vec<String>) {
        let (object, field) = at;
        self.findings.push(Finding { severity, rule: self.rule, object, field, message, hint, nodes });
    }
}

/// The object that gave a node the value at a JSON Pointer, with the field's path in it.
fn inherited(context: &Context<'_>, node: &str, pointer: &str) -> (ObjectKey, String) {
    (context.origin(node, pointer), field(pointer))
}

/// A field of an object.
fn at(kind: &'static str, name: &str, field: impl Into<String>) -> (ObjectKey, String) {
    (ObjectKey::new(kind, name), field.into())
}

/// Nodes that are attached to a link: those that a mistake in it stops.
fn nodes_on_link(context: &Context<'_>, link: &str) -> Vec<String> {
    let on = |node: &&crate::model::NodeDesign| node.interfaces.iter().any(|i| i.link == link);
    let nodes: Vec<String> = context.nodes.values().filter(on).map(|n| n.name.clone()).collect();
    // A link that nobody uses yet would be written to the provisioner all the same: then it stops the site.
    nodes
}

/// `a, b and c`.
fn listed(names: &[String]) -> String {
    match names {
        [] => "none".into(),
        [one] => one.clone(),
        [rest @ .., last] => format!("{} and {last}", rest.join(", ")),
    }
}
