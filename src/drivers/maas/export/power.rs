//! How machines are switched: out-of-band descriptions, the networks of BMCs, and the Secrets that are needed.

use super::{
    super::{
        survey::{Survey, Surveyed},
        wire,
    },
    BmcSecret, Notes,
    names::Taken,
};
use crate::api::{
    Network,
    hardware_profile::BootMode,
    host::{OutOfBand, OutOfBandType, PowerCredentials, PrivilegeLevel},
    network::NetworkSpec,
    reference::SecretReference,
    values::Cidr,
};
use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use secrecy::ExposeSecret;
use std::{collections::BTreeMap, net::IpAddr};

/// Length of the prefix of a network of BMCs that MAAS does not know.
const V4_PREFIX: u8 = 24;
/// The same for IPv6.
const V6_PREFIX: u8 = 64;
/// FreeIPMI's workarounds that MAAS gives where nobody says otherwise.
const DEFAULT_WORKAROUNDS: [&str; 1] = ["opensesspriv"];

/// The user that MAAS makes on BMCs for itself.
const OWN_USER: &str = "maas";

/// What is known of all machines' power.
#[derive(Debug, Default)]
pub(super) struct Powers {
    /// Whether all machines have one account, so that their profiles can name it.
    pub is_shared: bool,
    /// Networks of BMCs, by their addresses.
    networks: BTreeMap<IpNet, String>,
    /// What is needed to log in.
    secrets: Vec<BmcSecret>,
    names: Taken,
}

/// How one machine is switched.
#[derive(Debug)]
pub(super) struct Switched {
    /// What the profile says.
    pub oob: OutOfBand,
    /// The BMC's address on its network, where it has one.
    pub address: Option<IpAddr>,
    /// How its firmware boots.
    pub boot_mode: BootMode,
}

/// Whether a machine's power is of a kind that a design knows.
pub(super) fn is_known(machine: &wire::Machine) -> bool {
    matches!(machine.power_type.as_str(), "ipmi" | "redfish" | "manual")
}

impl Powers {
    /// Nothing yet, of these machines.
    pub fn new<'a>(machines: impl Iterator<Item = &'a Surveyed>) -> Self {
        let account = |one: &'a Surveyed| (one.power.get("power_user"), one.power.get("power_pass"));
        let mut accounts = machines.filter(|one| one.machine.power_type != "manual").map(account);
        let first = accounts.next();
        Self { is_shared: accounts.all(|account| Some(account) == first), ..Self::default() }
    }

    /// How a machine is switched; what a design cannot say of it is told.
    pub fn of(&mut self, survey: &Survey, one: &Surveyed, node: &str, notes: &Notes) -> Switched {
        let (machine, power) = (&one.machine, &one.power);
        let about = || format!("machine {}", machine.hostname);
        let boot_mode = boot_mode(machine, power);
        let protocol = match machine.power_type.as_str() {
            "redfish" => OutOfBandType::Redfish,
            "manual" => OutOfBandType::Manual,
            _ => OutOfBandType::Ipmi,
        };
        if protocol == OutOfBandType::Manual {
            let oob = OutOfBand { protocol: Some(protocol), ..OutOfBand::default() };
            return Switched { oob, address: None, boot_mode };
        }
        let address = power.get("power_address");
        let address: Option<IpAddr> = address.trim_matches(['[', ']']).parse().ok();
        if address.is_none() {
            notes.tell(
                about(),
                format!("its BMC's address `{}` is no IP address: left out", power.get("power_address")),
            );
        }
        let user = power.get("power_user");
        let secret = self.secret(user, power.get("power_pass"), node);
        let mut oob = OutOfBand {
            protocol: Some(protocol),
            network: address.map(|address| self.network(survey, address)),
            credentials_ref: Some(SecretReference { name: secret }),
            power_credentials: (user == OWN_USER).then_some(PowerCredentials::Maas),
            ..OutOfBand::default()
        };
        if protocol == OutOfBandType::Ipmi {
            ipmi(&mut oob, power, boot_mode, &|text| notes.tell(about(), text));
        }
        Switched { oob, address, boot_mode }
    }

    /// The network of a BMC: one that MAAS knows, or one made up around it.
    fn network(&mut self, survey: &Survey, address: IpAddr) -> String {
        let known = survey.subnets.iter().filter_map(|subnet| subnet.cidr.parse::<IpNet>().ok());
        let made_up = || match address {
            IpAddr::V4(v4) => Ipv4Net::new(v4, V4_PREFIX).ok().map(|net| IpNet::V4(net.trunc())),
            IpAddr::V6(v6) => Ipv6Net::new(v6, V6_PREFIX).ok().map(|net| IpNet::V6(net.trunc())),
        };
        let within = known.filter(|net| net.contains(&address)).max_by_key(IpNet::prefix_len);
        let Some(net) = within.or_else(made_up) else { return "oob".to_owned() };
        let names = &mut self.names;
        self.networks.entry(net).or_insert_with(|| names.give("oob")).clone()
    }

    /// The Secret of a user and password.
    fn secret(&mut self, username: &str, password: &str, node: &str) -> String {
        let is_it = |known: &&mut BmcSecret| known.username == username && known.password.expose_secret() == password;
        if let Some(known) = self.secrets.iter_mut().find(is_it) {
            known.nodes.push(node.to_owned());
            return known.name.clone();
        }
        let name = if self.is_shared { "bmc-credentials".to_owned() } else { format!("bmc-{node}") };
        self.secrets.push(BmcSecret {
            name: name.clone(),
            username: username.to_owned(),
            password: password.to_owned().into(),
            nodes: vec![node.to_owned()],
        });
        name
    }

    /// The networks of BMCs, which the provisioner is told nothing of.
    pub fn networks(&self) -> Vec<Network> {
        let network = |(cidr, name): (&IpNet, &String)| {
            let spec = NetworkSpec { unmanaged: Some(true), ..super::networks::blank(Cidr(*cidr)) };
            Network::new(name, spec)
        };
        let mut all: Vec<Network> = self.networks.iter().map(network).collect();
        all.sort_by(|a, b| a.metadata.name.cmp(&b.metadata.name));
        all
    }

    /// The Secrets, in the order in which machines need them.
    pub fn secrets(self) -> Vec<BmcSecret> {
        self.secrets
    }
}

/// How firmware boots. MAAS does not always say; then what is on the disks does.
fn boot_mode(machine: &wire::Machine, power: &wire::PowerParameters) -> BootMode {
    let partitions = || machine.physicalblockdevice_set.iter().flat_map(|disk| &disk.partitions);
    let is_efi = |filesystem: &wire::Filesystem| filesystem.mount_point.as_deref() == Some("/boot/efi");
    let has_efi = partitions().filter_map(|partition| partition.filesystem.as_ref()).any(is_efi);
    let (method, boot_type) = (machine.bios_boot_method.as_str(), power.get("power_boot_type"));
    if has_efi || method.starts_with("uefi") || boot_type == "efi" {
        return BootMode::Uefi;
    }
    let is_bios = !method.is_empty() || boot_type == "legacy" || partitions().next().is_some();
    if is_bios { BootMode::Bios } else { BootMode::Uefi }
}

fn ipmi(oob: &mut OutOfBand, power: &wire::PowerParameters, boot_mode: BootMode, tell: &dyn Fn(String)) {
    oob.privilege_level = match power.get("privilege_level") {
        "USER" => Some(PrivilegeLevel::User),
        "ADMIN" => Some(PrivilegeLevel::Administrator),
        _ => None,
    };
    let mut workarounds: Vec<String> = power.list("workaround_flags").into_iter().map(str::to_owned).collect();
    workarounds.sort_unstable();
    workarounds.retain(|flag| !flag.is_empty());
    if workarounds != DEFAULT_WORKAROUNDS {
        oob.workaround_flags = workarounds;
    }
    let suite = power.get("cipher_suite_id");
    if !["17", "3"].contains(&suite) {
        tell(format!(
            "MAAS asks its BMC with cipher suite `{suite}`; a design has 17 or 3, and this will show as drift"
        ));
    }
    if !power.get("k_g").is_empty() {
        tell("its BMC has a BMC key: add it as key kg to its Secret".to_owned());
    }
    let wanted = if boot_mode == BootMode::Uefi { "efi" } else { "legacy" };
    let (driver, boot) = (power.get("power_driver"), power.get("power_boot_type"));
    if driver != "LAN_2_0" {
        tell(format!("its power driver is `{driver}`; a design has LAN_2_0, and this will show as drift"));
    }
    if boot != wanted {
        tell(format!("its power boot type is `{boot}`; the design has {wanted}, and this will show as drift"));
    }
}
