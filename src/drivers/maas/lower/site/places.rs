//! Availability zones, resource pools and spaces.

use super::{LoweredSite, Ownership, SiteSeen, edit::Edit};
use crate::{
    drivers::maas::{
        call::{Call, Name, Value},
        wire::Place,
    },
    model::SitePart,
};
use std::collections::BTreeSet;

pub(super) fn lower(design: &SitePart, seen: &SiteSeen, ownership: Ownership<'_>, lowered: &mut LoweredSite) {
    for zone in &design.zones {
        let known = seen.zones.iter().find(|known| known.name == *zone);
        let path = ["zones/".into(), Value::segment(zone), "/".into()];
        let make = || Call::post(["zones/".into()], format!("create zone {zone}"));
        lowered.calls.extend(place(known, make, path, &format!("zone {zone}"), zone, None, ownership));
    }
    for pool in &design.pools {
        let known = seen.pools.iter().find(|known| known.name == pool.name);
        let id = known.map_or(0, |known| known.id);
        let path = ["resourcepool/".into(), Value::Text(id.to_string()), "/".into()];
        let make = || Call::post(["resourcepools/".into()], format!("create resource pool {}", pool.name));
        let what = format!("resource pool {}", pool.name);
        lowered.calls.extend(place(known, make, path, &what, &pool.name, pool.description.as_deref(), ownership));
    }
    for space in spaces(design) {
        let known = seen.spaces.iter().find(|known| known.name == space);
        let id = known.map_or(0, |known| known.id);
        let path = ["spaces/".into(), Value::Text(id.to_string()), "/".into()];
        let make = || {
            let call = Call::post(["spaces/".into()], format!("create space {space}"));
            call.makes(Name::Space(space.to_owned()), "/id")
        };
        lowered.calls.extend(place(known, make, path, &format!("space {space}"), space, None, ownership));
    }
}

/// The spaces that networks name.
pub(super) fn spaces(design: &SitePart) -> BTreeSet<&str> {
    design.networks.values().filter_map(|network| network.space.as_deref()).collect()
}

/// Makes a place; of one that we made, keeps the description. One that was there is left as it is: nothing of it is ours.
fn place<const N: usize>(
    known: Option<&Place>,
    make: impl FnOnce() -> Call,
    path: [Value; N],
    what: &str,
    name: &str,
    what_for: Option<&str>,
    ownership: Ownership<'_>,
) -> Option<Call> {
    match known {
        // Another Site may make it at this moment, which is as good.
        None => Some(make().with("name", name).with("description", ownership.mark(what_for)).or_exists()),
        Some(known) if ownership.has_made(&known.description) => {
            Edit::of(path, what).set("description", &known.description, ownership.mark(what_for)).call()
        }
        Some(_) => None,
    }
}
