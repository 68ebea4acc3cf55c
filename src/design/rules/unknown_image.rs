//! The image that a node gets is one that the provisioner has.

use super::{ClassView, Report, Rule, draft::listed, inherited};

pub(super) const RULE: Rule = Rule {
    id: "SLW1036",
    name: "unknown-image",
    title: "The image that a node gets is one that the provisioner can deploy, where these are known",
    why: "MAAS refuses the deployment after the machine was allocated and its disks were laid out.",
    fix: "Import the image into MAAS, or name one of those that `status.images` of the Site lists.",
    drydock: Some("DD3001"),
    class: Some(check),
    ..Rule::BLANK
};

/// A list so long may be the beginning of a longer one.
const MOST_LISTED: usize = 256;

fn check(view: &ClassView<'_>, report: &mut Report<'_>) {
    let status = view.catalog().site.as_ref().and_then(|site| site.status.as_ref());
    let Some(images) = status.map(|status| &status.images) else { return };
    let Some(image) = view.host().platform.as_ref().and_then(|platform| platform.image.as_ref()) else { return };
    // MAAS calls Ubuntu's own by their series alone, too.
    let is_it = |known: &String| known == image || known.strip_prefix("ubuntu/") == Some(image);
    if images.is_empty() || images.len() >= MOST_LISTED || images.iter().any(is_it) {
        return;
    }
    report.error(
        inherited("/platform/image"),
        format!("the provisioner has no image `{image}`; it has {}", listed(images)),
        "import the image into MAAS, or name one that it has; images of your own begin with custom/",
    );
}
