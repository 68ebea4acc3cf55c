//! Boot actions reach their nodes.

use super::{Report, Rule, SiteView, at};
use crate::design::boot::is_inline;

pub(super) const RULE: Rule = Rule {
    id: "SLW1018",
    name: "boot-asset-not-delivered",
    title: "Every asset of a boot action is delivered",
    why: "A machine would come up without a file or unit that somebody counts on.",
    fix: "Put the content into `data`, without the pipeline step `Template`.",
    site: Some(check),
    ..Rule::BLANK
};

fn check(view: &SiteView<'_>, report: &mut Report<'_>) {
    for (name, action) in &view.catalog().boot_actions {
        for asset in action.spec.assets.iter().filter(|asset| !is_inline(asset)) {
            report.warning(
                at("BootAction", name, format!("spec.assets[{}]", asset.name)),
                "is not delivered by this release: its content would have to be fetched or rendered",
                "put the content into data, without the pipeline step Template",
            );
        }
    }
}
