//! Every link has somebody on it.

use super::{Report, Rule, SiteView, at};

pub(super) const RULE: Rule = Rule {
    id: "SLW1045",
    name: "unused-link",
    title: "Every link has an interface on it",
    why: "A link on which nobody is was forgotten when the interfaces were written, or is left from before.",
    fix: "Name it as `link` of an interface, or delete it.",
    site: Some(check),
    ..Rule::BLANK
};

fn check(view: &SiteView<'_>, report: &mut Report<'_>) {
    let interfaces = || view.classes.iter().flat_map(|class| &class.host().interfaces);
    let is_used = |name: &str| interfaces().any(|interface| interface.link.as_deref() == Some(name));
    // An interface whose link is missing, or a node without a design, may have been meant to be on it.
    let is_unsure = || {
        let is_known = |name: Option<&String>| name.is_some_and(|name| view.catalog().links.contains_key(name));
        interfaces().any(|interface| !is_known(interface.link.as_ref())) || view.broken().next().is_some()
    };
    if view.classes.is_empty() {
        return;
    }
    for (name, link) in view.links().filter(|(name, _)| !view.is_borrowed("NetworkLink", name) && !is_used(name)) {
        let mut allowed = link.spec.allowed_networks.iter();
        let is_of_bmcs = link.spec.unmanaged == Some(true)
            && (allowed.any(|network| view.is_of_bmcs(network)) || view.misses_network_of_bmcs());
        if is_of_bmcs || is_unsure() {
            continue;
        }
        report.warning(
            at("NetworkLink", name, "spec"),
            "no interface of any node is on this link",
            "name it as link of an interface, or delete it; set unmanaged on one that BMCs alone use",
        );
    }
}
