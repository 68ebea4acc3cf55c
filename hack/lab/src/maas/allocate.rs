//! Taking a machine that fits.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::form::{Errors, no_choice};
use super::lifecycle;
use super::machines::{check_tags, known_architectures};
use super::reply::{Answer, Reply};
use super::request::{Params, Request};
use crate::region::Region;
use crate::region::node::{Interface, Node};
use crate::region::status::Status;
use crate::region::storage::Disk;
use crate::world::World;

/// What one machine must have, beside the words of simple filters.
struct Wanted {
    storage: Vec<Labelled>,
    interfaces: Vec<Labelled>,
}

/// A constraint with its label: `root:100(ssd)`, `oam:space=site`.
struct Labelled {
    label: String,
    text: String,
}

fn labelled(text: Option<&str>, separator: char) -> Vec<Labelled> {
    let mut parts: Vec<String> = Vec::new();
    let mut depth = 0;
    for letter in text.unwrap_or_default().chars() {
        depth += i32::from(letter == '(') - i32::from(letter == ')');
        if letter == separator && depth == 0 {
            parts.push(String::new());
            continue;
        }
        match parts.last_mut() {
            Some(last) => last.push(letter),
            None => parts.push(letter.to_string()),
        }
    }
    parts
        .iter()
        .enumerate()
        .map(|(at, part)| match part.split_once(':') {
            Some((label, text)) => Labelled { label: label.to_owned(), text: text.to_owned() },
            None => Labelled { label: at.to_string(), text: part.clone() },
        })
        .collect()
}

pub(super) fn allocate(world: &mut World, request: &Request) -> Answer {
    let data = &request.form;
    check(&world.region, data)?;
    let free = |node: &Node| {
        node.is_machine() && node.status == Status::Ready && node.owner.is_none() && node.visible_to(&request.caller)
    };
    if let Some(id) = data.filled("system_id")
        && !world.region.nodes.get(id).is_some_and(free)
    {
        return Err(Reply::conflict(format!("No machine with system ID {id} available.")));
    }
    let wanted =
        Wanted { storage: labelled(data.filled("storage"), ','), interfaces: labelled(data.filled("interfaces"), ';') };
    let mut candidates: Vec<&Node> = world.region.machines().filter(|node| free(node)).collect();
    candidates.sort_by_key(|node| node.created);
    let found = candidates.into_iter().find_map(|node| {
        let matches = fits(&world.region, node, data);
        let storage = storage_of(node, &wanted.storage)?;
        let interfaces = interfaces_of(&world.region, node, &wanted.interfaces)?;
        matches.then(|| (node.system_id.clone(), storage, interfaces))
    });
    let Some((id, storage, interfaces)) = found else {
        return Err(Reply::conflict(no_match(&world.region, data)));
    };
    if data.parsed("dry_run") != Some(true) {
        take(world, request, &id);
    }
    let mut view = lifecycle::view(world, &id);
    let mut by_type = Map::new();
    if !storage.is_empty() {
        by_type.insert("storage".to_owned(), json!(storage));
    }
    if !interfaces.is_empty() {
        by_type.insert("interfaces".to_owned(), json!(interfaces));
    }
    if data.parsed("verbose") == Some(true) {
        by_type.insert("verbose_storage".to_owned(), json!({}));
        by_type.insert("verbose_interfaces".to_owned(), json!({}));
    }
    view["constraints_by_type"] = Value::Object(by_type);
    Ok(Reply::json(&view))
}

/// The machine becomes the caller's.
pub(super) fn take(world: &mut World, request: &Request, id: &str) {
    if let Some(node) = world.region.nodes.get_mut(id) {
        node.owner = Some(request.caller.name.clone());
        node.acquired = true;
        if let Some(agent) = request.form.get("agent_name") {
            agent.clone_into(&mut node.agent_name);
        }
    }
    world.region.set_status(id, Status::Allocated);
}

fn check(region: &Region, data: &Params) -> Result<(), Reply> {
    let mut errors = Errors::default();
    check_tags(&mut errors, region, data);
    for field in ["zone", "not_in_zone"] {
        for name in data.all(field) {
            errors.unless(region.zone_named(name).is_some(), field, format!("No such zone: '{name}'."));
        }
    }
    for field in ["pool", "not_in_pool"] {
        for name in data.all(field) {
            errors.unless(region.pool_named(name).is_some(), field, format!("No such pool: '{name}'."));
        }
    }
    for field in ["cpu_count", "mem"] {
        if let Some(text) = data.filled(field) {
            errors.unless(text.parse::<f64>().is_ok(), field, format!("Invalid {field}: number required."));
        }
    }
    if let Some(arch) = data.filled("arch") {
        let known = known_architectures(region);
        let good = known.iter().any(|one| one == arch || one.split('/').next() == Some(arch));
        errors.unless(good, "arch", "Architecture not recognised.");
    }
    for field in ["fabrics", "not_fabrics"] {
        for name in data.all(field) {
            let known = region.fabrics.values().any(|fabric| fabric.name == name);
            errors.unless(known, field, no_choice(name));
        }
    }
    errors.finish()
}

fn fits(region: &Region, node: &Node, data: &Params) -> bool {
    let is = |key: &str, value: &str| data.all(key).is_empty() || data.all(key).contains(&value);
    let not = |key: &str, value: &str| !data.all(key).contains(&value);
    let at_least = |key: &str, value: f64| {
        data.filled(key).and_then(|text| text.parse::<f64>().ok()).is_none_or(|wanted| value >= wanted)
    };
    let tags =
        |key: &str| data.all(key).into_iter().flat_map(|text| text.split(',')).map(str::trim).collect::<Vec<_>>();
    let (cpus, memory) = node.inventory.as_ref().map_or((0, 0), |one| (one.cpus, one.memory_mib));
    let fabrics: Vec<&str> = node
        .interfaces
        .iter()
        .filter_map(|one| region.fabrics.get(region.vlans.get(one.vlan?)?.fabric))
        .map(|fabric| fabric.name.as_str())
        .collect();
    let linked = |key: &str| {
        data.all(key).iter().any(|text| {
            let subnet = super::subnets::find(region, text);
            subnet.is_some() && node.interfaces.iter().flat_map(|one| &one.links).any(|link| link.subnet == subnet)
        })
    };
    let arch = data.filled("arch");
    is("system_id", &node.system_id)
        && (is("name", &node.hostname) || is("name", &region.fqdn_of(node)))
        && is("hostname", &node.hostname)
        && is("zone", region.zone_name(node.zone))
        && not("not_in_zone", region.zone_name(node.zone))
        && is("pool", region.pool_name(node.pool))
        && not("not_in_pool", region.pool_name(node.pool))
        && arch.is_none_or(|arch| node.architecture == arch || node.architecture.split('/').next() == Some(arch))
        && tags("tags").iter().all(|tag| node.tags.contains(*tag))
        && !tags("not_tags").iter().any(|tag| node.tags.contains(*tag))
        && at_least("cpu_count", f64::from(cpus))
        && at_least("mem", f64::from(u32::try_from(memory).unwrap_or(u32::MAX)))
        && (data.all("fabrics").is_empty() || fabrics.iter().any(|name| data.all("fabrics").contains(name)))
        && !fabrics.iter().any(|name| data.all("not_fabrics").contains(name))
        && (data.all("subnets").is_empty() || linked("subnets"))
        && !linked("not_subnets")
}

/// Which disk serves which label: one for each, large enough (in gigabytes) and with the tags. The first is the boot
/// disk.
fn storage_of(node: &Node, wanted: &[Labelled]) -> Option<BTreeMap<String, u64>> {
    let mut chosen = BTreeMap::new();
    for one in wanted {
        let (size, tags) = one.text.split_once('(').unwrap_or((&one.text, ""));
        let size: u64 = size.parse().ok()?;
        let tags: Vec<&str> = tags.trim_end_matches(')').split(',').filter(|tag| !tag.is_empty()).collect();
        let fits = |disk: &&Disk| {
            disk.is_physical()
                && disk.size >= size * 1_000_000_000
                && tags.iter().all(|tag| disk.tags.iter().any(|known| known == tag))
                && !chosen.values().any(|id| *id == disk.id)
        };
        let disk = node.disks.iter().find(fits)?;
        chosen.insert(one.label.clone(), disk.id);
    }
    Some(chosen)
}

/// Which interfaces serve which label.
fn interfaces_of(region: &Region, node: &Node, wanted: &[Labelled]) -> Option<BTreeMap<String, Vec<u64>>> {
    let mut chosen = BTreeMap::new();
    for one in wanted {
        let fits = |interface: &&Interface| {
            one.text.split(',').all(|pair| {
                let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
                let vlan = interface.vlan.and_then(|id| region.vlans.get(id));
                let linked = |id: u64| interface.links.iter().any(|link| link.subnet == Some(id));
                match key {
                    "space" => vlan.is_some_and(|vlan| vlan.space.is_some() && region.space_name(vlan) == value),
                    "fabric" => {
                        vlan.and_then(|vlan| region.fabrics.get(vlan.fabric)).is_some_and(|one| one.name == value)
                    }
                    "vlan" | "vid" => vlan.is_some_and(|vlan| vlan.vid.to_string() == value || vlan.name == value),
                    "subnet" | "subnet_cidr" => super::subnets::find(region, value).is_some_and(linked),
                    "ip" => interface.links.iter().any(|link| link.ip.is_some_and(|ip| ip.to_string() == value)),
                    "name" => interface.name == value,
                    "hostname" => node.hostname == value,
                    "mode" => interface.links.iter().any(|link| link.mode == value),
                    "tag" => interface.tags.iter().any(|tag| tag == value),
                    "id" => interface.id.to_string() == value,
                    _ => false,
                }
            })
        };
        let all: Vec<u64> = node.interfaces.iter().filter(fits).map(|interface| interface.id).collect();
        if all.is_empty() {
            return None;
        }
        chosen.insert(one.label.clone(), all);
    }
    Some(chosen)
}

/// MAAS's words when nothing fits: what was asked, and how that was understood.
fn no_match(region: &Region, data: &Params) -> String {
    const NO_CONSTRAINT: [&str; 6] = ["agent_name", "comment", "dry_run", "verbose", "bridge_all", "system_id"];
    let mut keys: Vec<&str> = Vec::new();
    for (key, _) in &data.0 {
        if !keys.contains(&key.as_str()) {
            keys.push(key);
        }
    }
    let listed = |key: &&str| {
        let values: Vec<String> = data.all(key).iter().map(|value| format!("'{value}'")).collect();
        format!("('{key}', [{}])", values.join(", "))
    };
    let asked: Vec<String> = keys.iter().map(listed).collect();
    let mut understood: Vec<String> = keys
        .iter()
        .filter(|key| !NO_CONSTRAINT.contains(key))
        .map(|key| {
            let value = match *key {
                "cpu_count" | "mem" => {
                    let number = data.get(key).and_then(|text| text.parse::<f64>().ok()).unwrap_or_default();
                    format!("{number:?}")
                }
                "arch" => {
                    let arch = data.get(key).unwrap_or_default();
                    let known = known_architectures(region);
                    let all: Vec<String> =
                        known.into_iter().filter(|one| one == arch || one.split('/').next() == Some(arch)).collect();
                    all.join(",")
                }
                _ => data.all(key).join(","),
            };
            format!("{key}={value}")
        })
        .collect();
    understood.sort();
    format!(
        "No available machine matches constraints: [{}] (resolved to \"{}\")",
        asked.join(", "),
        understood.join(" ")
    )
}
