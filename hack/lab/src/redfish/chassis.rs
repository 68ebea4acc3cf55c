//! The chassis: its sensors, its light, its network adapters.

use serde_json::{Value, json};

use super::hardware::nic_id;
use super::personality::Personality;
use super::reply::Reply;
use super::request::Request;
use super::route::{collection, link, reference};
use super::systems::changed;
use crate::spec::NicSpec;
use crate::world::World;

pub(super) fn handle(
    world: &mut World,
    machine: usize,
    personality: &Personality,
    request: &Request,
    rest: &[&str],
) -> Reply {
    let own = format!("/Chassis/{}", personality.chassis);
    if request.method == "PATCH" && rest.is_empty() {
        let Some(led) = request.body.get("IndicatorLED").and_then(Value::as_str) else {
            return Reply::refusal(400, "Base.1.8.PropertyUnknown", "The property is not one of this resource.");
        };
        world.machines[machine].redfish.light = led != "Off";
        return changed(personality);
    }
    if !request.is_read() {
        return Reply::not_allowed("GET");
    }
    let target = &world.machines[machine];
    let spec = &target.spec;
    let path = if rest.is_empty() { own.clone() } else { format!("{own}/{}", rest.join("/")) };
    let below = |name: &str| reference(personality, &format!("{own}/{name}"));
    let mut body = match rest {
        [] => {
            let mut body = json!({
                "@odata.type": "#Chassis.v1_14_0.Chassis", "Id": personality.chassis, "Name": "Chassis",
                "ChassisType": "RackMount", "Manufacturer": personality.manufacturer,
                "SerialNumber": target.serial, "PowerState": if target.on { "On" } else { "Off" },
                "Status": {"State": "Enabled", "Health": "OK"}, "NetworkAdapters": below("NetworkAdapters"),
            });
            if personality.old_sensors {
                body["Thermal"] = below("Thermal");
                body["Power"] = below("Power");
            } else {
                body["Sensors"] = below("Sensors");
                body["ThermalSubsystem"] = below("ThermalSubsystem");
            }
            body
        }
        ["Thermal"] if personality.old_sensors => json!({
            "@odata.type": "#Thermal.v1_6_0.Thermal", "Id": "Thermal", "Name": "Thermal",
            "Temperatures": [
                {"MemberId": "0", "Name": "Inlet Temp", "ReadingCelsius": 22, "UpperThresholdNonCritical": 38,
                    "UpperThresholdCritical": 42, "Status": {"State": "Enabled", "Health": "OK"}},
                {"MemberId": "1", "Name": "CPU1 Temp", "ReadingCelsius": if target.on { json!(41) } else { Value::Null },
                    "Status": {"State": if target.on { "Enabled" } else { "StandbyOffline" }}},
                {"MemberId": "2", "Name": "GPU Temp", "Status": {"State": "Absent"}},
            ],
            "Fans": [{"MemberId": "0", "Name": "Fan1", "Reading": if target.on { 5400 } else { 0 },
                "ReadingUnits": "RPM", "Status": {"State": "Enabled", "Health": "OK"}}],
        }),
        ["Power"] if personality.old_sensors => json!({
            "@odata.type": "#Power.v1_6_0.Power", "Id": "Power", "Name": "Power",
            "PowerControl": [{"MemberId": "0", "Name": "System Power Control",
                "PowerConsumedWatts": if target.on { 212 } else { 9 }}],
            "PowerSupplies": [{"MemberId": "0", "Name": "PS1", "LastPowerOutputWatts": 180,
                "Status": {"State": "Enabled", "Health": "OK"}},
                {"MemberId": "1", "Name": "PS2", "Status": {"State": "UnavailableOffline", "Health": "Critical"}}],
            "Voltages": [{"MemberId": "0", "Name": "12V", "ReadingVolts": 12.1,
                "Status": {"State": "Enabled", "Health": "OK"}}],
        }),
        ["Sensors"] if !personality.old_sensors => {
            let ids = ["temperature_inlet", "power_total", "fan_1"].map(str::to_owned);
            return collection(personality, &path, &ids, 0);
        }
        ["Sensors", id] if !personality.old_sensors => {
            let (kind, reading, unit) = match *id {
                "temperature_inlet" => ("Temperature", 22.5, "Cel"),
                "power_total" => ("Power", if target.on { 212.0 } else { 9.0 }, "W"),
                "fan_1" => ("Rotational", if target.on { 5400.0 } else { 0.0 }, "RPM"),
                _ => return Reply::missing(&path),
            };
            json!({
                "@odata.type": "#Sensor.v1_2_0.Sensor", "Id": id, "Name": id.replace('_', " "),
                "ReadingType": kind, "Reading": reading, "ReadingUnits": unit,
                "Status": {"State": "Enabled", "Health": "OK"},
            })
        }
        ["ThermalSubsystem"] if !personality.old_sensors => json!({
            "@odata.type": "#ThermalSubsystem.v1_0_0.ThermalSubsystem", "Id": "ThermalSubsystem",
            "Name": "Thermal Subsystem", "Fans": reference(personality, &format!("{path}/Fans")),
        }),
        ["ThermalSubsystem", "Fans"] if !personality.old_sensors => return collection(personality, &path, &[], 0),
        ["NetworkAdapters"] => {
            let ids: Vec<String> = cards(&spec.nics).map(|nic| nic_id(personality, nic)).collect();
            return collection(personality, &path, &ids, 0);
        }
        ["NetworkAdapters", id, rest @ ..] => {
            let Some(nic) = cards(&spec.nics).find(|nic| nic_id(personality, nic) == *id) else {
                return Reply::missing(&path);
            };
            let below = |name: &str| reference(personality, &format!("{own}/NetworkAdapters/{id}/{name}"));
            match rest {
                [] => json!({
                    "@odata.type": "#NetworkAdapter.v1_5_0.NetworkAdapter", "Id": id, "Name": nic.product,
                    "Manufacturer": nic.vendor, "Model": nic.product,
                    "Controllers": [{"FirmwarePackageVersion": nic.firmware}],
                    "NetworkDeviceFunctions": below("NetworkDeviceFunctions"),
                }),
                ["NetworkDeviceFunctions"] => return collection(personality, &path, &["1".to_owned()], 0),
                ["NetworkDeviceFunctions", "1"] => json!({
                    "@odata.type": "#NetworkDeviceFunction.v1_5_0.NetworkDeviceFunction", "Id": "1",
                    "Name": "Function", "NetDevFuncType": "Ethernet",
                    "Ethernet": {"MACAddress": nic.mac.to_uppercase(), "PermanentMACAddress": nic.mac.to_uppercase()},
                    "Links": {"PCIeFunction": below("PCIeFunction")},
                }),
                ["PCIeFunction"] => {
                    pcie(nic.pci.as_deref().unwrap_or_default(), [nic.vendor_id.as_str(), nic.product_id.as_str()])
                }
                _ => return Reply::missing(&path),
            }
        }
        _ => return Reply::missing(&path),
    };
    body["@odata.id"] = json!(link(personality, &path));
    Reply::ok(&body)
}

/// The network cards that stand on PCI.
fn cards(nics: &[NicSpec]) -> impl Iterator<Item = &NicSpec> {
    nics.iter().filter(|nic| nic.pci.is_some())
}

/// A PCI function, with its address in the numbers that `PCIeFunction` 1.6 has.
pub(super) fn pcie(address: &str, [vendor, device]: [&str; 2]) -> Value {
    let pieces: Vec<&str> = address.split([':', '.']).collect();
    let number = |index: usize| pieces.get(index).map(|piece| format!("0x{piece}"));
    json!({
        "@odata.type": "#PCIeFunction.v1_6_0.PCIeFunction", "Id": "1", "Name": "Function",
        "SegmentNumber": number(0), "BusNumber": number(1), "DeviceNumber": number(2), "FunctionNumber": number(3),
        "VendorId": format!("0x{vendor}"), "DeviceId": format!("0x{device}"),
    })
}
