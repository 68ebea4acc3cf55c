//! Disks as they are laid out: partitions, software RAIDs, caches, volume groups and file systems.

use super::super::{
    survey::Surveyed,
    wire::{self, BlockDevice, Member},
};
use crate::api::{
    cache::{Cache, CacheMode},
    raid::RaidLevel,
    storage::{Disk, Filesystem, LogicalVolume, Partition, SoftwareRaid, Storage, VolumeGroup},
    values::StorageSize,
};
use std::collections::BTreeMap;

const MIB: u64 = 1 << 20;
/// What may be left of a disk or group by the part that takes the rest, in bytes: MAAS's rounding.
const LEFT: u64 = 16 * MIB;

/// The layout of a machine's disks; absent: nothing is on them. An error says what a design cannot express.
pub(super) fn storage(one: &Surveyed) -> Result<Option<Storage>, String> {
    let layout = Layout(one);
    let disks: Vec<Disk> = one
        .machine
        .physicalblockdevice_set
        .iter()
        .filter_map(|device| layout.disk(device).transpose())
        .collect::<Result<_, _>>()?;
    if disks.is_empty() {
        return Ok(None);
    }
    let raids = one.raids.iter().map(|raid| layout.raid(raid)).collect::<Result<_, _>>()?;
    let caches = one.caches.iter().map(|cache| layout.cache(cache)).collect::<Result<_, _>>()?;
    let volume_groups = one.groups.iter().map(group).collect::<Result<_, _>>()?;
    let mut storage = Storage { disks, volume_groups, software_raids: raids, caches };
    storage.volume_groups.sort_by(|a, b| a.name.cmp(&b.name));
    storage.software_raids.sort_by(|a, b| a.name.cmp(&b.name));
    storage.caches.sort_by(|a, b| a.name.cmp(&b.name));
    let mounts_root = |filesystem: Option<&Filesystem>| filesystem.and_then(|f| f.mount_point.as_deref()) == Some("/");
    let volumes = storage.volume_groups.iter().flat_map(|group| &group.logical_volumes);
    let has_root =
        storage.disks.iter().flat_map(|disk| &disk.partitions).any(|part| mounts_root(part.filesystem.as_ref()))
            || volumes.map(|volume| volume.filesystem.as_ref()).any(mounts_root)
            || storage.software_raids.iter().any(|raid| mounts_root(raid.filesystem.as_ref()))
            || storage.caches.iter().any(|cache| mounts_root(cache.filesystem.as_ref()));
    if has_root { Ok(Some(storage)) } else { Err("no file system is mounted at /".to_owned()) }
}

struct Layout<'a>(&'a Surveyed);

/// What has a disk or partition as its part.
#[derive(Default)]
struct Held {
    volume_group: Option<String>,
    software_raid: Option<String>,
    spare: Option<bool>,
    cache_set: Option<String>,
    backs: Option<String>,
}

impl Held {
    fn is_any(&self) -> bool {
        self.volume_group.is_some() || self.software_raid.is_some() || self.cache_set.is_some() || self.backs.is_some()
    }
}

impl Layout<'_> {
    fn disk(&self, device: &BlockDevice) -> Result<Option<Disk>, String> {
        let held = self.held(device.id, false);
        let is_boot = self.0.machine.boot_disk.as_ref().is_some_and(|boot| boot.id == device.id);
        let partitions = device
            .partitions
            .iter()
            .enumerate()
            .map(|(index, partition)| self.partition(device, index, partition))
            .collect::<Result<Vec<_>, String>>()?;
        if partitions.is_empty() && !held.is_any() {
            if device.filesystem.is_some() {
                return Err(format!("disk {} has a file system without a partition", device.name));
            }
            if !is_boot {
                return Ok(None);
            }
        }
        let labels =
            if is_boot { BTreeMap::from([("bootdrive".to_owned(), "true".to_owned())]) } else { BTreeMap::new() };
        Ok(Some(Disk {
            name: device.name.clone(),
            labels,
            volume_group: held.volume_group,
            software_raid: held.software_raid,
            spare: held.spare,
            cache_set: held.cache_set,
            backs: held.backs,
            partitions,
        }))
    }

    fn partition(&self, device: &BlockDevice, index: usize, found: &wire::Partition) -> Result<Partition, String> {
        let held = self.held(found.id, true);
        let is_last = index + 1 == device.partitions.len();
        let filesystem = if held.is_any() { None } else { found.filesystem.as_ref().map(filesystem) };
        Ok(Partition {
            name: format!("part{}", index + 1),
            size: Some(size(found.size, is_last && device.available_size <= LEFT)?),
            part_uuid: None,
            bootable: found.bootable.then_some(true),
            volume_group: held.volume_group,
            software_raid: held.software_raid,
            spare: held.spare,
            cache_set: held.cache_set,
            backs: held.backs,
            labels: BTreeMap::new(),
            filesystem,
        })
    }

    fn held(&self, id: u64, partition: bool) -> Held {
        let is_it = |member: &Member| member.id == id && (member.kind == "partition") == partition;
        let among = |members: &[Member]| members.iter().any(is_it);
        let group = self.0.groups.iter().find(|group| among(&group.devices));
        let raid = self.0.raids.iter().find(|raid| among(&raid.devices) || among(&raid.spare_devices));
        let set = self.0.cache_sets.iter().find(|set| is_it(&set.cache_device));
        let cache = self.0.caches.iter().find(|cache| is_it(&cache.backing_device));
        Held {
            volume_group: group.map(|group| group.name.clone()),
            spare: raid.and_then(|raid| among(&raid.spare_devices).then_some(true)),
            software_raid: raid.map(|raid| raid.name.clone()),
            cache_set: set.map(|set| self.set_name(set.id)),
            backs: cache.map(|cache| cache.name.clone()),
        }
    }

    /// MAAS's cache sets have no names of their own.
    fn set_name(&self, id: u64) -> String {
        let index = self.0.cache_sets.iter().position(|set| set.id == id).unwrap_or_default();
        format!("cache{index}")
    }

    /// The volume group that has an assembled device.
    fn group_of(&self, device: &BlockDevice) -> Option<String> {
        let has = |group: &&wire::VolumeGroup| {
            group.devices.iter().any(|member| member.id == device.id && member.kind != "partition")
        };
        self.0.groups.iter().find(has).map(|group| group.name.clone())
    }

    fn raid(&self, found: &wire::Raid) -> Result<SoftwareRaid, String> {
        let levels = [
            ("raid-0", RaidLevel::Raid0),
            ("raid-1", RaidLevel::Raid1),
            ("raid-5", RaidLevel::Raid5),
            ("raid-6", RaidLevel::Raid6),
            ("raid-10", RaidLevel::Raid10),
        ];
        let level = levels.iter().find(|(name, _)| *name == found.level).map(|(_, level)| *level);
        let level = level.ok_or_else(|| format!("software RAID {} has level {}", found.name, found.level))?;
        let volume_group = self.group_of(&found.virtual_device);
        let filesystem = found.virtual_device.filesystem.as_ref().filter(|_| volume_group.is_none()).map(filesystem);
        if !found.virtual_device.partitions.is_empty() {
            return Err(format!("software RAID {} is partitioned", found.name));
        }
        Ok(SoftwareRaid { name: found.name.clone(), level: Some(level), volume_group, filesystem })
    }

    fn cache(&self, found: &wire::Bcache) -> Result<Cache, String> {
        let modes = [CacheMode::WriteBack, CacheMode::WriteThrough, CacheMode::WriteAround];
        let mode = modes.into_iter().find(|mode| mode.name() == found.cache_mode);
        let mode = mode.ok_or_else(|| format!("cache {} has mode {}", found.name, found.cache_mode))?;
        let volume_group = self.group_of(&found.virtual_device);
        let filesystem = found.virtual_device.filesystem.as_ref().filter(|_| volume_group.is_none()).map(filesystem);
        Ok(Cache {
            name: found.name.clone(),
            cache_set: Some(self.set_name(found.cache_set.id)),
            mode: Some(mode),
            volume_group,
            filesystem,
        })
    }
}

fn group(found: &wire::VolumeGroup) -> Result<VolumeGroup, String> {
    let last = found.logical_volumes.len();
    let volume = |(index, device): (usize, &BlockDevice)| {
        let prefix = format!("{}-", found.name);
        let name = device.name.strip_prefix(&prefix).unwrap_or(&device.name);
        Ok(LogicalVolume {
            name: name.to_owned(),
            size: Some(size(device.size, index + 1 == last && found.available_size <= LEFT)?),
            uuid: None,
            filesystem: device.filesystem.as_ref().map(filesystem),
        })
    };
    let logical_volumes = found.logical_volumes.iter().enumerate().map(volume).collect::<Result<_, String>>()?;
    Ok(VolumeGroup { name: found.name.clone(), uuid: None, logical_volumes })
}

/// A size in bytes as a design writes it; one that takes the rest as the least that it may come to.
fn size(bytes: u64, takes_rest: bool) -> Result<StorageSize, String> {
    let text = if takes_rest && bytes > 2 * LEFT {
        format!(">{}MiB", (bytes - LEFT) / MIB)
    } else {
        format!("{}MiB", bytes.div_ceil(MIB))
    };
    text.parse().map_err(|error| format!("{error}"))
}

fn filesystem(found: &wire::Filesystem) -> Filesystem {
    let given = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
    let mount_point = given(&found.mount_point).filter(|place| place != "none");
    Filesystem {
        // Where a design says nothing, mounts have `defaults`.
        mount_options: mount_point.as_ref().map(|_| found.mount_options.clone().unwrap_or_default()),
        mount_point,
        fs_type: Some(found.fstype.clone()),
        uuid: None,
        label: given(&found.label),
    }
}
