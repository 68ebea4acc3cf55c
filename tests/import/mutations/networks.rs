//! Mistakes in links, networks, and the addresses on them.

use super::{Mutation, mutation};
use serde_json::json;

pub fn mutations() -> Vec<Mutation> {
    links().into_iter().chain(networks()).chain(addresses()).collect()
}

fn links() -> Vec<Mutation> {
    vec![
        mutation("SLW1006", "an MTU below what IPv6 needs", "NetworkLink/pxe", |d| {
            d.set("NetworkLink/pxe", "/spec/mtu", json!(1000));
        }),
        mutation("SLW1008", "several networks on a link that is no trunk", "NetworkLink/<bond>", |d| {
            d.set("NetworkLink/<bond>", "/spec/trunking", json!("Disabled"));
        }),
        mutation("SLW1008", "a native network that the link does not carry", "NetworkLink/<bond>", |d| {
            d.set("NetworkLink/<bond>", "/spec/nativeNetwork", json!("pxe"));
        }),
        mutation("SLW1008", "a tagged network on a link that is no trunk", "Network/pxe", |d| {
            d.set("Network/pxe", "/spec/vlan", json!(99));
        }),
        mutation("SLW1009", "LACP options for a bond without LACP", "NetworkLink/<bond>", |d| {
            d.set("NetworkLink/<bond>", "/spec/bonding/mode", json!("active-backup"));
        }),
        mutation("SLW1024", "a network with larger frames than its link", "Network/storage", |d| {
            d.set("Network/storage", "/spec/mtu", json!(9200));
        }),
        mutation("SLW1025", "two networks of a link with one VLAN", "NetworkLink/<bond>", |d| {
            let vlan = d.at("Network/oam", "/spec/vlan").clone();
            d.set("Network/storage", "/spec/vlan", vlan);
        }),
        mutation("SLW1026", "a network on two links", "NetworkLink/<bond> NetworkLink/pxe", |d| {
            d.set("NetworkLink/pxe", "/spec/mtu", json!(9200));
            d.set("NetworkLink/pxe", "/spec/trunking", json!("802.1q"));
            d.push("NetworkLink/pxe", "/spec/allowedNetworks", json!("storage"));
        }),
        mutation("SLW1045", "a link on which nobody is", "NetworkLink/spare", |d| {
            d.add("Network", "spare", json!({"cidr": "10.99.0.0/24"}));
            d.add("NetworkLink", "spare", json!({"allowedNetworks": ["spare"]}));
        }),
        mutation("SLW1046", "a network that no link allows", "Network/spare", |d| {
            d.add("Network", "spare", json!({"cidr": "10.99.0.0/24"}));
        }),
    ]
}

fn networks() -> Vec<Mutation> {
    vec![
        mutation("SLW1006", "an MTU of a network below what IPv6 needs", "Network/storage", |d| {
            d.set("Network/storage", "/spec/mtu", json!(576));
        }),
        mutation("SLW1071", "an external server on another network", "Network/pxe", |d| {
            d.set("Network/pxe", "/spec/dhcp", json!({"external": "192.0.2.1"}));
        }),
        mutation("SLW1071", "DHCP that is to be answered without a range", "Network/storage", |d| {
            d.set("Network/storage", "/spec/dhcp", json!({"mode": "Always"}));
        }),
        mutation("SLW1072", "an address reserved on another network", "Network/storage", |d| {
            let reserved = json!({"ip": "192.0.2.31", "mac": "52:54:00:10:07:01"});
            d.set("Network/storage", "/spec/reservedAddresses", json!([reserved]));
        }),
        mutation("SLW1073", "two spaces for one VLAN", "Network/spare", |d| {
            let vlan = d.at("Network/oam", "/spec/vlan").clone();
            d.set("Network/oam", "/spec/space", json!("one"));
            d.add("Network", "spare", json!({"cidr": "fd00:99::/64", "vlan": vlan, "space": "other"}));
            d.push("NetworkLink/<bond>", "/spec/allowedNetworks", json!("spare"));
        }),
        mutation("SLW1074", "a record that is none", "Network/oam", |d| {
            d.set("Network/oam", "/spec/dns/records", json!([{"name": "www", "type": "A", "data": "registry"}]));
        }),
        mutation("SLW1037", "a domain that is longer than DNS takes", "Network/oam", |d| {
            d.set("Network/oam", "/spec/dns/domain", json!(format!("{}.example.com", "a".repeat(64))));
        }),
        mutation("SLW1039", "a CIDR with host bits", "Network/storage", |d| {
            d.set("Network/storage", "/spec/cidr", json!("<storage>.7/24"));
        }),
        mutation("SLW1039", "a destination with host bits", "Network/storage", |d| {
            let route = json!({"destination": "10.99.0.7/24", "gateway": "<storage>.1"});
            d.push("Network/storage", "/spec/routes", route);
        }),
        mutation("SLW1040", "a range of another network", "Network/storage", |d| {
            let range = json!({"type": "Static", "start": "10.99.0.10", "end": "10.99.0.20"});
            d.push("Network/storage", "/spec/ranges", range);
        }),
        mutation("SLW1040", "a range that ends before it begins", "Network/storage", |d| {
            let range = json!({"type": "DHCP", "start": "<storage>.220", "end": "<storage>.210"});
            d.push("Network/storage", "/spec/ranges", range);
        }),
        mutation("SLW1041", "two ranges that overlap", "Network/storage", |d| {
            let range = json!({"type": "Static", "start": "<storage>.15", "end": "<storage>.120"});
            d.push("Network/storage", "/spec/ranges", range);
        }),
        mutation("SLW1042", "a gateway that is no neighbour", "Network/oam", |d| {
            d.set("Network/oam", "/spec/routes/0/gateway", json!("10.99.0.1"));
        }),
        mutation("SLW1043", "a gateway whose address DHCP may give away", "Network/oam", |d| {
            d.set("Network/oam", "/spec/routes/0/gateway", json!("<oam>.200"));
            let range = json!({"type": "DHCP", "start": "<oam>.190", "end": "<oam>.210"});
            d.push("Network/oam", "/spec/ranges", range);
        }),
        mutation("SLW1044", "two default gateways of one metric", "Network/oam", |d| {
            let route = json!({"destination": "0.0.0.0/0", "gateway": "<oam>.2", "metric": 100});
            d.push("Network/oam", "/spec/routes", route);
        }),
        mutation("SLW1047", "a network within another", "Network/spare", |d| {
            d.add("Network", "spare", json!({"cidr": "<oam>.128/25", "vlan": 99}));
            d.push("NetworkLink/<bond>", "/spec/allowedNetworks", json!("spare"));
        }),
        mutation("SLW1050", "a relay that leads out of the site", "Network/oam", |d| {
            let range = json!({"type": "DHCP", "start": "<oam>.190", "end": "<oam>.210"});
            d.push("Network/oam", "/spec/ranges", range);
            d.set("Network/oam", "/spec/dhcpRelay", json!({"upstreamTarget": "10.99.0.1"}));
        }),
        mutation("SLW1051", "a route to a domain in which no network is", "Network/oam", |d| {
            let route = json!({"routeDomain": "nowhere", "gateway": "<oam>.1"});
            d.push("Network/oam", "/spec/routes", route);
        }),
    ]
}

fn addresses() -> Vec<Mutation> {
    const NODE: &str = "BaremetalNode/<node>";
    const BOTH: &str = "BaremetalNode/<node> BaremetalNode/<other>";
    const OAM: &str = "/spec/addresses/oam/address";
    vec![
        mutation("SLW1003", "no address on a network that an interface carries", NODE, |d| {
            d.remove(NODE, "/spec/addresses/storage");
        }),
        mutation("SLW1004", "one address for two nodes", BOTH, |d| {
            let address = d.at("BaremetalNode/<other>", OAM).clone();
            d.set(NODE, OAM, address);
        }),
        mutation("SLW1005", "an address of another network", NODE, |d| d.set(NODE, OAM, json!("10.99.0.12"))),
        mutation("SLW1005", "an address that is reserved", NODE, |d| d.set(NODE, OAM, json!("<oam>.5"))),
        mutation("SLW1005", "the broadcast address", NODE, |d| d.set(NODE, OAM, json!("<oam>.255"))),
        mutation("SLW1005", "an address that DHCP may give away", NODE, |d| {
            let range = json!({"type": "DHCP", "start": "<oam>.190", "end": "<oam>.210"});
            d.push("Network/oam", "/spec/ranges", range);
            d.set(NODE, OAM, json!("<oam>.200"));
        }),
        mutation("SLW1012", "no address of the BMC", NODE, |d| d.remove(NODE, "/spec/addresses/oob")),
        mutation("SLW1022", "one BMC for two nodes", BOTH, |d| {
            let address = d.at("BaremetalNode/<other>", "/spec/addresses/oob/address").clone();
            d.set(NODE, "/spec/addresses/oob/address", address);
        }),
        mutation("SLW1023", "one MAC for two nodes", BOTH, |d| {
            for node in [NODE, "BaremetalNode/<other>"] {
                d.set(node, "/spec/bootMac", json!("52:54:00:99:00:01"));
            }
        }),
        mutation("SLW1048", "an address that nobody set aside", NODE, |d| d.set(NODE, OAM, json!("<oam>.200"))),
        mutation("SLW1049", "DHCP where nobody answers", "Network/oam", |d| {
            d.set(NODE, "/spec/addresses/oam", json!({"network": "oam", "mode": "DHCP"}));
        }),
        mutation("SLW1052", "an address on a network that the node is taken off", NODE, |d| {
            d.set(NODE, "/spec/unset", json!(["/interfaces/bond0/networks/storage"]));
        }),
    ]
}
