//! The configuration of the installer: what it is told of the machine's network and storage.

use std::fmt::Write;

use crate::region::node::{InterfaceKind, Node};
use crate::region::storage::{DiskKind, GroupKind, Member};
use crate::world::World;

pub(super) fn config(world: &World, node: &Node) -> String {
    let rack = world.region.nodes.values().find(|node| node.is_rack());
    let host = rack.map_or(String::new(), |rack| world.region.fqdn_of(rack));
    let id = &node.system_id;
    let kernel = node.hwe_kernel.as_deref().unwrap_or_default();
    let mut text = String::new();
    let _ = write!(
        text,
        "apt:\n  preserve_sources_list: false\n  proxy: http://127.0.0.1:8000/\n  sources: {{}}\ninstall:\n  \
         error_tarfile: /tmp/curtin-logs.tar\n  log_file: /tmp/install.log\n  post_files:\n  - /tmp/install.log\n  - \
         /tmp/curtin-logs.tar\nkernel:\n  mapping: {{}}\n  package: linux-generic-{kernel}\nkernel-crash-dumps:\n  \
         enabled: {}\nlate_commands:\n  maas:\n  - wget\n  - --no-proxy\n  - \
         http://{host}:5248/MAAS/metadata/latest/by-id/{id}/\n  - --post-data\n  - op=netboot_off\n  - -O\n  - \
         /dev/null\n",
        node.enable_kernel_crash_dump,
    );
    network(&mut text, world, node);
    storage(&mut text, node);
    text.push_str("verbosity: 3\n");
    text
}

fn network(text: &mut String, world: &World, node: &Node) {
    text.push_str("network:\n");
    let kinds = [
        ("ethernets", InterfaceKind::Physical),
        ("bonds", InterfaceKind::Bond),
        ("vlans", InterfaceKind::Vlan),
        ("bridges", InterfaceKind::Bridge),
    ];
    for (title, kind) in kinds {
        let all: Vec<_> = node.interfaces.iter().filter(|one| one.kind == kind).collect();
        if all.is_empty() {
            continue;
        }
        let _ = writeln!(text, "  {title}:");
        for one in all {
            let _ = writeln!(text, "    {}:", one.name);
            let subnet = |id: Option<u64>| id.and_then(|id| world.region.subnets.get(id));
            let addresses: Vec<String> = one
                .links
                .iter()
                .filter_map(|link| Some(format!("{}/{}", link.ip?, subnet(link.subnet)?.cidr.prefix_len())))
                .collect();
            if !addresses.is_empty() {
                let _ = writeln!(text, "      addresses:");
                for address in &addresses {
                    let _ = writeln!(text, "      - {address}");
                }
            }
            if kind == InterfaceKind::Physical {
                let _ = writeln!(text, "      match:\n        macaddress: '{}'", one.mac);
            } else {
                let parents = one.parents.iter().filter_map(|id| node.interface(*id)).map(|one| one.name.as_str());
                let parents: Vec<&str> = parents.collect();
                if kind == InterfaceKind::Vlan {
                    let vid = one.vlan.and_then(|id| world.region.vlans.get(id)).map_or(0, |vlan| vlan.vid);
                    let _ = writeln!(text, "      id: {vid}\n      link: {}", parents.join(" "));
                } else {
                    let _ = writeln!(text, "      interfaces:");
                    for parent in parents {
                        let _ = writeln!(text, "      - {parent}");
                    }
                }
            }
            let _ = writeln!(text, "      mtu: {}", world.region.effective_mtu(node, one));
        }
    }
    text.push_str("  version: 2\n");
}

fn storage(text: &mut String, node: &Node) {
    text.push_str("storage:\n  config:\n");
    let name_of = |member: &Member| match member {
        Member::Disk(id) => node.disk(*id).map(|disk| disk.name.clone()),
        Member::Partition(id) => node.disks.iter().find_map(|disk| {
            let at = disk.partitions.iter().position(|part| part.id == *id)?;
            Some(format!("{}-part{}", disk.name, at + 1))
        }),
    };
    for disk in node.disks.iter().filter(|disk| disk.kind == DiskKind::Physical) {
        let _ = writeln!(text, "  - id: {0}\n    name: {0}\n    type: disk\n    wipe: superblock", disk.name);
        for (number, part) in (1..).zip(&disk.partitions) {
            let _ = writeln!(
                text,
                "  - device: {0}\n    id: {0}-part{number}\n    name: {0}-part{number}\n    number: {number}\n    \
                 size: {1}B\n    type: partition\n    uuid: {2}\n    wipe: superblock",
                disk.name, part.size, part.uuid
            );
        }
    }
    for group in &node.groups {
        let kind = match group.kind {
            GroupKind::Volumes => "lvm_volgroup",
            GroupKind::Raid(_) => "raid",
            GroupKind::Bcache { .. } => "bcache",
            GroupKind::Vmfs => "vmfs",
        };
        let _ = writeln!(text, "  - devices:");
        for member in group.members.iter().filter_map(name_of) {
            let _ = writeln!(text, "    - {member}");
        }
        let _ = writeln!(text, "    id: {0}\n    name: {0}\n    type: {kind}", group.name);
    }
    for fs in node.filesystems().filter(|fs| fs.mount_point.is_some()) {
        let at = fs.mount_point.as_deref().unwrap_or_default();
        let options = fs.mount_options.as_deref().unwrap_or_default();
        let _ = writeln!(text, "  - fstype: {}\n    options: '{options}'\n    path: {at}\n    type: mount", fs.fstype);
    }
    text.push_str("  version: 1\n");
}
