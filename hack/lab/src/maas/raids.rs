//! RAIDs, bcaches, their cache sets, and VMFS datastores.

use serde_json::Value;

use super::form::{CHOICE, Errors, no_choice};
use super::reply::{Answer, Reply};
use super::request::{Params, Request};
use super::route::{ITEM, LIST, no_such};
use super::storage::{check_ready, uuid_of};
use super::volumes::members;
use crate::region::node::Node;
use crate::region::storage::{Group, GroupKind, Level, Member};
use crate::region::storage_view::{cache_set_view, group_view};
use crate::world::World;

/// Which kind of group a path is about, MAAS's name for it, and its words.
fn class(path: &str) -> (fn(&GroupKind) -> bool, &'static str, &'static str) {
    match path {
        "raids" | "raid" => (|kind| matches!(kind, GroupKind::Raid(_)), "RAID", "RAID"),
        "bcaches" | "bcache" => (|kind| matches!(kind, GroupKind::Bcache { .. }), "Bcache", "Bcache"),
        _ => (|kind| *kind == GroupKind::Vmfs, "VMFS", "VMFS datastore"),
    }
}

pub(super) fn list(world: &mut World, request: &Request, id: &str, path: &str) -> Answer {
    let Some(mut node) = world.region.nodes.get(id).cloned() else { return Err(Reply::missing("Node")) };
    let (of_class, _, words) = class(path);
    match request.asked() {
        ("GET", None) => {
            let all = node.groups.iter().filter(|group| of_class(&group.kind));
            Ok(Reply::json(&all.map(|group| group_view(&node, group)).collect::<Value>()))
        }
        ("POST", None) => {
            request.may_admin()?;
            check_ready(&node, &format!("create {words}"))?;
            let data = request.data();
            let uuid = uuid_of(data)?;
            let made = match path {
                "raids" => raid(world, &mut node, data)?,
                "bcaches" => bcache(world, &mut node, data)?,
                _ => datastore(world, &mut node, data)?,
            };
            if let (Some(uuid), Some(group)) = (uuid, node.groups.last_mut()) {
                group.uuid = uuid;
            }
            let view = node.group(made).map_or(Value::Null, |group| group_view(&node, group));
            world.region.nodes.insert(id.to_owned(), node);
            Ok(Reply::json(&view))
        }
        _ => Err(no_such(request, LIST)),
    }
}

/// A name that no other assembled device has; without one the first free of a row.
fn name_of(errors: &mut Errors, node: &Node, data: &Params, prefix: &str) -> String {
    let taken = |name: &str| node.disks.iter().any(|disk| disk.name == name);
    match data.filled("name") {
        Some(name) => {
            errors.unless(!taken(name), "name", "Block device with this Name already exists.");
            name.to_owned()
        }
        None => (0..1000).map(|n| format!("{prefix}{n}")).find(|name| !taken(name)).unwrap_or_default(),
    }
}

fn raid(world: &mut World, node: &mut Node, data: &Params) -> Result<u64, Reply> {
    let mut errors = Errors::default();
    let text = errors.required(data, "level");
    let level = Level::from_name(text);
    errors.unless(level.is_some() || text.is_empty(), "level", no_choice(text));
    let active = members(&mut errors, node, data, "block_devices", "partitions");
    let spares = members(&mut errors, node, data, "spare_devices", "spare_partitions");
    let name = name_of(&mut errors, node, data, "md");
    errors.finish()?;
    let Some(level) = level else { return Err(Reply::required("level")) };
    if active.is_empty() && spares.is_empty() {
        return Err(Reply::field("__all__", "At least one block device or partition must be added to the array."));
    }
    if let Some(why) = level.refuses(active.len(), spares.len()) {
        return Err(Reply::invalid("__all__", why));
    }
    Ok(world.region.add_group(node, GroupKind::Raid(level), &name, active, spares))
}

fn bcache(world: &mut World, node: &mut Node, data: &Params) -> Result<u64, Reply> {
    let mut errors = Errors::default();
    let backing = members(&mut errors, node, data, "backing_device", "backing_partition");
    let sets: Vec<u64> = node.cache_sets.iter().map(|set| set.id).collect();
    let text = errors.required(data, "cache_set");
    let cache_set = text.parse().ok().filter(|id| sets.contains(id));
    errors.unless(cache_set.is_some() || text.is_empty(), "cache_set", CHOICE);
    let mode = data.filled("cache_mode").unwrap_or_else(|| errors.required(data, "cache_mode"));
    let known = matches!(mode.to_lowercase().as_str(), "" | "writeback" | "writethrough" | "writearound");
    errors.unless(known, "cache_mode", no_choice(mode));
    let name = name_of(&mut errors, node, data, "bcache");
    match backing.len() {
        0 => errors.add("__all__", "Either backing_device or backing_partition must be specified."),
        1 => {}
        _ => errors.add("__all__", "Cannot set both backing_device and backing_partition."),
    }
    errors.finish()?;
    let kind = GroupKind::Bcache { cache_set: cache_set.unwrap_or_default(), mode: mode.to_lowercase() };
    Ok(world.region.add_group(node, kind, &name, backing, Vec::new()))
}

fn datastore(world: &mut World, node: &mut Node, data: &Params) -> Result<u64, Reply> {
    let mut errors = Errors::default();
    let name = errors.required(data, "name").to_owned();
    let devices = members(&mut errors, node, data, "block_devices", "partitions");
    errors.finish()?;
    if devices.is_empty() {
        return Err(Reply::field("__all__", "At least one block device or partition must be specified."));
    }
    Ok(world.region.add_group(node, GroupKind::Vmfs, &name, devices, Vec::new()))
}

pub(super) fn item(world: &mut World, request: &Request, id: &str, path: &str, text: &str) -> Answer {
    let Some(mut node) = world.region.nodes.get(id).cloned() else { return Err(Reply::missing("Node")) };
    let (of_class, name, words) = class(path);
    let is = |group: &&Group| of_class(&group.kind) && group.id.to_string() == text;
    let found = node.groups.iter().find(is).cloned().ok_or_else(|| Reply::missing(name))?;
    let reply = match request.asked() {
        ("GET", None) => return Ok(Reply::json(&group_view(&node, &found))),
        ("PUT", None) => {
            request.may_admin()?;
            check_ready(&node, &format!("update {words}"))?;
            let data = request.data();
            let uuid = uuid_of(data)?;
            change(world, &mut node, &found, data)?;
            if let (Some(uuid), Some(group)) = (uuid, node.groups.iter_mut().find(|group| group.id == found.id)) {
                group.uuid = uuid;
            }
            Reply::json(&node.group(found.id).map_or(Value::Null, |group| group_view(&node, group)))
        }
        ("DELETE", None) => {
            request.may_admin()?;
            check_ready(&node, &format!("delete {words}"))?;
            node.remove_group(found.id);
            Reply::deleted()
        }
        _ => return Err(no_such(request, ITEM)),
    };
    world.region.nodes.insert(id.to_owned(), node);
    Ok(reply)
}

/// Renames a RAID, and adds and takes members and spares.
fn change(world: &mut World, node: &mut Node, old: &Group, data: &Params) -> Result<(), Reply> {
    let mut errors = Errors::default();
    let added = members(&mut errors, node, data, "add_block_devices", "add_partitions");
    let spares = members(&mut errors, node, data, "add_spare_devices", "add_spare_partitions");
    errors.finish()?;
    let ids = |field: &str| data.all(field).iter().filter_map(|text| text.parse().ok()).collect::<Vec<u64>>();
    let leaves = |list: &[Member], disks: &str, parts: &str| -> Vec<Member> {
        let (disks, parts) = (ids(disks), ids(parts));
        let left = list.iter().filter(|member| match member {
            Member::Disk(id) => disks.contains(id),
            Member::Partition(id) => parts.contains(id),
        });
        left.copied().collect()
    };
    let gone = leaves(&old.members, "remove_block_devices", "remove_partitions");
    let gone_spares = leaves(&old.spares, "remove_spare_devices", "remove_spare_partitions");
    let keep = |list: &[Member], gone: &[Member], added: &[Member]| -> Vec<Member> {
        list.iter().filter(|member| !gone.contains(member)).chain(added).copied().collect()
    };
    let (now, now_spares) = (keep(&old.members, &gone, &added), keep(&old.spares, &gone_spares, &spares));
    if let GroupKind::Raid(level) = old.kind
        && let Some(why) = level.refuses(now.len(), now_spares.len())
    {
        return Err(Reply::invalid("__all__", why));
    }
    for member in gone.iter().chain(&gone_spares) {
        if let Some(fs) = node.member_fs(*member) {
            *fs = None;
        }
    }
    for (list, fstype) in [(&added, "raid"), (&spares, "raid-spare")] {
        for member in list {
            let uuid = world.region.dice.uuid("filesystem");
            if let Some(fs) = node.member_fs(*member) {
                *fs = Some(crate::region::storage::Filesystem::member(fstype, uuid));
            }
        }
    }
    let name = data.filled("name").unwrap_or(&old.name).to_owned();
    let changed = Group { members: now, spares: now_spares, name: name.clone(), ..old.clone() };
    let size = node.group_size(&changed);
    if let Some(group) = node.groups.iter_mut().find(|group| group.id == old.id) {
        *group = changed;
    }
    let device = node.assembled(old.id).map(|disk| disk.id);
    if let Some(disk) = device.and_then(|id| node.disk_mut(id)) {
        (disk.name, disk.size) = (name, size);
    }
    Ok(())
}

pub(super) fn cache_sets(world: &mut World, request: &Request, id: &str) -> Answer {
    let Some(mut node) = world.region.nodes.get(id).cloned() else { return Err(Reply::missing("Node")) };
    match request.asked() {
        ("GET", None) => {
            Ok(Reply::json(&node.cache_sets.iter().map(|set| cache_set_view(&node, set)).collect::<Value>()))
        }
        ("POST", None) => {
            request.may_admin()?;
            check_ready(&node, "create cache set")?;
            let mut errors = Errors::default();
            let devices = members(&mut errors, &node, request.data(), "cache_device", "cache_partition");
            errors.finish()?;
            let device = match devices[..] {
                [device] => device,
                [] => {
                    let text = "Either cache_device or cache_partition must be specified.";
                    return Err(Reply::field("__all__", text));
                }
                _ => return Err(Reply::field("__all__", "Cannot set both cache_device and cache_partition.")),
            };
            world.region.add_cache_set(&mut node, device);
            let view = node.cache_sets.last().map_or(Value::Null, |set| cache_set_view(&node, set));
            world.region.nodes.insert(id.to_owned(), node);
            Ok(Reply::json(&view))
        }
        _ => Err(no_such(request, LIST)),
    }
}

pub(super) fn cache_set(world: &mut World, request: &Request, id: &str, text: &str) -> Answer {
    let Some(mut node) = world.region.nodes.get(id).cloned() else { return Err(Reply::missing("Node")) };
    let found = node.cache_sets.iter().find(|set| set.id.to_string() == text || set.name == text).cloned();
    let found = found.ok_or_else(|| Reply::missing("CacheSet"))?;
    match request.asked() {
        ("GET", None) => return Ok(Reply::json(&cache_set_view(&node, &found))),
        ("PUT", None) => {
            request.may_admin()?;
            check_ready(&node, "update cache set")?;
            let mut errors = Errors::default();
            let devices = members(&mut errors, &node, request.data(), "cache_device", "cache_partition");
            errors.finish()?;
            if let Some(device) = devices.first().copied() {
                let old = node.member_fs(found.device).and_then(Option::take);
                if let Some(fs) = node.member_fs(device) {
                    *fs = old;
                }
                for set in node.cache_sets.iter_mut().filter(|set| set.id == found.id) {
                    set.device = device;
                }
            }
            let set = node.cache_sets.iter().find(|set| set.id == found.id);
            let view = set.map_or(Value::Null, |set| cache_set_view(&node, set));
            world.region.nodes.insert(id.to_owned(), node);
            return Ok(Reply::json(&view));
        }
        ("DELETE", None) => {
            request.may_admin()?;
            check_ready(&node, "delete cache set")?;
        }
        _ => return Err(no_such(request, ITEM)),
    }
    let used = |group: &Group| matches!(group.kind, GroupKind::Bcache { cache_set, .. } if cache_set == found.id);
    if node.groups.iter().any(used) {
        return Err(Reply::sentence(400, "Cannot delete cache set; it's currently in use."));
    }
    node.cache_sets.retain(|set| set.id != found.id);
    if let Some(fs) = node.member_fs(found.device) {
        *fs = None;
    }
    world.region.nodes.insert(id.to_owned(), node);
    Ok(Reply::deleted())
}
