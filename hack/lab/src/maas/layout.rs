//! Applying a storage layout.

use serde_json::{Value, json};

use super::form::Errors;
use super::reply::{Answer, Reply};
use super::request::Params;
use crate::region::config::not_one_of;
use crate::region::layouts::Layout;
use crate::region::status::Status;
use crate::world::World;

pub(super) fn set_layout(world: &mut World, id: &str, form: &Params) -> Answer {
    const LAYOUTS: [&str; 7] = ["lvm", "vmfs6", "blank", "flat", "custom", "vmfs7", "bcache"];
    let Some(mut node) = world.region.nodes.get(id).cloned() else { return Err(Reply::missing("Machine")) };
    if node.status != Status::Ready {
        return Err(Reply::conflict("Cannot change the storage layout on a machine that is not Ready."));
    }
    let mut errors = Errors::default();
    let name = errors.required(form, "storage_layout");
    if !name.is_empty() && !LAYOUTS.contains(&name) {
        errors.add("storage_layout", not_one_of(name, "storage_layout", &LAYOUTS.map(str::to_owned)));
        errors.finish()?;
        return Err(Reply::required("storage_layout"));
    }
    let physical: Vec<String> =
        node.disks.iter().filter(|disk| disk.is_physical()).map(|disk| disk.id.to_string()).collect();
    let mut device = |field: &str| {
        let text = form.filled(field)?;
        let known = node.disks.iter().find(|disk| disk.id.to_string() == text || disk.name == text);
        let known = known.filter(|disk| disk.is_physical());
        errors.unless(known.is_some(), field, not_one_of(text, field, &physical));
        known.map(|disk| disk.id)
    };
    let (root, cache_device) = (device("root_device"), device("cache_device"));
    errors.finish()?;
    let text = |field: &str| form.filled(field).map(str::to_owned);
    let size = |field: &str| super::volumes::size_of(form.filled(field));
    let layout = Layout {
        name: name.to_owned(),
        root,
        boot_size: size("boot_size")?,
        root_size: size("root_size")?,
        group_name: text("vg_name"),
        volume_name: text("lv_name"),
        volume_size: size("lv_size")?,
        cache_device,
        cache_mode: text("cache_mode"),
        cache_size: size("cache_size")?,
        cache_no_part: form.checkbox("cache_no_part").unwrap_or(false),
    };
    if node.boot_disk.is_none() {
        let text = "Machine doesn't have any storage devices to configure.";
        return Err(Reply::sentence(409, format!("Failed to configure storage layout '{name}': {text}")));
    }
    world.region.apply_layout(&mut node, &layout);
    world.region.nodes.insert(id.to_owned(), node);
    let mut view = super::lifecycle::view(world, id);
    if name == "bcache" {
        hide_cache(&mut view);
    }
    Ok(Reply::json(&view))
}

/// The answer was put together before the cache got its partition; the next read shows it.
fn hide_cache(view: &mut Value) {
    for key in ["blockdevice_set", "physicalblockdevice_set"] {
        for disk in view[key].as_array_mut().into_iter().flatten() {
            without_cache(disk);
        }
    }
    without_cache(&mut view["boot_disk"]);
}

fn without_cache(disk: &mut Value) {
    let Some(partitions) = disk["partitions"].as_array_mut() else { return };
    let before = partitions.len();
    let is_cache = |part: &Value| part["filesystem"]["fstype"] == json!("bcache-cache");
    let size: u64 = partitions.iter().filter(|part| is_cache(part)).filter_map(|part| part["size"].as_u64()).sum();
    partitions.retain(|part| !is_cache(part));
    let count = partitions.len();
    if count == before {
        return;
    }
    let (used, free) = (disk["used_size"].as_u64().unwrap_or(0), disk["available_size"].as_u64().unwrap_or(0));
    disk["used_size"] = json!(used.saturating_sub(size));
    disk["available_size"] = json!(free + size);
    disk["used_for"] = json!(match count {
        0 => "Unused".to_owned(),
        1 => "GPT partitioned with 1 partition".to_owned(),
        _ => format!("GPT partitioned with {count} partitions"),
    });
}
