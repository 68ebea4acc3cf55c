//! What a MAAS region knows: site objects, machine records and events. Pure data; who may do what, and in which
//! state, is decided in `maas`, and what machines really do in `world`.

mod addresses;
pub(crate) mod archives;
mod builtin_scripts;
pub(crate) mod config;
pub(crate) mod events;
pub(crate) mod images;
pub(crate) mod layouts;
pub(crate) mod machine_view;
pub(crate) mod names;
pub(crate) mod network;
pub(crate) mod node;
pub(crate) mod notices;
pub(crate) mod people;
pub(crate) mod places;
pub(crate) mod power_types;
pub(crate) mod results;
mod results_view;
pub(crate) mod scripts;
pub(crate) mod status;
pub(crate) mod storage;
pub(crate) mod storage_view;
pub(crate) mod table;
pub(crate) mod times;
pub(crate) mod version;

use std::collections::{BTreeMap, HashSet};

use ipnet::IpNet;
use serde_json::{Map, Value};

use crate::maas::Params;
use crate::spec::MaasSpec;
use crate::world::dice::Dice;

use archives::Repository;
use events::Event;
use images::{BootResource, BootSource, Selection};
use names::{DnsRecord, DnsResource, Domain};
use network::{Fabric, IpRange, ReservedIp, Space, StaticRoute, Subnet, Vlan, Wire};
use node::{Interface, InterfaceKind, Link, Node, NodeKind};
use notices::Notification;
use people::{SshKey, Token, User};
use places::{Pool, Tag, Zone};
use results::SetKind;
use scripts::Script;
use status::Status;
use table::Table;
use version::Version;

pub(crate) use people::ADMIN;

/// A MAAS region.
#[derive(Clone, Debug)]
pub(crate) struct Region {
    pub(crate) version: Version,
    pub(crate) users: BTreeMap<String, User>,
    pub(crate) nonces: HashSet<String>,
    pub(crate) config: Map<String, Value>,
    pub(crate) fabrics: Table<Fabric>,
    pub(crate) vlans: Table<Vlan>,
    pub(crate) subnets: Table<Subnet>,
    pub(crate) ranges: Table<IpRange>,
    pub(crate) reserved_ips: Table<ReservedIp>,
    pub(crate) routes: Table<StaticRoute>,
    pub(crate) spaces: Table<Space>,
    pub(crate) domains: Table<Domain>,
    pub(crate) default_domain: u64,
    pub(crate) dns_resources: Table<DnsResource>,
    pub(crate) dns_records: Table<DnsRecord>,
    pub(crate) zones: Table<Zone>,
    pub(crate) pools: Table<Pool>,
    pub(crate) tags: Vec<Tag>,
    pub(crate) repositories: Table<Repository>,
    pub(crate) ssh_keys: Table<SshKey>,
    pub(crate) boot_sources: Table<BootSource>,
    pub(crate) selections: Table<Selection>,
    pub(crate) boot_resources: Table<BootResource>,
    /// Releases that were synced and are no longer asked for.
    pub(crate) deselected: Vec<String>,
    pub(crate) importing: bool,
    pub(crate) scripts: Table<Script>,
    pub(crate) next_revision: u64,
    pub(crate) notifications: Table<Notification>,
    pub(crate) license_keys: BTreeMap<(String, String), String>,
    pub(crate) nodes: BTreeMap<String, Node>,
    pub(crate) events: Vec<Event>,
    /// The services of the rack controllers are dead.
    pub(crate) racks_dead: bool,
    /// The rack controllers told the region of their services.
    pub(crate) racks_report: bool,
    /// Who answers DHCP on each wire.
    pub(crate) segments: BTreeMap<String, Wire>,
    pub(crate) dice: Dice,
    pub(crate) ids: Ids,
}

/// The next id of everything that belongs to a node.
#[derive(Clone, Debug)]
pub(crate) struct Ids {
    interface: u64,
    link: u64,
    disk: u64,
    partition: u64,
    group: u64,
    cache_set: u64,
    set: u64,
    result: u64,
    device: u64,
}

impl Default for Ids {
    fn default() -> Self {
        Self { interface: 1, link: 1, disk: 1, partition: 1, group: 1, cache_set: 1, set: 1, result: 1, device: 1 }
    }
}

fn take(next: &mut u64) -> u64 {
    *next += 1;
    *next - 1
}

impl Ids {
    pub(crate) fn interface(&mut self) -> u64 {
        take(&mut self.interface)
    }

    pub(crate) fn link(&mut self) -> u64 {
        take(&mut self.link)
    }

    pub(crate) fn disk(&mut self) -> u64 {
        take(&mut self.disk)
    }

    pub(crate) fn partition(&mut self) -> u64 {
        take(&mut self.partition)
    }

    /// Of volume groups, RAIDs and bcaches, which are kinds of one thing.
    pub(crate) fn group(&mut self) -> u64 {
        take(&mut self.group)
    }

    pub(crate) fn cache_set(&mut self) -> u64 {
        take(&mut self.cache_set)
    }

    /// Of sets of script results.
    pub(crate) fn set(&mut self) -> u64 {
        take(&mut self.set)
    }

    pub(crate) fn result(&mut self) -> u64 {
        take(&mut self.result)
    }

    pub(crate) fn device(&mut self) -> u64 {
        take(&mut self.device)
    }
}

impl Region {
    pub(crate) fn new(spec: &MaasSpec, seed: u64) -> Result<Self, String> {
        let key: Vec<&str> = spec.api_key.split(':').collect();
        let [consumer, token, secret] = key[..] else {
            return Err("apiKey must be consumer:token:secret".to_owned());
        };
        let mut region = Self {
            version: Version::parse(&spec.version)?,
            users: BTreeMap::new(),
            nonces: HashSet::new(),
            config: config::fresh(),
            fabrics: Table::starting_at(0),
            vlans: Table::starting_at(5001),
            subnets: Table::starting_at(1),
            ranges: Table::starting_at(1),
            reserved_ips: Table::starting_at(1),
            routes: Table::starting_at(1),
            spaces: Table::starting_at(1),
            domains: Table::starting_at(0),
            default_domain: 0,
            dns_resources: Table::starting_at(1),
            dns_records: Table::starting_at(1),
            zones: Table::starting_at(1),
            pools: Table::starting_at(0),
            tags: Vec::new(),
            repositories: Table::starting_at(1),
            ssh_keys: Table::starting_at(1),
            boot_sources: Table::starting_at(1),
            selections: Table::starting_at(1),
            boot_resources: Table::starting_at(1),
            deselected: Vec::new(),
            importing: false,
            scripts: Table::starting_at(1),
            next_revision: 1,
            notifications: Table::starting_at(1),
            license_keys: BTreeMap::new(),
            nodes: BTreeMap::new(),
            events: Vec::new(),
            racks_dead: false,
            racks_report: spec.rack_controller.reports,
            segments: BTreeMap::new(),
            dice: Dice::new(seed),
            ids: Ids::default(),
        };
        region.config.insert("enlist_commissioning".to_owned(), Value::Bool(spec.enlist_commissioning));
        region.config.insert("maas_name".to_owned(), Value::String(spec.name.clone()));
        region.seed_users([consumer, token, secret]);
        region.seed_objects(spec);
        region.seed_scripts();
        region.add_rack(spec)?;
        Ok(region)
    }

    fn seed_users(&mut self, [consumer, key, secret]: [&str; 3]) {
        let mut admin = User::new(ADMIN, "admin@example.com", true);
        admin.tokens.push(Token {
            name: String::new(),
            consumer: consumer.to_owned(),
            key: key.to_owned(),
            secret: secret.to_owned(),
        });
        for user in [User::new("MAAS", "maas@localhost", true), admin] {
            self.users.insert(user.name.clone(), user);
        }
    }

    fn seed_objects(&mut self, spec: &MaasSpec) {
        self.domains.add(|id| Domain { id, name: "maas".to_owned(), authoritative: true, ttl: None });
        self.zones.add(|id| Zone { id, name: "default".to_owned(), description: String::new() });
        self.pools.add(|id| Pool { id, name: "default".to_owned(), description: "Default pool".to_owned() });
        let main = ("main_archive", "http://archive.ubuntu.com/ubuntu", &["amd64", "i386"][..]);
        let ports =
            ("ports_archive", "http://ports.ubuntu.com/ubuntu-ports", &["armhf", "arm64", "ppc64el", "s390x"][..]);
        // Controllers look whether they are virtual, for which there is a tag.
        self.tag_mut("virtual");
        for (name, url, arches) in [main, ports] {
            self.repositories.add(|id| Repository::archive(id, name, url, arches));
        }
        self.boot_sources.add(|id| BootSource::new(id, "http://images.maas.io/ephemeral-v3/stable/"));
        for image in &spec.images {
            self.sync(image);
            let Some(release) = image.name.strip_prefix("ubuntu/").filter(|_| image.selected) else { continue };
            self.selections.add(|id| Selection {
                id,
                source: 1,
                os: "ubuntu".to_owned(),
                release: release.to_owned(),
                arches: vec!["amd64".to_owned()],
                subarches: vec!["*".to_owned()],
                labels: vec!["*".to_owned()],
            });
        }
        if self.version.since(3, 7) {
            let text = "DHCP snippets are deprecated and will be removed in the next major release.<br>\
                <a class='p-link--external' href='https://maas.io/deprecations/MD6'>How to replace DHCP snippets...</a>";
            self.notifications.add(|id| Notification::warning(id, "deprecation_MD6_admins", text));
        }
    }

    /// The rack controller and what it discovers on its wires.
    fn add_rack(&mut self, spec: &MaasSpec) -> Result<(), String> {
        let system_id = self.new_system_id();
        let hostname = spec.rack_controller.hostname.clone();
        let mut node = Node::new(system_id.clone(), NodeKind::RegionRack, hostname);
        node.status = Status::Deployed;
        node.owner = Some("MAAS".to_owned());
        for interface in &spec.rack_controller.interfaces {
            let cidr: IpNet =
                interface.address.parse().map_err(|_| format!("bad rack address {}", interface.address))?;
            let fabric = self.add_fabric(None, None);
            let vlan = self.untagged(fabric).unwrap_or_default();
            let subnet = self.add_subnet(cidr.trunc(), vlan);
            if let Some(subnet) = self.subnets.get_mut(subnet) {
                subnet.gateway_ip = interface.gateway.map(|gateway| gateway.to_string());
            }
            self.segments.insert(interface.segment.clone(), Wire { address: cidr.addr(), is_relayed: false });
            let (id, link) = (self.ids.interface(), self.ids.link());
            let made_up = format!("52:54:00:ff:ff:{:02x}", fabric & 0xff);
            let mac = interface.mac.clone().unwrap_or(made_up);
            let mut record = Interface::new(id, &interface.name, InterfaceKind::Physical, &mac);
            record.vlan = Some(vlan);
            record.inventoried = true;
            record.links.push(Link { id: link, mode: "static", subnet: Some(subnet), ip: Some(cidr.addr()) });
            node.interfaces.push(record);
        }
        for relay in &spec.dhcp_relays {
            self.segments.insert(relay.segment.clone(), Wire { address: relay.address, is_relayed: true });
        }
        if self.fabrics.values().next().is_none() {
            self.add_fabric(None, None);
        }
        self.nodes.insert(system_id.clone(), node);
        self.event(&system_id, events::Level::Debug, "Node changed status", "From 'New' to 'Deployed'");
        // A controller reports what it is made of with the scripts that deployed machines run as well.
        let reporting = |script: &&Script| script.tags.iter().any(|tag| tag == "deploy-info");
        let scripts: Vec<u64> = self.scripts.values().filter(reporting).map(|script| script.id).collect();
        self.new_set(&system_id, SetKind::Commissioning, &scripts, &Params::default());
        Ok(())
    }

    pub(crate) fn new_system_id(&mut self) -> String {
        loop {
            let id = self.dice.word("system_id", 6);
            if !self.nodes.contains_key(&id) {
                return id;
            }
        }
    }

    /// A free hostname of the form adjective-noun.
    pub(crate) fn new_hostname(&mut self) -> String {
        const FIRST: [&str; 24] = [
            "able", "brave", "calm", "clever", "eager", "fair", "fast", "first", "fleet", "game", "golden", "grand",
            "happy", "humble", "keen", "light", "mint", "noble", "proper", "quick", "sharp", "still", "swift", "warm",
        ];
        const SECOND: [&str; 24] = [
            "adder", "badger", "bee", "cobra", "crane", "dingo", "drake", "eagle", "ferret", "finch", "gecko", "hare",
            "heron", "ibex", "koala", "lark", "lynx", "mole", "moth", "newt", "otter", "raven", "tapir", "yak",
        ];
        for round in 0_u32.. {
            let first = FIRST[self.dice.index("hostname", FIRST.len())];
            let second = SECOND[self.dice.index("hostname", SECOND.len())];
            let suffix = if round < 50 { String::new() } else { format!("-{round}") };
            let name = format!("{first}-{second}{suffix}");
            if self.nodes.values().all(|node| node.hostname != name) {
                return name;
            }
        }
        String::new()
    }

    pub(crate) fn machines(&self) -> impl Iterator<Item = &Node> {
        self.nodes.values().filter(|node| node.is_machine())
    }

    /// The record that holds a MAC address.
    pub(crate) fn node_by_mac(&self, mac: &str) -> Option<&Node> {
        self.nodes.values().find(|node| node.has_mac(mac))
    }
}
