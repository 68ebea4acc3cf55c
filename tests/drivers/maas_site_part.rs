//! What a site asks of its region in these tests, and what a Site has beside its design.

use crate::maas_lab::net;
use slipway::{
    api::{
        maas::{DnssecValidation, RegionConfig, ResourcePool, Script, ScriptType},
        network::{DnsRecordType, RangeType},
    },
    drivers::{SiteSubject, maas::Maas},
    model::{
        LinkDesign, NetworkDesign, RecordDesign, ReservedDesign, RouteDesign, SiteIdentity, SiteMaterial, SitePart,
    },
};
use std::collections::BTreeSet;

/// What a Site has beside its design.
#[derive(Clone)]
pub struct SiteFacts {
    pub identity: SiteIdentity,
    pub made: BTreeSet<String>,
    pub material: SiteMaterial,
    pub approved: Vec<String>,
}

impl SiteFacts {
    /// A Site of this namespace that has made nothing yet.
    pub fn new(namespace: &str) -> Self {
        Self {
            identity: SiteIdentity { cluster: "c0ffee".into(), namespace: namespace.into() },
            made: BTreeSet::new(),
            material: SiteMaterial::default(),
            approved: Vec::new(),
        }
    }

    /// The same, with all recorded that is to be made next.
    pub async fn of(maas: &Maas, part: &SitePart, mut before: Self) -> Self {
        let lowered = maas.site_calls(&before.subject(part)).await.expect("an observation");
        before.made.extend(lowered.makes());
        before.made.retain(|key| !lowered.gone.contains(key));
        before
    }

    pub fn subject<'a>(&'a self, part: &'a SitePart) -> SiteSubject<'a> {
        SiteSubject {
            design: part,
            identity: &self.identity,
            made: &self.made,
            take_over: None,
            material: &self.material,
            approved: &self.approved,
        }
    }
}

fn network(name: &str, link: &str, cidr: &str, vlan: Option<u32>) -> NetworkDesign {
    NetworkDesign { name: name.into(), link: link.into(), cidr: net(cidr), vlan, mtu: 1500, ..NetworkDesign::default() }
}

/// The site's part of the design.
pub fn part() -> SitePart {
    let address = |text: &str| text.parse().expect("an address");
    let mut pxe = network("pxe", "pxe", "10.23.20.0/24", None);
    pxe.gateway = Some(address("10.23.20.1"));
    pxe.dns_servers = vec![address("10.23.20.9")];
    pxe.ranges = vec![
        (RangeType::Reserved, address("10.23.20.1"), address("10.23.20.8")),
        (RangeType::Dhcp, address("10.23.20.100"), address("10.23.20.199")),
        (RangeType::Static, address("10.23.20.10"), address("10.23.20.99")),
    ];
    let mut oam = network("oam", "bond0", "10.23.21.0/24", Some(41));
    oam.mtu = 9000;
    oam.gateway = Some(address("10.23.21.1"));
    oam.routes = vec![RouteDesign { destination: net("10.23.20.0/24"), gateway: address("10.23.21.1"), metric: 100 }];
    let mut storage = network("storage", "bond0", "10.23.22.0/24", Some(42));
    storage.mtu = 9000;
    let link = |name: &str, mtu, networks: &[&str]| LinkDesign {
        name: name.into(),
        mtu,
        networks: networks.iter().map(|name| (*name).into()).collect(),
        native_network: None,
    };
    SitePart {
        links: [link("pxe", 1500, &["pxe"]), link("bond0", 9000, &["oam", "storage"])]
            .map(|link| (link.name.clone(), link))
            .into(),
        networks: [pxe, oam, storage].map(|network| (network.name.clone(), network)).into(),
        domains: vec!["example.com".into()],
        ssh_keys: vec![
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBo99UxBKQC4RJi84Bb/zKwqzYUUaXQ57j0BmvfeNd7w ops@site".into(),
        ],
        repositories: vec![slipway::api::site::Repository {
            name: "main_archive".into(),
            url: "http://mirror.example.com/ubuntu".into(),
            components: vec!["main".into(), "universe".into()],
            pockets: vec!["updates".into(), "security".into()],
            ..Default::default()
        }],
        tag_definitions: vec![slipway::api::site::TagDefinition {
            name: "nvme".into(),
            xpath: "//node[@class=\"storage\"]".into(),
        }],
        tags: vec!["masters".into()],
        zones: vec!["rack-1".into()],
        owns_region: true,
        ..SitePart::default()
    }
}

/// The same with everything that a site may have.
pub fn richer() -> SitePart {
    let address = |text: &str| text.parse().expect("an address");
    let mut part = part();
    if let Some(pxe) = part.networks.get_mut("pxe") {
        (pxe.managed, pxe.allow_dns, pxe.allow_proxy) = (Some(true), Some(true), Some(false));
        pxe.space = Some("provisioning".into());
        let mac = "52:54:00:10:07:01".parse().expect("a MAC");
        pxe.reserved = vec![ReservedDesign { ip: address("10.23.20.60"), mac, comment: Some("PDU".into()) }];
    }
    if let Some(oam) = part.networks.get_mut("oam") {
        oam.space = Some("oam".into());
    }
    let record = |name: &str, kind, data: &str| RecordDesign {
        fqdn: format!("{name}.example.com"),
        kind,
        data: vec![data.into()],
        ttl: Some(300),
    };
    part.records = vec![
        record("registry", DnsRecordType::A, "10.23.21.5"),
        record("registry", DnsRecordType::Txt, "hello"),
        record("www", DnsRecordType::Cname, "registry.example.com"),
    ];
    part.pools = vec![ResourcePool { name: "control-plane".into(), description: Some("Masters".into()) }];
    part.repositories.push(slipway::api::site::Repository {
        name: "extra".into(),
        url: "http://extra.example.com/".into(),
        ..Default::default()
    });
    part.ntp_servers = vec!["10.23.20.9".into(), "ntp.example.com".into()];
    part.config = Some(RegionConfig {
        kernel_options: Some("console=ttyS0".into()),
        dnssec_validation: Some(DnssecValidation::Disabled),
        default_domain: Some("example.com".into()),
        completed_intro: Some(true),
        ..RegionConfig::default()
    });
    part.scripts = vec![Script {
        name: "45-site".into(),
        kind: ScriptType::Commissioning,
        content: Some("#!/bin/sh\ntrue\n".into()),
        content_from: None,
        for_hardware: Vec::new(),
        tags: Vec::new(),
        timeout: None,
    }];
    part
}
