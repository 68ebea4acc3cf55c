//! Sites of any size: 5 networks, 3 links, a chain of 3 profiles, a bond, LVM, 3 boot actions.

use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use slipway::{design::Manifests, import::Imported};
use std::{collections::BTreeMap, fmt::Write, net::Ipv4Addr, sync::Arc};

/// Nodes of a rack.
const RACK: u32 = 40;

/// How much nodes differ from each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Variety {
    /// By their racks, and one of ten by something of its own.
    Usual,
    /// Every node has something of its own.
    AllDiffer,
}

/// The objects of a site as the API server would give them.
pub fn site(nodes: u32, variety: Variety) -> Manifests {
    let racks = (0..nodes.div_ceil(RACK))
        .map(|rack| (format!("r{rack:04}"), object("Rack", &format!("r{rack:04}"), json!({}))));
    Manifests {
        site: Some(Arc::new(read(object("Site", "bench", json!({
            "provisioner": {"maas": {"url": "http://maas:5240/MAAS", "credentialsRef": {"name": "maas"}}},
            "ntpServers": ["10.16.0.9"],
        }))))),
        racks: racks.map(|(name, rack)| (name, Arc::new(read(rack)))).collect(),
        links: all("NetworkLink", [
            ("oob", json!({"allowedNetworks": ["oob"], "unmanaged": true})),
            ("pxe", json!({"allowedNetworks": ["pxe"]})),
            ("data", json!({
                "bonding": {"mode": "802.3ad", "lacpRate": "Fast", "transmitHashPolicy": "layer3+4"},
                "mtu": 9000, "trunking": "802.1q", "allowedNetworks": ["oam", "storage", "tenant"],
            })),
        ]),
        networks: all("Network", NETWORKS.map(|(name, second, vlan)| (name, network(second, vlan)))),
        hardware_profiles: all("HardwareProfile", [("r650", json!({
            "deviceAliases": [
                {"name": "nic-pxe", "pciAddress": "0000:04:00.0"},
                {"name": "nic1", "pciAddress": "0000:31:00.0"},
                {"name": "nic2", "pciAddress": "0000:31:00.1"},
                {"name": "bootdisk", "scsiAddress": "0:2.0.0"},
                {"name": "datadisk", "scsiAddress": "0:2.1.0"},
            ],
            "cpuSets": [{"name": "workload", "cpus": "4-31"}],
            "hugePages": [{"name": "dpdk", "size": "1G", "count": 64}],
        }))]),
        host_profiles: all("HostProfile", profiles()),
        boot_actions: all("BootAction", ["motd", "limits", "audit"].map(|name| (name, json!({
            "assets": [{"name": name, "type": "File", "path": format!("/etc/{name}"), "permissions": "644", "data": "content"}],
        })))),
        nodes: (0..nodes).map(|at| (name(at), Arc::new(read(node(at, variety))))).collect(),
        ..Manifests::default()
    }
}

/// Networks: name, second octet of their /12, VLAN.
const NETWORKS: [(&str, u8, Option<u32>); 5] =
    [("oob", 16, None), ("pxe", 32, None), ("oam", 48, Some(41)), ("storage", 64, Some(42)), ("tenant", 80, Some(43))];

fn network(second: u8, vlan: Option<u32>) -> Value {
    let mut spec = json!({"cidr": format!("10.{second}.0.0/12"), "dns": {"domain": "example.com"}});
    if let Some(vlan) = vlan {
        spec["vlan"] = json!(vlan);
        spec["mtu"] = json!(9000);
    }
    match second {
        16 => spec["unmanaged"] = json!(true),
        32 => spec["ranges"] = json!([{"type": "DHCP", "start": "10.47.0.1", "end": "10.47.255.254"}]),
        48 => spec["routes"] = json!([{"destination": "0.0.0.0/0", "gateway": "10.63.255.254"}]),
        _ => {}
    }
    spec
}

fn profiles() -> [(&'static str, Value); 3] {
    [
        (
            "base",
            json!({
                "hardwareProfile": "r650", "primaryNetwork": "oam",
                "oob": {"network": "oob", "credentialsRef": {"name": "bmc"}},
                "interfaces": [{"name": "pxe", "link": "pxe", "devices": ["nic-pxe"], "networks": ["pxe"]}],
                "platform": {"image": "noble", "kernelParams": {"console": "ttyS1,115200n8", "quiet": "true"}},
                "metadata": {"tags": ["bench"], "ownerData": {"tier": "gold"}},
            }),
        ),
        (
            "bonded",
            json!({
                "hostProfile": "base",
                "interfaces": [{"name": "bond0", "link": "data", "devices": ["nic1", "nic2"], "networks": ["oam", "storage", "tenant"]}],
                "platform": {"kernelParams": {
                    "isolcpus": "hardwareprofile:cpuset.workload",
                    "hugepagesz": "hardwareprofile:hugepages.dpdk.size",
                    "hugepages": "hardwareprofile:hugepages.dpdk.count",
                }},
            }),
        ),
        (
            "worker",
            json!({
                "hostProfile": "bonded",
                "storage": {
                    "disks": [
                        {"name": "bootdisk", "labels": {"bootdrive": "true"}, "partitions": [
                            {"name": "boot", "size": "2G", "bootable": true, "filesystem": {"mountPoint": "/boot"}},
                            {"name": "root", "size": "60G", "filesystem": {"mountPoint": "/"}},
                            {"name": "var", "size": ">100G", "filesystem": {"mountPoint": "/var"}},
                        ]},
                        {"name": "datadisk", "volumeGroup": "vg-data"},
                    ],
                    "volumeGroups": [{"name": "vg-data", "logicalVolumes": [
                        {"name": "lv-a", "size": "50%", "filesystem": {"mountPoint": "/srv/a", "type": "xfs"}},
                        {"name": "lv-b", "size": "40%", "filesystem": {"mountPoint": "/srv/b", "type": "xfs"}},
                    ]}],
                },
                "metadata": {"tags": ["worker"]},
            }),
        ),
    ]
}

fn name(at: u32) -> String {
    format!("n{at:06}")
}

/// The address of a node on a network of /12.
fn address(second: u8, at: u32) -> Ipv4Addr {
    Ipv4Addr::from(u32::from(Ipv4Addr::new(10, second, 1, 0)) + at)
}

fn node(at: u32, variety: Variety) -> Value {
    let mut addresses: Vec<Value> = NETWORKS
        .iter()
        .filter(|(network, ..)| *network != "pxe")
        .map(|(network, second, _)| json!({"network": network, "address": address(*second, at)}))
        .collect();
    addresses.push(json!({"network": "pxe", "mode": "DHCP"}));
    let mut spec = json!({
        "hostProfile": "worker", "addresses": addresses, "metadata": {"rack": format!("r{:04}", at / RACK)},
    });
    if variety == Variety::AllDiffer || at.is_multiple_of(10) {
        spec["metadata"]["ownerData"] = json!({"serial": format!("S{at:06}")});
    }
    object("BaremetalNode", &name(at), spec)
}

fn object(kind: &str, name: &str, spec: Value) -> Value {
    let metadata = json!({"name": name, "uid": format!("uid-{kind}-{name}"), "resourceVersion": "1"});
    json!({"apiVersion": "slipway.dev/v1alpha1", "kind": kind, "metadata": metadata, "spec": spec})
}

fn all<K: DeserializeOwned, const N: usize>(kind: &str, specs: [(&str, Value); N]) -> BTreeMap<String, Arc<K>> {
    specs.into_iter().map(|(name, spec)| (name.to_owned(), Arc::new(read(object(kind, name, spec))))).collect()
}

fn read<K: DeserializeOwned>(object: Value) -> K {
    serde_json::from_value(object).expect("what we wrote ourselves")
}

/// A site in Drydock's form, as Deckhand renders it.
pub fn drydock(nodes: u32) -> String {
    let mut text = String::from(SITE);
    for at in 0..nodes {
        let _ = write!(
            text,
            "---\nschema: drydock/BaremetalNode/v1\nmetadata:\n  schema: metadata/Document/v1\n  name: {}\n  \
             storagePolicy: cleartext\n  labels: {{}}\ndata:\n  addressing:\n",
            name(at)
        );
        for (network, second, _) in NETWORKS {
            let address = if network == "pxe" { "dhcp".to_owned() } else { address(second, at).to_string() };
            let _ = write!(text, "  - network: {network}\n    address: {address}\n");
        }
        let _ = write!(
            text,
            "  host_profile: worker\n  metadata:\n    tags:\n    - masters\n    rack: r{:04}\n",
            at / RACK
        );
    }
    text
}

/// What was imported, as it would be resolved.
pub fn manifests(imported: Imported) -> Manifests {
    fn by_name<K: kube::ResourceExt>(objects: Vec<K>) -> BTreeMap<String, Arc<K>> {
        objects.into_iter().map(|object| (object.name_any(), Arc::new(object))).collect()
    }
    Manifests {
        site: imported.site.map(Arc::new),
        racks: by_name(imported.racks),
        links: by_name(imported.links),
        networks: by_name(imported.networks),
        hardware_profiles: by_name(imported.hardware_profiles),
        host_profiles: by_name(imported.host_profiles),
        nodes: by_name(imported.nodes),
        boot_actions: by_name(imported.boot_actions),
        ..Manifests::default()
    }
}

const SITE: &str = include_str!("site.yaml");
