//! A design and the region that was made of it, compared object by object, by nothing of the driver: manifests as the API
//! server holds them, `status.effective` of nodes, and MAAS's own answers.

use crate::{
    maas_api::{MaasApi, find},
    scene::Scene,
};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// A design as the API server holds it, and the region.
struct ReadBack<'a> {
    maas: MaasApi,
    site: Value,
    networks: BTreeMap<String, Value>,
    links: Vec<Value>,
    racks: BTreeMap<String, Value>,
    profiles: Vec<Value>,
    /// Names of NICs by PCI address, the same in each machine.
    nics: &'a [(&'a str, &'a str)],
}

/// Compares everything but storage, which each scenario spells out. Panics at the first difference.
pub async fn read_back(scene: &Scene, nics: &[(&str, &str)]) {
    let by_name = |list: Vec<Value>| list.into_iter().map(|object| (name(&object), object)).collect();
    let design = ReadBack {
        maas: scene.maas(),
        site: scene.objects("sites").await.remove(0),
        networks: by_name(scene.objects("networks").await),
        links: scene.objects("networklinks").await,
        racks: by_name(scene.objects("racks").await),
        profiles: scene.objects("hostprofiles").await,
        nics,
    };
    design.fabrics_and_subnets().await;
    design.ranges().await;
    design.routes().await;
    design.names_and_places().await;
    design.region().await;
    for node in scene.objects("baremetalnodes").await {
        design.machine(&node).await;
    }
}

fn name(object: &Value) -> String {
    object["metadata"]["name"].as_str().unwrap().to_owned()
}

fn texts(list: &Value) -> Vec<&str> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

fn sorted(list: &Value) -> BTreeSet<&str> {
    texts(list).into_iter().collect()
}

impl ReadBack<'_> {
    /// Links and their networks that MAAS is to hold: name of the link, its spec, name of the network, its spec.
    fn managed(&self) -> Vec<(String, &Value, String, &Value)> {
        let mut found = Vec::new();
        for link in self.links.iter().filter(|link| link["spec"]["unmanaged"] != true) {
            for network in texts(&link["spec"]["allowedNetworks"]) {
                let spec = &self.networks[network]["spec"];
                if spec["unmanaged"] != true {
                    found.push((name(link), &link["spec"], network.to_owned(), spec));
                }
            }
        }
        found
    }

    /// The VLAN id of a network on a link; 0 where its frames are not tagged.
    fn vid(link: &Value, name: &str, network: &Value) -> u64 {
        let alone = link["trunking"].as_str().unwrap_or("Disabled") == "Disabled"
            && link["allowedNetworks"].as_array().unwrap().len() == 1;
        let native = link["nativeNetwork"] == name || (link["nativeNetwork"].is_null() && alone);
        if native { 0 } else { network["vlan"].as_u64().unwrap_or(0) }
    }

    fn default_gateway(network: &Value) -> Value {
        let mut routes = network["routes"].as_array().into_iter().flatten();
        let default =
            routes.find(|route| texts(&json!(["0.0.0.0/0", "::/0"])).iter().any(|d| route["destination"] == *d));
        default.map_or(Value::Null, |route| route["gateway"].clone())
    }

    async fn fabrics_and_subnets(&self) {
        let subnets = self.maas.get("subnets/").await;
        let managed = self.managed();
        assert_eq!(subnets.as_array().unwrap().len(), managed.len(), "{subnets:#}");
        for (link_name, link, network, spec) in &managed {
            let subnet = find(&subnets, "cidr", spec["cidr"].as_str().unwrap());
            let vlan = &subnet["vlan"];
            assert_eq!(subnet["name"], **network);
            assert_eq!(vlan["fabric"], **link_name, "{network}");
            let vid = Self::vid(link, network, spec);
            assert_eq!(vlan["vid"], vid, "{network}");
            let sharing = |other: &&(String, &Value, String, &Value)| {
                other.0 == *link_name && Self::vid(other.1, &other.2, other.3) == vid
            };
            let on_vlan: Vec<_> = managed.iter().filter(sharing).collect();
            let link_mtu = link["mtu"].as_u64().unwrap_or(1500);
            let mtu = if vid == 0 { link_mtu } else { spec["mtu"].as_u64().unwrap_or(link_mtu) };
            assert_eq!(vlan["mtu"], mtu, "{network}");
            if vid != 0 {
                assert!(on_vlan.iter().any(|other| vlan["name"] == *other.2), "{network}: {vlan:#}");
            }
            let space = on_vlan.iter().find_map(|other| other.3["space"].as_str()).unwrap_or("undefined");
            assert_eq!(subnet["space"], space, "{network}");
            assert_eq!(subnet["gateway_ip"], Self::default_gateway(spec), "{network}");
            let own = texts(&spec["dns"]["servers"]);
            let servers = if own.is_empty() { texts(&self.site["spec"]["dns"]["servers"]) } else { own };
            assert_eq!(texts(&subnet["dns_servers"]), servers, "{network}");
            assert_eq!(subnet["managed"], spec["managed"].as_bool().unwrap_or(true), "{network}");
            let relayed = on_vlan.iter().any(|other| other.3["dhcpRelay"].is_object());
            let has_range = on_vlan.iter().any(|other| ranges(other.3, &["DHCP"]).count() > 0);
            assert_eq!(vlan["dhcp_on"], has_range && !relayed, "{network}: {vlan:#}");
            assert_eq!(vlan["primary_rack"].is_string(), has_range && !relayed, "{network}: {vlan:#}");
            assert_eq!(vlan["relay_vlan"].is_object(), relayed, "{network}: {vlan:#}");
            if let Some(target) = on_vlan.iter().find_map(|other| other.3["dhcpRelay"]["upstreamTarget"].as_str()) {
                let target: std::net::IpAddr = target.parse().unwrap();
                let holds = |other: &&(String, &Value, String, &Value)| {
                    other.3["cidr"].as_str().unwrap().parse::<ipnet::IpNet>().unwrap().contains(&target)
                };
                let upstream = managed.iter().find(holds).unwrap();
                let upstream = find(&subnets, "cidr", upstream.3["cidr"].as_str().unwrap());
                assert_eq!(vlan["relay_vlan"]["id"], upstream["vlan"]["id"], "{network}");
            }
        }
    }

    async fn ranges(&self) {
        let found = self.maas.get("ipranges/").await;
        let found: BTreeSet<(&str, &str, &str, &str)> = found
            .as_array()
            .unwrap()
            .iter()
            .map(|range| {
                let text = |value: &Value| -> &'static str { value.as_str().unwrap().to_owned().leak() };
                (text(&range["subnet"]["name"]), text(&range["type"]), text(&range["start_ip"]), text(&range["end_ip"]))
            })
            .collect();
        let managed = self.managed();
        let designed: BTreeSet<(&str, &str, &str, &str)> = managed
            .iter()
            .flat_map(|(_, _, network, spec)| {
                ranges(spec, &["DHCP", "Reserved"]).map(|range| {
                    let kind = if range["type"] == "DHCP" { "dynamic" } else { "reserved" };
                    (network.as_str(), kind, range["start"].as_str().unwrap(), range["end"].as_str().unwrap())
                })
            })
            .collect();
        assert_eq!(found, designed);
    }

    async fn routes(&self) {
        let found = self.maas.get("static-routes/").await;
        let found: BTreeSet<String> = found
            .as_array()
            .unwrap()
            .iter()
            .map(|route| {
                let (from, to) = (&route["source"]["name"], &route["destination"]["name"]);
                format!("{from} {to} {} {}", route["gateway_ip"], route["metric"])
            })
            .collect();
        let managed = self.managed();
        let mut designed = BTreeSet::new();
        for (_, _, from, spec) in &managed {
            for route in spec["routes"].as_array().into_iter().flatten() {
                let leads_to = |other: &Value| {
                    (route["routeDomain"].is_string() && other["routeDomain"] == route["routeDomain"])
                        || (route["destination"].is_string() && other["cidr"] == route["destination"])
                };
                for (_, _, to, _) in managed.iter().filter(|other| other.2 != *from && leads_to(other.3)) {
                    let metric = route["metric"].as_u64().unwrap_or(100);
                    designed.insert(format!("{:?} {:?} {} {metric}", from, to, route["gateway"]));
                }
            }
        }
        assert_eq!(found, designed);
    }

    async fn names_and_places(&self) {
        let domains = self.maas.get("domains/").await;
        let resources = self.maas.get("dnsresources/?all=true").await;
        for (_, _, network, spec) in &self.managed() {
            let Some(domain) = spec["dns"]["domain"].as_str() else { continue };
            find(&domains, "name", domain);
            for record in spec["dns"]["records"].as_array().into_iter().flatten() {
                let fqdn = format!("{}.{domain}", record["name"].as_str().unwrap());
                let resource = find(&resources, "fqdn", &fqdn);
                let addresses = resource["ip_addresses"].as_array().unwrap().iter().map(|ip| &ip["ip"]);
                let data = resource["resource_records"].as_array().unwrap().iter().map(|one| &one["rrdata"]);
                assert!(addresses.chain(data).any(|one| *one == record["data"]), "{network} {record}: {resource:#}");
            }
        }
        let zones = self.maas.get("zones/").await;
        for zone in self.racks.values().filter_map(|rack| rack["spec"]["zone"].as_str()) {
            find(&zones, "name", zone);
        }
        let pools = self.maas.get("resourcepools/").await;
        for pool in self.site["spec"]["provisioner"]["maas"]["resourcePools"].as_array().into_iter().flatten() {
            let found = find(&pools, "name", pool["name"].as_str().unwrap());
            let description = found["description"].as_str().unwrap();
            assert!(description.ends_with(pool["description"].as_str().unwrap_or_default()), "{description}");
        }
        let tags = self.maas.get("tags/").await;
        for tag in self.site["spec"]["tagDefinitions"].as_array().into_iter().flatten() {
            assert_eq!(find(&tags, "name", tag["name"].as_str().unwrap())["definition"], tag["xpath"]);
        }
        for profile in &self.profiles {
            for tag in texts(&profile["spec"]["metadata"]["tags"]) {
                find(&tags, "name", tag);
            }
        }
    }

    /// What a region has only once, where the Site answers for it.
    async fn region(&self) {
        let spec = &self.site["spec"];
        let maas = &spec["provisioner"]["maas"];
        if maas["ownsRegion"] != true {
            return;
        }
        let keys = self.maas.get("account/prefs/sshkeys/").await;
        let keys: Vec<&str> = keys.as_array().unwrap().iter().filter_map(|key| key["key"].as_str()).collect();
        assert_eq!(keys, texts(&spec["sshKeys"]));
        let archives = self.maas.get("package-repositories/").await;
        for archive in spec["repositories"].as_array().into_iter().flatten() {
            let found = find(&archives, "name", archive["name"].as_str().unwrap());
            assert_eq!(found["url"], archive["url"]);
            let is_ubuntus = matches!(archive["name"].as_str(), Some("main_archive" | "ports_archive"));
            for field in ["distributions", "arches", "components", "pockets"] {
                let wanted = sorted(&archive[field]);
                if wanted.is_empty() {
                    continue;
                }
                // Of Ubuntu's own archives MAAS keeps what is not wanted.
                let all: &[&str] = match field {
                    "components" if is_ubuntus => &["restricted", "universe", "multiverse"],
                    "pockets" if is_ubuntus => &["updates", "security", "backports"],
                    _ => {
                        assert_eq!(sorted(&found[field]), wanted, "{field} of {archive}");
                        continue;
                    }
                };
                let disabled: BTreeSet<&str> = all.iter().copied().filter(|name| !wanted.contains(name)).collect();
                assert_eq!(sorted(&found[format!("disabled_{field}")]), disabled, "{field} of {archive}");
            }
        }
        let setting = async |name: &str| self.maas.get(&format!("maas/?op=get_config&name={name}")).await;
        let ntp = texts(&spec["ntpServers"]);
        if !ntp.is_empty() {
            assert_eq!(setting("ntp_servers").await, ntp.join(" "));
        }
        let config = &maas["config"];
        for (field, name) in [("kernelOptions", "kernel_opts"), ("enableHttpProxy", "enable_http_proxy")] {
            if !config[field].is_null() {
                assert_eq!(setting(name).await, config[field], "{name}");
            }
        }
    }

    /// A node's machine: who it is, where it stands, its interfaces and their links.
    async fn machine(&self, node: &Value) {
        let name = name(node);
        let machine = self.maas.machine(&name).await;
        let effective = &node["status"]["effective"];
        assert_eq!(machine["status_name"], "Deployed", "{name}");
        assert_eq!(machine["fqdn"], effective["fqdn"], "{name}");
        assert_eq!(machine["distro_series"], effective["image"], "{name}");
        if effective["kernel"].is_string() {
            assert_eq!(machine["hwe_kernel"], effective["kernel"], "{name}");
        }
        let rack = effective["rack"].as_str().and_then(|rack| self.racks.get(rack)?["spec"]["zone"].as_str());
        assert_eq!(machine["zone"]["name"], rack.unwrap_or("default"), "{name}");
        let tags = sorted(&machine["tag_names"]);
        for tag in texts(&effective["tags"]) {
            assert!(tags.contains(tag), "{name} has {tags:?}, not {tag}");
        }
        // A finding has said of the others that MAAS takes no such keys.
        let is_taken = |key: &str| key.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
        let pairs = effective["ownerData"].as_object().into_iter().flatten();
        for (key, value) in pairs.filter(|(key, _)| is_taken(key)) {
            assert_eq!(machine["owner_data"][key], *value, "{name} {key}");
        }
        let options = effective["kernelOptions"].as_str().unwrap_or_default();
        if !options.is_empty() {
            assert_eq!(self.maas.get(&format!("tags/{name}_kp/")).await["kernel_opts"], options, "{name}");
            assert!(tags.contains(format!("{name}_kp").as_str()), "{name}: {tags:?}");
        }
        let mut expected = BTreeSet::new();
        for interface in effective["interfaces"].as_array().unwrap() {
            self.interface(&name, node, interface, &machine, &mut expected);
        }
        let set = machine["interface_set"].as_array().unwrap();
        let found: BTreeSet<String> = set.iter().map(|one| one["name"].as_str().unwrap().to_owned()).collect();
        let all: BTreeSet<String> =
            expected.into_iter().chain(self.nics.iter().map(|(_, nic)| (*nic).to_owned())).collect();
        assert_eq!(found, all, "{name}");
    }

    fn nic(&self, device: &str) -> String {
        let found = self.nics.iter().find(|(pci, _)| device.contains(pci));
        found.map_or(device, |(_, nic)| nic).to_owned()
    }

    fn interface(&self, name: &str, node: &Value, interface: &Value, machine: &Value, expected: &mut BTreeSet<String>) {
        let Some((_, link, ..)) = self.link_of(interface) else { return };
        let nics: BTreeSet<String> = texts(&interface["devices"]).iter().map(|device| self.nic(device)).collect();
        let carrier = match interface["bond"].as_str() {
            Some(mode) => {
                let carrier = interface["name"].as_str().unwrap().to_owned();
                let bond = find(&machine["interface_set"], "name", &carrier);
                let parents: BTreeSet<String> = texts(&bond["parents"]).into_iter().map(str::to_owned).collect();
                assert_eq!(parents, nics, "{name} {carrier}");
                let (params, bonding) = (&bond["params"], &link["bonding"]);
                assert_eq!(params["bond_mode"], mode, "{name} {carrier}");
                assert_eq!(params["mtu"], interface["mtu"], "{name} {carrier}");
                for (field, param) in
                    [("monitorInterval", "bond_miimon"), ("upDelay", "bond_updelay"), ("downDelay", "bond_downdelay")]
                {
                    if !bonding[field].is_null() {
                        assert_eq!(params[param], bonding[field], "{name} {carrier} {param}");
                    }
                }
                if let Some(policy) = bonding["transmitHashPolicy"].as_str() {
                    assert_eq!(params["bond_xmit_hash_policy"], policy, "{name} {carrier}");
                }
                if let Some(rate) = bonding["lacpRate"].as_str() {
                    assert_eq!(params["bond_lacp_rate"], rate.to_lowercase(), "{name} {carrier}");
                }
                carrier
            }
            None => nics.first().unwrap().clone(),
        };
        expected.insert(carrier.clone());
        let mut links: BTreeMap<String, BTreeSet<(String, String)>> = BTreeMap::new();
        for network in interface["networks"].as_object().unwrap().keys() {
            let spec = &self.networks[network]["spec"];
            let vid = Self::vid(link, network, spec);
            let base = if vid == 0 { carrier.clone() } else { format!("{carrier}.{vid}") };
            let on = match interface["bridges"].as_object().into_iter().flatten().find(|(_, of)| *of == network) {
                Some((bridge, _)) => {
                    let found = find(&machine["interface_set"], "name", bridge);
                    assert_eq!(
                        (found["type"].as_str(), texts(&found["parents"])),
                        (Some("bridge"), vec![base.as_str()])
                    );
                    expected.insert(base);
                    bridge.clone()
                }
                None => base,
            };
            let given = node["spec"]["addresses"].as_array().into_iter().flatten().find(|a| a["network"] == **network);
            let mode = given.map_or("LinkUp", |given| given["mode"].as_str().unwrap_or("Static"));
            let link = match mode {
                "Static" => (spec["cidr"].to_string(), given.unwrap()["address"].as_str().unwrap().to_owned()),
                "DHCP" => (spec["cidr"].to_string(), "dhcp".to_owned()),
                _ => ("up".to_owned(), "link_up".to_owned()),
            };
            links.entry(on).or_default().insert(link);
            if mode == "Static" {
                self.gateway(name, node, network, machine);
            }
        }
        for (on, wanted) in links {
            let found = find(&machine["interface_set"], "name", &on);
            let has: BTreeSet<(String, String)> = found["links"]
                .as_array()
                .unwrap()
                .iter()
                .map(|link| match link["mode"].as_str().unwrap() {
                    "static" => (link["subnet"]["cidr"].to_string(), link["ip_address"].as_str().unwrap().to_owned()),
                    "dhcp" => (link["subnet"]["cidr"].to_string(), "dhcp".to_owned()),
                    other => ("up".to_owned(), other.to_owned()),
                })
                .collect();
            assert_eq!(has, wanted, "{name} {on}");
            if let Some((_, vid)) = on.strip_prefix(&carrier).and_then(|rest| rest.split_once('.')) {
                assert_eq!(found["vlan"]["vid"].to_string(), vid, "{name} {on}");
                assert_eq!(texts(&found["parents"]), [carrier.as_str()], "{name} {on}");
            }
            expected.insert(on);
        }
    }

    /// The link of an interface, by its networks.
    fn link_of(&self, interface: &Value) -> Option<(String, &Value)> {
        let first = interface["networks"].as_object()?.keys().next()?;
        let link = self.links.iter().find(|link| texts(&link["spec"]["allowedNetworks"]).contains(&first.as_str()))?;
        (link["spec"]["unmanaged"] != true).then(|| (name(link), &link["spec"]))
    }

    /// The default gateways are those of the primary network and of what shares its VLAN.
    fn gateway(&self, name: &str, node: &Value, network: &str, machine: &Value) {
        let spec = &self.networks[network]["spec"];
        let primary = node["status"]["effective"]["primaryNetwork"].as_str().unwrap_or_default();
        let gateway = Self::default_gateway(spec);
        if gateway.is_string() && self.networks[primary]["spec"]["vlan"] == spec["vlan"] {
            let family = if spec["cidr"].as_str().unwrap().contains(':') { "ipv6" } else { "ipv4" };
            let found = &machine["default_gateways"][family];
            assert_eq!(found["gateway_ip"], gateway, "{name} {network}");
            assert!(found["link_id"].is_u64(), "{name} {network}: {found}");
        }
    }
}

fn ranges<'a>(network: &'a Value, kinds: &'a [&'a str]) -> impl Iterator<Item = &'a Value> {
    let all = network["ranges"].as_array().into_iter().flatten();
    all.filter(|range| kinds.iter().any(|kind| range["type"] == *kind))
}
