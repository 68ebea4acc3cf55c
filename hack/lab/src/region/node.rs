//! A machine record, or a controller's.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::people::Caller;
use super::people::Token;
use super::results::ScriptSet;
use super::status::Status;
use super::storage::{CacheSet, Disk, Filesystem, Group};

/// What a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NodeKind {
    Machine,
    Device,
    Rack,
    RegionRack,
}

impl NodeKind {
    pub(crate) fn number(self) -> u8 {
        match self {
            Self::Machine => 0,
            Self::Device => 1,
            Self::Rack => 2,
            Self::RegionRack => 4,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Machine => "Machine",
            Self::Device => "Device",
            Self::Rack => "Rack controller",
            Self::RegionRack => "Region and rack controller",
        }
    }
}

/// A node: a machine record or a controller.
#[derive(Clone, Debug)]
#[allow(clippy::struct_excessive_bools, reason = "they are MAAS's own independent switches")]
pub(crate) struct Node {
    pub(crate) system_id: String,
    pub(crate) kind: NodeKind,
    /// The machine in the rack with these MACs, if there is one.
    pub(crate) machine: Option<usize>,
    /// Rises with every change of status: timers of an older status are void.
    pub(crate) epoch: u64,
    pub(crate) created: Timestamp,
    pub(crate) hostname: String,
    pub(crate) domain: u64,
    pub(crate) description: String,
    pub(crate) architecture: String,
    pub(crate) status: Status,
    pub(crate) previous: Status,
    pub(crate) status_message: Option<String>,
    pub(crate) status_action: Option<String>,
    pub(crate) error_description: String,
    pub(crate) owner: Option<String>,
    pub(crate) agent_name: String,
    pub(crate) parent: Option<String>,
    pub(crate) owner_data: BTreeMap<String, String>,
    pub(crate) locked: bool,
    /// Its filesystems were taken over for its user.
    pub(crate) acquired: bool,
    pub(crate) tags: BTreeSet<String>,
    pub(crate) zone: u64,
    pub(crate) pool: u64,
    pub(crate) power_type: String,
    pub(crate) power_params: Map<String, Value>,
    pub(crate) power_state: &'static str,
    /// The BMC answered MAAS at least once.
    pub(crate) bmc_seen: bool,
    pub(crate) netboot: bool,
    pub(crate) osystem: String,
    pub(crate) distro_series: String,
    pub(crate) hwe_kernel: Option<String>,
    pub(crate) min_hwe_kernel: String,
    pub(crate) ephemeral: bool,
    pub(crate) enlisting: bool,
    pub(crate) skip_networking: bool,
    pub(crate) skip_storage: bool,
    pub(crate) skip_bmc_config: bool,
    pub(crate) keep_on: bool,
    pub(crate) inventory: Option<Inventory>,
    /// What scripts did, the oldest first.
    pub(crate) sets: Vec<ScriptSet>,
    pub(crate) commissioning_result: Option<u64>,
    pub(crate) testing_result: Option<u64>,
    pub(crate) installation_result: Option<u64>,
    pub(crate) interfaces: Vec<Interface>,
    pub(crate) boot_interface: Option<u64>,
    pub(crate) gateway_links: GatewayLinks,
    pub(crate) disks: Vec<Disk>,
    pub(crate) boot_disk: Option<u64>,
    pub(crate) groups: Vec<Group>,
    pub(crate) cache_sets: Vec<CacheSet>,
    pub(crate) special_filesystems: Vec<Filesystem>,
    pub(crate) is_dpu: bool,
    pub(crate) swap_size: Option<u64>,
    pub(crate) enable_hw_sync: bool,
    pub(crate) enable_kernel_crash_dump: bool,
    /// What the machine signs its own requests with.
    pub(crate) token: Option<Token>,
}

/// What commissioning found out about a machine, beside NICs and disks.
#[derive(Clone, Debug)]
pub(crate) struct Inventory {
    pub(crate) cpus: u32,
    pub(crate) memory_mib: u64,
    pub(crate) vendor: String,
    pub(crate) product: String,
    pub(crate) serial: String,
    pub(crate) bios_version: String,
    pub(crate) uuid: String,
    pub(crate) efi: bool,
    pub(crate) pci: Vec<PciDevice>,
    pub(crate) lshw: String,
    pub(crate) lldp: String,
    /// Memory and cores of each NUMA node.
    pub(crate) numa: Vec<(u64, Vec<u32>)>,
    /// What the hardware says of itself, beside vendor and product.
    pub(crate) info: BTreeMap<String, String>,
    pub(crate) cpu_speed: u32,
}

/// A PCI device.
#[derive(Clone, Debug)]
pub(crate) struct PciDevice {
    pub(crate) id: u64,
    pub(crate) address: String,
    pub(crate) hardware_type: u8,
    pub(crate) vendor_id: String,
    pub(crate) product_id: String,
    pub(crate) vendor: String,
    pub(crate) product: String,
    pub(crate) driver: String,
    pub(crate) numa_node: u64,
    /// The NIC's MAC or the disk's name.
    pub(crate) key: String,
}

/// Kinds of interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum InterfaceKind {
    Physical,
    Bond,
    Vlan,
    Bridge,
}

impl InterfaceKind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Physical => "physical",
            Self::Bond => "bond",
            Self::Vlan => "vlan",
            Self::Bridge => "bridge",
        }
    }
}

/// An interface.
#[derive(Clone, Debug)]
pub(crate) struct Interface {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) kind: InterfaceKind,
    pub(crate) mac: String,
    pub(crate) vlan: Option<u64>,
    pub(crate) parents: Vec<u64>,
    pub(crate) links: Vec<Link>,
    pub(crate) params: Map<String, Value>,
    pub(crate) connected: bool,
    pub(crate) link_speed: u64,
    pub(crate) interface_speed: u64,
    pub(crate) vendor: Option<String>,
    pub(crate) product: Option<String>,
    pub(crate) firmware: Option<String>,
    pub(crate) numa_node: Option<u64>,
    pub(crate) sriov_max_vf: u32,
    pub(crate) discovered: Option<(u64, IpAddr)>,
    /// The link that the lease is to MAAS.
    pub(crate) discovered_link: Option<u64>,
    pub(crate) tags: Vec<String>,
    /// Commissioning has seen it.
    pub(crate) inventoried: bool,
}

/// The links by which a node leaves its networks, where somebody has chosen them.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct GatewayLinks {
    pub(crate) v4: Option<u64>,
    pub(crate) v6: Option<u64>,
}

impl GatewayLinks {
    pub(crate) fn set(&mut self, is_v4: bool, link: u64) {
        *(if is_v4 { &mut self.v4 } else { &mut self.v6 }) = Some(link);
    }

    pub(crate) fn forget(&mut self, link: u64) {
        self.v4 = self.v4.filter(|known| *known != link);
        self.v6 = self.v6.filter(|known| *known != link);
    }

    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }
}

/// A link of an interface to a subnet.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    pub(crate) id: u64,
    pub(crate) mode: &'static str,
    pub(crate) subnet: Option<u64>,
    pub(crate) ip: Option<IpAddr>,
}

impl Interface {
    pub(crate) fn new(id: u64, name: &str, kind: InterfaceKind, mac: &str) -> Self {
        Self {
            id,
            name: name.to_owned(),
            kind,
            mac: mac.to_lowercase(),
            vlan: None,
            parents: Vec::new(),
            links: Vec::new(),
            params: Map::new(),
            connected: kind == InterfaceKind::Physical,
            link_speed: 0,
            interface_speed: 0,
            vendor: None,
            product: None,
            firmware: None,
            numa_node: None,
            sriov_max_vf: 0,
            discovered: None,
            discovered_link: None,
            tags: Vec::new(),
            inventoried: false,
        }
    }
}

impl Node {
    pub(crate) fn new(system_id: String, kind: NodeKind, hostname: String) -> Self {
        Self {
            system_id,
            kind,
            machine: None,
            epoch: 0,
            created: Timestamp::now(),
            hostname,
            domain: 0,
            description: String::new(),
            architecture: "amd64/generic".to_owned(),
            status: Status::New,
            previous: Status::New,
            status_message: None,
            status_action: None,
            error_description: String::new(),
            owner: None,
            agent_name: String::new(),
            parent: None,
            owner_data: BTreeMap::new(),
            locked: false,
            acquired: false,
            tags: BTreeSet::new(),
            zone: 1,
            pool: 0,
            power_type: String::new(),
            power_params: Map::new(),
            power_state: "unknown",
            bmc_seen: false,
            netboot: true,
            osystem: String::new(),
            distro_series: String::new(),
            hwe_kernel: None,
            min_hwe_kernel: String::new(),
            ephemeral: false,
            enlisting: false,
            skip_networking: false,
            skip_storage: false,
            skip_bmc_config: false,
            keep_on: false,
            inventory: None,
            sets: Vec::new(),
            commissioning_result: None,
            testing_result: None,
            installation_result: None,
            interfaces: Vec::new(),
            boot_interface: None,
            gateway_links: GatewayLinks::default(),
            disks: Vec::new(),
            boot_disk: None,
            groups: Vec::new(),
            cache_sets: Vec::new(),
            special_filesystems: Vec::new(),
            is_dpu: false,
            swap_size: None,
            enable_hw_sync: false,
            enable_kernel_crash_dump: false,
            token: None,
        }
    }

    pub(crate) fn is_machine(&self) -> bool {
        self.kind == NodeKind::Machine
    }

    pub(crate) fn is_rack(&self) -> bool {
        matches!(self.kind, NodeKind::Rack | NodeKind::RegionRack)
    }

    /// Users see what is theirs or nobody's; administrators see everything.
    pub(crate) fn visible_to(&self, caller: &Caller) -> bool {
        caller.superuser || self.owner.as_deref().is_none_or(|owner| owner == caller.name || owner == "MAAS")
    }

    /// Removes an interface and what was built on it alone.
    pub(crate) fn remove_interface(&mut self, id: u64) {
        self.interfaces.retain(|one| one.id != id);
        for one in &mut self.interfaces {
            one.parents.retain(|parent| *parent != id);
        }
        let orphans =
            self.interfaces.iter().filter(|one| one.kind != InterfaceKind::Physical && one.parents.is_empty());
        for orphan in orphans.map(|one| one.id).collect::<Vec<_>>() {
            self.remove_interface(orphan);
        }
    }

    pub(crate) fn interface(&self, id: u64) -> Option<&Interface> {
        self.interfaces.iter().find(|interface| interface.id == id)
    }

    pub(crate) fn interface_mut(&mut self, id: u64) -> Option<&mut Interface> {
        self.interfaces.iter_mut().find(|interface| interface.id == id)
    }

    /// The interfaces that are built on this one.
    pub(crate) fn children_of(&self, id: u64) -> Vec<&Interface> {
        self.interfaces.iter().filter(|interface| interface.parents.contains(&id)).collect()
    }

    pub(crate) fn has_mac(&self, mac: &str) -> bool {
        self.interfaces
            .iter()
            .any(|interface| interface.kind == InterfaceKind::Physical && interface.mac.eq_ignore_ascii_case(mac))
    }

    pub(crate) fn efi(&self) -> bool {
        self.inventory.as_ref().is_some_and(|inventory| inventory.efi)
    }
}
