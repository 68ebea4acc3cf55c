//! Interfaces and operating system as designed, from an effective description.

use super::network::{self, Networks};
use crate::{
    api::{
        HardwareProfile,
        baremetal_node::AddressMode,
        device_alias::DeviceRule,
        host::{Bridge, HostDescription, Interface, Platform},
    },
    model::{AttachmentDesign, BridgeDesign, DeviceSelector, DeviceTraits, InterfaceDesign, PlatformDesign},
};

/// Seconds before a port of a bridge forwards, where the design says nothing: MAAS's default.
const FORWARD_DELAY: u32 = 15;

/// The interfaces, their networks without addresses.
pub(super) fn interfaces(
    networks: Networks<'_>,
    hardware: Option<&HardwareProfile>,
    host: &HostDescription,
) -> Vec<InterfaceDesign> {
    let primary = host.primary_network.as_deref();
    host.interfaces.iter().filter_map(|described| interface(networks, hardware, described, primary)).collect()
}

/// The operating system.
pub(super) fn platform(platform: Option<&Platform>, kernel_options: String) -> PlatformDesign {
    PlatformDesign {
        image: platform.and_then(|platform| platform.image.clone()),
        kernel: platform.and_then(|platform| platform.kernel.clone()),
        kernel_options,
        ephemeral: platform.and_then(|platform| platform.ephemeral),
        hardware_sync: platform.and_then(|platform| platform.hardware_sync),
        user_data: platform.and_then(|platform| platform.user_data_ref.clone()),
    }
}

/// What a description calls a device: an alias of the hardware profile, else the kernel's name.
pub(super) fn device(name: &str, hardware: Option<&HardwareProfile>) -> DeviceSelector {
    let alias = hardware.and_then(|h| h.spec.device_aliases.iter().find(|a| a.name == name));
    match alias.map(|a| (&a.pci_address, &a.scsi_address, &a.rule)) {
        Some((Some(address), ..)) => DeviceSelector::Pci { alias: name.into(), address: address.clone() },
        Some((None, Some(address), _)) => DeviceSelector::Scsi { alias: name.into(), address: address.clone() },
        Some((None, None, Some(rule))) => DeviceSelector::Rule { alias: name.into(), traits: traits(rule) },
        _ => DeviceSelector::Name(name.trim_start_matches("/dev/").into()),
    }
}

fn traits(rule: &DeviceRule) -> DeviceTraits {
    DeviceTraits {
        vendor: rule.vendor.clone(),
        model: rule.model.clone(),
        min_bytes: rule.min_size.as_ref().map(|size| size.bytes),
        min_mbps: rule.min_speed.as_ref().map(|speed| speed.mbps),
        pattern: rule.pattern.clone(),
    }
}

/// A bridge; one that names no network is left out, a rule speaks of it.
fn bridge(bridge: &Bridge) -> Option<BridgeDesign> {
    Some(BridgeDesign {
        name: bridge.name.clone(),
        network: bridge.network.clone()?,
        kind: bridge.kind.unwrap_or_default(),
        stp: bridge.stp.unwrap_or_default(),
        forward_delay: bridge.forward_delay.and_then(|seconds| u32::try_from(seconds).ok()).unwrap_or(FORWARD_DELAY),
    })
}

/// Whether the host leaves by this network: the primary one, or that of the other protocol on the same VLAN.
fn leads_out(networks: Networks<'_>, interface: &Interface, name: &str, primary: &str) -> bool {
    let place =
        |name: &str| networks.network(name).map(|network| (network.vlan.map(|v| v.0), network.cidr.0.addr().is_ipv4()));
    let is_beside = || match (place(name), place(primary)) {
        (Some((vlan, v4)), Some((primary_vlan, primary_v4))) => vlan == primary_vlan && v4 != primary_v4,
        _ => false,
    };
    name == primary || (interface.networks.iter().any(|other| other == primary) && is_beside())
}

fn interface(
    networks: Networks<'_>,
    hardware: Option<&HardwareProfile>,
    interface: &Interface,
    primary: Option<&str>,
) -> Option<InterfaceDesign> {
    let link_name = interface.link.as_deref()?;
    let link = networks.link(link_name)?;
    let mtu = link.mtu.map_or(network::DEFAULT_MTU, |m| m.0);
    let attachments = interface.networks.iter().filter_map(|name| {
        let network = networks.network(name)?;
        let is_way_out = || primary.is_some_and(|primary| leads_out(networks, interface, name, primary));
        Some(AttachmentDesign {
            network: name.clone(),
            vlan: networks.vlan(link, name),
            cidr: network.cidr.0.trunc(),
            mtu: network.mtu.map_or(mtu, |m| m.0),
            mode: AddressMode::LinkUp,
            address: None,
            default_gateway: network.default_gateway().is_some() && is_way_out(),
            services: networks.services(network),
        })
    });
    Some(InterfaceDesign {
        name: interface.name.clone(),
        link: link_name.to_owned(),
        devices: interface.devices.iter().map(|d| device(d, hardware)).collect(),
        bond: link.bonding.as_ref().map(network::bond),
        mtu,
        managed: !link.unmanaged.unwrap_or_default(),
        networks: attachments.collect(),
        bridges: interface.bridges.iter().filter_map(bridge).collect(),
    })
}
