//! Every profile that is named is there.

use super::{Affected, ClassView, Report, Rule, SiteView, at, inherited};
use crate::design::profiles::ChainProblem;

pub(super) const RULE: Rule = Rule {
    id: "SLW1001",
    name: "unknown-profile",
    title: "Every host profile and hardware profile that is named is there",
    why: "A node whose profile is missing has no interfaces, no storage and no BMC: it cannot be resolved at all.",
    fix: "Create the profile in the site's namespace (or lend it from a library), or correct the name.",
    class: Some(hardware),
    site: Some(chains),
    ..Rule::BLANK
};

fn chains(view: &SiteView<'_>, report: &mut Report<'_>) {
    for (node, problem) in view.broken() {
        if let ChainProblem::Missing { by, profile } = problem
            && !view.catalog().may_be_elsewhere("HostProfile", profile)
        {
            let place = match by {
                Some(by) => at("HostProfile", by, "spec.hostProfile"),
                None => at("BaremetalNode", node, "spec.hostProfile"),
            };
            let (message, hint) = missing("HostProfile", profile);
            report.error_on(Affected::Nodes(vec![node.to_owned()]), place, message, hint);
        }
    }
}

fn hardware(view: &ClassView<'_>, report: &mut Report<'_>) {
    if let Some(name) = &view.host().hardware_profile
        && !view.catalog().hardware_profiles.contains_key(name)
        && !view.catalog().may_be_elsewhere("HardwareProfile", name)
    {
        let (message, hint) = missing("HardwareProfile", name);
        report.error(inherited("/hardwareProfile"), message, hint);
    }
}

/// What is said of a reference that leads nowhere.
pub(super) fn missing(kind: &str, name: &str) -> (String, String) {
    (
        format!("refers to {kind} `{name}`, which is not there"),
        format!("create the {kind} `{name}` in this namespace, or correct the name"),
    )
}
