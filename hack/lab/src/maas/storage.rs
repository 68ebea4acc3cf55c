//! Block devices, filesystems on them, and storage layouts.

use serde_json::Value;

use super::reply::{Answer, Reply};
use super::request::{Params, Request};
use super::route::no_such;
use crate::region::Region;
use crate::region::node::Node;
use crate::region::status::Status;
use crate::region::storage::{Disk, Filesystem, disk_view};
use crate::world::World;

const FSTYPES: [&str; 10] = ["ext2", "ext4", "xfs", "btrfs", "fat32", "vfat", "swap", "ramfs", "tmpfs", "zfsroot"];

/// Refuses a change of what disks are divided into unless the machine is Ready.
pub(super) fn check_ready(node: &Node, doing: &str) -> Result<(), Reply> {
    if node.status == Status::Ready {
        return Ok(());
    }
    Err(Reply::conflict(format!("Cannot {doing} because the node is not Ready.")))
}

/// Filesystems may also change while the machine is Allocated.
pub(super) fn check_ready_or_allocated(node: &Node, doing: &str) -> Result<(), Reply> {
    if matches!(node.status, Status::Ready | Status::Allocated) {
        return Ok(());
    }
    Err(Reply::conflict(format!("Cannot {doing} because the machine is not Ready or Allocated.")))
}

pub(super) fn list(world: &mut World, request: &Request, id: &str) -> Answer {
    let Some(node) = world.region.nodes.get(id) else { return Err(Reply::missing("Node")) };
    match (request.method.as_str(), request.op.as_deref()) {
        ("GET", None) => {
            // The list, unlike the item, does not tell the firmware version.
            let mut views: Vec<Value> = node.disks.iter().map(|disk| disk_view(node, disk)).collect();
            for view in views.iter_mut().filter_map(Value::as_object_mut) {
                view.remove("firmware_version");
            }
            Ok(Reply::json(&Value::Array(views)))
        }
        ("POST", None) => {
            check_ready(node, "create block device")?;
            let data = request.data();
            let name = data.filled("name").ok_or_else(|| Reply::required("name"))?.to_owned();
            let size = data.number("size").ok_or_else(|| Reply::required("size"))?;
            let block_size = data.number("block_size").ok_or_else(|| Reply::required("block_size"))?;
            let text = |key: &str| data.filled(key).map(str::to_owned);
            let disk_id = world.region.next_disk;
            world.region.next_disk += 1;
            let disk = Disk {
                id: disk_id,
                name,
                model: text("model"),
                serial: text("serial"),
                id_path: text("id_path"),
                size,
                block_size,
                tags: Vec::new(),
                uuid: None,
                group: None,
                partitions: Vec::new(),
                fs: None,
            };
            if let Some(node) = world.region.nodes.get_mut(id) {
                node.disks.push(disk);
                node.boot_disk = node.boot_disk.or(Some(disk_id));
            }
            shown(world, id, disk_id)
        }
        _ => Err(no_such(request, "GET, POST")),
    }
}

fn shown(world: &World, id: &str, disk: u64) -> Answer {
    let node = world.region.nodes.get(id).ok_or_else(|| Reply::missing("Node"))?;
    let disk = node.disk(disk).ok_or_else(|| Reply::missing("BlockDevice"))?;
    Ok(Reply::json(&disk_view(node, disk)))
}

/// A block device by id or name.
pub(super) fn find(node: &Node, text: &str) -> Result<u64, Reply> {
    let found = node.disks.iter().find(|disk| disk.id.to_string() == text || disk.name == text);
    found.map(|disk| disk.id).ok_or_else(|| Reply::missing("BlockDevice"))
}

pub(super) fn item(world: &mut World, request: &Request, id: &str, text: &str) -> Answer {
    let Some(node) = world.region.nodes.get(id) else { return Err(Reply::missing("Node")) };
    let disk = find(node, text)?;
    let form = &request.form;
    match (request.method.as_str(), request.op.as_deref()) {
        ("GET", None) => {}
        ("PUT", None) => {
            check_ready(node, "update block device")?;
            if let Some(disk) = world.region.nodes.get_mut(id).and_then(|node| node.disk_mut(disk))
                && let Some(name) = request.data().filled("name")
            {
                name.clone_into(&mut disk.name);
            }
        }
        ("DELETE", None) => {
            check_ready(node, "delete block device")?;
            if let Some(node) = world.region.nodes.get_mut(id) {
                node.disks.retain(|one| one.id != disk);
                node.boot_disk = node.boot_disk.filter(|boot| *boot != disk).or(node.disks.first().map(|d| d.id));
            }
            return Ok(Reply::deleted());
        }
        ("POST", Some("set_boot_disk")) => {
            check_ready_or_allocated(node, "set as boot disk")?;
            if node.disk(disk).is_some_and(|disk| disk.group.is_some()) {
                let text = format!("Cannot set a virtual block device as the boot disk: {disk}");
                return Err(Reply::sentence(400, text));
            }
            if let Some(node) = world.region.nodes.get_mut(id) {
                node.boot_disk = Some(disk);
            }
            return Ok(Reply::text("OK"));
        }
        ("POST", Some(op @ ("format" | "unformat" | "mount" | "unmount"))) => {
            check_ready_or_allocated(node, &format!("{op} block device"))?;
            if op == "format" && node.disk(disk).is_some_and(|disk| !disk.partitions.is_empty()) {
                return Err(Reply::field("__all__", "Cannot format block device with a partition table."));
            }
            let uuid = world.region.dice.uuid("filesystem");
            if let Some(disk) = world.region.nodes.get_mut(id).and_then(|node| node.disk_mut(disk)) {
                change_fs(&mut disk.fs, op, form, uuid)?;
            }
        }
        ("POST", Some(op @ ("add_tag" | "remove_tag"))) => {
            let tag = form.filled("tag").ok_or_else(|| Reply::sentence(400, "No provided tag!"))?;
            if let Some(disk) = world.region.nodes.get_mut(id).and_then(|node| node.disk_mut(disk)) {
                disk.tags.retain(|known| known != tag);
                if op == "add_tag" {
                    disk.tags.push(tag.to_owned());
                }
            }
        }
        _ => return Err(no_such(request, "GET, POST, PUT, DELETE")),
    }
    shown(world, id, disk)
}

/// The UUID that a form asks for. MAAS takes version 4 alone, with or without hyphens, and keeps it as it was written.
pub(super) fn uuid_of(form: &Params) -> Result<Option<String>, Reply> {
    let Some(text) = form.filled("uuid") else { return Ok(None) };
    if text.len() < 32 {
        let text = format!("Ensure this value has at least 32 characters (it has {}).", text.len());
        return Err(Reply::field("uuid", text));
    }
    if text.len() > 36 {
        let text = format!("Ensure this value has at most 36 characters (it has {}).", text.len());
        return Err(Reply::field("uuid", text));
    }
    let digits: Vec<u8> = text.bytes().filter(|byte| *byte != b'-').collect();
    let version_4 = digits.len() == 32
        && digits.iter().all(u8::is_ascii_hexdigit)
        && digits[12] == b'4'
        && b"89abAB".contains(&digits[16]);
    if version_4 { Ok(Some(text.to_owned())) } else { Err(Reply::field("uuid", "Enter a valid value.")) }
}

/// Formats, mounts and the opposite, on a disk or a partition.
pub(super) fn change_fs(fs: &mut Option<Filesystem>, op: &str, form: &Params, uuid: String) -> Result<(), Reply> {
    match op {
        "format" => {
            let fstype = form.filled("fstype").ok_or_else(|| Reply::required("fstype"))?;
            if !FSTYPES.contains(&fstype) {
                let text = format!("Select a valid choice. {fstype} is not one of the available choices.");
                return Err(Reply::field("fstype", text));
            }
            let designed = uuid_of(form)?;
            if fs.as_ref().is_some_and(|fs| fs.mount_point.is_some()) {
                return Err(Reply::field("__all__", "Filesystem is mounted and cannot be formatted. Unmount first."));
            }
            *fs = Some(Filesystem {
                fstype: fstype.to_owned(),
                label: Some(form.get("label").unwrap_or_default().to_owned()),
                uuid: designed.unwrap_or(uuid),
                mount_point: None,
                mount_options: None,
            });
        }
        "unformat" => *fs = None,
        "mount" => {
            let Some(fs) = fs else {
                return Err(Reply::field("__all__", "Cannot mount an unformatted block device or partition."));
            };
            let at = form.filled("mount_point").ok_or_else(|| Reply::required("mount_point"))?;
            let swap = fs.fstype == "swap" && at == "none";
            if !(at.starts_with('/') || swap) || at.contains(' ') {
                return Err(Reply::field("mount_point", "Enter a valid value."));
            }
            fs.mount_point = Some(at.to_owned());
            fs.mount_options =
                Some(form.get("mount_options").or(form.get("mount_option")).unwrap_or_default().to_owned());
        }
        _ => {
            let Some(fs) = fs.as_mut().filter(|fs| fs.mount_point.is_some()) else {
                return Err(Reply::sentence(400, "Filesystem is already unmounted."));
            };
            fs.mount_point = None;
            fs.mount_options = None;
        }
    }
    Ok(())
}

pub(super) fn set_layout(world: &mut World, id: &str, form: &Params) -> Answer {
    const LAYOUTS: [&str; 7] = ["lvm", "vmfs6", "blank", "flat", "custom", "vmfs7", "bcache"];
    let Some(mut node) = world.region.nodes.get(id).cloned() else { return Err(Reply::missing("Machine")) };
    if node.status != Status::Ready {
        return Err(Reply::conflict("Cannot change the storage layout on a machine that is not Ready."));
    }
    let layout = form.filled("storage_layout").ok_or_else(|| Reply::required("storage_layout"))?;
    if !LAYOUTS.contains(&layout) {
        let all: Vec<String> = LAYOUTS.iter().map(|layout| format!("'{layout}'")).collect();
        let text = format!("'{layout}' is not a valid storage_layout.  It should be one of: {}.", all.join(", "));
        return Err(Reply::field("storage_layout", text));
    }
    let root = match form.filled("root_device") {
        None => None,
        Some(text) => Some(find(&node, text).map_err(|_| {
            let all: Vec<String> = node.disks.iter().map(|disk| format!("'{}'", disk.id)).collect();
            let text = format!("'{text}' is not a valid root_device.  It should be one of: {}.", all.join(", "));
            Reply::field("root_device", text)
        })?),
    };
    let region: &mut Region = &mut world.region;
    region.apply_layout(&mut node, layout, root);
    region.nodes.insert(id.to_owned(), node);
    Ok(super::lifecycle::shown(world, id))
}
