//! UUIDs of what is put on the disks: MAAS takes those of version 4 alone.

use super::super::place::segment;
use super::{
    super::{
        Affected, ClassView, Report, SiteView,
        draft::listed,
        inherited,
        place::{Place, field},
    },
    says,
};
use crate::{
    api::storage::{Filesystem, Storage},
    design::{class::HostClass, source::Source},
    model::ObjectKey,
};
use std::collections::{BTreeMap, BTreeSet};

/// Where the UUID of a file system stands in what it is on.
const OF_FILESYSTEM: &str = "/filesystem/uuid";

pub(super) fn check(view: &ClassView<'_>, report: &mut Report<'_>) {
    let Some(storage) = &view.host().storage else { return };
    let mut seen = BTreeSet::new();
    for (pointer, uuid) in designed(storage) {
        if !is_version_4(&uuid) {
            let what = says(format!("MAAS takes UUIDs of version 4 alone, and `{uuid}` is none"));
            let hint = "write one as `uuidgen` prints it, or take it out: then one is made";
            report.error(inherited(pointer), what, hint);
        } else if !seen.insert(uuid.to_ascii_lowercase()) {
            let message = format!("UUID {uuid} stands twice on one machine");
            let hint = "give each partition, volume and file system a UUID of its own";
            report.error(inherited(pointer), message, hint);
        }
    }
}

/// MAAS takes the UUID of a partition, a volume group or a volume once in a region; file systems may share one.
pub(super) fn on_several_machines(view: &SiteView<'_>, report: &mut Report<'_>) {
    let has_any = |class: &&HostClass| class.host().storage.as_ref().is_some_and(|s| !designed(s).is_empty());
    if !view.classes.iter().any(has_any) {
        return;
    }
    let mut places: BTreeMap<String, (ObjectKey, String, BTreeSet<String>)> = BTreeMap::new();
    let designing = view.nodes().filter_map(|(own, class)| Some((own, class?, class?.host().storage.as_ref()?)));
    for (own, class, storage) in designing {
        let is_unique = |(pointer, uuid): &(String, String)| is_version_4(uuid) && !pointer.ends_with(OF_FILESYSTEM);
        for (pointer, uuid) in designed(storage).into_iter().filter(is_unique) {
            let node = || ObjectKey::new("BaremetalNode", own.name.as_ref());
            let object = || class.source(&pointer).and_then(Source::object).unwrap_or_else(node);
            let first = places.entry(uuid.to_ascii_lowercase());
            first.or_insert_with(|| (object(), field(&pointer), BTreeSet::new())).2.insert(own.name.to_string());
        }
    }
    for (uuid, (object, field, nodes)) in places.into_iter().filter(|(_, (.., nodes))| nodes.len() > 1) {
        let nodes: Vec<String> = nodes.into_iter().collect();
        let message = format!("UUID {uuid} stands on {}; MAAS takes it once", listed(&nodes));
        let hint = "take it out of the profile, and give each machine a UUID of its own where it needs one";
        report.error_on(Affected::Nodes(nodes), Place::Object(object, field), message, hint);
    }
}

/// Every UUID, with the JSON Pointer to it.
fn designed(storage: &Storage) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut add = |uuid: Option<&'_ String>, pointer: &dyn Fn() -> String| {
        found.extend(uuid.map(|uuid| (pointer(), uuid.clone())));
    };
    for disk in &storage.disks {
        for partition in &disk.partitions {
            let here = || format!("/storage/disks/{}/partitions/{}", segment(&disk.name), segment(&partition.name));
            add(partition.part_uuid.as_ref(), &|| format!("{}/partUuid", here()));
            add(of(partition.filesystem.as_ref()), &|| format!("{}{OF_FILESYSTEM}", here()));
        }
    }
    for group in &storage.volume_groups {
        add(group.uuid.as_ref(), &|| format!("/storage/volumeGroups/{}/uuid", segment(&group.name)));
        for volume in &group.logical_volumes {
            let here =
                || format!("/storage/volumeGroups/{}/logicalVolumes/{}", segment(&group.name), segment(&volume.name));
            add(volume.uuid.as_ref(), &|| format!("{}/uuid", here()));
            add(of(volume.filesystem.as_ref()), &|| format!("{}{OF_FILESYSTEM}", here()));
        }
    }
    found
}

fn of(filesystem: Option<&Filesystem>) -> Option<&String> {
    filesystem.and_then(|filesystem| filesystem.uuid.as_ref())
}

fn is_version_4(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let lengths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
    let digits = parts.iter().all(|part| part.bytes().all(|byte| byte.is_ascii_hexdigit()));
    lengths == [8, 4, 4, 4, 12]
        && digits
        && parts[2].starts_with('4')
        && parts[3].starts_with(['8', '9', 'a', 'b', 'A', 'B'])
}
