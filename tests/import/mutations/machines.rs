//! Mistakes about machines and where they stand: racks, hardware profiles, BMCs, power.

use super::{Mutation, design::Design, mutation};
use serde_json::json;
use slipway::design::SecretFacts;
use std::collections::BTreeMap;

const NODE: &str = "BaremetalNode/<node>";
const HARDWARE: &str = "HardwareProfile/<hardware>";

pub fn mutations() -> Vec<Mutation> {
    racks().into_iter().chain(hardware()).chain(control()).collect()
}

fn racks() -> Vec<Mutation> {
    vec![
        mutation("SLW1019", "a rack with a network that is not there", "Rack/spare", |d| {
            describe_rack(d);
            d.add("Rack", "spare", json!({"localNetworks": ["nowhere"]}));
        }),
        mutation("SLW1021", "a rack that is not there", NODE, |d| {
            describe_rack(d);
            d.set(NODE, "/spec/metadata/rack", json!("nowhere"));
        }),
        mutation("SLW1053", "two machines at one place of a rack", "BaremetalNode/<other>", |d| {
            for node in [NODE, "BaremetalNode/<other>"] {
                d.set(node, "/spec/rackUnit", json!(7));
            }
        }),
        mutation("SLW1053", "a machine above the top of its rack", NODE, |d| {
            describe_rack(d);
            d.set("Rack/<rack>", "/spec/heightUnits", json!(42));
            d.set(NODE, "/spec/rackUnit", json!(43));
        }),
        mutation("SLW1070", "a network of another rack", NODE, |d| {
            describe_rack(d);
            d.add("Rack", "spare", json!({"localNetworks": ["spare"]}));
            d.add("Network", "spare", json!({"cidr": "10.99.0.0/24", "vlan": 99}));
            d.push("NetworkLink/<bond>", "/spec/allowedNetworks", json!("spare"));
            d.set(NODE, "/spec/interfaces", json!([{"name": "bond0", "networks": ["spare"]}]));
            d.push(NODE, "/spec/addresses", json!({"network": "spare", "address": "10.99.0.12"}));
        }),
    ]
}

/// A site that describes no rack may use any name; this one is to describe those that it uses.
fn describe_rack(d: &mut Design) {
    if d.named("Rack").is_empty() {
        d.add("Rack", "<rack>", json!({}));
    }
}

fn hardware() -> Vec<Mutation> {
    vec![
        mutation("SLW1015", "settings of the firmware that no driver makes", HARDWARE, |d| {
            d.set(HARDWARE, "/spec/biosSettings", json!({"LogicalProc": "Enabled"}));
        }),
        mutation("SLW1058", "a range of CPUs that ends before it begins", HARDWARE, |d| {
            d.push(HARDWARE, "/spec/cpuSets", json!({"name": "spare", "cpus": "48-40"}));
        }),
        mutation("SLW1058", "a CPU in two sets", HARDWARE, |d| {
            d.push(HARDWARE, "/spec/cpuSets", json!({"name": "some", "cpus": "40-48"}));
            d.push(HARDWARE, "/spec/cpuSets", json!({"name": "more", "cpus": "48-56"}));
        }),
        mutation("SLW1059", "more huge pages than the memory that is expected", HARDWARE, |d| {
            d.set(HARDWARE, "/spec/memory", json!({"minSize": "64Gi"}));
            d.push(HARDWARE, "/spec/hugePages", json!({"name": "spare", "size": "1G", "count": 2000}));
        }),
        mutation("SLW1066", "a mirror of one disk", HARDWARE, |d| d.remove(HARDWARE, "/spec/raid/mirror/disks/disk-b"))
            .given("SLW1015", |d| {
                for (name, address) in [("disk-a", "0:9.0.0"), ("disk-b", "0:9.1.0")] {
                    d.push(HARDWARE, "/spec/deviceAliases", json!({"name": name, "scsiAddress": address}));
                }
                let array = json!({"name": "mirror", "level": "RAID1", "disks": ["disk-a", "disk-b"]});
                d.push(HARDWARE, "/spec/raid", array);
            }),
        mutation("SLW1067", "two names for one disk", HARDWARE, |d| {
            let address = d.at(HARDWARE, "/spec/deviceAliases/bootdisk/scsiAddress").clone();
            d.push(HARDWARE, "/spec/deviceAliases", json!({"name": "same", "scsiAddress": address}));
        }),
        mutation("SLW1067", "a pattern that cannot be read", HARDWARE, |d| {
            d.push(HARDWARE, "/spec/deviceAliases", json!({"name": "spare", "rule": {"pattern": "0000:3b:00.[01"}}));
        }),
    ]
}

fn control() -> Vec<Mutation> {
    vec![
        mutation("SLW1082", "a machine that two nodes adopt", "BaremetalNode/<node> BaremetalNode/<other>", |d| {
            for node in [NODE, "BaremetalNode/<other>"] {
                d.set(node, "/spec/adopt", json!({"serial": "CZ3029B4TK"}));
            }
        }),
        mutation("SLW1055", "a Secret that is not there", NODE, |d| {
            let lengths = BTreeMap::from([("username".to_owned(), 4), ("password".to_owned(), 11)]);
            d.beside.secrets = Some(BTreeMap::from([(d.filled("<secret>"), SecretFacts { lengths })]));
            d.set(NODE, "/spec/oob/credentialsRef", json!({"name": "nowhere"}));
        }),
        mutation("SLW1055", "a password that IPMI cuts off", NODE, |d| {
            let lengths = |password| {
                let lengths = BTreeMap::from([("username".to_owned(), 4), ("password".to_owned(), password)]);
                SecretFacts { lengths }
            };
            let secrets = [(d.filled("<secret>"), lengths(20)), ("long".to_owned(), lengths(21))];
            d.beside.secrets = Some(BTreeMap::from(secrets));
            d.set(NODE, "/spec/oob/credentialsRef", json!({"name": "long"}));
        }),
    ]
}
