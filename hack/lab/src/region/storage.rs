//! Disks, partitions and what is built of them: volume groups, RAIDs, bcaches. The sizes are MAAS's own.

use super::Region;
use super::node::Node;

/// MAAS rounds partitions and volumes down to this.
const ALIGN: u64 = 4 * 1024 * 1024;
/// What a partition table costs.
pub(crate) const TABLE: u64 = 6 * 1024 * 1024;
/// What a member of a RAID keeps for itself.
const SUPERBLOCK: u64 = 128 * 1024;

/// Rounds down to a multiple of 4 MiB.
pub(crate) fn align(size: u64) -> u64 {
    size / ALIGN * ALIGN
}

/// What a block device is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DiskKind {
    Physical,
    /// A logical volume of this volume group.
    Volume(u64),
    /// What this RAID or bcache makes of its members.
    Assembled(u64),
}

/// A block device.
#[derive(Clone, Debug)]
pub(crate) struct Disk {
    pub(crate) id: u64,
    pub(crate) kind: DiskKind,
    pub(crate) name: String,
    pub(crate) model: Option<String>,
    pub(crate) serial: Option<String>,
    pub(crate) id_path: Option<String>,
    pub(crate) firmware: Option<String>,
    pub(crate) numa_node: u64,
    pub(crate) size: u64,
    pub(crate) block_size: u64,
    pub(crate) tags: Vec<String>,
    pub(crate) uuid: Option<String>,
    pub(crate) partitions: Vec<Partition>,
    pub(crate) fs: Option<Filesystem>,
}

/// A partition.
#[derive(Clone, Debug)]
pub(crate) struct Partition {
    pub(crate) id: u64,
    pub(crate) size: u64,
    pub(crate) bootable: bool,
    pub(crate) uuid: String,
    pub(crate) tags: Vec<String>,
    pub(crate) fs: Option<Filesystem>,
}

/// A filesystem, or what makes a device a member of something.
#[derive(Clone, Debug)]
pub(crate) struct Filesystem {
    pub(crate) fstype: String,
    pub(crate) label: Option<String>,
    pub(crate) uuid: String,
    pub(crate) mount_point: Option<String>,
    pub(crate) mount_options: Option<String>,
}

/// A disk or a partition, by id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Member {
    Disk(u64),
    Partition(u64),
}

/// Block devices put together.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) uuid: String,
    pub(crate) kind: GroupKind,
    pub(crate) members: Vec<Member>,
    pub(crate) spares: Vec<Member>,
}

/// Kinds of group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum GroupKind {
    Volumes,
    Raid(Level),
    Bcache { cache_set: u64, mode: String },
    Vmfs,
}

/// RAID levels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    Raid0,
    Raid1,
    Raid5,
    Raid6,
    Raid10,
}

/// A cache that bcaches share.
#[derive(Clone, Debug)]
pub(crate) struct CacheSet {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) device: Member,
}

impl Level {
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        [Self::Raid0, Self::Raid1, Self::Raid5, Self::Raid6, Self::Raid10].into_iter().find(|one| one.name() == name)
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Raid0 => "raid-0",
            Self::Raid1 => "raid-1",
            Self::Raid5 => "raid-5",
            Self::Raid6 => "raid-6",
            Self::Raid10 => "raid-10",
        }
    }

    /// Why so many members and spares make no RAID of this level.
    pub(crate) fn refuses(self, members: usize, spares: usize) -> Option<String> {
        let (least, allows_spares) = match self {
            Self::Raid0 => (2, false),
            Self::Raid1 => (2, true),
            Self::Raid5 | Self::Raid10 => (3, true),
            Self::Raid6 => (4, true),
        };
        let level = self.name().trim_start_matches("raid-");
        let rest = if allows_spares { "any number of spares" } else { "no spares" };
        let bad = members < least || (spares > 0 && !allows_spares);
        bad.then(|| format!("RAID level {level} must have at least {least} raid devices and {rest}."))
    }

    fn size(self, smallest: u64, members: u64) -> u64 {
        let each = smallest.saturating_sub(SUPERBLOCK);
        match self {
            Self::Raid0 => each * members,
            Self::Raid1 => each,
            Self::Raid5 => each * members.saturating_sub(1),
            Self::Raid6 => each * members.saturating_sub(2),
            Self::Raid10 => each * members / 2,
        }
    }
}

impl Filesystem {
    /// What marks a device as a member of something.
    pub(crate) fn member(fstype: &str, uuid: String) -> Self {
        Self { fstype: fstype.to_owned(), label: None, uuid, mount_point: None, mount_options: None }
    }
}

impl Disk {
    /// A virtual device.
    pub(crate) fn of_group(id: u64, kind: DiskKind, name: &str, size: u64, uuid: String) -> Self {
        Self {
            id,
            kind,
            name: name.to_owned(),
            model: None,
            serial: None,
            id_path: None,
            firmware: None,
            numa_node: 0,
            size,
            block_size: if matches!(kind, DiskKind::Volume(_)) { 4096 } else { 512 },
            tags: Vec::new(),
            uuid: Some(uuid),
            partitions: Vec::new(),
            fs: None,
        }
    }

    pub(crate) fn is_physical(&self) -> bool {
        self.kind == DiskKind::Physical
    }

    pub(crate) fn available(&self) -> u64 {
        if self.fs.is_some() { 0 } else { self.unformatted() }
    }

    /// What would be available if it were not formatted.
    pub(crate) fn unformatted(&self) -> u64 {
        let used: u64 = self.partitions.iter().map(|partition| partition.size).sum();
        align(self.size.saturating_sub(TABLE)).saturating_sub(used)
    }

    pub(crate) fn used(&self) -> u64 {
        if self.fs.is_some() {
            self.size
        } else if self.partitions.is_empty() {
            0
        } else {
            self.partitions.iter().map(|partition| partition.size).sum::<u64>() + TABLE
        }
    }
}

impl Node {
    pub(crate) fn disk(&self, id: u64) -> Option<&Disk> {
        self.disks.iter().find(|disk| disk.id == id)
    }

    pub(crate) fn disk_mut(&mut self, id: u64) -> Option<&mut Disk> {
        self.disks.iter_mut().find(|disk| disk.id == id)
    }

    pub(crate) fn partition(&self, id: u64) -> Option<&Partition> {
        self.disks.iter().flat_map(|disk| &disk.partitions).find(|partition| partition.id == id)
    }

    pub(crate) fn partition_mut(&mut self, id: u64) -> Option<&mut Partition> {
        self.disks.iter_mut().flat_map(|disk| &mut disk.partitions).find(|partition| partition.id == id)
    }

    pub(crate) fn group(&self, id: u64) -> Option<&Group> {
        self.groups.iter().find(|group| group.id == id)
    }

    fn member_size(&self, member: Member) -> u64 {
        match member {
            Member::Disk(id) => self.disk(id).map_or(0, |disk| disk.size),
            Member::Partition(id) => self.partition(id).map_or(0, |partition| partition.size),
        }
    }

    /// A member's filesystem.
    pub(crate) fn member_fs(&mut self, member: Member) -> Option<&mut Option<Filesystem>> {
        match member {
            Member::Disk(id) => self.disk_mut(id).map(|disk| &mut disk.fs),
            Member::Partition(id) => self.partition_mut(id).map(|partition| &mut partition.fs),
        }
    }

    /// Nothing uses the device yet.
    pub(crate) fn is_free(&self, member: Member) -> bool {
        match member {
            Member::Disk(id) => self.disk(id).is_some_and(|disk| disk.fs.is_none() && disk.partitions.is_empty()),
            Member::Partition(id) => self.partition(id).is_some_and(|partition| partition.fs.is_none()),
        }
    }

    pub(crate) fn group_size(&self, group: &Group) -> u64 {
        let sizes = || group.members.iter().map(|member| self.member_size(*member));
        match &group.kind {
            GroupKind::Volumes => sizes().map(|size| align(size).saturating_sub(ALIGN)).sum(),
            GroupKind::Raid(level) => level.size(sizes().min().unwrap_or(0), group.members.len() as u64),
            GroupKind::Bcache { .. } | GroupKind::Vmfs => sizes().sum(),
        }
    }

    pub(crate) fn group_used(&self, group: u64) -> u64 {
        self.disks.iter().filter(|disk| disk.kind == DiskKind::Volume(group)).map(|disk| disk.size).sum()
    }

    /// The block device that a RAID or a bcache makes.
    pub(crate) fn assembled(&self, group: u64) -> Option<&Disk> {
        self.disks.iter().find(|disk| disk.kind == DiskKind::Assembled(group))
    }

    /// Takes a group apart.
    pub(crate) fn remove_group(&mut self, id: u64) {
        let Some(at) = self.groups.iter().position(|group| group.id == id) else { return };
        let group = self.groups.remove(at);
        self.disks.retain(|disk| disk.kind != DiskKind::Volume(id) && disk.kind != DiskKind::Assembled(id));
        for member in group.members.iter().chain(&group.spares) {
            if let Some(fs) = self.member_fs(*member) {
                *fs = None;
            }
        }
    }

    /// Forgets every partition, filesystem and group.
    pub(crate) fn blank_storage(&mut self) {
        self.groups.clear();
        self.cache_sets.clear();
        self.special_filesystems.clear();
        self.disks.retain(Disk::is_physical);
        for disk in &mut self.disks {
            disk.partitions.clear();
            disk.fs = None;
        }
    }

    pub(crate) fn filesystems(&self) -> impl Iterator<Item = &Filesystem> {
        let partitions = self.disks.iter().flat_map(|disk| &disk.partitions).filter_map(|part| part.fs.as_ref());
        let disks = self.disks.iter().filter_map(|disk| disk.fs.as_ref());
        partitions.chain(disks).chain(&self.special_filesystems)
    }

    /// Something is mounted at `/`.
    pub(crate) fn has_root(&self) -> bool {
        self.filesystems().any(|fs| fs.mount_point.as_deref() == Some("/"))
    }
}

impl Region {
    /// A partition of at most what is left; `None` when nothing is.
    pub(crate) fn add_partition(
        &mut self,
        node: &mut Node,
        disk: u64,
        size: Option<u64>,
        bootable: bool,
        fs: Option<Filesystem>,
    ) -> Option<u64> {
        let disk = node.disk_mut(disk)?;
        let available = disk.available();
        let size = align(size.unwrap_or(available)).min(available);
        if size == 0 {
            return None;
        }
        let (id, uuid) = (self.ids.partition(), self.dice.uuid("partition"));
        disk.partitions.push(Partition { id, size, bootable, uuid, tags: Vec::new(), fs });
        Some(id)
    }

    pub(crate) fn add_volume(&mut self, node: &mut Node, group: u64, name: &str, size: u64) -> u64 {
        let id = self.ids.disk();
        let group_name = node.group(group).map_or("", |group| &group.name);
        let (name, uuid) = (format!("{group_name}-{name}"), self.dice.uuid("volume"));
        node.disks.push(Disk::of_group(id, DiskKind::Volume(group), &name, size, uuid));
        id
    }

    /// Puts devices together and marks them as members.
    pub(crate) fn add_group(
        &mut self,
        node: &mut Node,
        kind: GroupKind,
        name: &str,
        members: Vec<Member>,
        spares: Vec<Member>,
    ) -> u64 {
        let (id, uuid) = (self.ids.group(), self.dice.uuid("group"));
        let (fstype, spare) = match kind {
            GroupKind::Volumes => ("lvm-pv", ""),
            GroupKind::Raid(_) => ("raid", "raid-spare"),
            GroupKind::Bcache { .. } => ("bcache-backing", ""),
            GroupKind::Vmfs => ("vmfs6", ""),
        };
        for (list, fstype) in [(&members, fstype), (&spares, spare)] {
            for member in list {
                let uuid = self.dice.uuid("filesystem");
                if let Some(fs) = node.member_fs(*member) {
                    *fs = Some(Filesystem::member(fstype, uuid));
                }
            }
        }
        let assembled = matches!(kind, GroupKind::Raid(_) | GroupKind::Bcache { .. });
        let group = Group { id, name: name.to_owned(), uuid, kind, members, spares };
        let size = node.group_size(&group);
        node.groups.push(group);
        if assembled {
            let (disk, uuid) = (self.ids.disk(), self.dice.uuid("volume"));
            node.disks.push(Disk::of_group(disk, DiskKind::Assembled(id), name, size, uuid));
        }
        id
    }

    pub(crate) fn add_cache_set(&mut self, node: &mut Node, device: Member) -> u64 {
        let (id, uuid) = (self.ids.cache_set(), self.dice.uuid("filesystem"));
        if let Some(fs) = node.member_fs(device) {
            *fs = Some(Filesystem::member("bcache-cache", uuid));
        }
        let name = format!("cache{}", node.cache_sets.len());
        node.cache_sets.push(CacheSet { id, name, device });
        id
    }
}
