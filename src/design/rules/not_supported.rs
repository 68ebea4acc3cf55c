//! The site's drivers can carry out what is designed.

use super::{Report, Rule, at, inherited};
use crate::{api::host::OutOfBandType, design::context::Context};

pub(super) const RULE: Rule = Rule {
    id: "SLW1015",
    title: "Everything designed can be carried out by the site's drivers (NotSupportedByDriver)",
    drydock: None,
    check,
};

fn check(context: &Context<'_>, report: &mut Report<'_>) {
    for (node, effective) in &context.hosts {
        let protocol = effective.host.oob.as_ref().and_then(|o| o.protocol).unwrap_or_default();
        if protocol != OutOfBandType::Ipmi {
            report.error(
                inherited(context, node, "/oob/type"),
                format!("NotSupportedByDriver: BMCs of type {protocol:?} are not driven by this release"),
                "use type IPMI",
                vec![node.clone()],
            );
        }
    }
    for (name, profile) in &context.manifests.hardware_profiles {
        if !profile.spec.bios_settings.is_empty() {
            let uses = |n: &&crate::model::NodeDesign| n.hardware_profile.as_ref() == Some(name);
            let nodes: Vec<String> = context.nodes.values().filter(uses).map(|n| n.name.clone()).collect();
            let place = at("HardwareProfile", name, "spec.biosSettings");
            let message = "NotSupportedByDriver: no driver of this site sets BIOS settings".into();
            let hint = "take them out, and set them by hand";
            // An error for no node is one for the whole site; a profile that nobody follows stops nobody.
            if nodes.is_empty() {
                report.warning(place, message, hint, nodes);
            } else {
                report.error(place, message, hint, nodes);
            }
        }
    }
    if let Some(site) = context.manifests.site.as_ref().filter(|s| !s.spec.libraries.is_empty()) {
        report.error(
            at("Site", site.metadata.name.as_deref().unwrap_or_default(), "spec.libraries"),
            "borrowing from other namespaces is not carried out by this release".into(),
            "copy what is needed into the site's namespace",
            Vec::new(),
        );
    }
}
