//! A machine's hardware as its BMC knows it: system, processors, memory, network cards; disks are in `storage`.
//!
//! What the BMC has not seen since the machine last ran is what it remembers, and what it does not tell stays unknown.

use super::{
    bmc::RedfishBmc,
    error::RedfishError,
    json::{as_text, at, count, is_present, link, links, number, small, text, word},
    links::last,
    places::Places,
    quirks::Quirk,
};
use crate::model::{Inventory, InventoryNic};
use serde_json::Value;
use std::collections::BTreeMap;

/// Members of one collection of hardware that are read.
pub(super) const PARTS: usize = 128;

/// What a network card's function knows beside its MAC address.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Card {
    pci_address: Option<String>,
    vendor: Option<String>,
    model: Option<String>,
    firmware_version: Option<String>,
}

impl RedfishBmc {
    pub(super) async fn try_inventory(&self) -> Result<Inventory, RedfishError> {
        let (places, system) = self.system().await?;
        let body = &system.body;
        let mut inventory = Inventory {
            vendor: text(body, "Manufacturer"),
            product: text(body, "Model"),
            serial: text(body, "SKU")
                .filter(|_| places.quirks.has(Quirk::SerialInSku))
                .or_else(|| text(body, "SerialNumber")),
            bios_version: text(body, "BiosVersion"),
            ..Inventory::default()
        };
        self.add_processors(body, &mut inventory).await?;
        inventory.memory_mib = self.memory_mib(body).await?;
        inventory.nics = self.nics(body, &places).await?;
        inventory.disks = self.disks(body).await?;
        Ok(inventory)
    }

    async fn add_processors(&self, system: &Value, inventory: &mut Inventory) -> Result<(), RedfishError> {
        let summary = at(system, &["ProcessorSummary"]);
        inventory.cpu_model = text(summary, "Model");
        inventory.sockets = small(summary, "Count");
        inventory.cores = small(summary, "CoreCount");
        inventory.cpus = small(summary, "LogicalProcessorCount").unwrap_or_default();
        let read = self.client().each(link(system, "Processors"), PARTS).await?;
        // Accelerators are processors as well.
        let is_cpu = |one: &&Value| is_present(one) && matches!(word(one, "ProcessorType"), None | Some("CPU"));
        let cpus: Vec<&Value> = read.iter().map(|one| &one.body).filter(is_cpu).collect();
        let Some(first) = cpus.first() else { return Ok(()) };
        let total = |name: &str| {
            let counts: Vec<u32> = cpus.iter().filter_map(|cpu| small(cpu, name)).collect();
            (counts.len() == cpus.len()).then(|| counts.iter().fold(0, |sum: u32, count| sum.saturating_add(*count)))
        };
        inventory.sockets = u32::try_from(cpus.len()).ok();
        inventory.cores = total("TotalCores").or(inventory.cores);
        inventory.cpus = total("TotalThreads").unwrap_or(inventory.cpus);
        inventory.cpu_model = text(first, "Model").or_else(|| inventory.cpu_model.take());
        inventory.architecture = architecture(first);
        Ok(())
    }

    async fn memory_mib(&self, system: &Value) -> Result<u64, RedfishError> {
        let total = number(at(system, &["MemorySummary"]), "TotalSystemMemoryGiB").filter(|total| *total > 0.0);
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a cast of a float saturates")]
        if let Some(total) = total {
            return Ok((total * 1024.0).round() as u64);
        }
        let modules = self.client().each(link(system, "Memory"), PARTS).await?;
        let sizes = modules.iter().map(|one| &one.body).filter(|one| is_present(one));
        Ok(sizes.filter_map(|one| count(one, "CapacityMiB")).fold(0, u64::saturating_add))
    }

    async fn nics(&self, system: &Value, places: &Places) -> Result<Vec<InventoryNic>, RedfishError> {
        let cards = self.cards(places).await?;
        let read = self.client().each(link(system, "EthernetInterfaces"), PARTS).await?;
        let mut nics: BTreeMap<String, InventoryNic> = BTreeMap::new();
        for one in read.iter().map(|one| &one.body).filter(|one| is_present(one)) {
            let Some(mac) = mac(one, &["MACAddress", "PermanentMACAddress"]) else { continue };
            let name = text(one, "Id").or_else(|| text(one, "Name")).unwrap_or_else(|| mac.clone());
            let connected = word(one, "LinkStatus") == Some("LinkUp");
            let speed_mbps = small(one, "SpeedMbps").filter(|speed| *speed > 0);
            let nic = InventoryNic { name, mac: mac.clone(), speed_mbps, connected, ..InventoryNic::default() };
            nics.entry(mac).or_insert(nic);
        }
        for (mac, card) in cards {
            let new = || InventoryNic { name: mac.clone(), mac: mac.clone(), ..InventoryNic::default() };
            let nic = nics.entry(mac.clone()).or_insert_with(new);
            nic.pci_address = card.pci_address;
            nic.vendor = card.vendor;
            nic.model = card.model;
            nic.firmware_version = card.firmware_version;
        }
        let mut nics: Vec<InventoryNic> = nics.into_values().collect();
        nics.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(nics)
    }

    /// Network cards by MAC address, from the adapters of the chassis.
    async fn cards(&self, places: &Places) -> Result<BTreeMap<String, Card>, RedfishError> {
        let mut cards = BTreeMap::new();
        for chassis in &places.chassis {
            let Some(chassis) = self.client().follow(Some(chassis)).await? else { continue };
            for adapter in self.client().each(link(&chassis.body, "NetworkAdapters"), PARTS).await? {
                let adapter = &adapter.body;
                for function in self.client().each(link(adapter, "NetworkDeviceFunctions"), PARTS).await? {
                    let function = &function.body;
                    let names = ["PermanentMACAddress", "MACAddress"];
                    let Some(mac) = mac(at(function, &["Ethernet"]), &names) else { continue };
                    let card = Card {
                        pci_address: self.pci_address(function).await?,
                        vendor: text(adapter, "Manufacturer"),
                        model: text(adapter, "Model").or_else(|| text(adapter, "Name")),
                        firmware_version: adapter_firmware(adapter),
                    };
                    cards.entry(mac).or_insert(card);
                }
            }
        }
        Ok(cards)
    }

    /// The PCI address of a function or a drive, where it or what it links to tells one.
    pub(super) async fn pci_address(&self, function: &Value) -> Result<Option<String>, RedfishError> {
        let places = at(function, &["Links"]);
        let links = link(places, "PCIeFunction").map(str::to_owned).into_iter().chain(links(places, "PCIeFunctions"));
        for link in links.take(1) {
            if let Some(pcie) = self.client().follow(Some(&link)).await?
                && let Some(address) = pci_address(&pcie.body, last(&pcie.path))
            {
                return Ok(Some(address));
            }
            if let Some(address) = pci_address(&Value::Null, last(&link)) {
                return Ok(Some(address));
            }
        }
        Ok(pci_address(function, ""))
    }
}

/// Version of an adapter's firmware, of its first controller.
fn adapter_firmware(adapter: &Value) -> Option<String> {
    let controller = super::json::list(adapter, "Controllers").first()?;
    text(controller, "FirmwarePackageVersion").or_else(|| text(controller, "FirmwareVersion"))
}

/// MAC address from the first of these properties that holds one, in lower case with colons.
fn mac(value: &Value, names: &[&str]) -> Option<String> {
    names.iter().find_map(|name| {
        let text = text(value, name)?;
        let digits: String = text.chars().filter(char::is_ascii_hexdigit).collect::<String>().to_ascii_lowercase();
        let signs = text.chars().all(|c| c.is_ascii_hexdigit() || matches!(c, ':' | '-' | '.'));
        if !signs || digits.len() != 12 || digits == "000000000000" {
            return None;
        }
        let pairs: Vec<&str> = (0..6).filter_map(|pair| digits.get(pair * 2..pair * 2 + 2)).collect();
        Some(pairs.join(":"))
    })
}

/// Architecture as the provisioner names it, of a processor.
fn architecture(processor: &Value) -> Option<String> {
    let name = match (word(processor, "ProcessorArchitecture")?, word(processor, "InstructionSet")) {
        ("x86" | "x86_64", Some("x86")) => "i386",
        ("x86" | "x86_64", _) => "amd64",
        ("ARM", Some("ARM-A32")) => "armhf",
        ("ARM", _) => "arm64",
        ("Power", _) => "ppc64el",
        _ => return None,
    };
    Some(name.to_owned())
}

/// PCI address of a function: from the numbers that `PCIeFunction` 1.6 has, or from ids of iDRAC, which are bus, device
/// and function in decimal, such as `59-0-1`.
fn pci_address(function: &Value, id: &str) -> Option<String> {
    let hex = |name: &str| -> Option<u64> {
        match function.get(name)? {
            Value::Number(number) => number.as_u64(),
            value => u64::from_str_radix(as_text(value)?.trim_start_matches("0x").trim_start_matches("0X"), 16).ok(),
        }
    };
    let address = |segment: u64, bus: u64, device: u64, function: u64| {
        let fits = segment <= 0xffff && bus <= 0xff && device <= 0x1f && function <= 7;
        fits.then(|| format!("{segment:04x}:{bus:02x}:{device:02x}.{function}"))
    };
    if let (Some(bus), Some(device)) = (hex("BusNumber"), hex("DeviceNumber")) {
        let number = hex("FunctionNumber").or_else(|| count(function, "FunctionId")).unwrap_or_default();
        return address(hex("SegmentNumber").unwrap_or_default(), bus, device, number);
    }
    let pieces: Vec<u64> = id.split('-').map(str::parse).collect::<Result<_, _>>().ok()?;
    match pieces.as_slice() {
        [bus, device, function] => address(0, *bus, *device, *function),
        [segment, bus, device, function] => address(*segment, *bus, *device, *function),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn addresses_are_written_one_way() {
        let of = |text: &str| mac(&json!({"MACAddress": text}), &["MACAddress"]);
        for text in ["52:54:00:AB:cd:01", "52-54-00-ab-cd-01", "525400ABCD01", "5254.00ab.cd01"] {
            assert_eq!(of(text).as_deref(), Some("52:54:00:ab:cd:01"), "{text}");
        }
        for text in ["", "00:00:00:00:00:00", "52:54:00:ab:cd", "é2:54:00:ab:cd:01", "xx525400ABCD01"] {
            assert_eq!(of(text), None, "{text}");
        }
        let pci = |value: Value, id: &str| pci_address(&value, id);
        assert_eq!(pci(json!({}), "59-0-1").as_deref(), Some("0000:3b:00.1"));
        let told = json!({"SegmentNumber": "0x0001", "BusNumber": "3B", "DeviceNumber": "0x00", "FunctionNumber": 1});
        assert_eq!(pci(told, "x").as_deref(), Some("0001:3b:00.1"));
        assert_eq!((pci(json!({"BusNumber": 999, "DeviceNumber": 1}), ""), pci(json!(7), "1-2")), (None, None));
    }
}
