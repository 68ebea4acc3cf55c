//! Boot actions reach their nodes.

use super::{Report, Rule, at};
use crate::design::{boot::is_inline, context::Context};

pub(super) const RULE: Rule =
    Rule { id: "SLW1018", title: "Every asset of a boot action is delivered", drydock: None, check };

fn check(context: &Context<'_>, report: &mut Report<'_>) {
    for (name, action) in &context.manifests.boot_actions {
        for asset in action.spec.assets.iter().filter(|asset| !is_inline(asset)) {
            report.warning(
                at("BootAction", name, format!("spec.assets[{}]", asset.name)),
                "is not delivered by this release: its content would have to be fetched or rendered".into(),
                "put the content into data, without the pipeline step Template",
                Vec::new(),
            );
        }
    }
}
