//! What a region has only once, and so one Site answers for: settings, keys, archives, where images come from.
//!
//! Who that is, the region itself says: the tag `slipway-region` carries the owner's mark, and a name exists once. So two
//! Sites that both want it are told, in whatever cluster they are, and never write in turns.

use super::{LoweredSite, Ownership, SiteSeen, archives, claim::Claim, config, edit::Edit, images, keys};
use crate::{
    drivers::maas::call::{Call, Value},
    model::SitePart,
};

/// The tag that says who owns the region.
pub(super) const OWNER: &str = "slipway-region";
/// What its comment says of it.
const WHAT_FOR: &str = "who owns the region";

pub(super) fn lower(design: &SitePart, seen: &SiteSeen, ownership: Ownership<'_>, lowered: &mut LoweredSite) {
    let mut once = LoweredSite::default();
    keys::lower(design, seen, &mut once);
    archives::lower(design, seen, &mut once);
    images::sources(design, seen, &mut once);
    config::lower(design, seen, &mut once);
    // Whoever may write it: it is designed, and no leftover.
    lowered.designed.append(&mut once.designed);
    let tag = seen.tags.iter().find(|tag| tag.name == OWNER);
    let claim = tag.map(|tag| ownership.claim(&tag.comment));
    if design.owns_region {
        match claim {
            None => {
                let call = Call::post(["tags/".into()], "take the region: create tag slipway-region");
                lowered.calls.push(call.with("name", OWNER).with("comment", ownership.mark(Some(WHAT_FOR))));
            }
            Some(Claim::Made) => {
                let path = ["tags/".into(), Value::segment(OWNER), "/".into()];
                let now = tag.map_or("", |tag| tag.comment.as_str());
                let edit = Edit::of(path, "tag slipway-region").set("comment", now, ownership.mark(Some(WHAT_FOR)));
                lowered.calls.extend(edit.call());
            }
            Some(Claim::Others(other)) => {
                lowered.conflicts.push(format!(
                    "the region is owned by another Site, {other}, as its tag {OWNER} says; set \
                     spec.provisioner.maas.ownsRegion to true on one Site only, and delete the tag where that Site is gone"
                ));
                return;
            }
            Some(Claim::Nobodys | Claim::Kept) => {
                lowered.conflicts.push(format!(
                    "the region has a tag {OWNER} that names no Site; delete it, so that this Site can own the region"
                ));
                return;
            }
        }
    } else if claim == Some(Claim::Made) {
        // It is given back at once, so that another Site can take it.
        let path = ["tags/".into(), Value::segment(OWNER), "/".into()];
        lowered.calls.push(Call::delete(path, "give the region back: delete tag slipway-region"));
    }
    lowered.conflicts.append(&mut once.conflicts);
    lowered.waiting.append(&mut once.waiting);
    for call in once.calls {
        change(call, design, seen, ownership, lowered);
    }
    images::wanted(design, seen, lowered);
}

/// A change of what the region has once: done by its owner, and told by every other Site.
pub(crate) fn change(
    call: Call,
    design: &SitePart,
    seen: &SiteSeen,
    ownership: Ownership<'_>,
    lowered: &mut LoweredSite,
) {
    if design.owns_region {
        lowered.calls.push(call);
        return;
    }
    let tag = seen.tags.iter().find(|tag| tag.name == OWNER);
    let owner = match tag.and_then(|tag| ownership.others(&tag.comment)) {
        Some(other) => format!("the region is owned by {other}: change it there, or correct this design"),
        None => "set spec.provisioner.maas.ownsRegion to true if no other Site of this region has it, or do it by hand"
            .to_owned(),
    };
    lowered
        .conflicts
        .push(format!("the region would need: {call}; this Site does not own it, and writes nothing there: {owner}"));
}
