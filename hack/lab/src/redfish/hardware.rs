//! What is in the machine: processors, memory, disks, network interfaces.

use serde_json::{Value, json};

use super::chassis::pcie;
use super::personality::Personality;
use super::reply::Reply;
use super::route::{collection, link, reference};
use crate::spec::{DiskSpec, NicSpec};
use crate::world::World;

/// Size of a memory module, in MiB.
const MODULE: u64 = 32 * 1024;

fn present() -> Value {
    json!({"State": "Enabled", "Health": "OK"})
}

pub(super) fn handle(world: &World, machine: usize, personality: &Personality, rest: &[&str]) -> Reply {
    let spec = &world.machines[machine].spec;
    let path = format!("/Systems/{}/{}", personality.system, rest.join("/"));
    let numbered = |count: u64| (1..=count).map(|number| number.to_string()).collect::<Vec<_>>();
    let body = match rest {
        ["Processors"] => return collection(personality, &path, &numbered(2), 0),
        ["Processors", id @ ("1" | "2")] => json!({
            "@odata.type": "#Processor.v1_7_0.Processor", "Id": id, "Name": format!("CPU {id}"),
            "ProcessorType": "CPU", "ProcessorArchitecture": "x86", "InstructionSet": "x86-64",
            "Manufacturer": "Intel", "Model": spec.cpu_model, "TotalCores": spec.cpus / 4,
            "TotalThreads": spec.cpus / 2, "Socket": format!("CPU.{id}"), "Status": present(),
        }),
        ["Memory"] => return collection(personality, &path, &numbered(spec.memory_mib / MODULE), 0),
        ["Memory", id] if id.parse().is_ok_and(|id: u64| (1..=spec.memory_mib / MODULE).contains(&id)) => json!({
            "@odata.type": "#Memory.v1_9_0.Memory", "Id": id, "Name": format!("DIMM {id}"), "CapacityMiB": MODULE,
            "MemoryDeviceType": "DDR4", "Status": present(),
        }),
        ["EthernetInterfaces"] => {
            let ids: Vec<String> = spec.nics.iter().map(|nic| nic_id(personality, nic)).collect();
            return collection(personality, &path, &ids, 0);
        }
        ["EthernetInterfaces", id] => {
            let Some(nic) = spec.nics.iter().find(|nic| nic_id(personality, nic) == *id) else {
                return Reply::missing(&path);
            };
            json!({
                "@odata.type": "#EthernetInterface.v1_5_1.EthernetInterface", "Id": id,
                "Name": "Ethernet Interface", "MACAddress": nic.mac.to_uppercase(),
                "PermanentMACAddress": nic.mac.to_uppercase(), "SpeedMbps": nic.speed_mbps,
                "LinkStatus": if nic.segment.is_some() { "LinkUp" } else { "LinkDown" }, "Status": present(),
            })
        }
        ["SimpleStorage"] if personality.simple_storage => {
            return collection(personality, &path, &["1".to_owned()], 0);
        }
        ["SimpleStorage", "1"] if personality.simple_storage => json!({
            "@odata.type": "#SimpleStorage.v1_2_0.SimpleStorage", "Id": "1", "Name": "Simple Storage",
            "Devices": spec.disks.iter().map(|disk| json!({
                "Name": disk.name, "Model": disk.model, "CapacityBytes": disk.size_bytes, "Status": present(),
            })).collect::<Vec<_>>(),
        }),
        ["Storage"] if !personality.simple_storage => return collection(personality, &path, &["1".to_owned()], 0),
        ["Storage", "1"] if !personality.simple_storage => json!({
            "@odata.type": "#Storage.v1_8_0.Storage", "Id": "1", "Name": "Storage", "Status": present(),
            "Drives": spec.disks.iter()
                .map(|disk| reference(personality, &format!("{path}/Drives/{}", disk.name))).collect::<Vec<_>>(),
            "Volumes": reference(personality, &format!("{path}/Volumes")),
        }),
        ["Storage", "1", "Volumes"] if !personality.simple_storage => return collection(personality, &path, &[], 0),
        ["Storage", "1", "Drives", id] if !personality.simple_storage => {
            let Some(disk) = spec.disks.iter().find(|disk| disk.name == *id) else { return Reply::missing(&path) };
            let mut drive = drive(disk);
            if disk.pci.is_some() {
                drive["Links"] = json!({"PCIeFunctions": [reference(personality, &format!("{path}/PCIeFunction"))]});
            }
            drive
        }
        ["Storage", "1", "Drives", id, "PCIeFunction"] if !personality.simple_storage => {
            let disk = spec.disks.iter().find(|disk| disk.name == *id);
            let Some(address) = disk.and_then(|disk| disk.pci.as_deref()) else { return Reply::missing(&path) };
            pcie(address, ["8086", "0a54"])
        }
        _ => return Reply::missing(&path),
    };
    let mut body = body;
    body["@odata.id"] = json!(link(personality, &path));
    Reply::ok(&body)
}

/// Id of a network interface, in the vendor's manner.
pub(super) fn nic_id(personality: &Personality, nic: &NicSpec) -> String {
    if personality.oem == "Dell" { format!("NIC.{}-1-1", nic.name) } else { nic.name.clone() }
}

fn drive(disk: &DiskSpec) -> Value {
    let nvme = disk.pci.is_some();
    json!({
        "@odata.type": "#Drive.v1_9_0.Drive", "Id": disk.name, "Name": disk.name, "Model": disk.model,
        "SerialNumber": disk.serial, "Revision": disk.firmware, "Manufacturer": disk.pci_vendor,
        "CapacityBytes": disk.size_bytes, "MediaType": if disk.rotary { "HDD" } else { "SSD" },
        "Protocol": if nvme { "NVMe" } else { "SATA" }, "Status": present(),
    })
}
