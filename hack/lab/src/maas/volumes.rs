//! Partitions, volume groups and logical volumes.

use serde_json::Value;

use super::reply::{Answer, Reply};
use super::request::Request;
use super::route::no_such;
use super::storage::{change_fs, check_ready, check_ready_or_allocated, find, uuid_of};
use crate::region::node::Node;
use crate::region::storage::{Filesystem, VolumeGroup, align, group_view, partition_view};
use crate::world::World;

/// A size as MAAS takes it: bytes, or with a decimal unit. `Ok(None)` means the rest.
fn size_of(text: Option<&str>) -> Result<Option<u64>, Reply> {
    let Some(text) = text else { return Ok(None) };
    let (digits, factor) = match text.chars().last().map(|unit| unit.to_ascii_uppercase()) {
        Some('K') => (&text[..text.len() - 1], 1000),
        Some('M') => (&text[..text.len() - 1], 1_000_000),
        Some('G') => (&text[..text.len() - 1], 1_000_000_000),
        Some('T') => (&text[..text.len() - 1], 1_000_000_000_000_u64),
        _ => (text, 1),
    };
    let number: u64 = digits.parse().map_err(|_| Reply::field("size", "Enter a valid value."))?;
    Ok(number.checked_mul(factor))
}

fn partition_shown(node: &Node, disk: u64, partition: u64) -> Answer {
    let disk = node.disk(disk).ok_or_else(|| Reply::missing("BlockDevice"))?;
    let found = (1..).zip(&disk.partitions).find(|(_, part)| part.id == partition);
    let (number, part) = found.ok_or_else(|| Reply::missing("Partition"))?;
    Ok(Reply::json(&partition_view(node, disk, part, number)))
}

pub(super) fn partitions(world: &mut World, request: &Request, id: &str, disk: &str) -> Answer {
    let Some(mut node) = world.region.nodes.get(id).cloned() else { return Err(Reply::missing("Node")) };
    let disk_id = find(&node, disk)?;
    match (request.method.as_str(), request.op.as_deref()) {
        ("GET", None) => {
            let disk = node.disk(disk_id).ok_or_else(|| Reply::missing("BlockDevice"))?;
            let all = (1..).zip(&disk.partitions).map(|(number, part)| partition_view(&node, disk, part, number));
            Ok(Reply::json(&all.collect::<Value>()))
        }
        ("POST", None) => {
            check_ready(&node, "create partition")?;
            let data = request.data();
            let size = size_of(data.filled("size"))?;
            let disk = node.disk(disk_id).ok_or_else(|| Reply::missing("BlockDevice"))?;
            if disk.fs.is_some() {
                return Err(Reply::field("__all__", "Cannot create partition: the block device is formatted."));
            }
            if size.is_some_and(|size| align(size) > disk.available()) {
                let text = format!("Ensure this value is less than or equal to {}.", disk.size);
                return Err(Reply::field("size", text));
            }
            let bootable = data.checkbox("bootable") == Some(true);
            let uuid = uuid_of(data)?;
            let made = world.region.add_partition(&mut node, disk_id, size, bootable, None);
            let made =
                made.ok_or_else(|| Reply::field("size", "Ensure this value is greater than or equal to 4194304."))?;
            if let (Some(uuid), Some(part)) = (uuid, node.partition_mut(made)) {
                part.uuid = uuid;
            }
            let reply = partition_shown(&node, disk_id, made);
            world.region.nodes.insert(id.to_owned(), node);
            reply
        }
        _ => Err(no_such(request, "GET, POST")),
    }
}

pub(super) fn partition(world: &mut World, request: &Request, id: &str, disk: &str, part: &str) -> Answer {
    let Some(node) = world.region.nodes.get(id) else { return Err(Reply::missing("Node")) };
    let disk_id = find(node, disk)?;
    let part_id: u64 = part.parse().map_err(|_| Reply::missing("Partition"))?;
    partition_shown(node, disk_id, part_id)?;
    let form = &request.form;
    match (request.method.as_str(), request.op.as_deref()) {
        ("GET", None) => {}
        ("DELETE", None) => {
            check_ready(node, "delete partition")?;
            if let Some(disk) = world.region.nodes.get_mut(id).and_then(|node| node.disk_mut(disk_id)) {
                disk.partitions.retain(|part| part.id != part_id);
            }
            return Ok(Reply::deleted());
        }
        ("POST", Some(op @ ("format" | "unformat" | "mount" | "unmount"))) => {
            check_ready_or_allocated(node, &format!("{op} partition"))?;
            let uuid = world.region.dice.uuid("filesystem");
            if let Some(part) = world.region.nodes.get_mut(id).and_then(|node| node.partition_mut(part_id)) {
                change_fs(&mut part.fs, op, form, uuid)?;
            }
        }
        ("POST", Some(op @ ("add_tag" | "remove_tag"))) => {
            let tag = form.filled("tag").ok_or_else(|| Reply::sentence(400, "No provided tag!"))?;
            if let Some(part) = world.region.nodes.get_mut(id).and_then(|node| node.partition_mut(part_id)) {
                part.tags.retain(|known| known != tag);
                if op == "add_tag" {
                    part.tags.push(tag.to_owned());
                }
            }
        }
        _ => return Err(no_such(request, "GET, POST, DELETE")),
    }
    let node = world.region.nodes.get(id).ok_or_else(|| Reply::missing("Node"))?;
    partition_shown(node, disk_id, part_id)
}

pub(super) fn groups(world: &mut World, request: &Request, id: &str) -> Answer {
    let Some(mut node) = world.region.nodes.get(id).cloned() else { return Err(Reply::missing("Node")) };
    match (request.method.as_str(), request.op.as_deref()) {
        ("GET", None) => {
            Ok(Reply::json(&node.volume_groups.iter().map(|group| group_view(&node, group)).collect::<Value>()))
        }
        ("POST", None) => {
            check_ready(&node, "create volume group")?;
            let data = request.data();
            let name = data.filled("name").ok_or_else(|| Reply::required("name"))?.to_owned();
            let uuid = uuid_of(data)?;
            let ids = |key: &str| -> Vec<u64> {
                data.all(key).iter().flat_map(|text| text.split(',')).filter_map(|text| text.parse().ok()).collect()
            };
            let disks: Vec<u64> = ids("block_devices").into_iter().filter(|id| node.disk(*id).is_some()).collect();
            let known: Vec<u64> = node.disks.iter().flat_map(|disk| &disk.partitions).map(|part| part.id).collect();
            let partitions: Vec<u64> = ids("partitions").into_iter().filter(|id| known.contains(id)).collect();
            if disks.is_empty() && partitions.is_empty() {
                return Err(Reply::field("__all__", "At least one valid block device or partition is required."));
            }
            if node.volume_groups.iter().any(|group| group.name == name) {
                return Err(Reply::field("name", "Volume group with this Name already exists."));
            }
            let member = |uuid: String| Filesystem {
                fstype: "lvm-pv".to_owned(),
                label: None,
                uuid,
                mount_point: None,
                mount_options: None,
            };
            for disk in &disks {
                let uuid = world.region.dice.uuid("filesystem");
                if let Some(disk) = node.disk_mut(*disk) {
                    disk.fs = Some(member(uuid));
                }
            }
            for part in &partitions {
                let uuid = world.region.dice.uuid("filesystem");
                if let Some(part) = node.partition_mut(*part) {
                    part.fs = Some(member(uuid));
                }
            }
            let group_id = world.region.next_group;
            world.region.next_group += 1;
            let made = world.region.dice.uuid("group");
            let uuid = uuid.unwrap_or(made);
            let group = VolumeGroup { id: group_id, name, uuid, disks, partitions };
            node.volume_groups.push(group.clone());
            let view = group_view(&node, &group);
            world.region.nodes.insert(id.to_owned(), node);
            Ok(Reply::json(&view))
        }
        _ => Err(no_such(request, "GET, POST")),
    }
}

pub(super) fn group(world: &mut World, request: &Request, id: &str, group: &str) -> Answer {
    let Some(mut node) = world.region.nodes.get(id).cloned() else { return Err(Reply::missing("Node")) };
    let found = node.volume_groups.iter().find(|one| one.id.to_string() == group).cloned();
    let found = found.ok_or_else(|| Reply::missing("VolumeGroup"))?;
    let form = &request.form;
    match (request.method.as_str(), request.op.as_deref()) {
        ("GET", None) => Ok(Reply::json(&group_view(&node, &found))),
        ("DELETE", None) => {
            check_ready(&node, "delete volume group")?;
            node.disks.retain(|disk| disk.group != Some(found.id));
            for disk in &mut node.disks {
                if found.disks.contains(&disk.id) {
                    disk.fs = None;
                }
                for part in disk.partitions.iter_mut().filter(|part| found.partitions.contains(&part.id)) {
                    part.fs = None;
                }
            }
            node.volume_groups.retain(|one| one.id != found.id);
            world.region.nodes.insert(id.to_owned(), node);
            Ok(Reply::deleted())
        }
        ("POST", Some("create_logical_volume")) => {
            check_ready(&node, "create logical volume")?;
            let name = form.filled("name").ok_or_else(|| Reply::required("name"))?;
            let uuid = uuid_of(form)?;
            let free = node.group_size(&found).saturating_sub(node.group_used(found.id));
            let size = align(size_of(form.filled("size"))?.unwrap_or(free));
            if size > free {
                return Err(Reply::field("size", format!("Ensure this value is less than or equal to {free}.")));
            }
            let full = format!("{}-{name}", found.name);
            if node.disks.iter().any(|disk| disk.name == full) {
                return Err(Reply::field("name", "Block device with this Name already exists."));
            }
            let made = world.region.add_volume(&mut node, found.id, name, size);
            if let (Some(uuid), Some(disk)) = (uuid, node.disk_mut(made)) {
                disk.uuid = Some(uuid);
            }
            let view = node.disk(made).map(|disk| crate::region::storage::disk_view(&node, disk));
            world.region.nodes.insert(id.to_owned(), node);
            Ok(Reply::json(&view.unwrap_or(Value::Null)))
        }
        ("POST", Some("delete_logical_volume")) => {
            check_ready(&node, "delete logical volume")?;
            let wanted = form.number("id").ok_or_else(|| Reply::sentence(400, "No provided id!"))?;
            node.disks.retain(|disk| !(disk.id == wanted && disk.group == Some(found.id)));
            world.region.nodes.insert(id.to_owned(), node);
            Ok(Reply::deleted())
        }
        _ => Err(no_such(request, "GET, POST, PUT, DELETE")),
    }
}
