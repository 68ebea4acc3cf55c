//! One node as designed, from its effective description.

use super::{Manifests, boot, context::EffectiveHost, kernel, network, network::Networks, storage};
use crate::{
    api::{BaremetalNode, HardwareProfile, baremetal_node::AddressMode, host::Interface},
    model::{AttachmentDesign, DeviceSelector, InterfaceDesign, NodeDesign, OobDesign, PlatformDesign},
};

/// Domain of nodes whose primary network names none.
const DEFAULT_DOMAIN: &str = "local";

/// The design, and the kernel parameters whose reference leads nowhere.
pub(super) fn design(
    manifests: &Manifests,
    networks: &Networks<'_>,
    object: &BaremetalNode,
    effective: &EffectiveHost,
) -> (NodeDesign, Vec<(String, String)>) {
    let name = object.metadata.name.clone().unwrap_or_default();
    let host = &effective.host;
    let hardware = host.hardware_profile.as_ref().and_then(|p| manifests.hardware_profiles.get(p)).map(|p| &**p);
    let metadata = host.metadata.clone().unwrap_or_default();
    let platform = host.platform.clone().unwrap_or_default();
    let kernel = kernel::command_line(&platform.kernel_params, hardware);
    let rack = metadata.rack.as_ref().and_then(|r| manifests.racks.get(r));
    let primary = host.primary_network.as_deref();
    let domain = primary.and_then(|p| networks.network(p)).and_then(|n| n.dns.as_ref()).and_then(|d| d.domain.clone());
    let mut extra = rack.map(|r| r.spec.extra.clone()).unwrap_or_default();
    extra.extend(host.extra.clone());
    let design = NodeDesign {
        domain: domain.unwrap_or_else(|| DEFAULT_DOMAIN.into()),
        profiles: effective.profiles.clone(),
        hardware_profile: host.hardware_profile.clone(),
        boot_mode: hardware.and_then(|h| h.spec.boot_mode).unwrap_or_default(),
        zone: rack.and_then(|r| r.spec.zone.clone()),
        rack: metadata.rack,
        oob: oob(object, effective),
        boot_mac: object.spec.boot_mac,
        primary_network: host.primary_network.clone(),
        interfaces: host.interfaces.iter().filter_map(|i| interface(networks, object, hardware, i, primary)).collect(),
        storage: storage::design(host.storage.as_ref(), hardware),
        platform: PlatformDesign {
            image: platform.image,
            kernel: platform.kernel,
            kernel_options: kernel.options,
            user_data: platform.user_data_ref,
        },
        tags: metadata.tags,
        owner_data: metadata.owner_data,
        extra,
        boot_actions: Vec::new(),
        ntp_servers: manifests.site.as_ref().map(|s| s.spec.ntp_servers.clone()).unwrap_or_default(),
        provenance: effective.provenance.clone(),
        name,
    };
    let boot_actions = boot::assets(manifests, &design, kernel.package);
    (NodeDesign { boot_actions, ..design }, kernel.unresolved)
}

fn oob(object: &BaremetalNode, effective: &EffectiveHost) -> Option<OobDesign> {
    let oob = effective.host.oob.as_ref()?;
    let network = oob.network.as_deref()?;
    let address = object.spec.addresses.iter().find(|a| a.network == network)?.address?;
    Some(OobDesign {
        protocol: oob.protocol.unwrap_or_default(),
        address: address.0,
        credentials: oob.credentials_ref.clone()?,
        cipher_suites: if oob.cipher_suites.is_empty() { vec![17, 3] } else { oob.cipher_suites.clone() },
    })
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
    networks: &Networks<'_>,
    object: &BaremetalNode,
    hardware: Option<&HardwareProfile>,
    interface: &Interface,
    primary: Option<&str>,
) -> Option<InterfaceDesign> {
    let link_name = interface.link.as_deref()?;
    let link = networks.link(link_name)?;
    let mtu = link.mtu.map_or(network::DEFAULT_MTU, |m| m.0);
    let attachments = interface.networks.iter().filter_map(|name| {
        let network = networks.network(name)?;
        let given = object.spec.addresses.iter().find(|a| a.network == *name);
        let mode = given.map_or(AddressMode::LinkUp, |a| a.mode.unwrap_or_default());
        Some(AttachmentDesign {
            network: name.clone(),
            vlan: networks.vlan(link, name),
            cidr: network.cidr.0.trunc(),
            mtu: network.mtu.map_or(mtu, |m| m.0),
            mode,
            address: given.and_then(|a| a.address).map(|a| a.0),
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
