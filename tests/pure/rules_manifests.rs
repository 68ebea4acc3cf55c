//! Manifests from text, so that cases read as what people write.

use serde::de::DeserializeOwned;
use serde_json::Value;
use slipway::{design::Manifests, model::Finding};
use std::{collections::BTreeMap, sync::Arc};

/// A small site without any fault: two nodes, a bond with two tagged networks, a PXE network, a BMC network, storage.
pub const SITE: &str = r#"
kind: Site
metadata: {name: east}
spec:
  provisioner: {maas: {url: "http://maas:5240/MAAS", credentialsRef: {name: maas}}}
  ntpServers: [10.0.1.9]
---
kind: Rack
metadata: {name: cab1}
spec: {zone: z1}
---
kind: NetworkLink
metadata: {name: bond0}
spec:
  bonding: {mode: 802.3ad, lacpRate: Fast, transmitHashPolicy: layer3+4, monitorInterval: 100, upDelay: 200}
  mtu: 9000
  trunking: 802.1q
  allowedNetworks: [oam, storage]
---
kind: NetworkLink
metadata: {name: pxe}
spec: {allowedNetworks: [pxe]}
---
kind: NetworkLink
metadata: {name: oob}
spec: {allowedNetworks: [oob], unmanaged: true}
---
kind: Network
metadata: {name: oam}
spec:
  cidr: 10.0.1.0/24
  vlan: 21
  mtu: 1500
  ranges: [{type: DHCP, start: 10.0.1.200, end: 10.0.1.250}]
  dns: {domain: example.com, servers: [10.0.1.9]}
  routes: [{destination: 0.0.0.0/0, gateway: 10.0.1.1}]
---
kind: Network
metadata: {name: storage}
spec: {cidr: 10.0.2.0/24, vlan: 22, mtu: 9000}
---
kind: Network
metadata: {name: pxe}
spec: {cidr: 10.0.3.0/24, ranges: [{type: DHCP, start: 10.0.3.100, end: 10.0.3.199}]}
---
kind: Network
metadata: {name: oob}
spec: {cidr: 10.0.4.0/24, unmanaged: true}
---
kind: HardwareProfile
metadata: {name: dell}
spec:
  deviceAliases:
    - {name: nic1, pciAddress: "0000:43:00.0"}
    - {name: nic2, pciAddress: "0000:43:00.1"}
    - {name: bootdisk, scsiAddress: "0:2.0.0"}
  cpuSets: [{name: sriov, cpus: "2-5"}]
  hugePages: [{name: dpdk, size: 1G, count: 300}]
---
kind: HostProfile
metadata: {name: defaults}
spec:
  hardwareProfile: dell
  primaryNetwork: oam
  oob: {network: oob, credentialsRef: {name: bmc}}
  interfaces:
    - {name: pxe, link: pxe, devices: [eno1], networks: [pxe]}
    - {name: bond0, link: bond0, devices: [nic1, nic2], networks: [oam, storage]}
  platform:
    image: noble
    kernelParams: {quiet: "true", isolcpus: "hardwareprofile:cpuset.sriov"}
  metadata: {tags: [spare], rack: cab1, ownerData: {tier: gold}}
---
kind: HostProfile
metadata: {name: worker}
spec:
  hostProfile: defaults
  storage:
    disks:
      - name: bootdisk
        partitions:
          - {name: root, size: 30G, filesystem: {mountPoint: /}}
          - {name: boot, size: 1G, bootable: true, filesystem: {mountPoint: /boot}}
          - {name: data, size: ">10G", volumeGroup: vg}
    volumeGroups:
      - name: vg
        logicalVolumes: [{name: var, size: 50%, filesystem: {mountPoint: /var}}]
---
kind: BaremetalNode
metadata: {name: n1}
spec:
  hostProfile: worker
  addresses:
    - {network: oam, address: 10.0.1.11}
    - {network: storage, address: 10.0.2.11}
    - {network: pxe, mode: DHCP}
    - {network: oob, address: 10.0.4.11}
---
kind: BaremetalNode
metadata: {name: n2}
spec:
  hostProfile: worker
  addresses:
    - {network: oam, address: 10.0.1.12}
    - {network: storage, address: 10.0.2.12}
    - {network: pxe, mode: LinkUp}
    - {network: oob, address: 10.0.4.12}
---
kind: BootAction
metadata: {name: motd}
spec:
  assets: [{name: motd, type: File, path: /etc/motd, data: hello}]
"#;

/// Manifests of one YAML stream.
pub fn manifests(text: &str) -> Manifests {
    let mut all = Manifests::default();
    add(&mut all, text);
    all
}

/// The faultless site with some objects in another form; a document `{kind, metadata, delete: true}` takes one away.
pub fn site_with(text: &str) -> Manifests {
    let mut all = manifests(SITE);
    add(&mut all, text);
    all
}

/// One YAML document of the faultless site, to be changed by replacing text in it.
pub fn document(kind: &str, name: &str) -> &'static str {
    let head = format!("kind: {kind}\nmetadata: {{name: {name}}}\n");
    SITE.split("---\n").find(|text| text.trim_start().starts_with(&head)).unwrap()
}

/// The faultless site with text replaced in one of its documents.
pub fn site_where(kind: &str, name: &str, from: &str, to: &str) -> Manifests {
    let text = document(kind, name);
    assert!(text.contains(from), "{kind}/{name} does not read {from}");
    site_with(&text.replace(from, to))
}

fn add(all: &mut Manifests, text: &str) {
    for document in serde_saphyr::from_multiple::<Value>(text).unwrap() {
        let name = document["metadata"]["name"].as_str().unwrap_or_default().to_owned();
        let gone = document.get("delete").is_some();
        match document["kind"].as_str().unwrap_or_default() {
            "Site" => all.site = Some(read(document)),
            "Rack" => put(&mut all.racks, name, document, gone),
            "NetworkLink" => put(&mut all.links, name, document, gone),
            "Network" => put(&mut all.networks, name, document, gone),
            "HardwareProfile" => put(&mut all.hardware_profiles, name, document, gone),
            "HostProfile" => put(&mut all.host_profiles, name, document, gone),
            "BaremetalNode" => put(&mut all.nodes, name, document, gone),
            "BootAction" => put(&mut all.boot_actions, name, document, gone),
            other => panic!("no kind `{other}`"),
        }
    }
}

fn put<T: DeserializeOwned>(all: &mut BTreeMap<String, Arc<T>>, name: String, document: Value, gone: bool) {
    if gone {
        all.remove(&name).expect("an object to take away");
    } else {
        all.insert(name, read(document));
    }
}

fn read<T: DeserializeOwned>(document: Value) -> Arc<T> {
    let text = document.to_string();
    Arc::new(serde_json::from_value(document).unwrap_or_else(|error| panic!("{error}: {text}")))
}

/// What one rule finds: object, field, nodes.
pub fn found(manifests: &Manifests, rule: &str) -> Vec<(String, String, Vec<String>)> {
    let findings = slipway::design::resolve(manifests).findings;
    findings
        .into_iter()
        .filter(|finding| finding.rule == rule)
        .inspect(is_helpful)
        .map(|finding| (finding.object.to_string(), finding.field, finding.nodes))
        .collect()
}

/// The one finding of a site, whatever its rule.
pub fn the_only(manifests: &Manifests) -> Finding {
    let findings = slipway::design::resolve(manifests).findings;
    assert_eq!(findings.len(), 1, "{:#?}", &findings[..]);
    is_helpful(&findings[0]);
    findings.into_iter().next().unwrap()
}

fn is_helpful(finding: &Finding) {
    assert!(!finding.hint.is_empty() && !finding.message.is_empty(), "{finding:?}");
    assert!(finding.field.starts_with("spec") || finding.field == "metadata.name", "{finding:?}");
}

/// Asserts that a rule finds exactly this.
#[track_caller]
pub fn finds(manifests: &Manifests, rule: &str, object: &str, field: &str, nodes: &[&str]) {
    let expected = (object.to_owned(), field.to_owned(), nodes.iter().map(|n| (*n).to_owned()).collect());
    assert_eq!(found(manifests, rule), [expected]);
}

/// Asserts that a rule finds nothing.
#[track_caller]
pub fn finds_nothing(manifests: &Manifests, rule: &str) {
    assert_eq!(found(manifests, rule), []);
}
