//! Networks.

use super::Source;
use crate::{
    api::{
        Network,
        network::{AddressRange, DhcpRelay, NetworkDns, NetworkSpec, RangeType, Route},
        values::{Cidr, IpAddress, Mtu, VlanId},
    },
    import::{
        ImportError,
        fields::{Fields, parse},
        names::valid_labels,
        notes::Place,
    },
};
use std::collections::BTreeMap;

/// The label by which Drydock leaves networks and links out of MAAS.
const UNMANAGED_LABEL: &str = "noconfig";

/// A Network. Without a CIDR, or with a VLAN that cannot be read, it would be another network: that is an error.
pub(super) fn network(source: Source<'_>) -> Result<Network, ImportError> {
    let Source { name, mut fields, .. } = source;
    let place = fields.at("cidr");
    let cidr = fields.text("cidr").ok_or_else(|| place.refuse("nothing", "a network such as 10.23.20.0/24"))?;
    let cidr: Cidr =
        cidr.trim().parse().map_err(|_| place.refuse(format!("`{cidr}`"), "a network such as 10.23.20.0/24"))?;
    let vlan = vlan(&mut fields)?;
    let (unmanaged, labels) = labels(&mut fields);
    let spec = NetworkSpec {
        cidr,
        vlan,
        mtu: mtu(&mut fields),
        ranges: fields
            .list("ranges")
            .into_iter()
            .filter_map(|(place, value)| range(Fields::new(place, value)))
            .collect(),
        dns: dns(&mut fields),
        dhcp_relay: dhcp_relay(&mut fields),
        routes: fields
            .list("routes")
            .into_iter()
            .flat_map(|(place, value)| routes(Fields::new(place, value)))
            .collect(),
        route_domain: fields.text("routedomain"),
        space: None,
        dhcp: None,
        managed: None,
        allow_dns: None,
        allow_proxy: None,
        reserved_addresses: Vec::new(),
        unmanaged,
    };
    let mut network = Network::new(&name, spec);
    network.metadata.labels = labels;
    Ok(network)
}

/// `labels`: whether they say `noconfig`, whatever its value, and the others.
pub(super) fn labels(fields: &mut Fields<'_>) -> (Option<bool>, Option<BTreeMap<String, String>>) {
    let place = fields.at("labels");
    let mut labels = fields.text_map("labels");
    let unmanaged = labels.remove(UNMANAGED_LABEL).map(|_| true);
    (unmanaged, valid_labels(&place, labels))
}

/// `mtu`.
pub(super) fn mtu(fields: &mut Fields<'_>) -> Option<Mtu> {
    let number = fields.number("mtu")?;
    let mtu = u32::try_from(number).ok().filter(|mtu| (576..=65535).contains(mtu)).map(Mtu);
    if mtu.is_none() {
        fields.at("mtu").warn(format!("found {number}, expected 576 to 65535; not carried over"));
    }
    mtu
}

fn vlan(fields: &mut Fields<'_>) -> Result<Option<VlanId>, ImportError> {
    let Some(text) = fields.text("vlan") else { return Ok(None) };
    let id = text.trim().parse().ok().filter(|id| (1..=4094).contains(id));
    let refuse = || fields.at("vlan").refuse(format!("`{text}`"), "a VLAN id, 1 to 4094, or none for untagged frames");
    id.map(|id| Some(VlanId(id))).ok_or_else(refuse)
}

fn range(mut fields: Fields<'_>) -> Option<AddressRange> {
    let words = [("static", RangeType::Static), ("dhcp", RangeType::Dhcp), ("reserved", RangeType::Reserved)];
    let (purpose, start, end) = (fields.choice("type", &words), fields.parse("start"), fields.parse("end"));
    let range = purpose.zip(start).zip(end).map(|((purpose, start), end)| AddressRange { purpose, start, end });
    if range.is_none() {
        fields.place.warn("a range needs type, start and end; not carried over");
    }
    range
}

fn dns(fields: &mut Fields<'_>) -> Option<NetworkDns> {
    let mut dns = fields.map("dns");
    let place = dns.at("servers");
    // One text with commas by the schema; a list is what people write.
    let servers = match dns.peek("servers") {
        Some(serde_json::Value::Array(_)) => dns.texts("servers"),
        _ => dns.text("servers").map(|s| s.split(',').map(str::to_owned).collect()).unwrap_or_default(),
    };
    let named = servers.iter().filter(|server| !server.trim().is_empty());
    let servers: Vec<IpAddress> = named.filter_map(|server| parse(&place, server)).collect();
    let dns = NetworkDns { domain: dns.text("domain"), servers, records: Vec::new() };
    (dns != NetworkDns::default()).then_some(dns)
}

fn dhcp_relay(fields: &mut Fields<'_>) -> Option<DhcpRelay> {
    let mut relay = fields.map("dhcp_relay");
    if relay.take("self_ip").is_some() {
        relay.at("self_ip").warn("neither Drydock nor we use it; not carried over");
    }
    relay.parse("upstream_target").map(|upstream_target| DhcpRelay { upstream_target })
}

/// A route to a subnet, to a route domain, or to both: then it is two of ours.
fn routes(mut fields: Fields<'_>) -> Vec<Route> {
    let (subnet, domain) = (fields.parse::<Cidr>("subnet"), fields.text("routedomain"));
    let metric = fields.number("metric");
    let Some(gateway) = fields.parse::<IpAddress>("gateway") else {
        return lost(&fields.place, "a route needs a gateway");
    };
    let route = |destination, route_domain| Route { destination, route_domain, gateway, metric };
    let mut routes = Vec::new();
    routes.extend(subnet.map(|subnet| route(Some(subnet), None)));
    routes.extend(domain.map(|domain| route(None, Some(domain))));
    if routes.is_empty() { lost(&fields.place, "a route needs a subnet or a routedomain") } else { routes }
}

fn lost(place: &Place<'_>, why: &str) -> Vec<Route> {
    place.warn(format!("{why}; not carried over"));
    Vec::new()
}

#[cfg(test)]
mod tests {
    use crate::import::drydock::testing::{errors, import, warnings};
    use serde_json::json;

    #[test]
    fn a_network_is_carried_over() {
        let imported = import(
            "
schema: drydock/Network/v1
metadata: {name: oam}
data:
  cidr: 10.0.0.0/24
  vlan: 21
  mtu: '9000'
  routedomain: mesh
  labels: {noconfig: enabled, zone: east, 'bad key': x}
  ranges:
  - {type: static, start: 10.0.0.11, end: 10.0.0.19}
  - {type: DHCP, start: 10.0.0.20, end: 10.0.0.29}
  - {type: odd, start: 10.0.0.30, end: 10.0.0.31}
  dns: {domain: example.com, servers: '8.8.8.8, 8.8.4.4,ns1'}
  dhcp_relay: {self_ip: 10.0.0.1, upstream_target: 10.0.1.9}
  routes:
  - {subnet: 0.0.0.0/0, gateway: 10.0.0.1, metric: 100}
  - {subnet: 10.9.0.0/16, routedomain: storage, gateway: 10.0.0.1, metric: '10'}
  - {subnet: 10.8.0.0/16}
",
        );
        let network = serde_json::to_value(&imported.networks[0]).unwrap();
        assert_eq!(network["metadata"], json!({"name": "oam", "labels": {"zone": "east"}}));
        assert_eq!(
            network["spec"],
            json!({
                "cidr": "10.0.0.0/24", "vlan": 21, "mtu": 9000, "routeDomain": "mesh", "unmanaged": true,
                "ranges": [
                    {"type": "Static", "start": "10.0.0.11", "end": "10.0.0.19"},
                    {"type": "DHCP", "start": "10.0.0.20", "end": "10.0.0.29"},
                ],
                "dns": {"domain": "example.com", "servers": ["8.8.8.8", "8.8.4.4"]},
                "dhcpRelay": {"upstreamTarget": "10.0.1.9"},
                "routes": [
                    {"destination": "0.0.0.0/0", "gateway": "10.0.0.1", "metric": 100},
                    {"destination": "10.9.0.0/16", "gateway": "10.0.0.1", "metric": 10},
                    {"routeDomain": "storage", "gateway": "10.0.0.1", "metric": 10},
                ],
            })
        );
        assert_eq!(warnings(&imported).len(), 6, "{:#?}", warnings(&imported));
    }

    #[test]
    fn what_would_make_it_another_network_is_an_error() {
        let imported = import(
            "
schema: drydock/Network/v1
metadata: {name: a}
data: {vlan: 3}
---
schema: drydock/Network/v1
metadata: {name: b}
data: {cidr: 10.0.0.0/33}
---
schema: drydock/Network/v1
metadata: {name: c}
data: {cidr: 10.0.0.0/24, vlan: '4095'}
",
        );
        assert_eq!(
            errors(&imported),
            [
                "Network/a cidr: found nothing, expected a network such as 10.23.20.0/24; the document is left out",
                "Network/b cidr: found `10.0.0.0/33`, expected a network such as 10.23.20.0/24; the document is left out",
                "Network/c vlan: found `4095`, expected a VLAN id, 1 to 4094, or none for untagged frames; the document is left out",
            ]
        );
    }
}
