//! Partitions, volume groups and logical volumes.

use serde_json::{Value, json};

use super::form::{CHOICE, Errors};
use super::reply::{Answer, Reply};
use super::request::{Params, Request};
use super::route::{ITEM_OPS, LIST, no_such};
use super::storage::{change_fs, check_filesystem_uuid, check_ready, check_ready_or_allocated, find, retag, uuid_of};
use crate::region::node::Node;
use crate::region::storage::{GroupKind, Member, align};
use crate::region::storage_view::{first_number, group_view, partition_view};
use crate::world::World;

/// A size as MAAS takes it: bytes, or with a decimal unit. `Ok(None)` means the rest.
pub(super) fn size_of(text: Option<&str>) -> Result<Option<u64>, Reply> {
    let Some(text) = text else { return Ok(None) };
    let text = text.trim();
    let (digits, factor) = match text.chars().last().map(|unit| unit.to_ascii_uppercase()) {
        Some('K') => (&text[..text.len() - 1], 1e3),
        Some('M') => (&text[..text.len() - 1], 1e6),
        Some('G') => (&text[..text.len() - 1], 1e9),
        Some('T') => (&text[..text.len() - 1], 1e12),
        Some('P') => (&text[..text.len() - 1], 1e15),
        _ => (text, 1.0),
    };
    if let Ok(number) = digits.parse::<u64>() {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        return Ok(number.checked_mul(factor as u64));
    }
    let number: f64 = digits.parse().map_err(|_| Reply::field("size", "Enter a valid value."))?;
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    Ok(Some((number * factor) as u64))
}

fn partition_shown(node: &Node, disk: u64, partition: u64) -> Answer {
    let disk = node.disk(disk).ok_or_else(|| Reply::missing("BlockDevice"))?;
    let found = (first_number(node, disk)..).zip(&disk.partitions).find(|(_, part)| part.id == partition);
    let (number, part) = found.ok_or_else(|| Reply::missing("Partition"))?;
    Ok(Reply::json(&partition_view(node, disk, part, number)))
}

pub(super) fn partitions(world: &mut World, request: &Request, id: &str, disk: &str) -> Answer {
    let Some(mut node) = world.region.nodes.get(id).cloned() else { return Err(Reply::missing("Node")) };
    let disk_id = find(&node, disk)?;
    let disk = node.disk(disk_id).ok_or_else(|| Reply::missing("BlockDevice"))?;
    match request.asked() {
        ("GET", None) => {
            let all = (first_number(&node, disk)..)
                .zip(&disk.partitions)
                .map(|(number, part)| partition_view(&node, disk, part, number));
            Ok(Reply::json(&all.collect::<Value>()))
        }
        ("POST", None) => {
            request.may_admin()?;
            check_ready(&node, "create partition")?;
            let data = request.data();
            let size = size_of(data.filled("size"))?;
            if disk.fs.is_some() {
                return Err(Reply::field("__all__", "Cannot create partition: the block device is formatted."));
            }
            let mut errors = Errors::default();
            if size.is_some_and(|size| align(size) > disk.available()) {
                errors.add("size", format!("Ensure this value is less than or equal to {}.", disk.size));
            } else if size.is_some_and(|size| align(size) == 0) || disk.available() == 0 {
                errors.add("size", "Ensure this value is greater than or equal to 4194304.");
            }
            errors.finish()?;
            let bootable = data.checkbox("bootable") == Some(true);
            let uuid = uuid_of(data)?;
            let same = |wanted: &String| {
                let mut known = node.disks.iter().flat_map(|disk| &disk.partitions);
                known.any(|part| part.uuid.eq_ignore_ascii_case(wanted))
            };
            if uuid.as_ref().is_some_and(same) {
                return Err(Reply::field("uuid", "Partition with this Uuid already exists."));
            }
            let made = world.region.add_partition(&mut node, disk_id, size, bootable, None);
            let made = made.ok_or_else(|| Reply::missing("Partition"))?;
            if let (Some(uuid), Some(part)) = (uuid, node.partition_mut(made)) {
                part.uuid = uuid;
            }
            let reply = partition_shown(&node, disk_id, made);
            world.region.nodes.insert(id.to_owned(), node);
            reply
        }
        _ => Err(no_such(request, LIST)),
    }
}

pub(super) fn partition(world: &mut World, request: &Request, id: &str, disk: &str, part: &str) -> Answer {
    let Some(node) = world.region.nodes.get(id) else { return Err(Reply::missing("Node")) };
    let disk_id = find(node, disk)?;
    let part_id: u64 = part.parse().map_err(|_| Reply::missing("Partition"))?;
    partition_shown(node, disk_id, part_id)?;
    let form = &request.form;
    match request.asked() {
        ("GET", None) => {}
        ("DELETE", None) => {
            request.may_admin()?;
            check_ready(node, "delete partition")?;
            if let Some(disk) = world.region.nodes.get_mut(id).and_then(|node| node.disk_mut(disk_id)) {
                disk.partitions.retain(|part| part.id != part_id);
            }
            return Ok(Reply::deleted());
        }
        ("POST", Some(op @ ("format" | "unformat" | "mount" | "unmount"))) => {
            check_ready_or_allocated(node, &format!("{op} partition"))?;
            check_filesystem_uuid(node, form)?;
            let uuid = world.region.dice.uuid("filesystem");
            if let Some(part) = world.region.nodes.get_mut(id).and_then(|node| node.partition_mut(part_id)) {
                change_fs(&mut part.fs, op, form, uuid, true)?;
            }
        }
        ("POST", Some(op @ ("add_tag" | "remove_tag"))) => {
            let tag = form.filled("tag").ok_or_else(|| Reply::sentence(400, "No provided tag!"))?;
            if let Some(part) = world.region.nodes.get_mut(id).and_then(|node| node.partition_mut(part_id)) {
                retag(&mut part.tags, op, tag);
            }
        }
        _ => return Err(no_such(request, "DELETE, GET, POST")),
    }
    let node = world.region.nodes.get(id).ok_or_else(|| Reply::missing("Node"))?;
    partition_shown(node, disk_id, part_id)
}

/// The devices that two fields name, which must be free to use.
pub(super) fn members(errors: &mut Errors, node: &Node, data: &Params, disks: &str, partitions: &str) -> Vec<Member> {
    let mut found = Vec::new();
    for text in data.all(disks).into_iter().flat_map(|text| text.split(',')).filter(|text| !text.is_empty()) {
        let disk = find(node, text).ok().map(Member::Disk);
        match disk.filter(|member| node.is_free(*member)) {
            Some(member) => found.push(member),
            None => errors.add(disks, super::form::no_choice(text)),
        }
    }
    for text in data.all(partitions).into_iter().flat_map(|text| text.split(',')).filter(|text| !text.is_empty()) {
        let known = text.parse().ok().filter(|id| node.partition(*id).is_some()).map(Member::Partition);
        match known.filter(|member| node.is_free(*member)) {
            Some(member) => found.push(member),
            None => errors.add(partitions, super::form::no_choice(text)),
        }
    }
    found
}

pub(super) fn groups(world: &mut World, request: &Request, id: &str) -> Answer {
    let Some(mut node) = world.region.nodes.get(id).cloned() else { return Err(Reply::missing("Node")) };
    match request.asked() {
        ("GET", None) => {
            let groups = node.groups.iter().filter(|group| group.kind == GroupKind::Volumes);
            Ok(Reply::json(&groups.map(|group| group_view(&node, group)).collect::<Value>()))
        }
        ("POST", None) => {
            request.may_admin()?;
            check_ready(&node, "create volume group")?;
            let data = request.data();
            let mut errors = Errors::default();
            let name = errors.required(data, "name").to_owned();
            let members = members(&mut errors, &node, data, "block_devices", "partitions");
            let named = node.groups.iter().any(|group| group.kind == GroupKind::Volumes && group.name == name);
            errors.unless(!named, "name", "Volume group with this Name already exists.");
            errors.finish()?;
            let uuid = uuid_of(data)?;
            if members.is_empty() {
                let text = "At least one valid block device or partition is required.";
                return Err(Reply::field("__all__", text));
            }
            let group = world.region.add_group(&mut node, GroupKind::Volumes, &name, members, Vec::new());
            if let (Some(uuid), Some(group)) = (uuid, node.groups.last_mut()) {
                group.uuid = uuid;
            }
            let view = node.group(group).map_or(Value::Null, |group| group_view(&node, group));
            world.region.nodes.insert(id.to_owned(), node);
            Ok(Reply::json(&view))
        }
        _ => Err(no_such(request, LIST)),
    }
}

pub(super) fn group(world: &mut World, request: &Request, id: &str, text: &str) -> Answer {
    let Some(mut node) = world.region.nodes.get(id).cloned() else { return Err(Reply::missing("Node")) };
    let is = |one: &&crate::region::storage::Group| one.kind == GroupKind::Volumes && one.id.to_string() == text;
    let found = node.groups.iter().find(is).cloned().ok_or_else(|| Reply::missing("VolumeGroup"))?;
    let form = &request.form;
    let reply = match request.asked() {
        ("GET", None) => return Ok(Reply::json(&group_view(&node, &found))),
        ("PUT", None) => {
            request.may_admin()?;
            check_ready(&node, "update volume group")?;
            change_group(world, request, &mut node, found.id)?;
            Reply::json(&node.group(found.id).map_or(Value::Null, |group| group_view(&node, group)))
        }
        ("DELETE", None) => {
            request.may_admin()?;
            check_ready(&node, "delete volume group")?;
            node.remove_group(found.id);
            Reply::deleted()
        }
        ("POST", Some("create_logical_volume")) => {
            request.may_admin()?;
            check_ready(&node, "create logical volume")?;
            let mut errors = Errors::default();
            let name = errors.required(form, "name");
            let free = node.group_size(&found).saturating_sub(node.group_used(found.id));
            let size = size_of(form.filled("size"))?;
            if size.is_some_and(|size| align(size) > free) {
                errors.add("size", format!("Ensure this value is less than or equal to {free}."));
            }
            let full = format!("{}-{name}", found.name);
            let taken = node.disks.iter().any(|disk| disk.name == full);
            errors.unless(!taken, "name", "Block device with this Name already exists.");
            errors.finish()?;
            let uuid = uuid_of(form)?;
            let made = world.region.add_volume(&mut node, found.id, name, align(size.unwrap_or(free)));
            let Some(disk) = node.disk_mut(made) else { return Err(Reply::missing("VirtualBlockDevice")) };
            if let Some(uuid) = uuid {
                disk.uuid = Some(uuid);
            }
            // The new volume shows less of itself than a block device does.
            Reply::json(&json!({
                "system_id": id, "used_size": disk.used(), "id": made, "available_size": disk.available(),
                "size": disk.size, "uuid": disk.uuid, "name": disk.name,
                "resource_uri": format!("/MAAS/api/2.0/nodes/{id}/blockdevices/{made}/"),
            }))
        }
        ("POST", Some("delete_logical_volume")) => {
            request.may_admin()?;
            check_ready(&node, "delete logical volume")?;
            let wanted = form.number("id").ok_or_else(|| Reply::sentence(400, "No provided id!"))?;
            let volume = crate::region::storage::DiskKind::Volume(found.id);
            let before = node.disks.len();
            node.disks.retain(|disk| !(disk.id == wanted && disk.kind == volume));
            if node.disks.len() == before {
                return Err(Reply::field("id", CHOICE));
            }
            Reply::deleted()
        }
        _ => return Err(no_such(request, ITEM_OPS)),
    };
    world.region.nodes.insert(id.to_owned(), node);
    Ok(reply)
}

/// Renames a volume group, and adds and takes devices.
fn change_group(world: &mut World, request: &Request, node: &mut Node, id: u64) -> Result<(), Reply> {
    let data = request.data();
    let mut errors = Errors::default();
    let added = members(&mut errors, node, data, "add_block_devices", "add_partitions");
    errors.finish()?;
    let gone = |field: &str| data.all(field).iter().filter_map(|text| text.parse().ok()).collect::<Vec<u64>>();
    let (disks, parts) = (gone("remove_block_devices"), gone("remove_partitions"));
    let Some(group) = node.groups.iter_mut().find(|group| group.id == id) else {
        return Err(Reply::missing("VolumeGroup"));
    };
    if let Some(name) = data.filled("name") {
        name.clone_into(&mut group.name);
    }
    let leaves = |member: &Member| match member {
        Member::Disk(id) => disks.contains(id),
        Member::Partition(id) => parts.contains(id),
    };
    let left: Vec<Member> = group.members.iter().copied().filter(leaves).collect();
    group.members.retain(|member| !leaves(member));
    group.members.extend(&added);
    for member in left {
        if let Some(fs) = node.member_fs(member) {
            *fs = None;
        }
    }
    for member in added {
        let uuid = world.region.dice.uuid("filesystem");
        if let Some(fs) = node.member_fs(member) {
            *fs = Some(crate::region::storage::Filesystem::member("lvm-pv", uuid));
        }
    }
    Ok(())
}
