//! A tag is given by hand or by itself.

use super::{ClassView, Report, Rule, inherited};

pub(super) const RULE: Rule = Rule {
    id: "SLW1065",
    name: "automatic-tag",
    title: "No tag that MAAS gives by itself is given to a node",
    why: "MAAS takes the tag off again whenever it looks at the machines anew, and it would be put on again, for ever.",
    fix: "Take it out of `metadata.tags`, or out of the Site's `tagDefinitions`.",
    class: Some(check),
    ..Rule::BLANK
};

fn check(view: &ClassView<'_>, report: &mut Report<'_>) {
    let (Some(site), Some(metadata)) = (&view.catalog().site, &view.host().metadata) else { return };
    let is_automatic = |tag: &&String| site.spec.tag_definitions.iter().any(|definition| definition.name == **tag);
    for tag in metadata.tags.iter().filter(is_automatic) {
        report.error(
            inherited("/metadata/tags"),
            format!("MAAS gives tag `{tag}` by itself: the Site defines it in tagDefinitions"),
            "take it out here, or out of spec.tagDefinitions of the Site",
        );
    }
}
