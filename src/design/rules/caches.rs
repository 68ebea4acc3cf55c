//! Caches have one slow device and one fast one.

use super::{ClassView, Report, Rule, inherited, place::segment};
use crate::api::storage::Storage;
use std::collections::BTreeMap;

pub(super) const RULE: Rule = Rule {
    id: "SLW1079",
    name: "caches",
    title: "A cache has one slow device, one set with one fast device, one use, and a description",
    why: "MAAS refuses the cache when the disks are laid out, with the machine already commissioned.",
    fix: "Name the cache as `backs` of one disk or partition, its set as `cacheSet` of another, describe it in \
          `storage.caches`, and give it a file system or a volume group.",
    class: Some(check),
    ..Rule::BLANK
};

fn check(view: &ClassView<'_>, report: &mut Report<'_>) {
    let Some(storage) = &view.host().storage else { return };
    let (sets, backing) = (count(storage, false), count(storage, true));
    for cache in &storage.caches {
        let here = format!("/storage/caches/{}", segment(&cache.name));
        let name = &cache.name;
        let slow = backing.get(name.as_str()).copied().unwrap_or_default();
        if slow != 1 {
            let message = format!("cache `{name}` needs one slow device, and {slow} name it as `backs`");
            report.error(inherited(&here), message, "name it as `backs` of one disk or partition");
        }
        match cache.cache_set.as_deref() {
            None => report.error(
                inherited(&here),
                format!("cache `{name}` names no cacheSet"),
                "set cacheSet to that of a fast disk or partition",
            ),
            Some(set) => {
                let fast = sets.get(set).copied().unwrap_or_default();
                if fast != 1 {
                    let message = format!("the set `{set}` of cache `{name}` needs one fast device, and has {fast}");
                    report.error(inherited(&here), message, "name it as `cacheSet` of one disk or partition");
                }
            }
        }
        if cache.volume_group.is_some() && cache.filesystem.is_some() {
            let message = format!("cache `{name}` has both a filesystem and a volumeGroup");
            report.error(inherited(&here), message, "keep one of them");
        }
    }
    for name in backing.keys().filter(|name| !storage.caches.iter().any(|cache| cache.name == **name)) {
        let message = format!("cache `{name}` is used but not described");
        report.error(inherited("/storage/disks"), message, "add it to storage.caches");
    }
}

/// How many disks and partitions name each cache as `backs`, or each set as `cacheSet`.
fn count(storage: &Storage, backs: bool) -> BTreeMap<&str, usize> {
    let mut counts = BTreeMap::new();
    for disk in &storage.disks {
        let whole = if backs { &disk.backs } else { &disk.cache_set };
        let parts = disk.partitions.iter().map(|part| if backs { &part.backs } else { &part.cache_set });
        for name in parts.chain([whole]).flatten() {
            *counts.entry(name.as_str()).or_default() += 1;
        }
    }
    counts
}
