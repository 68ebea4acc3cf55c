//! Names that lead nowhere: one that is misspelt, or whose object is gone, is one mistake, however many need it.

use super::{Mutation, design::Design, mutation};
use serde_json::json;
use slipway::design::Library;

const NODE: &str = "BaremetalNode/<node>";
const PROFILE: &str = "HostProfile/<profile>";
const HARDWARE: &str = "HardwareProfile/<hardware>";
const LINK: &str = "NetworkLink/<bond>";

pub fn mutations() -> Vec<Mutation> {
    misspelt().into_iter().chain(gone()).chain(unreadable()).chain(not_lent()).collect()
}

fn misspelt() -> Vec<Mutation> {
    vec![
        mutation("SLW1001", "a host profile's name is misspelt", NODE, |d| {
            d.set(NODE, "/spec/hostProfile", json!("nowhere"));
        }),
        mutation("SLW1001", "a hardware profile's name is misspelt", PROFILE, |d| {
            d.set(PROFILE, "/spec/hardwareProfile", json!("nowhere"));
        }),
        mutation("SLW1019", "a network's name is misspelt on a link", LINK, |d| {
            d.set(LINK, "/spec/allowedNetworks/storage", json!("storrage"));
        }),
        mutation("SLW1019", "a network's name is misspelt on an interface", PROFILE, |d| {
            d.set(PROFILE, "/spec/interfaces/bond0/networks/storage", json!("storrage"));
        }),
        mutation("SLW1019", "a network's name is misspelt at an address", NODE, |d| {
            d.set(NODE, "/spec/addresses/storage/network", json!("storrage"));
        }),
        mutation("SLW1019", "the name of the BMC's network is misspelt at its address", NODE, |d| {
            d.set(NODE, "/spec/addresses/oob/network", json!("oobb"));
        }),
        mutation("SLW1019", "the name of the BMC's network is misspelt", PROFILE, |d| {
            d.set(PROFILE, "/spec/oob/network", json!("oobb"));
        }),
        mutation("SLW1019", "the name of the BMC's network is misspelt, and no link has it", PROFILE, |d| {
            d.delete("NetworkLink/oob");
            d.set(PROFILE, "/spec/oob/network", json!("oobb"));
        }),
        mutation("SLW1019", "the primary network's name is misspelt", PROFILE, |d| {
            d.set(PROFILE, "/spec/primaryNetwork", json!("oamm"));
        }),
        mutation("SLW1019", "an interface on a network that nobody describes", PROFILE, |d| {
            d.push(PROFILE, "/spec/interfaces/bond0/networks", json!("nowhere"));
        }),
        mutation("SLW1020", "a link's name is misspelt", PROFILE, |d| {
            d.set(PROFILE, "/spec/interfaces/bond0/link", json!("nowhere"));
        }),
        mutation("SLW1030", "a volume group's name is misspelt", PROFILE, |d| {
            d.push(PROFILE, "/spec/storage/disks", json!({"name": "sdz", "volumeGroup": "vg-spair"}));
            let volume = json!({"name": "spare", "size": "10G"});
            d.push(PROFILE, "/spec/storage/volumeGroups", json!({"name": "vg-spare", "logicalVolumes": [volume]}));
        }),
        mutation("SLW1035", "an alias is misspelt at an interface", PROFILE, |d| {
            d.set(PROFILE, "/spec/interfaces/bond0/devices/<nic>", json!("nic-nowhere"));
        }),
        mutation("SLW1035", "an alias is misspelt at a disk", PROFILE, |d| {
            d.set(PROFILE, "/spec/storage/disks/bootdisk/name", json!("botdisk"));
        }),
    ]
}

fn gone() -> Vec<Mutation> {
    vec![
        mutation("SLW1001", "the host profile is gone", "BaremetalNode/* HostProfile/*", |d| {
            d.set("BaremetalNode/<other>", "/spec/hostProfile", json!("<profile>"));
            d.add("HostProfile", "child", json!({"hostProfile": "<profile>"}));
            d.set(NODE, "/spec/hostProfile", json!("child"));
            d.delete(PROFILE);
        }),
        mutation("SLW1001", "the hardware profile is gone", "HostProfile/*", |d| d.delete(HARDWARE)),
        mutation("SLW1019", "a network is gone", "NetworkLink/<bond> HostProfile/* BaremetalNode/*", |d| {
            d.delete("Network/storage");
        }),
        mutation("SLW1019", "the BMCs' network is gone", "NetworkLink/oob HostProfile/* BaremetalNode/*", |d| {
            d.delete("Network/oob");
        }),
        mutation("SLW1020", "a link is gone", "HostProfile/*", |d| d.delete(LINK)),
    ]
}

/// What cannot be read is there: nobody is told that it is not.
fn unreadable() -> Vec<Mutation> {
    fn spoil(d: &mut Design, kind: &'static str, name: &str) {
        d.delete(&format!("{kind}/{name}"));
        let key = d.key(kind, name);
        d.beside.unreadable.push((key, "unknown field `nowhere`".into()));
    }
    vec![
        mutation("SLW1013", "a network cannot be read", "Network/storage", |d| spoil(d, "Network", "storage")),
        mutation("SLW1013", "the BMCs' network cannot be read", "Network/oob", |d| spoil(d, "Network", "oob")),
        mutation("SLW1013", "a link cannot be read", LINK, |d| spoil(d, "NetworkLink", "<bond>")),
        mutation("SLW1013", "a host profile cannot be read", PROFILE, |d| spoil(d, "HostProfile", "<profile>")),
        mutation("SLW1013", "a hardware profile cannot be read", HARDWARE, |d| {
            spoil(d, "HardwareProfile", "<hardware>");
        }),
        mutation("SLW1013", "a boot action cannot be read", "BootAction/<action>", |d| {
            spoil(d, "BootAction", "<action>");
        }),
        mutation("SLW1013", "a node cannot be read", NODE, |d| spoil(d, "BaremetalNode", "<node>")),
        mutation("SLW1013", "a rack cannot be read", "Rack/<rack>", |d| {
            if d.named("Rack").is_empty() {
                d.add("Rack", "<rack>", json!({}));
            }
            d.add("Rack", "spare", json!({}));
            spoil(d, "Rack", "<rack>");
        }),
    ]
}

/// What is not lent may be all that is missed.
fn not_lent() -> Vec<Mutation> {
    const SITE: &str = "Site/<site>";
    vec![
        mutation("SLW1033", "a library that is not there", SITE, |d| {
            d.push(SITE, "/spec/libraries", json!("nowhere"));
            d.delete(HARDWARE);
        }),
        mutation("SLW1033", "a library that does not lend", SITE, |d| {
            d.push(SITE, "/spec/libraries", json!("private"));
            d.beside.libraries.insert("private".into(), Library::default());
            d.delete(PROFILE);
            d.delete("Network/storage");
        }),
    ]
}
