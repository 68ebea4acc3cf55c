//! Disks, partitions, volume groups and MAAS's storage layouts.

use serde_json::{Value, json};

use super::Region;
use super::node::Node;

/// MAAS rounds partitions and volumes down to this.
const ALIGN: u64 = 4 * 1024 * 1024;
/// What a partition table costs.
const TABLE: u64 = 6 * 1024 * 1024;
/// The size of the EFI partition of a layout.
const EFI_SIZE: u64 = 536_870_912;

/// Rounds down to a multiple of 4 MiB.
pub(crate) fn align(size: u64) -> u64 {
    size / ALIGN * ALIGN
}

/// A block device: a disk, or a logical volume when it belongs to a volume group.
#[derive(Clone, Debug)]
pub(crate) struct Disk {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) model: Option<String>,
    pub(crate) serial: Option<String>,
    pub(crate) id_path: Option<String>,
    pub(crate) size: u64,
    pub(crate) block_size: u64,
    pub(crate) tags: Vec<String>,
    pub(crate) uuid: Option<String>,
    pub(crate) group: Option<u64>,
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

/// A filesystem.
#[derive(Clone, Debug)]
pub(crate) struct Filesystem {
    pub(crate) fstype: String,
    pub(crate) label: Option<String>,
    pub(crate) uuid: String,
    pub(crate) mount_point: Option<String>,
    pub(crate) mount_options: Option<String>,
}

/// A volume group.
#[derive(Clone, Debug)]
pub(crate) struct VolumeGroup {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) uuid: String,
    pub(crate) disks: Vec<u64>,
    pub(crate) partitions: Vec<u64>,
}

impl Disk {
    pub(crate) fn available(&self) -> u64 {
        if self.fs.is_some() {
            return 0;
        }
        let used: u64 = self.partitions.iter().map(|partition| partition.size).sum();
        align(self.size.saturating_sub(TABLE).saturating_sub(used))
    }

    fn used(&self) -> u64 {
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

    pub(crate) fn partition_mut(&mut self, id: u64) -> Option<&mut Partition> {
        self.disks.iter_mut().flat_map(|disk| &mut disk.partitions).find(|partition| partition.id == id)
    }

    pub(crate) fn group_size(&self, group: &VolumeGroup) -> u64 {
        let disks = self.disks.iter().filter(|disk| group.disks.contains(&disk.id)).map(|disk| disk.size);
        let partitions = self.disks.iter().flat_map(|disk| &disk.partitions);
        let partitions = partitions.filter(|part| group.partitions.contains(&part.id)).map(|part| part.size);
        disks.chain(partitions).map(|size| align(size).saturating_sub(ALIGN)).sum()
    }

    pub(crate) fn group_used(&self, group: u64) -> u64 {
        self.disks.iter().filter(|disk| disk.group == Some(group)).map(|disk| disk.size).sum()
    }

    /// Forgets every partition, filesystem and volume group.
    pub(crate) fn blank_storage(&mut self) {
        self.volume_groups.clear();
        self.disks.retain(|disk| disk.group.is_none());
        for disk in &mut self.disks {
            disk.partitions.clear();
            disk.fs = None;
        }
    }

    /// Something is mounted at `/`.
    pub(crate) fn has_root(&self) -> bool {
        let partitions = self.disks.iter().flat_map(|disk| &disk.partitions).filter_map(|part| part.fs.as_ref());
        let disks = self.disks.iter().filter_map(|disk| disk.fs.as_ref());
        partitions.chain(disks).any(|fs| fs.mount_point.as_deref() == Some("/"))
    }
}

impl Region {
    fn filesystem(&mut self, fstype: &str, label: &str, mount_point: Option<&str>) -> Filesystem {
        Filesystem {
            fstype: fstype.to_owned(),
            label: Some(label.to_owned()),
            uuid: self.dice.uuid("filesystem"),
            mount_point: mount_point.map(str::to_owned),
            mount_options: None,
        }
    }

    /// A partition of at most what is left; `None` when nothing is.
    pub(crate) fn add_partition(
        &mut self,
        node: &mut Node,
        disk: u64,
        size: Option<u64>,
        bootable: bool,
        fs: Option<Filesystem>,
    ) -> Option<u64> {
        let id = self.next_partition;
        let uuid = self.dice.uuid("partition");
        let disk = node.disk_mut(disk)?;
        let available = disk.available();
        let size = align(size.unwrap_or(available)).min(available);
        if size == 0 {
            return None;
        }
        self.next_partition += 1;
        disk.partitions.push(Partition { id, size, bootable, uuid, tags: Vec::new(), fs });
        Some(id)
    }

    pub(crate) fn add_volume(&mut self, node: &mut Node, group: u64, name: &str, size: u64) -> u64 {
        let id = self.next_disk;
        self.next_disk += 1;
        let group_name = node.volume_groups.iter().find(|g| g.id == group).map_or("", |g| &g.name);
        let disk = Disk {
            id,
            name: format!("{group_name}-{name}"),
            model: None,
            serial: None,
            id_path: None,
            size,
            block_size: 4096,
            tags: Vec::new(),
            uuid: Some(self.dice.uuid("volume")),
            group: Some(group),
            partitions: Vec::new(),
            fs: None,
        };
        node.disks.push(disk);
        id
    }

    /// Applies a layout. The EFI partition goes to the boot disk, the root to `root` (the boot disk when absent).
    pub(crate) fn apply_layout(&mut self, node: &mut Node, layout: &str, root: Option<u64>) {
        node.blank_storage();
        let Some(boot) = node.boot_disk else { return };
        let root = root.unwrap_or(boot);
        if matches!(layout, "blank" | "custom") {
            return;
        }
        if node.efi() {
            let fs = self.filesystem("fat32", "efi", Some("/boot/efi"));
            self.add_partition(node, boot, Some(EFI_SIZE), true, Some(fs));
        }
        if layout == "bcache" {
            let fs = self.filesystem("ext4", "boot", Some("/boot"));
            self.add_partition(node, boot, Some(1 << 30), false, Some(fs));
        }
        let fs = self.filesystem("ext4", "root", Some("/"));
        if layout != "lvm" {
            self.add_partition(node, root, None, false, Some(fs));
            return;
        }
        let member = self.filesystem("lvm-pv", "", None);
        let Some(partition) = self.add_partition(node, root, None, false, Some(member)) else { return };
        let id = self.next_group;
        self.next_group += 1;
        let uuid = self.dice.uuid("group");
        let group = VolumeGroup { id, name: "vgroot".to_owned(), uuid, disks: Vec::new(), partitions: vec![partition] };
        let size = node.group_size(&group);
        node.volume_groups.push(group);
        let volume = self.add_volume(node, id, "lvroot", size);
        if let Some(disk) = node.disk_mut(volume) {
            disk.fs = Some(fs);
        }
    }
}

fn fs_view(fs: Option<&Filesystem>) -> Value {
    fs.map_or(Value::Null, |fs| {
        json!({
            "fstype": fs.fstype, "label": fs.label, "uuid": fs.uuid,
            "mount_point": fs.mount_point, "mount_options": fs.mount_options,
        })
    })
}

fn used_for(node: &Node, fs: Option<&Filesystem>, disk: Option<u64>, partition: Option<u64>) -> String {
    let Some(fs) = fs else { return "Unused".to_owned() };
    if fs.fstype == "lvm-pv" {
        let of = |group: &&VolumeGroup| {
            disk.is_some_and(|id| group.disks.contains(&id))
                || partition.is_some_and(|id| group.partitions.contains(&id))
        };
        let name = node.volume_groups.iter().find(of).map_or("", |group| &group.name);
        return format!("LVM volume for {name}");
    }
    match &fs.mount_point {
        Some(at) => format!("{} formatted filesystem mounted at {at}", fs.fstype),
        None => format!("Unmounted {} formatted filesystem", fs.fstype),
    }
}

/// A partition as MAAS shows it; `number` counts from 1.
pub(crate) fn partition_view(node: &Node, disk: &Disk, partition: &Partition, number: usize) -> Value {
    let id = &node.system_id;
    json!({
        "id": partition.id, "uuid": partition.uuid, "size": partition.size, "bootable": partition.bootable,
        "tags": partition.tags, "system_id": id, "filesystem": fs_view(partition.fs.as_ref()),
        "used_for": used_for(node, partition.fs.as_ref(), None, Some(partition.id)), "device_id": disk.id,
        "path": format!("/dev/disk/by-dname/{}-part{number}", disk.name), "type": "partition",
        "resource_uri": format!("/MAAS/api/2.0/nodes/{id}/blockdevices/{}/partition/{}", disk.id, partition.id),
    })
}

/// A block device as MAAS shows it.
pub(crate) fn disk_view(node: &Node, disk: &Disk) -> Value {
    let id = &node.system_id;
    let partitions: Vec<Value> =
        (1..).zip(&disk.partitions).map(|(number, part)| partition_view(node, disk, part, number)).collect();
    let used_for = match disk.partitions.len() {
        0 => used_for(node, disk.fs.as_ref(), Some(disk.id), None),
        1 => "GPT partitioned with 1 partition".to_owned(),
        count => format!("GPT partitioned with {count} partitions"),
    };
    let mut view = json!({
        "id": disk.id, "name": disk.name, "type": if disk.group.is_some() { "virtual" } else { "physical" },
        "tags": disk.tags, "numa_node": disk.group.is_none().then_some(0), "used_size": disk.used(),
        "filesystem": fs_view(disk.fs.as_ref()), "available_size": disk.available(),
        "partition_table_type": (!disk.partitions.is_empty()).then_some("GPT"), "partitions": partitions,
        "storage_pool": null, "serial": disk.serial, "system_id": id, "uuid": disk.uuid, "id_path": disk.id_path,
        "block_size": disk.block_size, "model": disk.model, "size": disk.size, "used_for": used_for,
        "path": format!("/dev/disk/by-dname/{}", disk.name),
        "resource_uri": format!("/MAAS/api/2.0/nodes/{id}/blockdevices/{}/", disk.id),
    });
    if disk.group.is_none() {
        view["firmware_version"] = json!("1.1.0");
    }
    view
}

/// A volume group as MAAS shows it.
pub(crate) fn group_view(node: &Node, group: &VolumeGroup) -> Value {
    let size = node.group_size(group);
    let used = node.group_used(group.id);
    let volumes = node.disks.iter().filter(|disk| disk.group == Some(group.id)).map(|disk| disk_view(node, disk));
    let mut devices: Vec<Value> =
        node.disks.iter().filter(|disk| group.disks.contains(&disk.id)).map(|disk| disk_view(node, disk)).collect();
    for disk in &node.disks {
        let members = (1..).zip(&disk.partitions).filter(|(_, part)| group.partitions.contains(&part.id));
        devices.extend(members.map(|(number, part)| partition_view(node, disk, part, number)));
    }
    json!({
        "id": group.id, "name": group.name, "uuid": group.uuid, "system_id": node.system_id, "size": size,
        "human_size": human(size), "used_size": used, "human_used_size": human(used),
        "available_size": size.saturating_sub(used), "human_available_size": human(size.saturating_sub(used)),
        "logical_volumes": volumes.collect::<Vec<_>>(), "devices": devices,
        "resource_uri": format!("/MAAS/api/2.0/nodes/{}/volume-group/{}/", node.system_id, group.id),
    })
}

#[allow(clippy::cast_precision_loss)]
fn human(size: u64) -> String {
    let units = [(1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB")];
    let size = size as f64;
    let unit = units.iter().find(|(scale, _)| size >= *scale);
    unit.map_or(format!("{size} bytes"), |(scale, name)| format!("{:.1} {name}", size / scale))
}
