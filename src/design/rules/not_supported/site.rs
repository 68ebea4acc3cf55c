//! What a Site asks for as a whole.

use super::super::{Report, at};
use crate::design::context::Context;

pub(super) fn check(context: &Context<'_>, report: &mut Report<'_>) {
    if let Some(site) = context.manifests.site.as_ref().filter(|s| !s.spec.libraries.is_empty()) {
        // What is borrowed could be anything: nothing of the design is whole without it.
        report.error(
            at("Site", site.metadata.name.as_deref().unwrap_or_default(), "spec.libraries"),
            "borrowing from other namespaces is not carried out by this release".into(),
            "copy what is needed into the site's namespace",
            Vec::new(),
        );
    }
}
