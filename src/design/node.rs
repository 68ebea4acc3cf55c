//! One node as designed, from its effective description: what it shares with all that are described alike.

use super::{network, network::Networks, shared::Shared, storage};
use crate::{
    api::{
        HardwareProfile,
        baremetal_node::AddressMode,
        host::{HostDescription, Interface},
    },
    model::{AttachmentDesign, DeviceSelector, InterfaceDesign, NodeDesign, PlatformDesign},
};

/// Domain of nodes whose primary network names none.
const DEFAULT_DOMAIN: &str = "local";

/// The design, but for the node's name, its addresses, its BMC, its profiles and what it gets at first boot.
pub(super) fn design(
    shared: &Shared,
    host: &HostDescription,
    hardware: Option<&HardwareProfile>,
    kernel_options: String,
) -> NodeDesign {
    let networks = shared.networks();
    let metadata = host.metadata.clone().unwrap_or_default();
    let platform = host.platform.as_ref();
    let rack = metadata.rack.as_ref().and_then(|rack| shared.catalog.racks.get(rack));
    let primary = host.primary_network.as_deref();
    let domain = primary.and_then(|p| networks.network(p)).and_then(|n| n.dns.as_ref()).and_then(|d| d.domain.clone());
    NodeDesign {
        domain: domain.unwrap_or_else(|| DEFAULT_DOMAIN.into()),
        hardware_profile: host.hardware_profile.clone(),
        boot_mode: hardware.and_then(|h| h.spec.boot_mode).unwrap_or_default(),
        zone: rack.and_then(|rack| rack.spec.zone.clone()),
        rack: metadata.rack,
        primary_network: host.primary_network.clone(),
        interfaces: host.interfaces.iter().filter_map(|i| interface(networks, hardware, i, primary)).collect(),
        storage: storage::design(host.storage.as_ref(), hardware),
        platform: PlatformDesign {
            image: platform.and_then(|platform| platform.image.clone()),
            kernel: platform.and_then(|platform| platform.kernel.clone()),
            kernel_options,
            user_data: platform.and_then(|platform| platform.user_data_ref.clone()),
        },
        tags: metadata.tags,
        owner_data: metadata.owner_data,
        extra: host.extra.clone(),
        ntp_servers: shared.catalog.site.as_ref().map(|s| s.spec.ntp_servers.clone()).unwrap_or_default(),
        ..NodeDesign::named("")
    }
}

/// What a description calls a device: an alias of the hardware profile, else the kernel's name.
pub(super) fn device(name: &str, hardware: Option<&HardwareProfile>) -> DeviceSelector {
    let alias = hardware.and_then(|h| h.spec.device_aliases.iter().find(|a| a.name == name));
    match alias.map(|a| (&a.pci_address, &a.scsi_address)) {
        Some((Some(address), _)) => DeviceSelector::Pci { alias: name.into(), address: address.clone() },
        Some((None, Some(address))) => DeviceSelector::Scsi { alias: name.into(), address: address.clone() },
        _ => DeviceSelector::Name(name.into()),
    }
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
        Some(AttachmentDesign {
            network: name.clone(),
            vlan: networks.vlan(link, name),
            cidr: network.cidr.0.trunc(),
            mtu: network.mtu.map_or(mtu, |m| m.0),
            mode: AddressMode::LinkUp,
            address: None,
            default_gateway: primary == Some(name.as_str()) && network.default_gateway().is_some(),
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
    })
}
