//! Tags: those that MAAS gives by itself, and those that nodes carry.

use super::{LoweredSite, Ownership, SiteSeen, edit::Edit};
use crate::{
    drivers::maas::call::{Call, Value},
    model::SitePart,
};

pub(super) fn lower(design: &SitePart, seen: &SiteSeen, ownership: Ownership<'_>, lowered: &mut LoweredSite) {
    for tag in &design.tag_definitions {
        let Some(known) = seen.tags.iter().find(|known| known.name == tag.name) else {
            lowered.calls.push(
                Call::post(["tags/".into()], format!("create tag {} by {}", tag.name, tag.xpath))
                    .with("name", tag.name.as_str())
                    .with("definition", tag.xpath.as_str())
                    .with("comment", ownership.mark(None)),
            );
            continue;
        };
        if let Some(other) = ownership.others(&known.comment).filter(|_| known.definition != tag.xpath) {
            lowered.conflicts.push(format!(
                "tag {}: it is looked after by another Site, {other}, which defines it by {}; give this Site's tag another \
                 name, or the same definition",
                tag.name, known.definition
            ));
            continue;
        }
        let path = ["tags/".into(), Value::segment(&tag.name), "/".into()];
        let edit = Edit::of(path, format!("tag {}", tag.name)).set("definition", &known.definition, &tag.xpath).set(
            "comment",
            &known.comment,
            ownership.comment(&known.comment, None),
        );
        lowered.calls.extend(edit.call());
    }
    let defined = |tag: &str| design.tag_definitions.iter().any(|definition| definition.name == tag);
    for tag in design.tags.iter().filter(|tag| !defined(tag) && !seen.tags.iter().any(|known| known.name == **tag)) {
        let call = Call::post(["tags/".into()], format!("create tag {tag}")).with("name", tag.as_str());
        lowered.calls.push(call.with("comment", ownership.mark(None)).or_exists());
    }
}
