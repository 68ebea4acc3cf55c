//! Storage: partitions, software RAIDs, volume groups and file systems.
//!
//! There is no way from one layout to another that does not lose data, and so none is looked for: a layout that differs is
//! rebuilt from blank, only in `Ready`, where nothing is on the disks that anybody needs. An empty design leaves MAAS's
//! default layout alone.

mod caches;
mod compare;
mod layout;

use super::{Lowered, Seen};
use crate::{
    api::raid::RaidLevel,
    drivers::maas::{
        call::{Call, Id, Name, Value},
        wire::{self, Machine, VolumeGroup},
    },
    model::{FilesystemDesign, NodeDesign},
};
use layout::{Disk, Group, Holder, Layout, Raid, Size};

/// What is made of disks: MAAS cuts it short in the machine itself.
#[derive(Debug, Clone, Copy, Default)]
pub struct Made<'a> {
    /// Volume groups.
    pub groups: &'a [VolumeGroup],
    /// Software RAIDs.
    pub raids: &'a [wire::Raid],
    /// Cache sets.
    pub cache_sets: &'a [wire::CacheSet],
    /// Caches.
    pub caches: &'a [wire::Bcache],
}

/// The calls that bring the disks to the design.
pub fn lower(design: &NodeDesign, seen: Seen<'_>, made: Made<'_>) -> Lowered {
    if design.storage.disks.is_empty() && design.storage.volume_groups.is_empty() {
        return Ok(Vec::new());
    }
    let layout = layout::plan(design, seen)?;
    if compare::is_as_planned(&layout, seen.machine, made) {
        return Ok(Vec::new());
    }
    Ok(build(&layout, seen.machine))
}

fn build(layout: &Layout<'_>, machine: &Machine) -> Vec<Call> {
    let id = machine.system_id.as_str();
    let mut calls = vec![
        Call::post(["machines/".into(), id.into(), "/".into()], "blank the storage layout")
            .op("set_storage_layout")
            .with("storage_layout", "blank"),
    ];
    if let Some(boot) = &layout.boot {
        calls.push(
            Call::post(device(id, Id::Known(boot.id)), format!("boot from disk {}", boot.name)).op("set_boot_disk"),
        );
    }
    for disk in &layout.disks {
        partitions(disk, id, &mut calls);
    }
    for raid in &layout.raids {
        software_raid(raid, layout, id, &mut calls);
    }
    caches::build(layout, id, &mut calls);
    for group in &layout.groups {
        volume_group(group, layout, id, &mut calls);
    }
    calls
}

fn software_raid(raid: &Raid<'_>, layout: &Layout<'_>, system_id: &str, calls: &mut Vec<Call>) {
    let of = |spare| Holder::Raid { array: raid.name, spare };
    let labels = |spare| layout.parts(of(spare)).map(|(label, _)| label).collect::<Vec<_>>().join(", ");
    let spares = Some(labels(true)).filter(|labels| !labels.is_empty());
    let spares = spares.map(|labels| format!(", spare {labels}")).unwrap_or_default();
    let (level, members) = (raid.level.name(), labels(false));
    let made = Name::Raid(raid.name.into());
    let says = format!("create software RAID {}, {level} of {members}{spares}", raid.name);
    let call = Call::post(["nodes/".into(), system_id.into(), "/raids/".into()], says)
        .with("name", raid.name)
        .with("level", level_name(raid.level))
        .makes(made.clone(), "/virtual_device/id");
    let call = with_parts(call, layout, of(false), ["block_devices", "partitions"]);
    calls.push(with_parts(call, layout, of(true), ["spare_devices", "spare_partitions"]));
    if let Some(filesystem) = raid.filesystem {
        let path = || device(system_id, Id::Made(made.clone())).into();
        format_and_mount(filesystem, path, raid.name, calls);
    }
}

/// MAAS's name of a level.
fn level_name(level: RaidLevel) -> &'static str {
    match level {
        RaidLevel::Raid0 => "raid-0",
        RaidLevel::Raid1 => "raid-1",
        RaidLevel::Raid5 => "raid-5",
        RaidLevel::Raid6 => "raid-6",
        RaidLevel::Raid10 => "raid-10",
    }
}

/// Adds the disks and partitions that something has, under their two names.
fn with_parts(mut call: Call, layout: &Layout<'_>, holder: Holder<'_>, [disks, partitions]: [&str; 2]) -> Call {
    for disk in &layout.disks {
        if disk.holder == Some(holder) {
            call = call.with(disks, Id::Known(disk.id));
        }
        for (index, _) in disk.partitions.iter().enumerate().filter(|(_, part)| part.holder == Some(holder)) {
            call = call.with(partitions, Id::Made(Name::Partition(disk.name.clone(), index)));
        }
    }
    call
}

fn device(system_id: &str, id: Id) -> [Value; 5] {
    ["nodes/".into(), system_id.into(), "/blockdevices/".into(), id.into(), "/".into()]
}

fn partitions(disk: &Disk<'_>, system_id: &str, calls: &mut Vec<Call>) {
    for (index, partition) in disk.partitions.iter().enumerate() {
        let made = Name::Partition(disk.name.clone(), index);
        let path = [
            "nodes/".into(),
            system_id.into(),
            "/blockdevices/".into(),
            Id::Known(disk.id).into(),
            "/partitions/".into(),
        ];
        let says = format!("create partition {} on {}, {}", partition.name, disk.name, partition.size);
        calls.push(
            Call::post(path, says)
                .maybe("size", exact(&partition.size))
                .maybe("uuid", partition.uuid)
                .with("bootable", partition.bootable)
                .makes(made.clone(), "/id"),
        );
        if let Some(filesystem) = &partition.filesystem {
            // A partition's path has no slash at its end, unlike every other.
            let path = || {
                vec![
                    "nodes/".into(),
                    system_id.into(),
                    "/blockdevices/".into(),
                    Id::Known(disk.id).into(),
                    "/partition/".into(),
                    Id::Made(made.clone()).into(),
                ]
            };
            format_and_mount(filesystem, path, &format!("partition {} of {}", partition.name, disk.name), calls);
        }
    }
}

fn volume_group(group: &Group<'_>, layout: &Layout<'_>, system_id: &str, calls: &mut Vec<Call>) {
    let made = Name::VolumeGroup(group.name.into());
    let members: Vec<String> = layout.members(group.name).map(|(label, _)| label).collect();
    let says = format!("create volume group {} on {}", group.name, members.join(", "));
    let mut call = Call::post(["nodes/".into(), system_id.into(), "/volume-groups/".into()], says)
        .with("name", group.name)
        .maybe("uuid", group.uuid)
        .makes(made.clone(), "/id");
    for raid in layout.raids.iter().filter(|raid| raid.group == Some(group.name)) {
        call = call.with("block_devices", Id::Made(Name::Raid(raid.name.into())));
    }
    for cache in layout.caches.iter().filter(|cache| cache.group == Some(group.name)) {
        call = call.with("block_devices", Id::Made(Name::Cache(cache.name.into())));
    }
    calls.push(with_parts(call, layout, Holder::Group(group.name), ["block_devices", "partitions"]));
    for volume in &group.volumes {
        let name = Name::LogicalVolume(group.name.into(), volume.name.into());
        let path =
            ["nodes/".into(), system_id.into(), "/volume-group/".into(), Id::Made(made.clone()).into(), "/".into()];
        let says = format!("create logical volume {}/{}, {}", group.name, volume.name, volume.size);
        calls.push(
            Call::post(path, says)
                .op("create_logical_volume")
                .with("name", volume.name)
                .maybe("size", exact(&volume.size))
                .maybe("uuid", volume.uuid)
                .makes(name.clone(), "/id"),
        );
        if let Some(filesystem) = &volume.filesystem {
            let path = || device(system_id, Id::Made(name.clone())).into();
            format_and_mount(filesystem, path, &format!("{}/{}", group.name, volume.name), calls);
        }
    }
}

/// A size to send; none for all the rest.
fn exact(size: &Size) -> Option<String> {
    match size {
        Size::Exact(bytes) => Some(bytes.to_string()),
        Size::Rest { .. } => None,
    }
}

fn format_and_mount(filesystem: &FilesystemDesign, path: impl Fn() -> Vec<Value>, of: &str, calls: &mut Vec<Call>) {
    let call = |op, says: String| {
        let mut call = Call::post([], says).op(op);
        call.path = path();
        call
    };
    let label = filesystem.label.as_deref().filter(|label| !label.is_empty());
    calls.push(
        call("format", format!("format {of} as {}", filesystem.fs_type))
            .with("fstype", filesystem.fs_type.as_str())
            .maybe("uuid", filesystem.uuid.as_deref())
            .maybe("label", label),
    );
    let options = Some(filesystem.mount_options.as_str()).filter(|options| !options.is_empty());
    if let Some(mount_point) = &filesystem.mount_point {
        calls.push(
            call("mount", format!("mount {of} at {mount_point}"))
                .with("mount_point", mount_point.as_str())
                .maybe("mount_options", options),
        );
    } else if filesystem.fs_type == "swap" {
        // Swap has no place of its own, but is used only when it is mounted.
        calls.push(
            call("mount", format!("use {of} as swap")).with("mount_point", "none").maybe("mount_options", options),
        );
    }
}

#[cfg(test)]
mod raid_tests;
#[cfg(test)]
mod tests;
