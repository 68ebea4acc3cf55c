//! The layout that a design means on this machine's disks: bound, with sizes in bytes as MAAS rounds them.

use crate::{
    api::{cache::CacheMode, hardware_profile::BootMode, raid::RaidLevel, values::StorageSize},
    drivers::maas::{
        lower::{Obstacle, Seen},
        wire::BlockDevice,
    },
    model::{
        CacheDesign, DiskContent, DiskDesign, FilesystemDesign, Inventory, NodeDesign, PartitionDesign, RaidDesign,
    },
};
use std::{collections::BTreeSet, fmt};

/// MAAS rounds partitions and volumes down to this, in bytes.
pub(super) const ALIGN: u64 = 4 << 20;
/// What the partition table and its copy take, in bytes; a little more than MAAS's own reckoning.
const TABLE: u64 = 2 * ALIGN;
/// Size of the EFI system partition that is added, in bytes: that of MAAS's own layouts.
const EFI: u64 = 512 << 20;

/// What the description of an array takes of each member, in bytes: MAAS's reckoning.
const SUPERBLOCK: u64 = 128 << 10;

/// Disks, arrays, caches and groups as they shall be.
pub(super) struct Layout<'a> {
    pub boot: Option<Boot>,
    pub disks: Vec<Disk<'a>>,
    pub raids: Vec<Raid<'a>>,
    pub caches: Vec<Cache<'a>>,
    pub groups: Vec<Group<'a>>,
}

pub(super) struct Boot {
    pub id: u64,
    pub name: String,
}

pub(super) struct Disk<'a> {
    pub id: u64,
    pub name: String,
    pub size: u64,
    /// What has the whole disk.
    pub holder: Option<Holder<'a>>,
    pub partitions: Vec<Partition<'a>>,
}

/// What has a disk or a partition as a part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holder<'a> {
    Group(&'a str),
    Raid { array: &'a str, spare: bool },
    CacheSet(&'a str),
    Backs(&'a str),
}

impl<'a> Holder<'a> {
    fn of(partition: &'a PartitionDesign) -> Option<Self> {
        let raid = partition.raid.as_ref().map(|member| Self::Raid { array: &member.array, spare: member.spare });
        let group = partition.volume_group.as_ref().map(|group| Self::Group(group));
        let cache_set = || partition.cache_set.as_ref().map(|set| Self::CacheSet(set));
        let backs = || partition.backs.as_ref().map(|cache| Self::Backs(cache));
        group.or(raid).or_else(cache_set).or_else(backs)
    }
}

pub(super) struct Raid<'a> {
    pub name: &'a str,
    pub level: RaidLevel,
    pub size: u64,
    pub group: Option<&'a str>,
    pub filesystem: Option<&'a FilesystemDesign>,
}

pub(super) struct Cache<'a> {
    pub name: &'a str,
    pub set: &'a str,
    pub mode: CacheMode,
    pub size: u64,
    pub group: Option<&'a str>,
    pub filesystem: Option<&'a FilesystemDesign>,
}

pub(super) struct Partition<'a> {
    pub name: &'a str,
    pub size: Size,
    pub uuid: Option<&'a str>,
    pub bootable: bool,
    pub holder: Option<Holder<'a>>,
    pub filesystem: Option<FilesystemDesign>,
}

pub(super) struct Group<'a> {
    pub name: &'a str,
    pub uuid: Option<&'a str>,
    pub volumes: Vec<Volume<'a>>,
}

pub(super) struct Volume<'a> {
    pub name: &'a str,
    pub size: Size,
    pub uuid: Option<&'a str>,
    pub filesystem: Option<FilesystemDesign>,
}

/// A size as it is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Size {
    /// So many bytes, a multiple of 4 MiB.
    Exact(u64),
    /// Everything that is left, about `about` bytes.
    Rest {
        /// What that will be at least.
        about: u64,
    },
}

impl Size {
    fn bytes(self) -> u64 {
        match self {
            Self::Exact(bytes) | Self::Rest { about: bytes } => bytes,
        }
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact(bytes) => write!(f, "{} MiB", bytes >> 20),
            Self::Rest { .. } => f.write_str("all the rest"),
        }
    }
}

impl Layout<'_> {
    /// The disks and partitions that something has: a label and their bytes.
    pub fn parts(&self, holder: Holder<'_>) -> impl Iterator<Item = (String, u64)> {
        self.disks.iter().flat_map(move |disk| {
            let whole = (disk.holder == Some(holder)).then(|| (disk.name.clone(), disk.size));
            let parts = disk.partitions.iter().filter(move |part| part.holder == Some(holder));
            whole.into_iter().chain(parts.map(|part| (format!("{} of {}", part.name, disk.name), part.size.bytes())))
        })
    }

    /// The physical volumes of a group: a label and their bytes.
    pub fn members(&self, group: &str) -> impl Iterator<Item = (String, u64)> {
        let arrays = self.raids.iter().filter(move |raid| raid.group == Some(group));
        let caches = self.caches.iter().filter(move |cache| cache.group == Some(group));
        self.parts(Holder::Group(group))
            .chain(arrays.map(|raid| (raid.name.to_owned(), raid.size)))
            .chain(caches.map(|cache| (cache.name.to_owned(), cache.size)))
    }

    /// The cache sets, by their names in the design.
    pub fn cache_sets(&self) -> BTreeSet<&str> {
        let parts = self.disks.iter().flat_map(|disk| disk.partitions.iter().map(|part| part.holder));
        let holders = self.disks.iter().map(|disk| disk.holder).chain(parts);
        holders.filter_map(|holder| if let Some(Holder::CacheSet(set)) = holder { Some(set) } else { None }).collect()
    }
}

/// Binds the design to the machine's disks and works out every size.
pub(super) fn plan<'a>(design: &'a NodeDesign, seen: Seen<'_>) -> Result<Layout<'a>, Obstacle> {
    let empty = Inventory::default();
    let inventory = seen.inventory.unwrap_or(&empty);
    let mut bound: Vec<(&DiskDesign, &BlockDevice)> = Vec::new();
    for disk in &design.storage.disks {
        let name = &crate::model::bind::disk(&disk.device, inventory).map_err(Obstacle::Impossible)?.name;
        let found = seen.machine.physicalblockdevice_set.iter().find(|device| device.name == *name);
        let found = found.ok_or_else(|| Obstacle::Impossible(format!("MAAS has no block device {name}")))?;
        if bound.iter().any(|(_, other)| other.id == found.id) {
            return Err(Obstacle::Impossible(format!("disk {name} is designed twice")));
        }
        bound.push((disk, found));
    }
    let boot =
        bound.iter().find(|(disk, _)| disk.boot).or_else(|| holder(&bound, "/boot")).or_else(|| holder(&bound, "/"));
    let boot = boot.map(|(_, device)| Boot { id: device.id, name: device.name.clone() });
    let has_efi = bound.iter().any(|(disk, _)| mounts(disk, "/boot/efi"));
    let adds_efi = design.boot_mode == BootMode::Uefi && !has_efi;
    let mut layout = Layout { boot, disks: Vec::new(), raids: Vec::new(), caches: Vec::new(), groups: Vec::new() };
    for (disk, device) in bound {
        let efi = adds_efi && layout.boot.as_ref().is_some_and(|boot| boot.id == device.id);
        layout.disks.push(plan_disk(disk, device, efi)?);
    }
    for raid in &design.storage.raids {
        let raid = plan_raid(raid, &layout)?;
        layout.raids.push(raid);
    }
    for cache in &design.storage.caches {
        let cache = plan_cache(cache, &layout)?;
        layout.caches.push(cache);
    }
    for group in &design.storage.volume_groups {
        let usable: u64 = layout.members(&group.name).map(|(_, size)| align(size).saturating_sub(2 * ALIGN)).sum();
        if usable == 0 {
            return Err(Obstacle::Impossible(format!("volume group {} has no disk or partition", group.name)));
        }
        let wanted: Vec<&StorageSize> = group.logical_volumes.iter().map(|volume| &volume.size).collect();
        let sizes = sizes(&format!("volume group {}", group.name), usable, &wanted)?;
        let volumes = group.logical_volumes.iter().zip(sizes).map(|(volume, size)| Volume {
            name: &volume.name,
            size,
            uuid: volume.uuid.as_deref(),
            filesystem: volume.filesystem.clone(),
        });
        layout.groups.push(Group { name: &group.name, uuid: group.uuid.as_deref(), volumes: volumes.collect() });
    }
    Ok(layout)
}

fn holder<'a, 'b>(
    bound: &'b [(&'a DiskDesign, &'a BlockDevice)],
    mount_point: &str,
) -> Option<&'b (&'a DiskDesign, &'a BlockDevice)> {
    bound.iter().find(|(disk, _)| mounts(disk, mount_point))
}

fn mounts(disk: &DiskDesign, mount_point: &str) -> bool {
    let DiskContent::Partitions(partitions) = &disk.content else { return false };
    let mut filesystems = partitions.iter().filter_map(|partition| partition.filesystem.as_ref());
    filesystems.any(|filesystem| filesystem.mount_point.as_deref() == Some(mount_point))
}

/// An array of the members that there are, and what they give.
fn plan_raid<'a>(design: &'a RaidDesign, layout: &Layout<'_>) -> Result<Raid<'a>, Obstacle> {
    let active = Holder::Raid { array: &design.name, spare: false };
    let sizes: Vec<u64> = layout.parts(active).map(|(_, size)| size).collect();
    let (count, least) = (sizes.len(), design.level.least());
    if count < least {
        let level = design.level.name();
        let text = format!("software RAID {}: {level} needs {least} members, {count} are there", design.name);
        return Err(Obstacle::Impossible(text));
    }
    let smallest = sizes.into_iter().min().unwrap_or_default().saturating_sub(SUPERBLOCK);
    Ok(Raid {
        name: &design.name,
        level: design.level,
        size: smallest.saturating_mul(design.level.capacity(u64::try_from(count).unwrap_or(u64::MAX))),
        group: design.volume_group.as_deref(),
        filesystem: design.filesystem.as_ref(),
    })
}

/// A cache of the one slow device that backs it.
fn plan_cache<'a>(design: &'a CacheDesign, layout: &Layout<'_>) -> Result<Cache<'a>, Obstacle> {
    let sizes: Vec<u64> = layout.parts(Holder::Backs(&design.name)).map(|(_, size)| size).collect();
    let [size] = sizes.as_slice() else {
        let text = format!("cache {}: one disk or partition backs it, {} are there", design.name, sizes.len());
        return Err(Obstacle::Impossible(text));
    };
    if layout.parts(Holder::CacheSet(&design.cache_set)).count() != 1 {
        let text = format!("cache {}: its set {} has one fast device", design.name, design.cache_set);
        return Err(Obstacle::Impossible(text));
    }
    Ok(Cache {
        name: &design.name,
        set: &design.cache_set,
        mode: design.mode,
        size: *size,
        group: design.volume_group.as_deref(),
        filesystem: design.filesystem.as_ref(),
    })
}

fn plan_disk<'a>(design: &'a DiskDesign, device: &BlockDevice, efi: bool) -> Result<Disk<'a>, Obstacle> {
    let mut disk =
        Disk { id: device.id, name: device.name.clone(), size: device.size, holder: None, partitions: Vec::new() };
    let (holder, what, of) = match &design.content {
        DiskContent::VolumeGroup(group) => (Holder::Group(group), "volume group", group),
        DiskContent::Raid(member) => {
            (Holder::Raid { array: &member.array, spare: member.spare }, "software RAID", &member.array)
        }
        DiskContent::CacheSet(set) => (Holder::CacheSet(set), "cache set", set),
        DiskContent::Backs(cache) => (Holder::Backs(cache), "cache", cache),
        DiskContent::Partitions(partitions) => return partitioned(partitions, device, efi, disk),
    };
    if efi {
        let name = &device.name;
        let text =
            format!("disk {name}: as the UEFI boot disk it needs partitions, and {what} {of} asks for all of it");
        return Err(Obstacle::Impossible(text));
    }
    disk.holder = Some(holder);
    Ok(disk)
}

fn partitioned<'a>(
    designed: &'a [PartitionDesign],
    device: &BlockDevice,
    efi: bool,
    mut disk: Disk<'a>,
) -> Result<Disk<'a>, Obstacle> {
    let mut usable = align(device.size).saturating_sub(TABLE);
    if efi {
        usable = usable.saturating_sub(EFI);
        disk.partitions.push(Partition {
            name: "efi",
            size: Size::Exact(EFI),
            uuid: None,
            bootable: true,
            holder: None,
            filesystem: Some(FilesystemDesign {
                fs_type: "fat32".into(),
                mount_point: Some("/boot/efi".into()),
                mount_options: String::new(),
                uuid: None,
                label: Some("efi".into()),
            }),
        });
    }
    let wanted: Vec<&StorageSize> = designed.iter().map(|partition| &partition.size).collect();
    let sizes = sizes(&format!("disk {}", device.name), usable, &wanted)?;
    disk.partitions.extend(designed.iter().zip(sizes).map(|(partition, size)| Partition {
        name: &partition.name,
        size,
        uuid: partition.uuid.as_deref(),
        bootable: partition.bootable,
        holder: Holder::of(partition),
        filesystem: partition.filesystem.clone(),
    }));
    Ok(disk)
}

/// Shares out `usable` bytes. The last minimum takes all that the others leave; when it also stands last, MAAS is left to
/// reckon it.
fn sizes(of: &str, usable: u64, wanted: &[&StorageSize]) -> Result<Vec<Size>, Obstacle> {
    let greedy = wanted.iter().rposition(|size| matches!(size, StorageSize::AtLeast(_)));
    let mut sizes: Vec<u64> = wanted.iter().map(|size| align(asked(size, usable))).collect();
    let total = sizes.iter().fold(0_u64, |sum, size| sum.saturating_add(*size));
    let Some(left) = usable.checked_sub(total) else {
        let text = format!("{of}: {} MiB are asked for, {} MiB are there", total >> 20, usable >> 20);
        return Err(Obstacle::Impossible(text));
    };
    if let Some(greedy) = greedy {
        sizes[greedy] = align(sizes[greedy] + left);
    }
    let last = wanted.len().checked_sub(1);
    let size = |(index, bytes)| {
        if greedy == Some(index) && last == Some(index) { Size::Rest { about: bytes } } else { Size::Exact(bytes) }
    };
    Ok(sizes.into_iter().enumerate().map(size).collect())
}

fn asked(size: &StorageSize, usable: u64) -> u64 {
    match size {
        StorageSize::Bytes(size) | StorageSize::AtLeast(size) => size.bytes,
        StorageSize::Percent(percent) => usable / 100 * u64::from(*percent),
    }
}

pub(super) fn align(bytes: u64) -> u64 {
    bytes / ALIGN * ALIGN
}
