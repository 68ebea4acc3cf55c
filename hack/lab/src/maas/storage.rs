//! The block devices of a node: the list, one device, its filesystem and its mount point.

use serde_json::{Value, json};

use super::form::{Errors, no_choice};
use super::reply::{Answer, Reply};
use super::request::{Params, Request};
use super::route::{ITEM_OPS, LIST, no_such};
use crate::region::node::Node;
use crate::region::status::Status;
use crate::region::storage::{Disk, DiskKind, Filesystem};
use crate::region::storage_view::disk_view;
use crate::world::World;

/// Filesystems that a device can be formatted with.
pub(super) const FSTYPES: [&str; 8] = ["btrfs", "ext2", "ext4", "fat32", "swap", "vfat", "xfs", "zfsroot"];

/// Refuses a change of storage unless the machine is Ready.
pub(super) fn check_ready(node: &Node, doing: &str) -> Result<(), Reply> {
    if node.status == Status::Ready {
        return Ok(());
    }
    Err(Reply::conflict(format!("Cannot {doing} because the node is not Ready.")))
}

/// The same for what can be done to an Allocated machine as well.
pub(super) fn check_ready_or_allocated(node: &Node, doing: &str) -> Result<(), Reply> {
    if matches!(node.status, Status::Ready | Status::Allocated) {
        return Ok(());
    }
    Err(Reply::conflict(format!("Cannot {doing} because the node is not Ready or Allocated.")))
}

pub(super) fn list(world: &mut World, request: &Request, id: &str) -> Answer {
    let Some(node) = world.region.nodes.get(id) else { return Err(Reply::missing("Node")) };
    match request.asked() {
        ("GET", None) => Ok(Reply::json(&node.disks.iter().map(|disk| listed_view(node, disk)).collect::<Value>())),
        ("POST", None) => {
            request.may_admin()?;
            check_ready(node, "create block device")?;
            let data = request.data();
            let mut errors = Errors::default();
            let name = errors.required(data, "name").to_owned();
            let size = required_size(&mut errors, data, "size");
            let block_size = required_size(&mut errors, data, "block_size");
            let by_serial = data.filled("model").is_some() && data.filled("serial").is_some();
            if !by_serial && data.filled("id_path").is_none() {
                errors.add("__all__", "serial/model are required if id_path is not provided.");
            }
            let taken = node.disks.iter().any(|disk| disk.name == name);
            errors.unless(!taken, "name", format!("Block device with name {name} already exists."));
            errors.finish()?;
            let text = |field: &str| Some(data.get(field).unwrap_or_default().to_owned());
            let disk_id = world.region.ids.disk();
            let disk = Disk {
                id: disk_id,
                kind: DiskKind::Physical,
                name,
                model: text("model"),
                serial: text("serial"),
                id_path: text("id_path"),
                firmware: None,
                numa_node: 0,
                size,
                block_size,
                tags: Vec::new(),
                uuid: None,
                partitions: Vec::new(),
                fs: None,
            };
            if let Some(node) = world.region.nodes.get_mut(id) {
                node.disks.push(disk);
                node.boot_disk = node.boot_disk.or(Some(disk_id));
            }
            shown(world, id, disk_id)
        }
        _ => Err(no_such(request, LIST)),
    }
}

/// A block device in the list, which knows less of each than the device itself does.
fn listed_view(node: &Node, disk: &Disk) -> Value {
    let mut view = disk_view(node, disk);
    if let Value::Object(map) = &mut view {
        map.remove("firmware_version");
    }
    if let DiskKind::Volume(group) = disk.kind
        && let Some(group) = node.group(group)
        && let Some(own) = disk.name.strip_prefix(&format!("{}-", group.name))
    {
        view["path"] = json!(format!("/dev/disk/by-dname/{own}"));
    }
    view
}

fn required_size(errors: &mut Errors, data: &Params, field: &str) -> u64 {
    let text = errors.required(data, field);
    let size = super::volumes::size_of(Some(text)).ok().flatten();
    errors.unless(size.is_some() || text.is_empty(), field, "Enter a whole number.");
    size.unwrap_or_default()
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
    let disk_id = find(node, text)?;
    let Some(disk) = node.disk(disk_id) else { return Err(Reply::missing("BlockDevice")) };
    let form = &request.form;
    match request.asked() {
        ("GET", None) => {}
        ("PUT", None) => {
            request.may_admin()?;
            update(world, request, id, disk_id)?;
        }
        ("DELETE", None) => {
            request.may_admin()?;
            check_ready(node, "delete block device")?;
            delete(world, id, disk_id);
            return Ok(Reply::deleted());
        }
        ("POST", Some("set_boot_disk")) => {
            check_ready_or_allocated(node, "set as boot disk")?;
            if !disk.is_physical() {
                return Err(Reply::sentence(400, "Cannot set a virtual block device as the boot disk."));
            }
            if let Some(node) = world.region.nodes.get_mut(id) {
                node.boot_disk = Some(disk_id);
            }
            return Ok(Reply::text("OK"));
        }
        ("POST", Some(op @ ("format" | "unformat" | "mount" | "unmount"))) => {
            check_ready_or_allocated(node, &format!("{op} block device"))?;
            if op == "format" && !disk.partitions.is_empty() {
                return Err(Reply::field("__all__", "Cannot format block device with a partition table."));
            }
            check_filesystem_uuid(node, form)?;
            let uuid = world.region.dice.uuid("filesystem");
            if let Some(disk) = world.region.nodes.get_mut(id).and_then(|node| node.disk_mut(disk_id)) {
                change_fs(&mut disk.fs, op, form, uuid, false)?;
            }
        }
        ("POST", Some(op @ ("add_tag" | "remove_tag"))) => {
            let tag = form.filled("tag").ok_or_else(|| Reply::sentence(400, "No provided tag!"))?;
            if let Some(disk) = world.region.nodes.get_mut(id).and_then(|node| node.disk_mut(disk_id)) {
                retag(&mut disk.tags, op, tag);
            }
        }
        _ => return Err(no_such(request, ITEM_OPS)),
    }
    shown(world, id, disk_id)
}

/// Adds a tag to the end, or takes it away.
pub(super) fn retag(tags: &mut Vec<String>, op: &str, tag: &str) {
    if op == "remove_tag" {
        tags.retain(|known| known != tag);
    } else if !tags.iter().any(|known| known == tag) {
        tags.push(tag.to_owned());
    }
}

fn update(world: &mut World, request: &Request, id: &str, disk: u64) -> Result<(), Reply> {
    let Some(node) = world.region.nodes.get_mut(id) else { return Err(Reply::missing("Node")) };
    let deployed = node.status == Status::Deployed;
    if !deployed {
        check_ready(node, "update block device")?;
    }
    let data = request.data();
    let Some(disk) = node.disk_mut(disk) else { return Err(Reply::missing("BlockDevice")) };
    if let Some(name) = data.filled("name") {
        name.clone_into(&mut disk.name);
    }
    for (field, value) in [("model", &mut disk.model), ("serial", &mut disk.serial), ("id_path", &mut disk.id_path)] {
        if let Some(text) = data.get(field) {
            *value = Some(text.to_owned());
        }
    }
    if !deployed {
        disk.size = super::volumes::size_of(data.filled("size"))?.unwrap_or(disk.size);
        disk.block_size = data.number("block_size").unwrap_or(disk.block_size);
        if disk.kind != DiskKind::Physical && data.filled("uuid").is_some() {
            disk.uuid = uuid_of(data)?;
        }
    }
    Ok(())
}

fn delete(world: &mut World, id: &str, disk: u64) {
    let Some(node) = world.region.nodes.get_mut(id) else { return };
    match node.disk(disk).map(|disk| disk.kind) {
        Some(DiskKind::Assembled(group)) => node.remove_group(group),
        _ => node.disks.retain(|one| one.id != disk),
    }
    node.boot_disk =
        node.boot_disk.filter(|boot| *boot != disk).or(node.disks.iter().find(|d| d.is_physical()).map(|d| d.id));
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

/// No two filesystems of a machine have one UUID.
pub(super) fn check_filesystem_uuid(node: &Node, form: &Params) -> Result<(), Reply> {
    let Some(uuid) = uuid_of(form)? else { return Ok(()) };
    if node.filesystems().any(|fs| fs.uuid.eq_ignore_ascii_case(&uuid)) {
        return Err(Reply::field("uuid", "Filesystem with this Uuid already exists."));
    }
    Ok(())
}

/// Formats, mounts and the opposite, on a disk or a partition.
pub(super) fn change_fs(
    fs: &mut Option<Filesystem>,
    op: &str,
    form: &Params,
    uuid: String,
    partition: bool,
) -> Result<(), Reply> {
    let what = if partition { "partition" } else { "block device" };
    match op {
        "format" => {
            let fstype = form.filled("fstype").ok_or_else(|| Reply::required("fstype"))?;
            if !FSTYPES.contains(&fstype) {
                return Err(Reply::field("fstype", no_choice(fstype)));
            }
            let designed = uuid_of(form)?;
            if fs.as_ref().is_some_and(|fs| fs.mount_point.is_some()) {
                return Err(Reply::field(
                    "__all__",
                    format!("Filesystem is mounted and cannot be formatted; unmount the {what} first."),
                ));
            }
            *fs = Some(Filesystem {
                fstype: fstype.to_owned(),
                label: Some(form.get("label").unwrap_or_default().to_owned()),
                uuid: designed.unwrap_or(uuid),
                mount_point: None,
                mount_options: None,
            });
        }
        "unformat" => {
            let Some(known) = fs.as_ref() else {
                return Err(Reply::sentence(
                    400,
                    format!("{} is not formatted.", if partition { "Partition" } else { "Block device" }),
                ));
            };
            if known.mount_point.is_some() {
                return Err(Reply::sentence(
                    400,
                    "Filesystem is mounted and cannot be unformatted. Unmount the filesystem before unformatting the block device.",
                ));
            }
            *fs = None;
        }
        "mount" => {
            let Some(fs) = fs else {
                return Err(Reply::field("__all__", format!("Cannot mount an unformatted {what}.")));
            };
            let at = mount_point(form, &fs.fstype)?;
            fs.mount_point = Some(at);
            fs.mount_options = Some(form.get("mount_options").unwrap_or_default().to_owned());
        }
        _ => {
            let Some(fs) = fs.as_mut() else {
                return Err(Reply::sentence(
                    400,
                    format!("{} is not formatted.", if partition { "Partition" } else { "Block device" }),
                ));
            };
            if fs.mount_point.take().is_none() {
                return Err(Reply::sentence(400, "Filesystem is already unmounted."));
            }
            fs.mount_options = None;
        }
    }
    Ok(())
}

fn mount_point(form: &Params, fstype: &str) -> Result<String, Reply> {
    if fstype == "swap" {
        return Ok("none".to_owned());
    }
    let at = form.filled("mount_point").ok_or_else(|| Reply::required("mount_point"))?;
    if !at.starts_with('/') || at.contains(char::is_whitespace) {
        return Err(Reply::field("mount_point", "Enter a valid value."));
    }
    Ok(at.to_owned())
}

/// Mounts a filesystem that needs no device, or takes it away.
pub(super) fn special(world: &mut World, id: &str, form: &Params, mount: bool) -> Result<(), Reply> {
    let uuid = world.region.dice.uuid("filesystem");
    let Some(node) = world.region.nodes.get_mut(id) else { return Err(Reply::missing("Machine")) };
    if !matches!(node.status, Status::Ready | Status::Allocated) {
        let doing = if mount { "mount" } else { "unmount" };
        return Err(Reply::conflict(format!(
            "Cannot {doing} the filesystem because the machine is not Ready or Allocated."
        )));
    }
    if !mount {
        let at = form.filled("mount_point").ok_or_else(|| Reply::required("mount_point"))?;
        let before = node.special_filesystems.len();
        node.special_filesystems.retain(|fs| fs.mount_point.as_deref() != Some(at));
        if node.special_filesystems.len() == before {
            return Err(Reply::missing("Filesystem"));
        }
        return Ok(());
    }
    let mut errors = Errors::default();
    let fstype = errors.required(form, "fstype").to_owned();
    errors.unless(fstype.is_empty() || matches!(fstype.as_str(), "tmpfs" | "ramfs"), "fstype", no_choice(&fstype));
    errors.required(form, "mount_point");
    errors.finish()?;
    let at = mount_point(form, &fstype)?;
    let options = form.get("mount_options").unwrap_or_default().to_owned();
    node.special_filesystems.push(Filesystem {
        fstype,
        label: None,
        uuid,
        mount_point: Some(at),
        mount_options: Some(options),
    });
    Ok(())
}
