//! The rack of a node is there.

use super::{ClassView, Report, Rule, inherited, references::missing};

pub(super) const RULE: Rule = Rule {
    id: "SLW1021",
    name: "unknown-rack",
    title: "The rack of a node is there, in a site that describes its racks",
    why: "Tasks and roll-outs that go by rack would leave the node out, and it would get no availability zone.",
    fix: "Create the Rack, or correct `metadata.rack`. A site without any Rack may use rack names freely.",
    class: Some(check),
    ..Rule::BLANK
};

fn check(view: &ClassView<'_>, report: &mut Report<'_>) {
    let racks = &view.catalog().racks;
    let rack = view.host().metadata.as_ref().and_then(|metadata| metadata.rack.as_ref());
    let is_elsewhere = |rack: &str| view.catalog().may_be_elsewhere("Rack", rack);
    if let Some(rack) = rack.filter(|rack| !racks.is_empty() && !racks.contains_key(*rack) && !is_elsewhere(rack)) {
        let (message, hint) = missing("Rack", rack);
        report.error(inherited("/metadata/rack"), message, hint);
    }
}
