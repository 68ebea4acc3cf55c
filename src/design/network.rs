//! Links and networks as designed, and what of them the provisioner is to hold.

use super::Catalog;
use crate::{
    api::{
        maas::ResourcePool,
        network::{DnsRecordType, NetworkSpec, ReservedAddress},
        network_link::{BondMode, Bonding, LacpRate, NetworkLinkSpec, TransmitHashPolicy, Trunking},
        site::SiteSpec,
    },
    model::{
        BondDesign, DhcpDesign, LinkDesign, NetworkDesign, NetworkServices, ObjectKey, RecordDesign, ReservedDesign,
        RouteDesign, SitePart,
    },
};
use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
};

/// MTU of a link that names none, in bytes.
pub(super) const DEFAULT_MTU: u32 = 1500;

/// Domain of a network that names none.
const DEFAULT_DOMAIN: &str = "local";

/// Links and networks of a site, with the link of each network.
#[derive(Debug, Clone, Copy)]
pub struct Networks<'a> {
    catalog: &'a Catalog,
    links: &'a LinkOf,
}

/// The link of each network: the first that allows it, the site's own before those it borrows.
#[derive(Debug, Default)]
pub(super) struct LinkOf(BTreeMap<String, String>);

impl LinkOf {
    pub fn new(catalog: &Catalog) -> Self {
        let mut links = BTreeMap::new();
        let is_borrowed = |name: &str| catalog.borrowed.contains_key(&ObjectKey::new("NetworkLink", name));
        let own = catalog.links.iter().filter(|(name, _)| !is_borrowed(name));
        let borrowed = catalog.links.iter().filter(|(name, _)| is_borrowed(name));
        for (name, link) in own.chain(borrowed) {
            for network in &link.spec.allowed_networks {
                links.entry(network.clone()).or_insert_with(|| name.clone());
            }
        }
        Self(links)
    }
}

impl<'a> Networks<'a> {
    pub(super) fn new(catalog: &'a Catalog, links: &'a LinkOf) -> Self {
        Self { catalog, links }
    }

    /// The spec of a network.
    pub fn network(&self, name: &str) -> Option<&'a NetworkSpec> {
        self.catalog.networks.get(name).map(|n| &n.spec)
    }

    /// The spec of a link.
    pub fn link(&self, name: &str) -> Option<&'a NetworkLinkSpec> {
        self.catalog.links.get(name).map(|l| &l.spec)
    }

    /// The link on which a network runs.
    pub fn link_of(&self, network: &str) -> Option<&'a str> {
        self.links.0.get(network).map(String::as_str)
    }

    /// The VLAN id that a network's frames carry on its link; absent: untagged.
    pub fn vlan(&self, link: &NetworkLinkSpec, name: &str) -> Option<u32> {
        if native_network(link) == Some(name) { None } else { self.network(name)?.vlan.map(|v| v.0) }
    }

    /// What the provisioner is to hold, with what the nodes name; a borrowed link that no node uses is none of the site's.
    pub(super) fn part<'n>(
        &self,
        named: Named<
            impl Iterator<Item = &'n String>,
            impl Iterator<Item = &'n String>,
            impl Iterator<Item = &'n String>,
        >,
        is_used: impl Fn(&str) -> bool,
    ) -> SitePart {
        let manifests = self.catalog;
        let mut links = BTreeMap::new();
        let mut networks = BTreeMap::new();
        let written = manifests.links.iter().filter(|(_, link)| !link.spec.unmanaged.unwrap_or_default());
        for (name, link) in written.filter(|(name, _)| is_used(name)) {
            let allowed: Vec<String> =
                link.spec.allowed_networks.iter().filter(|n| self.is_managed(n, name)).cloned().collect();
            for network in &allowed {
                if let Some(design) = self.design(network, name, &link.spec) {
                    networks.insert(network.clone(), design);
                }
            }
            let native = native_network(&link.spec).map(str::to_owned);
            let mtu = link.spec.mtu.map_or(DEFAULT_MTU, |m| m.0);
            links.insert(
                name.clone(),
                LinkDesign { name: name.clone(), mtu, networks: allowed, native_network: native },
            );
        }
        let tags: BTreeSet<String> = named.tags.cloned().collect();
        let pools: BTreeSet<String> = named.pools.cloned().collect();
        let zones: BTreeSet<String> = manifests.racks.values().filter_map(|r| r.spec.zone.clone()).collect();
        let domain = |name: &String| self.network(name)?.dns.as_ref()?.domain.clone();
        let mut domains: BTreeSet<String> = networks.keys().filter_map(domain).collect();
        domains.extend(named.domains.cloned());
        let records = self.records(networks.keys());
        let part = SitePart {
            links,
            networks,
            domains: domains.into_iter().collect(),
            tags: tags.into_iter().collect(),
            zones: zones.into_iter().collect(),
            pools: pools.into_iter().map(|name| ResourcePool { name, description: None }).collect(),
            records,
            ..SitePart::default()
        };
        match &manifests.site {
            Some(site) => of_site(&site.spec, part),
            None => part,
        }
    }

    /// The records of the networks, those of one name and type together.
    fn records<'n>(&self, networks: impl Iterator<Item = &'n String>) -> Vec<RecordDesign> {
        let mut records: BTreeMap<(String, DnsRecordType), (BTreeSet<String>, Option<u32>)> = BTreeMap::new();
        for dns in networks.filter_map(|name| self.network(name)?.dns.as_ref()) {
            let domain = dns.domain.as_deref().unwrap_or(DEFAULT_DOMAIN);
            for record in &dns.records {
                let fqdn = if record.name == "@" { domain.to_owned() } else { format!("{}.{domain}", record.name) };
                let (data, ttl) = records.entry((fqdn, record.kind)).or_default();
                data.insert(record.data.clone());
                *ttl = ttl.or(record.ttl.and_then(|ttl| u32::try_from(ttl).ok()));
            }
        }
        let design =
            |((fqdn, kind), (data, ttl))| RecordDesign { fqdn, kind, data: BTreeSet::into_iter(data).collect(), ttl };
        records.into_iter().map(design).collect()
    }

    /// Whether the provisioner is to hold a network: it is managed, and so is the link on which it runs.
    pub(super) fn is_written(&self, network: &str) -> bool {
        let link = self.link_of(network).filter(|link| self.is_managed(network, link));
        link.and_then(|link| self.link(link)).is_some_and(|link| !link.unmanaged.unwrap_or_default())
    }

    fn is_managed(&self, network: &str, link: &str) -> bool {
        self.link_of(network) == Some(link) && self.network(network).is_some_and(|n| !n.unmanaged.unwrap_or_default())
    }

    fn site_name_servers(&self) -> Vec<IpAddr> {
        let dns = self.catalog.site.as_ref().and_then(|s| s.spec.dns.as_ref());
        dns.map(|d| d.servers.iter().map(|s| s.0).collect()).unwrap_or_default()
    }

    fn design(&self, name: &str, link_name: &str, link: &NetworkLinkSpec) -> Option<NetworkDesign> {
        let network = self.network(name)?;
        let services = self.services(network);
        Some(NetworkDesign {
            name: name.to_owned(),
            link: link_name.to_owned(),
            cidr: network.cidr.0.trunc(),
            vlan: self.vlan(link, name),
            mtu: network.mtu.or(link.mtu).map_or(DEFAULT_MTU, |m| m.0),
            gateway: services.gateway,
            dns_servers: services.dns_servers,
            ranges: network.ranges.iter().map(|r| (r.purpose, r.start.0, r.end.0)).collect(),
            routes: services.routes,
            dhcp_relay: network.dhcp_relay.as_ref().map(|r| r.upstream_target.0),
            dhcp: network.dhcp.as_ref().map(|dhcp| DhcpDesign {
                mode: dhcp.mode.unwrap_or_default(),
                external: dhcp.external.map(|server| server.0),
                primary_rack: dhcp.primary_rack.clone(),
                secondary_rack: dhcp.secondary_rack.clone(),
            }),
            space: network.space.clone(),
            managed: network.managed,
            allow_dns: network.allow_dns,
            allow_proxy: network.allow_proxy,
            reserved: network.reserved_addresses.iter().map(reserved).collect(),
            statics_in_dhcp: Vec::new(),
        })
    }

    /// What hosts on a network learn of it.
    pub fn services(&self, network: &NetworkSpec) -> NetworkServices {
        let own: Vec<IpAddr> = network.dns.iter().flat_map(|d| d.servers.iter().map(|s| s.0)).collect();
        NetworkServices {
            gateway: network.default_gateway().map(|g| g.0),
            dns_servers: if own.is_empty() { self.site_name_servers() } else { own },
            routes: self.routes(network),
        }
    }

    /// Routes but for the default one, those to a route domain spelt out.
    fn routes(&self, network: &NetworkSpec) -> Vec<RouteDesign> {
        let mut routes = Vec::new();
        for route in &network.routes {
            let metric = route.metric.and_then(|m| u32::try_from(m).ok()).unwrap_or(100);
            let mut add = |destination: ipnet::IpNet| {
                let route = RouteDesign { destination: destination.trunc(), gateway: route.gateway.0, metric };
                if destination.prefix_len() > 0 && !routes.contains(&route) {
                    routes.push(route);
                }
            };
            if let Some(destination) = route.destination {
                add(destination.0);
            }
            if let Some(domain) = &route.route_domain {
                let members = self.catalog.networks.values().filter(|n| n.spec.route_domain.as_ref() == Some(domain));
                members.filter(|n| n.spec.cidr != network.cidr).for_each(|n| add(n.spec.cidr.0));
            }
        }
        routes
    }
}

fn reserved(address: &ReservedAddress) -> ReservedDesign {
    ReservedDesign { ip: address.ip.0, mac: address.mac, comment: address.comment.clone() }
}

/// What nodes name and the provisioner is to hold.
pub(super) struct Named<T, D, P> {
    /// Their tags.
    pub tags: T,
    /// The domains that they are in.
    pub domains: D,
    /// The resource pools that they are in.
    pub pools: P,
}

/// What the Site itself says of its provisioner.
fn of_site(site: &SiteSpec, part: SitePart) -> SitePart {
    let part = SitePart {
        ssh_keys: site.ssh_keys.clone(),
        repositories: site.repositories.clone(),
        tag_definitions: site.tag_definitions.clone(),
        ntp_servers: site.ntp_servers.clone(),
        dns_servers: site.dns.iter().flat_map(|dns| dns.servers.iter().map(|server| server.0)).collect(),
        ..part
    };
    let Some(maas) = &site.provisioner.maas else { return part };
    // What the Site says of a pool goes before its mere name.
    let is_described = |pool: &ResourcePool| maas.resource_pools.iter().any(|described| described.name == pool.name);
    let named = part.pools.into_iter().filter(|pool| !is_described(pool));
    SitePart {
        pools: maas.resource_pools.iter().cloned().chain(named).collect(),
        scripts: maas.scripts.clone(),
        owns_region: maas.owns_region.unwrap_or_default(),
        config: maas.config.clone(),
        boot_sources: maas.boot_sources.clone(),
        images: maas.images.clone(),
        prune: maas.prune,
        remove_unlisted: maas.remove_unlisted.clone(),
        ..part
    }
}

/// The network of untagged frames on a link.
pub(super) fn native_network(link: &NetworkLinkSpec) -> Option<&str> {
    let only = match (link.trunking.unwrap_or_default(), link.allowed_networks.as_slice()) {
        (Trunking::Disabled, [only]) => Some(only.as_str()),
        _ => None,
    };
    link.native_network.as_deref().or(only)
}

/// Bond parameters with the original's defaults (`reference`: 100 ms, 200 ms, 200 ms; `layer3+4` and fast for LACP).
pub(super) fn bond(bonding: &Bonding) -> BondDesign {
    let lacp = bonding.mode == BondMode::Lacp;
    let hashed = lacp || bonding.mode == BondMode::Xor;
    let millis = |value: Option<i32>, default: u32| value.and_then(|v| u32::try_from(v).ok()).unwrap_or(default);
    BondDesign {
        mode: bonding.mode,
        hash_policy: bonding.transmit_hash_policy.or(lacp.then_some(TransmitHashPolicy::Layer3And4)).filter(|_| hashed),
        lacp_rate: bonding.lacp_rate.or(Some(LacpRate::Fast)).filter(|_| lacp),
        monitor_interval: millis(bonding.monitor_interval, 100),
        up_delay: millis(bonding.up_delay, 200),
        down_delay: millis(bonding.down_delay, 200),
        peer_notifications: bonding.peer_notifications.and_then(|count| u32::try_from(count).ok()),
    }
}
