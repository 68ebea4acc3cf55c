//! The ports that a node's cables end in, as its design wants them.

use crate::model::{NativeNetwork, NodeDesign, PortDesign};

/// One entry for each device of each interface, in the order of the design. `native_vlan` tells the VLAN id of a network whose
/// frames are untagged here, where the design has one.
pub fn ports(design: &NodeDesign, native_vlan: impl Fn(&str) -> Option<u32>) -> Vec<PortDesign> {
    let mut ports = Vec::new();
    for interface in &design.interfaces {
        let untagged = interface.networks.iter().find(|network| network.vlan.is_none());
        let native = untagged
            .map(|network| NativeNetwork { network: network.network.clone(), vlan: native_vlan(&network.network) });
        let mut tagged: Vec<u32> = interface.networks.iter().filter_map(|network| network.vlan).collect();
        tagged.sort_unstable();
        tagged.dedup();
        for device in &interface.devices {
            let cable = design.hardware.cables.iter().find(|cable| cable.device == *device);
            ports.push(PortDesign {
                device: device.clone(),
                switch: cable.map(|cable| cable.switch.clone()),
                port: cable.and_then(|cable| cable.port.clone()),
                interface: interface.name.clone(),
                link: interface.link.clone(),
                bond: interface.bond.clone(),
                native: native.clone(),
                tagged: tagged.clone(),
                mtu: interface.mtu,
            });
        }
    }
    ports
}
