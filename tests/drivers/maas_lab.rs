//! A lab with one machine and a site for it, and the designs that go with them.

use crate::maas_site_part::{SiteFacts, part};
use ipnet::IpNet;
use secrecy::SecretString;
use slipway::{
    api::{
        baremetal_node::AddressMode,
        cache::CacheMode,
        hardware_profile::BootMode,
        host::{BridgeType, OutOfBandType, PowerCredentials, PrivilegeLevel},
        network_link::{BondMode, LacpRate, TransmitHashPolicy},
        reference::SecretReference,
    },
    drivers::{
        BmcCredentials, Provisioner, Subject,
        maas::{Maas, MaasConfig, client::Client},
    },
    model::{
        AttachmentDesign, BondDesign, BridgeDesign, CacheDesign, DeviceSelector, DiskContent, DiskDesign,
        FilesystemDesign, InterfaceDesign, LogicalVolumeDesign, Machine, NodeDesign, NodeIdentity, OobDesign,
        PartitionDesign, Permit, PermitHolder, PlatformDesign, Sighting, SitePart, StorageDesign, VolumeGroupDesign,
    },
};
use slipway_lab::{Lab, spec::LabSpec};
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

const SPEC: &str = r#"
seed: 7
zeroDelay: true
machines:
  - name: r01-u10
    serial: SN1
    bmc: { address: 10.23.104.11, user: root, password: factory }
    nics:
      - { name: eno1, mac: "52:54:00:00:01:01", pci: "0000:04:00.0", segment: pxe }
      - { name: ens1f0, mac: "52:54:00:00:01:02", pci: "0000:3b:00.0", segment: data-a }
      - { name: ens1f1, mac: "52:54:00:00:01:03", pci: "0000:3b:00.1", segment: data-b }
    disks:
      - { name: sda, sizeBytes: 480103981056, scsi: "0:2.0.0" }
      - { name: sdb, sizeBytes: 480103981056, scsi: "0:2.1.0" }
      - { name: nvme0n1, sizeBytes: 1600321314816, pci: "0000:81:00.0" }
"#;

/// Everything that a test needs.
pub struct Site {
    pub lab: Lab,
    pub maas: Maas,
    pub permit: Permit,
    pub part: SitePart,
    pub design: NodeDesign,
    pub identity: NodeIdentity,
    pub credentials: BmcCredentials,
}

impl Site {
    pub async fn start() -> Self {
        Self::start_with("").await
    }

    /// With more YAML at the end of the spec.
    pub async fn start_with(more: &str) -> Self {
        rustls::crypto::ring::default_provider().install_default().ok();
        let spec = LabSpec::from_yaml(&format!("{SPEC}{more}")).expect("the lab's spec");
        let lab = slipway_lab::start(spec).await.expect("a lab");
        let mut config = MaasConfig::new(&lab.maas_url, SecretString::from(lab.api_key.clone()));
        config.poll = Duration::ZERO;
        let holder = PermitHolder::default();
        holder.extend(Instant::now() + Duration::from_hours(1));
        Self {
            maas: Maas::new(&config).expect("a driver"),
            lab,
            permit: holder.permit(),
            part: part(),
            design: node(),
            identity: NodeIdentity {
                cluster: "c0ffee".into(),
                namespace: "east".into(),
                name: "r01-u10".into(),
                uid: "u1".into(),
            },
            credentials: BmcCredentials { username: "root".into(), password: "factory".to_owned().into(), key: None },
        }
    }

    pub fn subject(&self) -> Subject<'_> {
        Subject {
            decided_on: None,
            design: &self.design,
            design_hash: "d1",
            identity: &self.identity,
            provider_id: None,
            generation: 1,
            take_over: None,
            adopt: None,
            bmc: Some(&self.credentials),
            cipher_suite: None,
            user_data: Some("#cloud-config\n"),
        }
    }

    pub async fn machine(&self) -> Machine {
        match self.maas.observe(&self.subject()).await.expect("an observation") {
            Sighting::Found(machine) => *machine,
            other => panic!("no machine: {other:?}"),
        }
    }

    /// Observes until `until` holds; the lab moves in between.
    pub async fn wait(&self, what: &str, until: impl Fn(&Machine) -> bool) -> Machine {
        let seen = slipway_testbed::eventually(Duration::from_mins(1), what, || async {
            let machine = self.machine().await;
            if until(&machine) { Ok(machine) } else { Err(format!("{machine:#?}")) }
        });
        seen.await.unwrap_or_else(|error| panic!("{error}"))
    }

    /// What a Site needs to be prepared, with all that it may have to record.
    pub async fn site_facts(&self) -> SiteFacts {
        SiteFacts::of(&self.maas, &self.part, SiteFacts::new("east")).await
    }

    pub async fn prepare_site(&self) {
        let facts = self.site_facts().await;
        self.maas.perform_site(&facts.subject(&self.part), &self.permit).await.expect("the site is prepared");
    }

    /// What the region says of `path`, with its numbers and UUIDs blotted out.
    pub async fn region(&self, path: &str) -> serde_json::Value {
        let mut value = self.raw(path).await;
        blot(&mut value);
        value
    }

    /// What the region says of `path`, as it is.
    pub async fn raw(&self, path: &str) -> serde_json::Value {
        self.client().get(path, &[]).await.expect("an answer")
    }

    /// Changes something in the region, as a person would.
    pub async fn write(&self, path: &str, form: &[(&str, &str)]) {
        let form = form.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        self.client().put(path, &form, &self.permit).await.expect("a change");
    }

    /// Makes something in the region, as a person would.
    pub async fn create(&self, path: &str, form: &[(&str, &str)]) {
        let form = form.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        self.client().post(path, None, &form, &self.permit).await.expect("it is made");
    }

    /// Reads that the region has had.
    pub async fn reads(&self) -> u64 {
        let stats = self.control(reqwest::Method::GET, "/stats", serde_json::json!({})).await;
        stats["maasReads"].as_u64().expect("a count")
    }

    /// Writes that the region has had.
    pub async fn writes(&self) -> u64 {
        let stats = self.control(reqwest::Method::GET, "/stats", serde_json::json!({})).await;
        stats["maasWrites"].as_u64().expect("a count")
    }

    fn client(&self) -> Client {
        let key = SecretString::from(self.lab.api_key.clone());
        Client::new(&self.lab.maas_url, &key, 1).expect("a client")
    }

    /// Asks the lab's control API.
    pub async fn control(&self, method: reqwest::Method, path: &str, body: serde_json::Value) -> serde_json::Value {
        let url = format!("{}{path}", self.lab.control_url);
        let client = reqwest::Client::builder().no_proxy().build().expect("a client");
        let answer = client.request(method, url).json(&body).send().await.expect("the control API answers");
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
        answer.json().await.expect("JSON")
    }
}

fn blot(value: &mut serde_json::Value) {
    match value {
        serde_json::Value::Object(map) => {
            for key in ["id", "resource_uri", "uuid", "vlan_id", "fabric_id", "device_id", "system_id", "space"] {
                map.remove(key);
            }
            map.values_mut().for_each(blot);
        }
        serde_json::Value::Array(list) => list.iter_mut().for_each(blot),
        _ => {}
    }
}

pub fn net(text: &str) -> IpNet {
    text.parse().expect("a network")
}

fn attachment(network: &str, vlan: Option<u32>, cidr: &str, address: Option<&str>) -> AttachmentDesign {
    AttachmentDesign {
        network: network.into(),
        vlan,
        cidr: net(cidr),
        services: slipway::model::NetworkServices::default(),
        mtu: if vlan.is_some() { 9000 } else { 1500 },
        mode: if address.is_some() { AddressMode::Static } else { AddressMode::Dhcp },
        address: address.map(|text| text.parse().expect("an address")),
        default_gateway: network == "oam",
    }
}

fn pci(alias: &str, address: &str) -> DeviceSelector {
    DeviceSelector::Pci { alias: alias.into(), address: address.parse().expect("a PCI address") }
}

pub fn filesystem(fs_type: &str, mount_point: &str) -> FilesystemDesign {
    FilesystemDesign {
        fs_type: fs_type.into(),
        mount_point: Some(mount_point.into()),
        mount_options: "defaults".into(),
        uuid: None,
        label: None,
    }
}

fn partition(name: &str, size: &str, filesystem: Option<FilesystemDesign>, group: Option<&str>) -> PartitionDesign {
    PartitionDesign {
        name: name.into(),
        size: size.parse().expect("a size"),
        uuid: None,
        bootable: false,
        volume_group: group.map(Into::into),
        raid: None,
        cache_set: None,
        backs: None,
        filesystem,
    }
}

fn storage() -> StorageDesign {
    let scsi = |alias: &str, address: &str| DeviceSelector::Scsi {
        alias: alias.into(),
        address: address.parse().expect("a SCSI address"),
    };
    let root =
        FilesystemDesign { uuid: Some("3F0C3D0E-5D7C-4B55-9A6E-0D6F2F1C7A04".into()), ..filesystem("ext4", "/") };
    StorageDesign {
        raids: Vec::new(),
        caches: Vec::new(),
        disks: vec![
            DiskDesign {
                device: scsi("bootdisk", "0:2.0.0"),
                boot: true,
                content: DiskContent::Partitions(vec![
                    PartitionDesign {
                        uuid: Some("3f0c3d0e-5d7c-4b55-9a6e-0d6f2f1c7a03".into()),
                        ..partition("root", "30g", Some(root), None)
                    },
                    partition("boot", "1g", Some(filesystem("ext4", "/boot")), None),
                    partition("log", "10%", Some(filesystem("ext4", "/var/log")), None),
                    partition("var", ">100g", Some(filesystem("xfs", "/var")), None),
                ]),
            },
            DiskDesign {
                device: scsi("second", "0:2.1.0"),
                boot: false,
                content: DiskContent::Partitions(vec![partition("pv", "50%", None, Some("data"))]),
            },
            DiskDesign {
                device: pci("ceph", "0000:81:00.0"),
                boot: false,
                content: DiskContent::VolumeGroup("data".into()),
            },
        ],
        volume_groups: vec![VolumeGroupDesign {
            name: "data".into(),
            uuid: Some("3f0c3d0e-5d7c-4b55-9a6e-0d6f2f1c7a01".into()),
            logical_volumes: vec![
                LogicalVolumeDesign {
                    name: "etcd".into(),
                    size: "20Gi".parse().expect("a size"),
                    uuid: Some("3f0c3d0e-5d7c-4b55-9a6e-0d6f2f1c7a02".into()),
                    filesystem: Some(filesystem("ext4", "/var/lib/etcd")),
                },
                LogicalVolumeDesign {
                    name: "images".into(),
                    size: ">100g".parse().expect("a size"),
                    uuid: None,
                    filesystem: Some(filesystem("xfs", "/var/lib/images")),
                },
            ],
        }],
    }
}

fn node() -> NodeDesign {
    NodeDesign {
        name: "r01-u10".into(),
        domain: "example.com".into(),
        profiles: Vec::new(),
        hardware_profile: None,
        boot_mode: BootMode::Uefi,
        rack: None,
        zone: Some("rack-1".into()),
        pool: None,
        hardware: slipway::model::HardwareDesign::default(),
        commissioning: slipway::model::CommissioningDesign::default(),
        lock: false,
        deadlines: slipway::api::host::HostDeadlines::default(),
        retries: None,
        architecture: "amd64".into(),
        enlistment: slipway::api::baremetal_node::Enlistment::Create,
        oob: Some(OobDesign {
            protocol: OutOfBandType::Ipmi,
            address: "10.23.104.11".parse().expect("an address"),
            credentials: SecretReference { name: "bmc".into() },
            cipher_suites: vec![17, 3],
            privilege_level: PrivilegeLevel::Operator,
            workaround_flags: Vec::new(),
            power_credentials: PowerCredentials::Design,
            redfish: slipway::api::redfish::RedfishOptions::default(),
        }),
        by_hand: false,
        boot_mac: Some("52:54:00:00:01:01".parse().expect("a MAC")),
        primary_network: Some("oam".into()),
        interfaces: vec![
            InterfaceDesign {
                name: "eno1".into(),
                link: "pxe".into(),
                devices: vec![DeviceSelector::Name("eno1".into())],
                bond: None,
                mtu: 1500,
                managed: true,
                bridges: Vec::new(),
                networks: vec![attachment("pxe", None, "10.23.20.0/24", Some("10.23.20.11"))],
            },
            InterfaceDesign {
                name: "bond0".into(),
                link: "bond0".into(),
                devices: vec![pci("nic1", "0000:3b:00.0"), pci("nic2", "0000:3b:00.1")],
                bond: Some(BondDesign {
                    mode: BondMode::Lacp,
                    hash_policy: Some(TransmitHashPolicy::Layer3And4),
                    lacp_rate: Some(LacpRate::Fast),
                    monitor_interval: 100,
                    up_delay: 1000,
                    down_delay: 200,
                    peer_notifications: None,
                }),
                mtu: 9000,
                managed: true,
                bridges: Vec::new(),
                networks: vec![
                    attachment("oam", Some(41), "10.23.21.0/24", Some("10.23.21.11")),
                    attachment("storage", Some(42), "10.23.22.0/24", Some("10.23.22.11")),
                ],
            },
        ],
        storage: storage(),
        platform: PlatformDesign {
            image: Some("ubuntu/noble".into()),
            kernel: Some("ga-24.04".into()),
            kernel_options: "hugepages=64 intel_iommu=on".into(),
            ..PlatformDesign::default()
        },
        tags: vec!["masters".into()],
        owner_data: BTreeMap::from([("rack".into(), "r01".into()), ("bad.key".into(), "x".into())]),
        extra: BTreeMap::new(),
        boot_actions: Vec::new(),
        ntp_servers: Vec::new(),
    }
}

/// Another design for the same machine, as far from the first as can be: another bond, other VLANs and addresses, other
/// disks.
pub fn other_node() -> NodeDesign {
    let mut node = node();
    let mut interfaces = node.interfaces;
    let mut bond = interfaces.pop().expect("a bond");
    bond.devices = vec![DeviceSelector::Name("eno1".into()), pci("nic1", "0000:3b:00.0")];
    bond.mtu = 1500;
    bond.networks = vec![
        attachment("oam", Some(41), "10.23.21.0/24", Some("10.23.21.12")),
        attachment("storage", Some(42), "10.23.22.0/24", None),
    ];
    let bridge = |name: &str, network: &str| BridgeDesign {
        name: name.into(),
        network: network.into(),
        kind: BridgeType::Standard,
        stp: true,
        forward_delay: 0,
    };
    bond.bridges = vec![bridge("br-oam", "oam"), bridge("br-storage", "storage")];
    let mut single = interfaces.pop().expect("a NIC");
    single.name = "ens1f1".into();
    single.devices = vec![pci("nic2", "0000:3b:00.1")];
    node.interfaces = vec![bond, single];
    node.storage = StorageDesign {
        raids: Vec::new(),
        caches: vec![CacheDesign {
            name: "bcache0".into(),
            cache_set: "fast".into(),
            mode: CacheMode::WriteBack,
            volume_group: Some("data".into()),
            filesystem: None,
        }],
        disks: vec![
            DiskDesign {
                device: DeviceSelector::Name("sdb".into()),
                boot: true,
                content: DiskContent::Partitions(vec![
                    partition("root", "40%", Some(filesystem("ext4", "/")), None),
                    partition("pv", "30%", None, Some("data")),
                    PartitionDesign { backs: Some("bcache0".into()), ..partition("slow", ">10g", None, None) },
                ]),
            },
            DiskDesign {
                device: pci("ceph", "0000:81:00.0"),
                boot: false,
                content: DiskContent::CacheSet("fast".into()),
            },
        ],
        volume_groups: vec![VolumeGroupDesign {
            name: "data".into(),
            uuid: None,
            logical_volumes: vec![LogicalVolumeDesign {
                name: "etcd".into(),
                size: "50%".parse().expect("a size"),
                uuid: None,
                filesystem: Some(filesystem("ext4", "/var/lib/etcd")),
            }],
        }],
    };
    node
}
