//! MAAS's storage layouts.

use super::Region;
use super::node::Node;
use super::storage::{Disk, Filesystem, GroupKind, Member, align};

/// The size of the EFI partition.
const EFI_SIZE: u64 = 536_870_912;
/// The size of `/boot` beside a bcache.
const BOOT_SIZE: u64 = 1 << 30;

/// What a layout is to be like.
#[derive(Clone, Debug, Default)]
pub(crate) struct Layout {
    pub(crate) name: String,
    /// The disk of the root filesystem; the boot disk when absent.
    pub(crate) root: Option<u64>,
    pub(crate) boot_size: Option<u64>,
    pub(crate) root_size: Option<u64>,
    pub(crate) group_name: Option<String>,
    pub(crate) volume_name: Option<String>,
    pub(crate) volume_size: Option<u64>,
    pub(crate) cache_device: Option<u64>,
    pub(crate) cache_mode: Option<String>,
    pub(crate) cache_size: Option<u64>,
    pub(crate) cache_no_part: bool,
}

impl Layout {
    /// A layout with nothing said about it.
    pub(crate) fn plain(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }
}

impl Region {
    fn filesystem(&mut self, fstype: &str, label: &str, mount_point: &str) -> Filesystem {
        Filesystem {
            fstype: fstype.to_owned(),
            label: Some(label.to_owned()),
            uuid: self.dice.uuid("filesystem"),
            mount_point: Some(mount_point.to_owned()),
            mount_options: None,
        }
    }

    /// Applies a layout. The EFI partition goes to the boot disk, the root to its own disk.
    pub(crate) fn apply_layout(&mut self, node: &mut Node, layout: &Layout) {
        node.blank_storage();
        let Some(boot) = node.boot_disk else { return };
        let root = layout.root.unwrap_or(boot);
        let name = layout.name.as_str();
        if matches!(name, "blank" | "custom") {
            return;
        }
        if name.starts_with("vmfs") {
            return self.vmfs(node, root);
        }
        if node.efi() {
            let fs = self.filesystem("fat32", "efi", "/boot/efi");
            self.add_partition(node, boot, Some(EFI_SIZE), true, Some(fs));
        }
        if name == "bcache" || layout.boot_size.is_some_and(|size| size > 0) {
            let fs = self.filesystem("ext4", "boot", "/boot");
            let size = layout.boot_size.filter(|size| *size > 0).unwrap_or(BOOT_SIZE);
            self.add_partition(node, boot, Some(size), true, Some(fs));
        }
        match name {
            "lvm" => self.lvm(node, root, layout),
            "bcache" => self.bcache(node, root, layout),
            _ => {
                let fs = self.filesystem("ext4", "root", "/");
                self.add_partition(node, root, layout.root_size, false, Some(fs));
            }
        }
    }

    fn lvm(&mut self, node: &mut Node, root: u64, layout: &Layout) {
        let Some(partition) = self.add_partition(node, root, layout.root_size, false, None) else { return };
        let name = layout.group_name.as_deref().unwrap_or("vgroot");
        let group = self.add_group(node, GroupKind::Volumes, name, vec![Member::Partition(partition)], Vec::new());
        let whole = node.group(group).map_or(0, |group| node.group_size(group));
        let size = align(layout.volume_size.filter(|size| *size > 0).unwrap_or(whole)).min(whole);
        let volume = self.add_volume(node, group, layout.volume_name.as_deref().unwrap_or("lvroot"), size);
        let fs = self.filesystem("ext4", "root", "/");
        if let Some(disk) = node.disk_mut(volume) {
            disk.fs = Some(fs);
        }
    }

    /// The root backed by its disk and cached by the first solid-state disk beside it; without one it is flat.
    fn bcache(&mut self, node: &mut Node, root: u64, layout: &Layout) {
        let solid = |disk: &&Disk| disk.is_physical() && disk.id != root && disk.tags.iter().any(|tag| tag == "ssd");
        let cache = layout.cache_device.or_else(|| node.disks.iter().find(solid).map(|disk| disk.id));
        let Some(cache) = cache else {
            let fs = self.filesystem("ext4", "root", "/");
            self.add_partition(node, root, layout.root_size, false, Some(fs));
            return;
        };
        let Some(backing) = self.add_partition(node, root, layout.root_size, false, None) else { return };
        let partitioned = !layout.cache_no_part;
        let device = if partitioned {
            let Some(partition) = self.add_partition(node, cache, layout.cache_size, false, None) else { return };
            Member::Partition(partition)
        } else {
            Member::Disk(cache)
        };
        let cache_set = self.add_cache_set(node, device);
        let mode = layout.cache_mode.clone().unwrap_or_else(|| "writethrough".to_owned());
        let kind = GroupKind::Bcache { cache_set, mode };
        let group = self.add_group(node, kind, "bcache0", vec![Member::Partition(backing)], Vec::new());
        let fs = self.filesystem("ext4", "root", "/");
        let device = node.assembled(group).map(|disk| disk.id);
        if let Some(disk) = device.and_then(|id| node.disk_mut(id)) {
            disk.fs = Some(fs);
        }
    }

    /// What ESXi makes of a disk: its own partitions, and a datastore on the rest.
    fn vmfs(&mut self, node: &mut Node, root: u64) {
        const MIB: u64 = 1024 * 1024;
        for size in [4, 4096, 4096, 250, 250, 2560] {
            self.add_partition(node, root, Some(size * MIB), false, None);
        }
        if let Some(rest) = self.add_partition(node, root, None, false, None) {
            self.add_group(node, GroupKind::Vmfs, "datastore1", vec![Member::Partition(rest)], Vec::new());
        }
    }
}
