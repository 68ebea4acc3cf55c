//! Only who owns a region removes what is in it.

use super::{Affected, Report, Rule, SiteView, at};

pub(super) const RULE: Rule = Rule {
    id: "SLW1075",
    name: "region-owner",
    title: "A Site that removes what it does not list owns its region",
    why: "Another Site of the region would lose its archives, keys or images.",
    fix: "Set `spec.provisioner.maas.ownsRegion` to `true` on the one Site that answers for the region, or take \
          `removeUnlisted` out.",
    site: Some(check),
    ..Rule::BLANK
};

fn check(view: &SiteView<'_>, report: &mut Report<'_>) {
    let Some(site) = &view.catalog().site else { return };
    let Some(maas) = &site.spec.provisioner.maas else { return };
    if !maas.remove_unlisted.is_empty() && !maas.owns_region.unwrap_or_default() {
        let name = site.metadata.name.as_deref().unwrap_or_default();
        report.error_on(
            Affected::Site,
            at("Site", name, "spec.provisioner.maas.removeUnlisted"),
            "what is not listed is to go, and this Site does not own the region",
            "set spec.provisioner.maas.ownsRegion to true, or take removeUnlisted out",
        );
    }
}
