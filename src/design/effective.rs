//! The resolved node as others may read it: `status.effective`.

use crate::{
    api::{
        baremetal_node::AddressMode,
        effective::{EffectiveInterface, EffectiveNode},
    },
    model::{AttachmentDesign, DiskContent, FilesystemDesign, InterfaceDesign, NodeDesign},
};
use std::collections::BTreeMap;

/// The view of a node's design. It holds no secret.
pub fn effective_node(node: &NodeDesign) -> EffectiveNode {
    let mut boot_actions: Vec<String> = node.boot_actions.iter().map(|a| a.action().to_owned()).collect();
    boot_actions.dedup();
    EffectiveNode {
        fqdn: node.fqdn(),
        profiles: node.profiles.clone(),
        hardware_profile: node.hardware_profile.clone(),
        rack: node.rack.clone(),
        image: node.platform.image.clone(),
        kernel: node.platform.kernel.clone(),
        kernel_options: node.platform.kernel_options.clone(),
        primary_network: node.primary_network.clone(),
        bmc_address: node.oob.as_ref().map(|o| o.address.to_string()),
        interfaces: node.interfaces.iter().map(interface).collect(),
        mounts: mounts(node),
        tags: node.tags.clone(),
        owner_data: node.owner_data.clone(),
        boot_actions,
        extra: node.extra.clone(),
    }
}

fn interface(interface: &InterfaceDesign) -> EffectiveInterface {
    EffectiveInterface {
        name: interface.name.clone(),
        devices: interface.devices.iter().map(ToString::to_string).collect(),
        bond: interface.bond.as_ref().map(|b| b.mode.name().to_owned()),
        mtu: i32::try_from(interface.mtu).unwrap_or(i32::MAX),
        networks: interface.networks.iter().map(|n| (n.network.clone(), attachment(n))).collect(),
        bridges: interface.bridges.iter().map(|bridge| (bridge.name.clone(), bridge.network.clone())).collect(),
    }
}

fn attachment(network: &AttachmentDesign) -> String {
    let vlan = network.vlan.map_or_else(|| "untagged".to_owned(), |v| format!("vlan {v}"));
    match (network.mode, network.address) {
        (AddressMode::Static, Some(address)) => format!("{vlan} Static {address}/{}", network.cidr.prefix_len()),
        (AddressMode::Dhcp, _) => format!("{vlan} DHCP"),
        _ => format!("{vlan} LinkUp"),
    }
}

fn mounts(node: &NodeDesign) -> BTreeMap<String, String> {
    let mut mounts = BTreeMap::new();
    let mut add = |device: String, size: String, filesystem: Option<&FilesystemDesign>| {
        if let Some((filesystem, mount_point)) = filesystem.and_then(|f| Some((f, f.mount_point.clone()?))) {
            mounts.insert(mount_point, format!("{device} {size} {}", filesystem.fs_type));
        }
    };
    for disk in &node.storage.disks {
        if let DiskContent::Partitions(partitions) = &disk.content {
            for partition in partitions {
                add(disk.device.to_string(), partition.size.to_string(), partition.filesystem.as_ref());
            }
        }
    }
    for raid in &node.storage.raids {
        add(raid.name.clone(), raid.level.name().to_owned(), raid.filesystem.as_ref());
    }
    for cache in &node.storage.caches {
        add(cache.name.clone(), cache.cache_set.clone(), cache.filesystem.as_ref());
    }
    for group in &node.storage.volume_groups {
        for volume in &group.logical_volumes {
            add(format!("{}/{}", group.name, volume.name), volume.size.to_string(), volume.filesystem.as_ref());
        }
    }
    mounts
}
