//! Mistakes in what hosts are made of: profiles, interfaces, file systems, kernel parameters.

use super::{Mutation, mutation};
use serde_json::json;

const NODE: &str = "BaremetalNode/<node>";
const PROFILE: &str = "HostProfile/<profile>";
const BOOTDISK: &str = "/spec/storage/disks/bootdisk/partitions";

pub fn mutations() -> Vec<Mutation> {
    profiles().into_iter().chain(interfaces()).chain(storage()).chain(kernel()).chain(metadata()).collect()
}

fn profiles() -> Vec<Mutation> {
    vec![
        mutation("SLW1002", "two profiles that inherit from each other", PROFILE, |d| {
            d.add("HostProfile", "round", json!({"hostProfile": "<profile>"}));
            d.set(PROFILE, "/spec/hostProfile", json!("round"));
        }),
        mutation("SLW1011", "a profile takes away what it does not inherit", PROFILE, |d| {
            d.set(PROFILE, "/spec/unset", json!(["/interfaces/bond7"]));
        }),
        mutation("SLW1011", "a node takes away what it does not inherit", NODE, |d| {
            d.set(NODE, "/spec/unset", json!(["/interfaces/bond7"]));
        }),
        mutation("SLW1012", "no BMC at all", "BaremetalNode/*", |d| d.remove(PROFILE, "/spec/oob")),
        mutation("SLW1012", "a BMC without network", PROFILE, |d| d.remove(PROFILE, "/spec/oob/network")),
        mutation("SLW1012", "a BMC without credentials", PROFILE, |d| d.remove(PROFILE, "/spec/oob/credentialsRef")),
        mutation("SLW1012", "a person switches machines that nothing tells apart", "BaremetalNode/*", |d| {
            d.set(PROFILE, "/spec/oob/type", json!("Manual"));
        }),
    ]
}

fn interfaces() -> Vec<Mutation> {
    vec![
        mutation("SLW1010", "a network on an interface whose link does not allow it", PROFILE, |d| {
            d.push(PROFILE, "/spec/interfaces/pxe/networks", json!("oam"));
        }),
        mutation("SLW1015", "functions of a card that no driver makes", PROFILE, |d| {
            d.set(PROFILE, "/spec/interfaces/bond0/sriov", json!({"virtualFunctions": 8}));
        }),
        mutation("SLW1017", "two devices and no bond", PROFILE, |d| {
            d.push(PROFILE, "/spec/interfaces/pxe/devices", json!("eno9"));
        }),
        mutation("SLW1017", "no device", PROFILE, |d| d.set(PROFILE, "/spec/interfaces/pxe/devices", json!([]))),
        mutation("SLW1020", "an interface without a link", PROFILE, |d| d.remove(PROFILE, "/spec/interfaces/pxe/link")),
        mutation("SLW1029", "a device in two interfaces", PROFILE, |d| {
            d.set(PROFILE, "/spec/interfaces/pxe/devices", json!(["<nic>"]));
        }),
        mutation("SLW1054", "a primary network that no interface carries", PROFILE, |d| {
            d.set(PROFILE, "/spec/primaryNetwork", json!("oob"));
        }),
        mutation("SLW1054", "a primary network that leads nowhere", PROFILE, |d| {
            d.set(PROFILE, "/spec/primaryNetwork", json!("storage"));
        }),
        mutation("SLW1057", "a bond of one device", PROFILE, |d| {
            d.set(PROFILE, "/spec/interfaces/bond0/devices", json!(["<nic>"]));
        }),
        mutation("SLW1044", "several default gateways and no primary network", PROFILE, |d| {
            let route = json!([{"destination": "0.0.0.0/0", "gateway": "<pxe>.1"}]);
            d.set("Network/pxe", "/spec/routes", route);
            d.remove(PROFILE, "/spec/primaryNetwork");
        }),
    ]
}

fn storage() -> Vec<Mutation> {
    vec![
        mutation("SLW1007", "a root file system that is too small", PROFILE, |d| {
            d.set(PROFILE, &format!("{BOOTDISK}/root/size"), json!("10G"));
        }),
        mutation("SLW1015", "a UUID that MAAS does not take", PROFILE, |d| {
            let uuid = json!("8a1c3b52-6f0e-1d7b-9c2a-51e0f7d3b846");
            d.set(PROFILE, &format!("{BOOTDISK}/root/partUuid"), uuid);
        }),
        mutation("SLW1016", "a disk with nothing on it", PROFILE, |d| {
            d.push(PROFILE, "/spec/storage/disks", json!({"name": "sdz"}));
        }),
        mutation("SLW1077", "a mirror without members", PROFILE, |d| {
            d.push(PROFILE, "/spec/storage/softwareRaids", json!({"name": "md0", "level": "RAID1"}));
        }),
        mutation("SLW1079", "a cache without devices", PROFILE, |d| {
            d.push(PROFILE, "/spec/storage/caches", json!({"name": "bcache0", "cacheSet": "nvme"}));
        }),
        mutation("SLW1078", "a bridge over a network that is elsewhere", PROFILE, |d| {
            let bridge = json!({"name": "br-none", "network": "nowhere"});
            d.push(PROFILE, "/spec/interfaces/bond0/bridges", bridge);
        }),
        mutation("SLW1030", "a volume group on no disk", PROFILE, |d| {
            let volume = json!({"name": "spare", "size": "10G"});
            d.push(PROFILE, "/spec/storage/volumeGroups", json!({"name": "spare", "logicalVolumes": [volume]}));
        }),
        mutation("SLW1031", "two file systems at one place", PROFILE, |d| {
            d.set(PROFILE, &format!("{BOOTDISK}/var/filesystem/mountPoint"), json!("/boot"));
        }),
        mutation("SLW1032", "two partitions that take all that is left", PROFILE, |d| {
            d.set(PROFILE, &format!("{BOOTDISK}/root/size"), json!(">30G"));
        }),
        mutation("SLW1034", "a disk that is smaller than its partitions", PROFILE, |d| {
            d.add("HardwareInventory", "<node>", json!({"node": "<node>"}));
            let disk = json!({"name": "sda", "sizeBytes": 40_000_000_000_i64, "scsiAddress": "0:2.0.0"});
            d.set("HardwareInventory/<node>", "/status", json!({"observedGeneration": 1, "disks": [disk]}));
        }),
        mutation("SLW1056", "a file system that MAAS does not make", PROFILE, |d| {
            d.set(PROFILE, &format!("{BOOTDISK}/var/filesystem/type"), json!("ntfs"));
        }),
    ]
}

fn kernel() -> Vec<Mutation> {
    vec![
        mutation("SLW1014", "a kernel parameter that refers to nothing", PROFILE, |d| {
            d.set(PROFILE, "/spec/platform/kernelParams/isolcpus", json!("hardwareprofile:cpuset.nowhere"));
        }),
        mutation("SLW1027", "huge pages without their size", PROFILE, |d| {
            d.set(PROFILE, "/spec/platform/kernelParams/hugepages", json!("16"));
        }),
        mutation("SLW1028", "a kernel package where kernel parameters are", NODE, |d| {
            d.set(NODE, "/spec/platform/kernelParams/kernel_package", json!("linux-generic"));
        }),
        mutation("SLW1036", "an image that the provisioner does not have", NODE, |d| {
            let images = json!(["ubuntu/<image>", "ubuntu/focal"]);
            d.set("Site/<site>", "/status", json!({"observedGeneration": 1, "images": images}));
            d.set(NODE, "/spec/platform/image", json!("<image>-2"));
        }),
        mutation("SLW1059", "more huge pages than there is memory", NODE, |d| {
            d.add("HardwareInventory", "<node>", json!({"node": "<node>"}));
            d.set("HardwareInventory/<node>", "/status", json!({"observedGeneration": 1, "memoryMib": 65536}));
            let params = json!({"hugepagesz": "1G", "hugepages": "80"});
            d.set(NODE, "/spec/platform/kernelParams", params);
        }),
    ]
}

fn metadata() -> Vec<Mutation> {
    vec![
        mutation("SLW1060", "a key of owner data that MAAS does not take", NODE, |d| {
            d.set(NODE, "/spec/metadata/ownerData", json!({"row:a": "3"}));
        }),
        mutation("SLW1060", "a key of owner data like our own", NODE, |d| {
            d.set(NODE, "/spec/metadata/ownerData", json!({"slipway-site": "elsewhere"}));
        }),
        mutation("SLW1081", "a value of owner data that is no label, where machines become Nodes", NODE, |d| {
            d.set("Site/<site>", "/spec/cluster", json!({"kubeconfigSecretRef": {"name": "cluster"}}));
            // Designs of old give Kubernetes' own labels by owner data, of which the rule would speak as well.
            for name in d.named("HostProfile") {
                let spec = d.at(&format!("HostProfile/{name}"), "/spec");
                if let Some(data) = spec.pointer_mut("/metadata/ownerData").and_then(|data| data.as_object_mut()) {
                    data.retain(|key, _| !key.contains(".io/"));
                }
            }
            d.set(NODE, "/spec/metadata/ownerData", json!({"tier": "very good"}));
        }),
        mutation("SLW1065", "a tag that MAAS gives by itself", NODE, |d| {
            d.push("Site/<site>", "/spec/tagDefinitions", json!({"name": "quick", "xpath": "//node"}));
            d.push(NODE, "/spec/metadata/tags", json!("quick"));
        }),
    ]
}
