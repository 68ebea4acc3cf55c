//! The rules about networks' addresses, ranges, routes and gateways.

use crate::rules_manifests::{SITE, finds, finds_nothing, found, manifests, site_where, site_with, the_only};
use slipway::{design::Manifests, model::Severity};

const BOTH: &[&str] = &["n1", "n2"];
const OAM: &str = "Network/oam";
const RANGES: &str = "[{type: DHCP, start: 10.0.1.200, end: 10.0.1.250}]";
const ROUTES: &str = "[{destination: 0.0.0.0/0, gateway: 10.0.1.1}]";

fn oam(from: &str, to: &str) -> Manifests {
    site_where("Network", "oam", from, to)
}

fn ranges(to: &str) -> Manifests {
    oam(RANGES, to)
}

fn routes(to: &str) -> Manifests {
    oam(ROUTES, to)
}

/// The faultless site with one network on the bond in another form.
fn storage(spec: &str) -> Manifests {
    site_where("Network", "storage", "{cidr: 10.0.2.0/24, vlan: 22, mtu: 9000}", spec)
}

#[test]
fn slw1039_a_cidr_has_no_host_bits() {
    let rule = "SLW1039";
    finds_nothing(&manifests(SITE), rule);
    let network = oam("cidr: 10.0.1.0/24", "cidr: 10.0.1.7/24");
    finds(&network, rule, OAM, "spec.cidr", BOTH);
    assert!(the_only(&network).hint.contains("10.0.1.0/24"));
    let route = |to: &str| {
        routes(&format!("[{{destination: 0.0.0.0/0, gateway: 10.0.1.1}}, {{destination: {to}, gateway: 10.0.1.2}}]"))
    };
    finds_nothing(&route("10.9.0.4/32"), rule);
    finds_nothing(&route("10.9.0.4/31"), rule);
    finds(&route("10.9.0.5/31"), rule, OAM, "spec.routes[1].destination", BOTH);
    // A BMC network stops those whose BMCs are on it; one that nobody is on stops nobody.
    let bmcs = "{kind: NetworkLink, metadata: {name: oob}, delete: true}\n---\n\
                {kind: Network, metadata: {name: oob}, spec: {cidr: 10.0.4.1/24, unmanaged: true}}";
    finds(&site_with(bmcs), rule, "Network/oob", "spec.cidr", BOTH);
    let spare = site_with("{kind: Network, metadata: {name: spare}, spec: {cidr: 10.7.0.1/24, routeDomain: d}}");
    finds(&spare, rule, "Network/spare", "spec.cidr", &[]);
    assert_eq!(the_only(&spare).severity, Severity::Warning);
}

#[test]
fn slw1040_a_range_lies_in_its_network() {
    let rule = "SLW1040";
    for fine in ["10.0.1.2, end: 10.0.1.2", "10.0.1.100, end: 10.0.1.254"] {
        finds_nothing(&ranges(&format!("[{{type: DHCP, start: {fine}}}]")), rule);
    }
    for wrong in [
        "10.0.0.255, end: 10.0.1.9",
        "10.0.1.250, end: 10.0.2.0",
        "10.0.1.9, end: 10.0.1.8",
        "\"fd00::1\", end: \"fd00::2\"",
        "10.0.1.9, end: \"fd00::2\"",
    ] {
        let site = ranges(&format!("[{{type: DHCP, start: {wrong}}}]"));
        finds(&site, rule, OAM, "spec.ranges[0]", BOTH);
        finds_nothing(&site, "SLW1041");
        assert_eq!(the_only(&site).severity, Severity::Error);
    }
}

#[test]
fn slw1041_ranges_do_not_overlap() {
    let rule = "SLW1041";
    let two = |first: &str, second: &str| {
        ranges(&format!("[{{type: DHCP, start: {first}}}, {{type: Reserved, start: {second}}}]"))
    };
    finds_nothing(&two("10.0.1.200, end: 10.0.1.220", "10.0.1.221, end: 10.0.1.230"), rule);
    for (first, second) in [
        ("10.0.1.200, end: 10.0.1.220", "10.0.1.220, end: 10.0.1.230"),
        ("10.0.1.220, end: 10.0.1.230", "10.0.1.200, end: 10.0.1.240"),
        ("10.0.1.220, end: 10.0.1.230", "10.0.1.220, end: 10.0.1.230"),
    ] {
        finds(&two(first, second), rule, OAM, "spec.ranges[1]", BOTH);
    }
    let three = ranges(
        "[{type: DHCP, start: 10.0.1.100, end: 10.0.1.250}, {type: Static, start: 10.0.1.110, end: 10.0.1.120}, \
          {type: Static, start: 10.0.1.130, end: 10.0.1.140}]",
    );
    assert_eq!(found(&three, rule).len(), 2);
}

#[test]
fn slw1042_a_gateway_is_a_neighbour() {
    let rule = "SLW1042";
    for fine in ["10.0.1.1", "10.0.1.254"] {
        finds_nothing(&routes(&format!("[{{destination: 0.0.0.0/0, gateway: {fine}}}]")), rule);
    }
    for wrong in ["10.0.0.1", "10.0.2.0", "\"fd00::1\""] {
        let site = routes(&format!("[{{destination: 0.0.0.0/0, gateway: {wrong}}}]"));
        finds(&site, rule, OAM, "spec.routes[0].gateway", BOTH);
    }
    let domain = routes("[{routeDomain: d, gateway: 10.0.9.1}]");
    finds(&domain, rule, OAM, "spec.routes[0].gateway", BOTH);
    let family = routes("[{destination: \"fd00::/64\", gateway: 10.0.1.1}]");
    finds(&family, rule, OAM, "spec.routes[0].destination", BOTH);
    let v6 = |to: &str, gateway: &str| {
        let route = format!("{{destination: \"{to}\", gateway: \"{gateway}\"}}");
        storage(&format!("{{cidr: \"fd00:2::/64\", vlan: 22, mtu: 9000, routes: [{route}]}}"))
    };
    finds_nothing(&v6("::/0", "fd00:2::1"), rule);
    finds_nothing(&v6("::/0", "fe80::1"), rule);
    finds(&v6("fd00:9::/64", "fe80::1"), rule, "Network/storage", "spec.routes[0].gateway", BOTH);
}

#[test]
fn slw1043_nobody_is_given_the_gateways_address() {
    let rule = "SLW1043";
    let range = |purpose: &str| ranges(&format!("[{{type: {purpose}, start: 10.0.1.1, end: 10.0.1.9}}]"));
    finds_nothing(&range("Reserved"), rule);
    finds_nothing(&ranges("[{type: DHCP, start: 10.0.1.2, end: 10.0.1.9}]"), rule);
    finds(&range("DHCP"), rule, OAM, "spec.routes[0].gateway", BOTH);
    assert_eq!(the_only(&range("DHCP")).severity, Severity::Error);
    let given = found(&range("Static"), rule);
    assert_eq!(given, [(OAM.to_owned(), "spec.routes[0].gateway".to_owned(), Vec::new())]);
}

#[test]
fn slw1044_there_is_one_way_out() {
    let rule = "SLW1044";
    let two = |second: &str| routes(&format!("[{{destination: 0.0.0.0/0, gateway: 10.0.1.1}}, {second}]"));
    finds_nothing(&two("{destination: 0.0.0.0/0, gateway: 10.0.1.2, metric: 200}"), rule);
    finds_nothing(&two("{destination: 0.0.0.0/0, gateway: 10.0.1.1}"), rule);
    finds(&two("{destination: 0.0.0.0/0, gateway: 10.0.1.2, metric: 100}"), rule, OAM, "spec.routes", BOTH);
    let second = "{cidr: 10.0.2.0/24, vlan: 22, mtu: 9000, routes: [{destination: 0.0.0.0/0, gateway: 10.0.2.1}]}";
    finds_nothing(&storage(second), rule);
    let mut site = storage(second);
    let text = crate::rules_manifests::document("HostProfile", "defaults").replace("  primaryNetwork: oam\n", "");
    let primary = site_with(&text);
    finds_nothing(&primary, rule);
    site.host_profiles = primary.host_profiles;
    finds(&site, rule, "HostProfile/defaults", "spec.interfaces[bond0].networks", BOTH);
    assert_eq!(the_only(&site).severity, Severity::Warning);
}

/// The faultless site with one more network on a link of its own, which nothing else speaks of.
fn more(spec: &str) -> Manifests {
    site_with(&format!("{{kind: Network, metadata: {{name: zz}}, spec: {{routeDomain: far, {spec}}}}}"))
}

#[test]
fn slw1047_no_two_networks_overlap() {
    let rule = "SLW1047";
    finds_nothing(&manifests(SITE), rule);
    let at = "Network/storage";
    for cidr in ["10.0.1.0/24", "10.0.1.128/25"] {
        let site = storage(&format!("{{cidr: {cidr}, vlan: 22, mtu: 9000}}"));
        finds(&site, rule, at, "spec.cidr", BOTH);
    }
    let wider = storage("{cidr: 10.0.0.0/16, vlan: 22, mtu: 9000}");
    let objects: Vec<_> = found(&wider, rule).into_iter().map(|(object, ..)| object).collect();
    // That of the BMCs is a warning: MAAS does not know it.
    assert_eq!(objects, ["Network/oam", "Network/pxe", "Network/oob"]);
    finds_nothing(&more("cidr: 10.0.5.0/24"), rule);
    for (cidr, object) in [("10.0.4.0/24", "zz"), ("10.0.4.0/25", "zz"), ("10.0.4.0/23", "oob"), ("10.0.1.0/25", "zz")]
    {
        let site = more(&format!("cidr: {cidr}"));
        finds(&site, rule, &format!("Network/{object}"), "spec.cidr", &[]);
        assert_eq!(the_only(&site).severity, Severity::Warning);
    }
}

#[test]
fn slw1048_static_addresses_are_those_set_aside_for_nodes() {
    let rule = "SLW1048";
    let range = |start: &str, end: &str| ranges(&format!("[{{type: Static, start: {start}, end: {end}}}]"));
    finds_nothing(&range("10.0.1.11", "10.0.1.12"), rule);
    let site = range("10.0.1.12", "10.0.1.20");
    let expected = ("BaremetalNode/n1".to_owned(), "spec.addresses[oam].address".to_owned(), vec!["n1".to_owned()]);
    assert_eq!(found(&site, rule), [expected]);
    assert_eq!(the_only(&site).severity, Severity::Warning);
    // What is refused is said once.
    let mut outside = range("10.0.1.12", "10.0.1.20");
    outside.nodes = site_where("BaremetalNode", "n1", "10.0.1.11", "10.0.9.11").nodes;
    finds_nothing(&outside, rule);
}

#[test]
fn slw1049_somebody_answers_dhcp() {
    let rule = "SLW1049";
    finds_nothing(&manifests(SITE), rule);
    let pxe = |rest: &str| {
        let from = ", ranges: [{type: DHCP, start: 10.0.3.100, end: 10.0.3.199}]}";
        site_where("Network", "pxe", from, &format!("{rest}}}"))
    };
    finds(&pxe(""), rule, "Network/pxe", "spec.ranges", &["n1"]);
    assert_eq!(the_only(&pxe("")).severity, Severity::Warning);
    finds_nothing(&pxe(", unmanaged: true"), rule);
    finds_nothing(&pxe(", dhcpRelay: {upstreamTarget: 10.0.1.9}"), rule);
    // A node that is not on it takes no address there.
    let mut unattached = pxe("");
    unattached.host_profiles = site_where("HostProfile", "defaults", "networks: [pxe]", "networks: []").host_profiles;
    finds_nothing(&unattached, rule);
}

#[test]
fn slw1050_a_relay_leads_to_where_dhcp_is_served() {
    let rule = "SLW1050";
    let pxe = |rest: &str| site_where("Network", "pxe", ", ranges", &format!(", {rest}, ranges"));
    let target = |address: &str| pxe(&format!("dhcpRelay: {{upstreamTarget: {address}}}"));
    let (at, field) = ("Network/pxe", "spec.dhcpRelay.upstreamTarget");
    finds_nothing(&target("10.0.1.9"), rule);
    // In the network itself, in none, in one that MAAS does not know, and in one without a DHCP range.
    for wrong in ["10.0.3.9", "10.9.9.9", "10.0.4.9", "10.0.2.9", "\"fd00::9\""] {
        finds(&target(wrong), rule, at, field, &[]);
        assert_eq!(the_only(&target(wrong)).severity, Severity::Warning);
    }
    let relay = "{cidr: 10.0.2.0/24, vlan: 22, mtu: 9000, dhcpRelay: {upstreamTarget: 10.0.1.9}}";
    finds(&storage(relay), rule, "Network/storage", "spec.ranges", &[]);
    finds_nothing(&more("cidr: 10.0.5.0/24, dhcpRelay: {upstreamTarget: 10.9.9.9}"), rule);
}

#[test]
fn slw1051_a_route_domain_has_somebody_in_it() {
    let rule = "SLW1051";
    let route = "routes: [{routeDomain: far, gateway: 10.0.2.1}]";
    let alone = |rest: &str| storage(&format!("{{cidr: 10.0.2.0/24, vlan: 22, mtu: 9000, {route}{rest}}}"));
    for site in [alone(""), alone(", routeDomain: far")] {
        finds(&site, rule, "Network/storage", "spec.routes[0].routeDomain", &[]);
        assert_eq!(the_only(&site).severity, Severity::Warning);
    }
    for mut site in [alone(""), alone(", routeDomain: far")] {
        site.networks.extend(more("cidr: 10.0.5.0/24").networks.remove_entry("zz"));
        finds_nothing(&site, rule);
    }
}

#[test]
fn slw1052_every_address_is_on_something() {
    let rule = "SLW1052";
    finds_nothing(&manifests(SITE), rule);
    let site = site_where("HostProfile", "defaults", "networks: [oam, storage]", "networks: [oam]");
    let places: Vec<_> = found(&site, rule).into_iter().map(|(object, field, _)| (object, field)).collect();
    let expected = ["n1", "n2"].map(|n| (format!("BaremetalNode/{n}"), "spec.addresses[storage]".to_owned()));
    assert_eq!(places, expected);
    // A network that is not there is a rule of its own.
    finds_nothing(&site_where("BaremetalNode", "n1", "network: pxe, mode: DHCP", "network: x, mode: DHCP"), rule);
}
