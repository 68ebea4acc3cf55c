//! What a MAAS region knows: site objects, machine records and events. Pure data; who may do what, and in which
//! state, is decided in `maas`, and what machines really do in `world`.

pub(crate) mod events;
pub(crate) mod machine_view;
pub(crate) mod network;
pub(crate) mod node;
pub(crate) mod status;
pub(crate) mod storage;

use std::collections::{BTreeMap, HashSet};
use std::net::IpAddr;

use ipnet::IpNet;
use serde_json::{Map, Value, json};

use crate::spec::{ImageSpec, MaasSpec};
use crate::world::dice::Dice;

use events::Event;
use network::{Fabric, IpRange, Space, StaticRoute, Subnet, Vlan};
use node::{Interface, InterfaceKind, Link, Node, NodeKind};
use status::Status;

/// The administrator whose key the lab hands out.
pub(crate) const ADMIN: &str = "admin";

/// A plain object that clients only create, change and delete: fields as given.
pub(crate) type Plain = Map<String, Value>;

/// A MAAS region.
#[derive(Debug)]
pub(crate) struct Region {
    pub(crate) version: String,
    pub(crate) api_key: [String; 3],
    pub(crate) nonces: HashSet<String>,
    pub(crate) enlist_commissioning: bool,
    pub(crate) images: Vec<ImageSpec>,
    pub(crate) config: Map<String, Value>,
    pub(crate) fabrics: BTreeMap<u64, Fabric>,
    pub(crate) vlans: BTreeMap<u64, Vlan>,
    pub(crate) subnets: BTreeMap<u64, Subnet>,
    pub(crate) ranges: BTreeMap<u64, IpRange>,
    pub(crate) routes: BTreeMap<u64, StaticRoute>,
    pub(crate) spaces: BTreeMap<u64, Space>,
    /// Domains, zones, pools, keys, repositories and DNS resources by kind and id.
    pub(crate) plain: BTreeMap<&'static str, BTreeMap<u64, Plain>>,
    pub(crate) tags: BTreeMap<String, Plain>,
    pub(crate) nodes: BTreeMap<String, Node>,
    pub(crate) events: Vec<Event>,
    /// The rack controller's address on each wire.
    pub(crate) segments: BTreeMap<String, IpAddr>,
    pub(crate) dice: Dice,
    pub(crate) next_fabric: u64,
    pub(crate) next_vlan: u64,
    pub(crate) next_subnet: u64,
    pub(crate) next_partition: u64,
    pub(crate) next_disk: u64,
    pub(crate) next_group: u64,
    pub(crate) next_id: u64,
}

/// A user as MAAS shows it.
pub(crate) fn user_view(name: &str) -> Value {
    json!({
        "is_superuser": true, "username": name, "email": format!("{name}@example.com"), "is_local": true,
        "resource_uri": format!("/MAAS/api/2.0/users/{name}/"),
    })
}

impl Region {
    pub(crate) fn new(spec: &MaasSpec, seed: u64) -> Result<Self, String> {
        let key: Vec<String> = spec.api_key.split(':').map(str::to_owned).collect();
        let api_key = <[String; 3]>::try_from(key).map_err(|_| "apiKey must be consumer:token:secret".to_owned())?;
        let mut region = Self {
            version: spec.version.clone(),
            api_key,
            nonces: HashSet::new(),
            enlist_commissioning: spec.enlist_commissioning,
            images: spec.images.clone(),
            config: super::maas::config::defaults(),
            fabrics: BTreeMap::new(),
            vlans: BTreeMap::new(),
            subnets: BTreeMap::new(),
            ranges: BTreeMap::new(),
            routes: BTreeMap::new(),
            spaces: BTreeMap::new(),
            plain: BTreeMap::new(),
            tags: BTreeMap::new(),
            nodes: BTreeMap::new(),
            events: Vec::new(),
            segments: BTreeMap::new(),
            dice: Dice::new(seed),
            next_fabric: 0,
            next_vlan: 5001,
            next_subnet: 1,
            next_partition: 1,
            next_disk: 1,
            next_group: 1,
            next_id: 1,
        };
        region.seed_objects();
        region.add_rack(spec)?;
        Ok(region)
    }

    fn seed_objects(&mut self) {
        let mut put = |kind, id, value: Value| {
            if let Value::Object(map) = value {
                self.plain.entry(kind).or_default().insert(id, map);
            }
        };
        put("domains", 0, json!({"authoritative": true, "ttl": null, "is_default": true, "name": "maas"}));
        put("zones", 1, json!({"name": "default", "description": ""}));
        put("pools", 0, json!({"name": "default", "description": "Default pool"}));
        for (id, name, url, arches) in [
            (1, "main_archive", "http://archive.ubuntu.com/ubuntu", ["amd64", "i386"]),
            (2, "ports_archive", "http://ports.ubuntu.com/ubuntu-ports", ["armhf", "arm64"]),
        ] {
            let repository = json!({
                "name": name, "url": url, "distributions": [], "disabled_pockets": [], "disabled_components": [],
                "disable_sources": true, "components": [], "arches": arches, "key": "", "enabled": true,
            });
            put("repositories", id, repository);
        }
        for kind in ["sshkeys", "dns"] {
            self.plain.entry(kind).or_default();
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
            self.segments.insert(interface.segment.clone(), cidr.addr());
            let (id, link) = (self.fresh_id(), self.fresh_id());
            let mac = format!("52:54:00:ff:ff:{:02x}", fabric & 0xff);
            let mut record = Interface::new(id, &interface.name, InterfaceKind::Physical, &mac);
            record.vlan = Some(vlan);
            record.inventoried = true;
            record.links.push(Link { id: link, mode: "static", subnet: Some(subnet), ip: Some(cidr.addr()) });
            node.interfaces.push(record);
        }
        if self.fabrics.is_empty() {
            self.add_fabric(None, None);
        }
        self.nodes.insert(system_id, node);
        Ok(())
    }

    pub(crate) fn fresh_id(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id - 1
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

    pub(crate) fn table(&mut self, kind: &'static str) -> &mut BTreeMap<u64, Plain> {
        self.plain.entry(kind).or_default()
    }

    pub(crate) fn plain_view(&self, kind: &'static str, id: u64) -> Value {
        let Some(object) = self.plain.get(kind).and_then(|table| table.get(&id)) else { return Value::Null };
        let mut view = object.clone();
        view.insert("id".to_owned(), json!(id));
        let name = object.get("name").and_then(Value::as_str).unwrap_or_default();
        let uri = match kind {
            "domains" => {
                view.insert("resource_record_count".to_owned(), json!(0));
                format!("domains/{id}")
            }
            "zones" => format!("zones/{name}"),
            "pools" => format!("resourcepool/{id}"),
            "repositories" => format!("package-repositories/{id}"),
            "dns" => format!("dnsresources/{id}"),
            _ => return Value::Object(view),
        };
        view.insert("resource_uri".to_owned(), json!(format!("/MAAS/api/2.0/{uri}/")));
        Value::Object(view)
    }

    pub(crate) fn plain_by_name(&self, kind: &'static str, name: &str) -> Option<u64> {
        let table = self.plain.get(kind)?;
        table.iter().find(|(_, object)| object.get("name").and_then(Value::as_str) == Some(name)).map(|(id, _)| *id)
    }

    /// The releases that can be deployed: `noble` from `ubuntu/noble`.
    pub(crate) fn releases(&self) -> Vec<&str> {
        self.images.iter().filter_map(|image| image.name.strip_prefix("ubuntu/")).collect()
    }
}
