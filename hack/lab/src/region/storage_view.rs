//! Disks, partitions and groups as MAAS shows them.

use serde_json::{Value, json};

use super::node::Node;
use super::storage::{CacheSet, Disk, DiskKind, Filesystem, Group, GroupKind, Member, Partition};

/// The filesystem that a machine in its state shows: its user's, or the one it was configured with. What only holds
/// devices together is always shown.
fn shown<'a>(node: &Node, fs: Option<&'a Filesystem>) -> Option<&'a Filesystem> {
    const HOLDING: [&str; 6] = ["lvm-pv", "raid", "raid-spare", "bcache-backing", "bcache-cache", "vmfs6"];
    fs.filter(|fs| node.shows_filesystems() || HOLDING.contains(&fs.fstype.as_str()))
}

impl Node {
    /// Whether it shows filesystems: those it was configured with while nobody uses it, else those that were taken over
    /// for its user.
    pub(crate) fn shows_filesystems(&self) -> bool {
        use super::status::Status as S;
        let taken = matches!(
            self.status,
            S::Allocated
                | S::Deploying
                | S::Deployed
                | S::FailedDeployment
                | S::Releasing
                | S::ReleasingFailed
                | S::DiskErasing
                | S::Testing
                | S::FailedTesting
                | S::RescueMode
                | S::EnteringRescueMode
                | S::FailedToEnterRescueMode
                | S::ExitingRescueMode
                | S::FailedToExitRescueMode
        );
        !taken || self.acquired
    }
}

pub(crate) fn fs_view(fs: &Filesystem) -> Value {
    json!({
        "fstype": fs.fstype, "label": fs.label, "uuid": fs.uuid,
        "mount_point": fs.mount_point, "mount_options": fs.mount_options,
    })
}

/// The group or cache set that a device is a member of.
fn used_for(node: &Node, fs: Option<&Filesystem>, member: Member) -> String {
    let Some(fs) = fs else { return "Unused".to_owned() };
    if let Some(group) = node.groups.iter().find(|group| group.spares.contains(&member)) {
        return format!("Spare {} device for {}", level_of(group), group.name);
    }
    if let Some(group) = node.groups.iter().find(|group| group.members.contains(&member)) {
        return match &group.kind {
            GroupKind::Volumes => format!("LVM volume for {}", group.name),
            GroupKind::Raid(level) => format!("Active {} device for {}", level.name(), group.name),
            GroupKind::Bcache { .. } => format!("Backing device for {}", group.name),
            GroupKind::Vmfs => format!("VMFS extent for {}", group.name),
        };
    }
    if let Some(set) = node.cache_sets.iter().find(|set| set.device == member) {
        return format!("Cache device for {}", set.name);
    }
    match &fs.mount_point {
        Some(at) => format!("{} formatted filesystem mounted at {at}", fs.fstype),
        None => format!("Unmounted {} formatted filesystem", fs.fstype),
    }
}

fn level_of(group: &Group) -> &'static str {
    match group.kind {
        GroupKind::Raid(level) => level.name(),
        _ => "",
    }
}

/// The number of a disk's first partition: without EFI the boot loader has the first of the boot disk.
pub(crate) fn first_number(node: &Node, disk: &Disk) -> usize {
    let boots_legacy = node.inventory.is_some() && !node.efi() && node.boot_disk == Some(disk.id);
    if boots_legacy && node.architecture.starts_with("amd64") { 2 } else { 1 }
}

/// A partition as MAAS shows it.
pub(crate) fn partition_view(node: &Node, disk: &Disk, partition: &Partition, number: usize) -> Value {
    let (id, fs) = (&node.system_id, shown(node, partition.fs.as_ref()));
    json!({
        "id": partition.id, "uuid": partition.uuid, "size": partition.size, "bootable": partition.bootable,
        "tags": partition.tags, "system_id": id, "filesystem": fs.map(fs_view),
        "used_for": used_for(node, fs, Member::Partition(partition.id)), "device_id": disk.id,
        "path": format!("/dev/disk/by-dname/{}-part{number}", disk.name), "type": "partition",
        "resource_uri": format!("/MAAS/api/2.0/nodes/{id}/blockdevices/{}/partition/{}", disk.id, partition.id),
    })
}

/// A block device as MAAS shows it.
pub(crate) fn disk_view(node: &Node, disk: &Disk) -> Value {
    let (id, fs) = (&node.system_id, shown(node, disk.fs.as_ref()));
    let hidden = disk.fs.is_some() && fs.is_none();
    let partitions: Vec<Value> = (first_number(node, disk)..)
        .zip(&disk.partitions)
        .map(|(number, part)| partition_view(node, disk, part, number))
        .collect();
    let used_for = match disk.partitions.len() {
        0 => used_for(node, fs, Member::Disk(disk.id)),
        1 => "GPT partitioned with 1 partition".to_owned(),
        count => format!("GPT partitioned with {count} partitions"),
    };
    let physical = disk.is_physical();
    let mut view = json!({
        "id": disk.id, "name": disk.name, "type": if physical { "physical" } else { "virtual" },
        "tags": disk.tags, "numa_node": physical.then_some(disk.numa_node), "filesystem": fs.map(fs_view),
        "used_size": if hidden { 0 } else { disk.used() },
        "available_size": if hidden { disk.unformatted() } else { disk.available() },
        "partition_table_type": (!disk.partitions.is_empty()).then_some("GPT"), "partitions": partitions,
        "storage_pool": null, "serial": disk.serial, "system_id": id, "uuid": disk.uuid, "id_path": disk.id_path,
        "block_size": disk.block_size, "model": disk.model, "size": disk.size, "used_for": used_for,
        "path": format!("/dev/disk/by-dname/{}", disk.name),
        "resource_uri": format!("/MAAS/api/2.0/nodes/{id}/blockdevices/{}/", disk.id),
    });
    if physical {
        view["firmware_version"] = json!(disk.firmware);
    }
    view
}

fn member_view(node: &Node, member: Member) -> Value {
    match member {
        Member::Disk(id) => node.disk(id).map_or(Value::Null, |disk| disk_view(node, disk)),
        Member::Partition(id) => {
            let holds = |disk: &&Disk| disk.partitions.iter().any(|part| part.id == id);
            let Some(disk) = node.disks.iter().find(holds) else { return Value::Null };
            let found = (first_number(node, disk)..).zip(&disk.partitions).find(|(_, part)| part.id == id);
            found.map_or(Value::Null, |(number, part)| partition_view(node, disk, part, number))
        }
    }
}

fn members_view(node: &Node, members: &[Member]) -> Vec<Value> {
    members.iter().map(|member| member_view(node, *member)).collect()
}

/// A volume group, a RAID, a bcache or a VMFS datastore as MAAS shows it.
pub(crate) fn group_view(node: &Node, group: &Group) -> Value {
    let size = node.group_size(group);
    let device = node.assembled(group.id).map_or(Value::Null, |disk| disk_view(node, disk));
    let (id, uri) = (group.id, |kind: &str| format!("/MAAS/api/2.0/nodes/{}/{kind}/{}/", node.system_id, group.id));
    match &group.kind {
        GroupKind::Volumes => {
            let used = node.group_used(id);
            let volumes = node.disks.iter().filter(|disk| disk.kind == DiskKind::Volume(id));
            let free = size.saturating_sub(used);
            json!({
                "id": id, "name": group.name, "uuid": group.uuid, "system_id": node.system_id, "size": size,
                "human_size": human(size), "used_size": used, "human_used_size": human(used),
                "available_size": free, "human_available_size": human(free),
                "logical_volumes": volumes.map(|disk| disk_view(node, disk)).collect::<Vec<_>>(),
                "devices": members_view(node, &group.members), "resource_uri": uri("volume-group"),
            })
        }
        GroupKind::Raid(level) => json!({
            "id": id, "name": group.name, "uuid": group.uuid, "system_id": node.system_id, "size": size,
            "human_size": human(size), "level": level.name(), "virtual_device": device,
            "devices": members_view(node, &group.members), "spare_devices": members_view(node, &group.spares),
            "resource_uri": uri("raid"),
        }),
        GroupKind::Bcache { cache_set, mode } => {
            let set = node.cache_sets.iter().find(|set| set.id == *cache_set);
            let backing = group.members.first().map_or(Value::Null, |member| member_view(node, *member));
            json!({
                "id": id, "name": group.name, "uuid": group.uuid, "system_id": node.system_id, "size": size,
                "human_size": human(size), "cache_mode": mode, "virtual_device": device, "backing_device": backing,
                "cache_set": set.map(|set| cache_set_view(node, set)), "resource_uri": uri("bcache"),
            })
        }
        GroupKind::Vmfs => json!({
            "id": id, "name": group.name, "uuid": group.uuid, "system_id": node.system_id, "size": size,
            "human_size": human(size), "devices": members_view(node, &group.members), "filesystem": null,
            "resource_uri": uri("vmfs-datastore"),
        }),
    }
}

pub(crate) fn cache_set_view(node: &Node, set: &CacheSet) -> Value {
    json!({
        "system_id": node.system_id, "cache_device": member_view(node, set.device), "id": set.id, "name": set.name,
        "resource_uri": format!("/MAAS/api/2.0/nodes/{}/bcache-cache-set/{}/", node.system_id, set.id),
    })
}

#[allow(clippy::cast_precision_loss)]
fn human(size: u64) -> String {
    let units = [(1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB")];
    let size = size as f64;
    let unit = units.iter().find(|(scale, _)| size >= *scale);
    unit.map_or(format!("{size} bytes"), |(scale, name)| format!("{:.1} {name}", size / scale))
}
