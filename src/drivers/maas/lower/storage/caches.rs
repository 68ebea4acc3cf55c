//! Caches: bcache devices and the sets that they share.

use super::{
    device, format_and_mount,
    layout::{Cache, Holder, Layout},
};
use crate::drivers::maas::{
    call::{Call, Id, Name},
    wire::{Bcache, CacheSet, Member},
};

/// The calls that make all cache sets, and then all caches.
pub(super) fn build(layout: &Layout<'_>, system_id: &str, calls: &mut Vec<Call>) {
    for set in layout.cache_sets() {
        let labels: Vec<String> = layout.parts(Holder::CacheSet(set)).map(|(label, _)| label).collect();
        let path = ["nodes/".into(), system_id.into(), "/bcache-cache-sets/".into()];
        let call = Call::post(path, format!("create cache set {set} on {}", labels.join(", ")))
            .makes(Name::CacheSet(set.to_owned()), "/id");
        calls.push(with_part(call, layout, Holder::CacheSet(set), ["cache_device", "cache_partition"]));
    }
    for cache in &layout.caches {
        let labels: Vec<String> = layout.parts(Holder::Backs(cache.name)).map(|(label, _)| label).collect();
        let (mode, made) = (cache.mode.name(), Name::Cache(cache.name.to_owned()));
        let says = format!("create cache {}, {mode}, of {} before {}", cache.name, cache.set, labels.join(", "));
        let call = Call::post(["nodes/".into(), system_id.into(), "/bcaches/".into()], says)
            .with("name", cache.name)
            .with("cache_set", Id::Made(Name::CacheSet(cache.set.to_owned())))
            .with("cache_mode", mode)
            .makes(made.clone(), "/virtual_device/id");
        calls.push(with_part(call, layout, Holder::Backs(cache.name), ["backing_device", "backing_partition"]));
        if let Some(filesystem) = cache.filesystem {
            format_and_mount(filesystem, || device(system_id, Id::Made(made.clone())).into(), cache.name, calls);
        }
    }
}

/// Adds the one disk or partition that something has.
fn with_part(call: Call, layout: &Layout<'_>, holder: Holder<'_>, [disk_field, partition_field]: [&str; 2]) -> Call {
    for disk in &layout.disks {
        if disk.holder == Some(holder) {
            return call.with(disk_field, Id::Known(disk.id));
        }
        if let Some(index) = disk.partitions.iter().position(|part| part.holder == Some(holder)) {
            return call.with(partition_field, Id::Made(Name::Partition(disk.name.clone(), index)));
        }
    }
    call
}

/// Whether a cache that MAAS has is the designed one; what its devices are, their disks say.
pub(super) fn is_made(cache: &Cache<'_>, found: &Bcache, layout: &Layout<'_>, caches: &[Bcache]) -> bool {
    let shares = |one: &&Cache<'_>| one.set == cache.set;
    let together = layout.caches.iter().filter(shares).all(|one| {
        let other = caches.iter().find(|other| other.name == one.name);
        other.is_some_and(|other| other.cache_set.id == found.cache_set.id)
    });
    found.name == cache.name && found.cache_mode == cache.mode.name() && together
}

/// Whether a disk or partition is the fast device of a designed set: of one that a cache of that set uses, or, where none
/// does, of any.
pub(super) fn is_fast(
    set: &str,
    layout: &Layout<'_>,
    sets: &[CacheSet],
    caches: &[Bcache],
    is_it: &dyn Fn(&Member) -> bool,
) -> bool {
    let Some(found) = sets.iter().find(|found| is_it(&found.cache_device)) else { return false };
    let mut users = layout.caches.iter().filter(|cache| cache.set == set);
    users.all(|cache| caches.iter().any(|one| one.name == cache.name && one.cache_set.id == found.id))
}
