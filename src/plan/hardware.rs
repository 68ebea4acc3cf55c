//! The hardware as designed against the hardware as built: what differs, in sentences.

use crate::api::hardware_expectation::DiskType;
use crate::model::{
    Cable, DeviceSelector, ExpectedDisk, ExpectedNic, FirmwareVersion, HardwareDesign, Inventory, InventoryDisk,
    InventoryNic, NodeDesign, bind,
};

/// Everything in which a machine is not built as designed; absent, where nothing is expected of it.
pub fn mismatches(design: &NodeDesign, built: &Inventory) -> Option<Vec<String>> {
    let expected = &design.hardware;
    let nothing =
        HardwareDesign { blocks: expected.blocks, firmware: expected.firmware.clone(), ..HardwareDesign::default() };
    if *expected == nothing {
        return None;
    }
    let mut found = parts(expected, built);
    found.extend(expected.cables.iter().filter_map(|designed| cable(designed, built)));
    racks(design, built, &mut found);
    Some(found)
}

/// In what a machine by itself, without its cables, is not built as expected.
pub(super) fn parts(expected: &HardwareDesign, built: &Inventory) -> Vec<String> {
    let mut found = Vec::new();
    system(expected, built, &mut found);
    processors(expected, built, &mut found);
    found.extend(expected.disks.iter().filter_map(|disk| disks(disk, built)));
    found.extend(expected.nics.iter().filter_map(|nic| nics(nic, built)));
    found
}

fn system(expected: &HardwareDesign, built: &Inventory, found: &mut Vec<String>) {
    let parts = [("vendor", &expected.vendor, &built.vendor), ("model", &expected.model, &built.product)];
    for (what, wanted, is) in parts {
        if let Some(wanted) = wanted
            && !names(wanted, is.as_deref())
        {
            found.push(differs(what, wanted, is.as_deref()));
        }
    }
    if let Some(wanted) =
        expected.bios_version.as_deref().filter(|wanted| built.bios_version.as_deref() != Some(*wanted))
    {
        found.push(differs("BIOS version", wanted, built.bios_version.as_deref()));
    }
    let memory = built.memory_mib.saturating_mul(1 << 20);
    if let Some(least) = expected.min_memory.filter(|least| memory < *least) {
        found.push(format!("memory: {} MiB at least are designed, {} MiB are built in", least >> 20, built.memory_mib));
    }
}

fn processors(expected: &HardwareDesign, built: &Inventory, found: &mut Vec<String>) {
    let cpus = &expected.cpus;
    let counts = [
        ("sockets", cpus.sockets, built.sockets),
        ("cores", cpus.cores, built.cores),
        ("logical CPUs", cpus.threads, Some(built.cpus)),
    ];
    for (what, least, is) in counts {
        let Some(least) = least.and_then(|least| u32::try_from(least).ok()) else { continue };
        // What was not counted is no difference.
        if let Some(is) = is.filter(|is| *is < least) {
            found.push(format!("CPUs: {least} {what} at least are designed, {is} are built in"));
        }
    }
    if let Some(wanted) = cpus.model.as_deref().filter(|wanted| !names(wanted, built.cpu_model.as_deref())) {
        found.push(differs("CPU model", wanted, built.cpu_model.as_deref()));
    }
    if let Some(wanted) = cpus.architecture.as_deref().filter(|wanted| built.architecture.as_deref() != Some(*wanted)) {
        found.push(differs("architecture", wanted, built.architecture.as_deref()));
    }
}

/// Disks of an expectation: the one that is named, or as many as are expected of any.
fn disks(expected: &ExpectedDisk, built: &Inventory) -> Option<String> {
    let fits = |disk: &InventoryDisk| {
        disk.size_bytes >= expected.min_bytes && expected.kind.is_none_or(|kind| disk.kind == Some(kind))
    };
    let kind = expected.kind.map_or(String::new(), |kind| format!(" {}", kind.name()));
    let wanted = format!("{kind} of {} bytes at least", expected.min_bytes);
    let Some(device) = &expected.device else {
        let count = built.disks.iter().filter(|disk| fits(disk)).count();
        let text = format!("disks {}: {}{wanted} are designed, {count} are built in", expected.name, expected.count);
        return (count < expected.count).then_some(text);
    };
    match bind::disk(device, built) {
        Ok(disk) if fits(disk) => None,
        Ok(disk) => {
            let is = disk.kind.map_or("a disk", DiskType::name);
            Some(format!(
                "disk {}: one{wanted} is designed, {} is {is} of {} bytes",
                expected.name, disk.name, disk.size_bytes
            ))
        }
        Err(why) => Some(format!("disk {}: {why}", expected.name)),
    }
}

fn nics(expected: &ExpectedNic, built: &Inventory) -> Option<String> {
    let fits = |nic: &InventoryNic| {
        let speed = nic.speed_mbps.map_or(0, u64::from);
        speed >= expected.min_mbps
            && expected.vendor.as_deref().is_none_or(|vendor| names(vendor, nic.vendor.as_deref()))
    };
    let vendor = expected.vendor.as_ref().map_or(String::new(), |vendor| format!(" by {vendor}"));
    let wanted = format!("one{vendor} of {} Mbit/s at least", expected.min_mbps);
    match &expected.device {
        Some(device) => match bind::nic(device, built) {
            Ok(nic) if fits(nic) => None,
            Ok(nic) => Some(format!(
                "network card {}: {wanted} is designed, {} is one by {} of {} Mbit/s",
                expected.name,
                nic.name,
                nic.vendor.as_deref().unwrap_or("an unknown vendor"),
                nic.speed_mbps.unwrap_or_default()
            )),
            Err(why) => Some(format!("network card {}: {why}", expected.name)),
        },
        None if built.nics.iter().any(fits) => None,
        None => Some(format!("network card {}: {wanted} is designed, none is built in", expected.name)),
    }
}

/// A cable that is designed by itself.
fn cable(designed: &Cable, built: &Inventory) -> Option<String> {
    let nic = match bind::nic(&designed.device, built) {
        Ok(nic) => nic,
        Err(why) => return Some(format!("cable to {}: {why}", designed.switch)),
    };
    let wanted = match &designed.port {
        Some(port) => format!("{} of {}", port, designed.switch),
        None => designed.switch.clone(),
    };
    match &nic.neighbour {
        None => Some(format!("cable of {}: {wanted} is designed, and no switch told its name by LLDP", nic.name)),
        Some(heard) => {
            let there =
                heard.switch == designed.switch && designed.port.as_ref().is_none_or(|port| heard.port == *port);
            (!there).then(|| {
                format!("cable of {}: {wanted} is designed, {} of {} is there", nic.name, heard.port, heard.switch)
            })
        }
    }
}

/// The cables of designed interfaces end at the switches of the rack, on ports that carry their networks. A card without a
/// neighbour says nothing: not every switch speaks LLDP.
fn racks(design: &NodeDesign, built: &Inventory, found: &mut Vec<String>) {
    let switches = &design.hardware.switches;
    for interface in design.interfaces.iter().filter(|interface| interface.managed) {
        let tagged: Vec<u32> = interface.networks.iter().filter_map(|network| network.vlan).collect();
        for device in &interface.devices {
            let Some((nic, heard)) = neighbour(device, built) else { continue };
            if !switches.is_empty() && !switches.contains(&heard.switch) {
                let designed = switches.join(" or ");
                found.push(format!("cable of {}: {designed} is designed, {} is there", nic.name, heard.switch));
            }
            let missing: Vec<String> =
                tagged.iter().filter(|vlan| !heard.vlans.contains(vlan)).map(ToString::to_string).collect();
            if !switches.is_empty() && !heard.vlans.is_empty() && !missing.is_empty() {
                found.push(format!(
                    "port {} of {}, at {}: link {} needs VLAN {}, and the switch does not announce it",
                    heard.port,
                    heard.switch,
                    nic.name,
                    interface.link,
                    missing.join(", ")
                ));
            }
        }
    }
}

fn neighbour<'a>(
    device: &DeviceSelector,
    built: &'a Inventory,
) -> Option<(&'a InventoryNic, &'a crate::model::Neighbour)> {
    let nic = bind::nic(device, built).ok()?;
    Some((nic, nic.neighbour.as_ref()?))
}

/// Firmwares that are not of the version that is designed, of those that a BMC has listed.
pub fn firmware_mismatches(expected: &HardwareDesign, listed: &[FirmwareVersion]) -> Vec<String> {
    let differs = |wanted: &FirmwareVersion| {
        let mut found = listed.iter().filter(|one| names(&wanted.component, Some(&one.component))).peekable();
        if found.peek().is_none() {
            return Some(format!(
                "firmware of {}: {} is designed, and the BMC lists no such component",
                wanted.component, wanted.version
            ));
        }
        let other = found.find(|one| one.version != wanted.version)?;
        Some(format!("firmware of {}: {} is designed, {} is there", other.component, wanted.version, other.version))
    };
    expected.firmware.iter().filter_map(differs).collect()
}

/// Whether a name is the expected one: vendors write `Dell Inc.` where people write `DELL`.
fn names(expected: &str, found: Option<&str>) -> bool {
    found.is_some_and(|found| found.to_lowercase().contains(&expected.to_lowercase()))
}

fn differs(what: &str, wanted: &str, is: Option<&str>) -> String {
    format!("{what}: {wanted} is designed, {} is built in", is.unwrap_or("nothing known"))
}
