//! The document of `lshw`: disks on the SCSI bus, and the CPUs.

use super::{
    Processor, ScsiDisk,
    xml::{self, Element},
};

/// What was read.
#[derive(Debug, Default)]
pub(super) struct Lshw {
    pub disks: Vec<ScsiDisk>,
    pub processors: Vec<Processor>,
}

pub(super) fn read(text: &str) -> Lshw {
    let mut found = Lshw::default();
    xml::read(text).walk(&mut |element| {
        if element.name == "node" {
            disk(element, &mut found);
            found.processors.extend(processor(element));
        }
    });
    found
}

/// A node whose `businfo` is on the SCSI bus, by the names that the kernel has for it.
fn disk(node: &Element, found: &mut Lshw) {
    let address = node.text_of("businfo").and_then(|bus| bus.strip_prefix("scsi@"));
    // What stands after a comma is the number of a partition.
    let Some(address) = address.filter(|address| !address.contains(',')) else { return };
    for name in node.all("logicalname").filter_map(|name| name.text.trim().strip_prefix("/dev/")) {
        let serial = node.text_of("serial").map(str::to_owned);
        found.disks.push(ScsiDisk { name: name.to_owned(), address: address.to_owned(), serial });
    }
}

/// A CPU that is in its socket: an empty socket is a node without a product, or disabled.
fn processor(node: &Element) -> Option<Processor> {
    let is_processor = node.attribute("class") == Some("processor") && node.attribute("disabled") != Some("true");
    let model = node.text_of("product").filter(|_| is_processor)?;
    let settings = node.all("configuration").flat_map(|configuration| configuration.all("setting"));
    let mut cores = settings.filter(|setting| setting.attribute("id") == Some("cores"));
    let cores = cores.find_map(|setting| setting.attribute("value")?.parse().ok());
    Some(Processor { model: Some(model.to_owned()), cores })
}

#[cfg(test)]
mod tests {
    use super::*;

    const XML: &str = r#"<?xml version="1.0"?><list><node id="host"><businfo>pci@0000:00:00.0</businfo>
        <node id="cpu:0" claimed="true" class="processor"><product>Xeon Gold</product>
        <configuration><setting id="cores" value="16" /><setting id="threads" value="32" /></configuration></node>
        <node id="cpu:1" class="processor" disabled="true"><description>CPU [empty]</description></node>
        <node id="raid"><logicalname>scsi0</logicalname>
        <node id="disk:0" class="disk"><businfo>scsi@0:2.0.0</businfo><logicalname>/dev/sda</logicalname>
        <serial>S1</serial>
        <node id="volume"><businfo>scsi@0:2.0.0,1</businfo><logicalname>/dev/sda1</logicalname></node></node>
        <node id="disk:1"><businfo>scsi@0:2.1.0</businfo><logicalname>/dev/sdb</logicalname></node></node></node></list>"#;

    #[test]
    fn disks_have_addresses_and_serials_and_sockets_have_cpus() {
        let found = read(XML);
        let disk = |name: &str, address: &str, serial: Option<&str>| ScsiDisk {
            name: name.into(),
            address: address.into(),
            serial: serial.map(str::to_owned),
        };
        assert_eq!(found.disks, [disk("sda", "0:2.0.0", Some("S1")), disk("sdb", "0:2.1.0", None)]);
        let xeon = Processor { model: Some("Xeon Gold".into()), cores: Some(16) };
        assert_eq!(found.processors, [xeon], "an empty socket is none");
    }
}
