//! What a Site borrows from is there, and lends to it.

use super::{Affected, Report, Rule, SiteView, at};

pub(super) const RULE: Rule = Rule {
    id: "SLW1033",
    name: "library",
    title: "Every namespace that a Site borrows from is there, and lends to it",
    why: "What is borrowed could be anything: without it the design is not whole, and nobody may take what is not lent.",
    fix: "Ask the owners of the namespace to annotate it with `slipway.dev/lend-to`, naming the Site's namespace (or `*`), \
          or take it out of `spec.libraries`.",
    site: Some(check),
    ..Rule::BLANK
};

fn check(view: &SiteView<'_>, report: &mut Report<'_>) {
    let Some(site) = &view.catalog().site else { return };
    let name = site.metadata.name.as_deref().unwrap_or_default();
    for library in &site.spec.libraries {
        let (message, hint) = match view.catalog().libraries.get(library) {
            Some(true) => continue,
            Some(false) => (
                format!("namespace `{library}` does not lend to this site"),
                "annotate that Namespace with slipway.dev/lend-to, naming the Site's namespace, or take it out of \
                 spec.libraries",
            ),
            None => (
                format!("namespace `{library}` is not there"),
                "create it, or correct the name; offline, give its manifests, too",
            ),
        };
        let place = at("Site", name, format!("spec.libraries[{library}]"));
        report.error_on(Affected::Site, place, message, hint);
    }
}
