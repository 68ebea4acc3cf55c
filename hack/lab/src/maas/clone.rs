//! Copying the network and storage configuration of one machine to others.

use std::collections::HashMap;

use super::form::{CHOICE, Errors};
use super::reply::{Answer, Reply};
use super::request::Request;
use crate::region::node::{InterfaceKind, Node};
use crate::region::status::Status;
use crate::region::storage::Disk;
use crate::world::World;

pub(super) fn clone_machines(world: &mut World, request: &Request) -> Answer {
    request.may_admin()?;
    let data = request.data();
    let mut errors = Errors::default();
    let source_id = errors.required(data, "source").to_owned();
    let source = world.region.nodes.get(&source_id).filter(|node| node.is_machine()).cloned();
    errors.unless(source.is_some() || source_id.is_empty(), "source", CHOICE);
    let destinations: Vec<String> =
        data.all("destinations").into_iter().flat_map(|text| text.split(',')).map(str::to_owned).collect();
    if destinations.iter().all(String::is_empty) {
        errors.add("destinations", "This field is required.");
    }
    let (storage, interfaces) = (data.checkbox("storage") == Some(true), data.checkbox("interfaces") == Some(true));
    if !storage && !interfaces {
        errors.add("__all__", "Either storage or interfaces must be true.");
    }
    if let Some(source) = &source {
        for id in &destinations {
            check(&mut errors, world, source, id, storage, interfaces);
        }
    }
    errors.finish()?;
    let Some(source) = source else { return Err(Reply::missing("Machine")) };
    for id in &destinations {
        if storage {
            copy_storage(world, &source, id);
        }
        if interfaces {
            copy_interfaces(world, &source, id);
        }
    }
    Ok(Reply::deleted())
}

fn physical(node: &Node) -> Vec<&Disk> {
    node.disks.iter().filter(|disk| disk.is_physical()).collect()
}

fn check(errors: &mut Errors, world: &World, source: &Node, id: &str, storage: bool, interfaces: bool) {
    let Some(node) = world.region.nodes.get(id).filter(|node| node.is_machine()) else {
        return errors.add("destinations", format!("Machine with system_id {id} does not exist."));
    };
    let mut invalid = |why: &str| {
        errors.add("destinations", format!("{id} ({}) is invalid: {why}", node.hostname));
    };
    if node.system_id == source.system_id {
        return invalid("source machine cannot be a destination machine.");
    }
    if !matches!(node.status, Status::Ready | Status::FailedTesting) {
        return invalid("machine is not ready or in failed testing.");
    }
    if storage {
        let (from, mut to) = (physical(source), physical(node));
        let mut unmatched = 0;
        for disk in from {
            let fits = |other: &&Disk| other.size >= disk.size && disk.tags.iter().all(|tag| other.tags.contains(tag));
            match to.iter().position(fits) {
                Some(at) => drop(to.remove(at)),
                None => unmatched += 1,
            }
        }
        if unmatched > 0 {
            return invalid(&format!(
                "{unmatched} destination node physical block devices do not match the source nodes physical block \
                 devices"
            ));
        }
    }
    if interfaces {
        let nics = |node: &Node| {
            let all = node.interfaces.iter().filter(|one| one.kind == InterfaceKind::Physical);
            all.map(|one| one.name.clone()).collect::<Vec<_>>()
        };
        let missing: Vec<String> = nics(source).into_iter().filter(|name| !nics(node).contains(name)).collect();
        if !missing.is_empty() {
            invalid(&format!(
                "destination node physical interfaces do not match the source nodes physical interfaces: {}",
                missing.join(", ")
            ));
        }
    }
}

fn copy_storage(world: &mut World, source: &Node, id: &str) {
    let Some(mut node) = world.region.nodes.get(id).cloned() else { return };
    node.blank_storage();
    let pairs: Vec<(u64, u64)> = physical(source)
        .iter()
        .filter_map(|from| Some((from.id, physical(&node).iter().find(|to| to.name == from.name)?.id)))
        .collect();
    node.boot_disk = source.boot_disk.and_then(|boot| pairs.iter().find(|(from, _)| *from == boot)).map(|(_, to)| *to);
    for (from, to) in pairs {
        let Some(from) = source.disk(from) else { continue };
        for part in &from.partitions {
            let fs = part.fs.clone().map(|mut fs| {
                fs.uuid = world.region.dice.uuid("filesystem");
                fs
            });
            world.region.add_partition(&mut node, to, Some(part.size), part.bootable, fs);
        }
        if let (Some(disk), Some(fs)) = (node.disk_mut(to), &from.fs) {
            disk.fs = Some(fs.clone());
        }
    }
    world.region.nodes.insert(id.to_owned(), node);
}

fn copy_interfaces(world: &mut World, source: &Node, id: &str) {
    let Some(mut node) = world.region.nodes.get(id).cloned() else { return };
    node.interfaces.retain(|one| one.kind == InterfaceKind::Physical);
    let mut ids: HashMap<u64, u64> = HashMap::new();
    for from in &source.interfaces {
        let known = node.interfaces.iter().position(|one| one.name == from.name);
        let mut made = from.clone();
        made.id = known.map_or_else(|| world.region.ids.interface(), |at| node.interfaces[at].id);
        made.parents = from.parents.iter().filter_map(|parent| ids.get(parent).copied()).collect();
        made.mac = match (known, made.parents.first()) {
            (Some(at), _) => node.interfaces[at].mac.clone(),
            (None, Some(parent)) => node.interface(*parent).map_or(String::new(), |one| one.mac.clone()),
            (None, None) => from.mac.clone(),
        };
        // Addresses stay the source's own.
        for link in &mut made.links {
            link.id = world.region.ids.link();
            link.ip = None;
            if link.mode == "static" {
                link.mode = "auto";
            }
        }
        ids.insert(from.id, made.id);
        match known {
            Some(at) => {
                made.discovered = node.interfaces[at].discovered;
                node.interfaces[at] = made;
            }
            None => node.interfaces.push(made),
        }
    }
    world.region.nodes.insert(id.to_owned(), node);
}
