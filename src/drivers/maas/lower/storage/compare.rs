//! Whether the disks are laid out as planned. Sizes are compared with the tolerance of MAAS's rounding.

use super::{
    Made, caches,
    layout::{ALIGN, Cache, Disk, Group, Holder, Layout, Raid, Size},
    level_name,
};
use crate::{
    drivers::maas::wire::{self, BlockDevice, Filesystem, Machine, Member, VolumeGroup},
    model::FilesystemDesign,
};

/// How much of a disk or group may be left by a partition that takes the rest, in bytes.
const LEFT: u64 = 4 * ALIGN;

/// Whether the machine's storage is as planned.
pub(super) fn is_as_planned(layout: &Layout<'_>, machine: &Machine, made: Made<'_>) -> bool {
    let groups = made.groups;
    let boots =
        layout.boot.as_ref().is_none_or(|boot| machine.boot_disk.as_ref().is_some_and(|disk| disk.id == boot.id));
    let volumes: usize = layout.groups.iter().map(|group| group.volumes.len()).sum();
    boots
        && machine.physicalblockdevice_set.iter().all(|device| {
            match layout.disks.iter().find(|disk| disk.id == device.id) {
                Some(disk) => disk_is(disk, device, layout, made),
                // A disk that is not designed carries nothing, as after blanking: no second `/` on it.
                None => device.partitions.is_empty() && device.filesystem.is_none(),
            }
        })
        && layout.disks.iter().all(|disk| machine.physicalblockdevice_set.iter().any(|device| device.id == disk.id))
        && machine.virtualblockdevice_set.len() == volumes + layout.raids.len() + layout.caches.len()
        && made.raids.len() == layout.raids.len()
        && layout.raids.iter().all(|raid| made.raids.iter().any(|found| raid_is(raid, layout, found, groups)))
        && made.caches.len() == layout.caches.len()
        && made.cache_sets.len() == layout.cache_sets().len()
        && layout.caches.iter().all(|cache| made.caches.iter().any(|found| cache_is(cache, layout, found, made)))
        && groups.len() == layout.groups.len()
        && layout.groups.iter().all(|group| groups.iter().any(|found| group_is(group, found)))
}

fn disk_is(disk: &Disk<'_>, device: &BlockDevice, layout: &Layout<'_>, made: Made<'_>) -> bool {
    if let Some(holder) = disk.holder {
        return device.partitions.is_empty() && is_part(made, layout, holder, device.id, false);
    }
    device.filesystem.is_none()
        && device.partitions.len() == disk.partitions.len()
        && disk.partitions.iter().zip(&device.partitions).all(|(wanted, found)| {
            size_is(wanted.size, found.size, device.available_size)
                && uuid_is(wanted.uuid, found.uuid.as_deref())
                && wanted.bootable == found.bootable
                && match wanted.holder {
                    Some(holder) => is_part(made, layout, holder, found.id, true),
                    None => filesystem_is(wanted.filesystem.as_ref(), found.filesystem.as_ref()),
                }
        })
}

fn is_part(made: Made<'_>, layout: &Layout<'_>, holder: Holder<'_>, id: u64, partition: bool) -> bool {
    let is_it = |member: &Member| member.id == id && (member.kind == "partition") == partition;
    match holder {
        Holder::Group(name) => made.groups.iter().any(|group| group.name == name && group.devices.iter().any(is_it)),
        Holder::Raid { array, spare } => made.raids.iter().any(|raid| {
            let members = if spare { &raid.spare_devices } else { &raid.devices };
            raid.name == array && members.iter().any(is_it)
        }),
        Holder::CacheSet(set) => caches::is_fast(set, layout, made.cache_sets, made.caches, &is_it),
        Holder::Backs(cache) => made.caches.iter().any(|one| one.name == cache && is_it(&one.backing_device)),
    }
}

/// An array by its level and the number of its members; which they are, their disks say.
fn raid_is(raid: &Raid<'_>, layout: &Layout<'_>, found: &wire::Raid, groups: &[VolumeGroup]) -> bool {
    let count = |spare| layout.parts(Holder::Raid { array: raid.name, spare }).count();
    let device = &found.virtual_device;
    found.name == raid.name
        && found.level == level_name(raid.level)
        && found.devices.len() == count(false)
        && found.spare_devices.len() == count(true)
        && match raid.group {
            Some(group) => groups
                .iter()
                .any(|found| found.name == group && found.devices.iter().any(|member| member.id == device.id)),
            None => filesystem_is(raid.filesystem, device.filesystem.as_ref()),
        }
}

fn cache_is(cache: &Cache<'_>, layout: &Layout<'_>, found: &wire::Bcache, made: Made<'_>) -> bool {
    let device = &found.virtual_device;
    caches::is_made(cache, found, layout, made.caches)
        && match cache.group {
            Some(group) => made
                .groups
                .iter()
                .any(|found| found.name == group && found.devices.iter().any(|member| member.id == device.id)),
            None => filesystem_is(cache.filesystem, device.filesystem.as_ref()),
        }
}

fn group_is(group: &Group<'_>, found: &VolumeGroup) -> bool {
    found.name == group.name
        && uuid_is(group.uuid, found.uuid.as_deref())
        && found.logical_volumes.len() == group.volumes.len()
        && group.volumes.iter().all(|volume| {
            // MAAS names a volume's block device after group and volume.
            let name = format!("{}-{}", group.name, volume.name);
            found.logical_volumes.iter().any(|device| {
                device.name == name
                    && size_is(volume.size, device.size, found.available_size)
                    && uuid_is(volume.uuid, device.uuid.as_deref())
                    && filesystem_is(volume.filesystem.as_ref(), device.filesystem.as_ref())
            })
        })
}

fn size_is(wanted: Size, found: u64, available: u64) -> bool {
    match wanted {
        Size::Exact(bytes) => bytes.abs_diff(found) <= ALIGN,
        Size::Rest { about } => found + LEFT >= about && available <= LEFT,
    }
}

/// Whether the UUID is as designed. Where none is, the one that MAAS has made will do.
fn uuid_is(wanted: Option<&str>, found: Option<&str>) -> bool {
    wanted.is_none_or(|wanted| found.is_some_and(|found| found.eq_ignore_ascii_case(wanted)))
}

fn filesystem_is(wanted: Option<&FilesystemDesign>, found: Option<&Filesystem>) -> bool {
    let (Some(wanted), Some(found)) = (wanted, found) else { return wanted.is_none() && found.is_none() };
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let place = |value: &Option<String>| Some(text(value)).filter(|place| !place.is_empty() && place != "none");
    let label = wanted.label.as_deref().unwrap_or_default();
    wanted.fs_type == found.fstype
        && uuid_is(wanted.uuid.as_deref(), found.uuid.as_deref())
        && place(&wanted.mount_point) == place(&found.mount_point)
        // MAAS keeps options only with a mount.
        && (place(&wanted.mount_point).is_none() || wanted.mount_options == text(&found.mount_options))
        // Where none is designed, any label that MAAS gives will do.
        && (label.is_empty() || label == text(&found.label))
}
