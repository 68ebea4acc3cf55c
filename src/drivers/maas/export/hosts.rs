//! Machines as nodes, with the profiles that they share.

use super::{
    super::{
        machine,
        survey::{Survey, Surveyed},
    },
    BmcSecret, Notes, disks, interfaces,
    names::{Taken, is_label, label},
    networks::Plan,
    power::{self, Powers},
    site::is_automatic,
};
use crate::{
    api::{
        BaremetalNode, HardwareProfile, HostProfile, Network, Rack,
        baremetal_node::{Adoption, BaremetalNodeSpec, NodeAddress},
        device_alias::DeviceAlias,
        hardware_profile::{BootMode, HardwareProfileSpec},
        host::{HostDescription, HostMetadata, OutOfBand, OutOfBandType, Platform},
        host_profile::HostProfileSpec,
        rack::RackSpec,
    },
    model::{Inventory, MachineStatus, NodeIdentity},
};
use std::collections::BTreeMap;

/// The zone and the pool that every region has, and that say nothing.
const DEFAULT: &str = "default";
/// How the keys of Slipway's own owner data begin.
const OURS: &str = "slipway-";

/// A machine that becomes a node.
#[derive(Debug)]
pub(super) struct Chosen<'a> {
    pub one: &'a Surveyed,
    /// The node's name: the host's.
    pub node: String,
}

/// What the machines come to.
#[derive(Debug, Default)]
pub(super) struct Hosts {
    pub racks: Vec<Rack>,
    pub hardware_profiles: Vec<HardwareProfile>,
    pub host_profiles: Vec<HostProfile>,
    pub nodes: Vec<BaremetalNode>,
    pub secrets: Vec<BmcSecret>,
    pub bmc_networks: Vec<Network>,
}

/// The machines that can be adopted; of every other it is told why not.
pub(super) fn chosen<'a>(survey: &'a Survey, notes: &Notes) -> Vec<Chosen<'a>> {
    use MachineStatus as S;
    let mut names: BTreeMap<&str, &str> = BTreeMap::new();
    let mut chosen = Vec::new();
    for one in &survey.machines {
        let machine = &one.machine;
        let about = || format!("machine {} ({})", machine.hostname, machine.system_id);
        let leave = |why: String| notes.tell(about(), format!("left out: {why}"));
        let status = machine::status(machine);
        let owner = machine.owner.as_deref().unwrap_or_default();
        let is_marked = |tag: &String| NodeIdentity::mark_of_tag(tag).is_some();
        if !matches!(status, S::Deployed | S::Allocated | S::Ready) {
            leave(format!("it is {}, and what is adopted is Deployed, Allocated or Ready", status.name()));
        } else if !owner.is_empty() && owner != survey.us {
            leave(format!("it belongs to `{owner}`, and the API key to `{}`", survey.us));
        } else if machine.owner_data.keys().any(|key| key.starts_with(OURS)) || machine.tag_names.iter().any(is_marked)
        {
            leave("a node of Slipway has it already, as its mark says".to_owned());
        } else if status == S::Deployed && machine.osystem.is_empty() {
            leave("it is Deployed without an operating system on record".to_owned());
        } else if !power::is_known(machine) {
            leave(format!("its power type is `{}`, and a design has ipmi, redfish and manual", machine.power_type));
        } else if !is_label(&machine.hostname) {
            leave("its host name is no DNS label in small letters, and a node's name is its host's".to_owned());
        } else if let Some(other) = names.insert(&machine.hostname, &machine.system_id) {
            leave(format!("{other} has the same host name"));
        } else {
            if machine.locked {
                notes.tell(about(), "it is locked: it is adopted once somebody has unlocked it");
            }
            chosen.push(Chosen { one, node: machine.hostname.clone() });
        }
    }
    chosen
}

/// Profiles that were made, by what is in them.
struct Profiles<S>(Vec<(String, S)>);

impl<S: PartialEq> Profiles<S> {
    /// The name of the profile that says this; a new one where there is none.
    fn name(&mut self, spec: S, name: impl FnOnce() -> String) -> String {
        if let Some((known, _)) = self.0.iter().find(|(_, known)| *known == spec) {
            return known.clone();
        }
        let name = name();
        self.0.push((name.clone(), spec));
        name
    }
}

pub(super) fn hosts(survey: &Survey, chosen: &[Chosen<'_>], plan: &Plan, notes: &Notes) -> Hosts {
    let mut hosts = Hosts::default();
    let mut powers = Powers::new(chosen.iter().map(|chosen| chosen.one));
    let mut hardware: Profiles<HardwareProfileSpec> = Profiles(Vec::new());
    let mut profiles: Profiles<HostProfileSpec> = Profiles(Vec::new());
    let (mut hardware_names, mut profile_names) = (Taken::default(), Taken::default());
    let mut racks: BTreeMap<String, String> = BTreeMap::new();
    let mut rack_names = Taken::default();
    for Chosen { one, node } in chosen {
        let machine = &one.machine;
        let tell = |text: String| notes.tell(format!("machine {node}"), text);
        let switched = powers.of(survey, one, node, notes);
        let mut network = interfaces::network(survey, plan, machine);
        network.left_out.drain(..).for_each(&tell);
        let inventory = one.inventory.clone().unwrap_or_default();
        let spec = built(&inventory, switched.boot_mode);
        let build = label(
            &[inventory.vendor.as_deref(), inventory.product.as_deref()]
                .into_iter()
                .flatten()
                .collect::<Vec<_>>()
                .join(" "),
        );
        let build = if build.is_empty() { "hardware".to_owned() } else { build };
        let hardware_profile = hardware.name(spec, || hardware_names.give(&build));
        let storage = disks::storage(one).unwrap_or_else(|why| {
            tell(format!("its storage is left out: {why}"));
            None
        });
        let is_manual = switched.oob.protocol == Some(OutOfBandType::Manual);
        let description = HostDescription {
            hardware_profile: Some(hardware_profile.clone()),
            primary_network: network.primary.clone(),
            oob: Some(OutOfBand {
                credentials_ref: switched.oob.credentials_ref.clone().filter(|_| powers.is_shared),
                ..switched.oob.clone()
            }),
            interfaces: network.interfaces,
            storage,
            platform: platform(survey, one, &tell),
            metadata: metadata(survey, one),
            ..HostDescription::default()
        };
        let spec = HostProfileSpec { host: description, ..HostProfileSpec::default() };
        let host_profile = profiles.name(spec, || profile_names.give(&format!("{hardware_profile}-host")));
        let mut addresses = network.addresses;
        if let (Some(bmc), Some(on)) = (switched.address, &switched.oob.network) {
            addresses.insert(
                0,
                NodeAddress { network: on.clone(), mode: None, address: Some(crate::api::values::IpAddress(bmc)) },
            );
        }
        let rack = Some(machine.zone.name.as_str()).filter(|zone| !zone.is_empty() && *zone != DEFAULT);
        let rack =
            rack.map(|zone| racks.entry(zone.to_owned()).or_insert_with(|| rack_names.give(&label(zone))).clone());
        let boot_mac = machine.boot_interface.as_ref().and_then(|boot| boot.mac_address.parse().ok());
        if is_manual && boot_mac.is_none() {
            tell("a person switches it, and MAAS does not say by which card it boots: add bootMac".to_owned());
        }
        let spec = BaremetalNodeSpec {
            host_profile: Some(host_profile),
            host: HostDescription {
                oob: own_account(&switched.oob, powers.is_shared),
                metadata: own_metadata(one, rack),
                ..HostDescription::default()
            },
            addresses,
            boot_mac,
            adopt: Some(Adoption { provider_id: Some(machine.system_id.clone()), ..Adoption::default() }),
            ..BaremetalNodeSpec::default()
        };
        hosts.nodes.push(BaremetalNode::new(node, spec));
    }
    let rack = |(zone, name): (String, String)| Rack::new(&name, RackSpec { zone: Some(zone), ..RackSpec::default() });
    hosts.racks = racks.into_iter().map(rack).collect();
    hosts.hardware_profiles = hardware.0.into_iter().map(|(name, spec)| HardwareProfile::new(&name, spec)).collect();
    hosts.host_profiles = profiles.0.into_iter().map(|(name, spec)| HostProfile::new(&name, spec)).collect();
    hosts.bmc_networks = powers.networks();
    hosts.secrets = powers.secrets();
    hosts
}

/// The build of a machine. Its devices keep the kernel's names, as aliases of where they are.
fn built(inventory: &Inventory, boot_mode: BootMode) -> HardwareProfileSpec {
    let nics = inventory.nics.iter().map(|nic| DeviceAlias {
        name: nic.name.clone(),
        pci_address: nic.pci_address.as_deref().and_then(|address| address.parse().ok()),
        ..DeviceAlias::default()
    });
    let disks = inventory.disks.iter().map(|disk| {
        let scsi_address = disk.scsi_address.as_deref().and_then(|address| address.parse().ok());
        let pci_address = disk.pci_address.as_deref().and_then(|address| address.parse().ok());
        let pci_address = pci_address.filter(|_| scsi_address.is_none());
        DeviceAlias { name: disk.name.clone(), scsi_address, pci_address, ..DeviceAlias::default() }
    });
    let is_somewhere = |alias: &DeviceAlias| alias.pci_address.is_some() || alias.scsi_address.is_some();
    let mut device_aliases: Vec<DeviceAlias> = nics.chain(disks).filter(is_somewhere).collect();
    device_aliases.sort_by(|a, b| a.name.cmp(&b.name));
    HardwareProfileSpec {
        vendor: inventory.vendor.clone(),
        model: inventory.product.clone(),
        boot_mode: Some(boot_mode),
        device_aliases,
        ..HardwareProfileSpec::default()
    }
}

fn platform(survey: &Survey, one: &Surveyed, tell: &dyn Fn(String)) -> Option<Platform> {
    let machine = &one.machine;
    let is_deployed = machine::status(machine) == MachineStatus::Deployed;
    let series = Some(&machine.distro_series).filter(|series| is_deployed && !series.is_empty());
    let platform = Platform {
        image: series.map(|series| format!("{}/{series}", machine.osystem)),
        kernel: machine.hwe_kernel.clone().filter(|kernel| is_deployed && !kernel.is_empty()),
        kernel_params: kernel_params(survey, one, tell),
        ..Platform::default()
    };
    (platform != Platform::default()).then_some(platform)
}

/// Kernel options that the machine's tags carry, where a map can say them.
fn kernel_params(survey: &Survey, one: &Surveyed, tell: &dyn Fn(String)) -> BTreeMap<String, String> {
    let attached = survey.tags.iter().filter(|tag| one.machine.tag_names.contains(&tag.name));
    let mut params = BTreeMap::new();
    for option in attached.flat_map(|tag| tag.kernel_opts.split_whitespace()) {
        let (name, value) = option.split_once('=').unwrap_or((option, "true"));
        let is_twice = params.insert(name.to_owned(), value.to_owned()).is_some();
        if is_twice || (option.contains('=') && value.eq_ignore_ascii_case("true")) {
            tell(format!("its kernel options have `{option}`, which no map can say: they stay with its tags"));
            return BTreeMap::new();
        }
    }
    params
}

/// Tags and pool, which are alike for many.
fn metadata(survey: &Survey, one: &Surveyed) -> Option<HostMetadata> {
    let is_designed = |tag: &&String| NodeIdentity::mark_of_tag(tag).is_none() && !is_automatic(survey, tag);
    let mut tags: Vec<String> = one.machine.tag_names.iter().filter(is_designed).cloned().collect();
    tags.sort_unstable();
    let pool = Some(one.machine.pool.name.clone()).filter(|pool| !pool.is_empty() && pool != DEFAULT);
    let metadata = HostMetadata { tags, pool, ..HostMetadata::default() };
    (metadata != HostMetadata::default()).then_some(metadata)
}

/// The account of a machine's BMC, where each has its own.
fn own_account(oob: &OutOfBand, is_shared: bool) -> Option<OutOfBand> {
    let credentials_ref = oob.credentials_ref.clone().filter(|_| !is_shared)?;
    Some(OutOfBand { credentials_ref: Some(credentials_ref), ..OutOfBand::default() })
}

/// Rack and owner data, which are a machine's own.
fn own_metadata(one: &Surveyed, rack: Option<String>) -> Option<HostMetadata> {
    let owner_data = one.machine.owner_data.clone();
    let metadata = HostMetadata { owner_data, rack, ..HostMetadata::default() };
    (metadata != HostMetadata::default()).then_some(metadata)
}
