//! What MAAS knows of a machine only as documents of its tools: `GET machines/{id}/?op=details` answers BSON with the XML
//! of `lshw` and of `lldpcli` in it. Each is read as far as needed, and no further; what cannot be read yields nothing.

mod bson;
mod lldp;
mod lshw;
mod xml;

use super::wire::BlockDevice;
use crate::model::Neighbour;
use std::collections::BTreeMap;

/// What was read of the documents.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Details {
    /// Disks on the SCSI bus.
    pub disks: Vec<ScsiDisk>,
    /// The CPUs.
    pub processors: Vec<Processor>,
    /// The other end of cables, by the kernel's name of the network card.
    pub neighbours: BTreeMap<String, Neighbour>,
}

/// A disk on the SCSI bus, as `lshw` tells of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct ScsiDisk {
    /// The kernel's name.
    pub name: String,
    /// Its address, such as `0:2.0.0`.
    pub address: String,
    /// Its serial number.
    pub serial: Option<String>,
}

/// A CPU in its socket.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Processor {
    /// Its model.
    pub model: Option<String>,
    /// Its cores.
    pub cores: Option<u32>,
}

impl Details {
    /// Reads the answer of `op=details`.
    pub fn read(answer: &[u8]) -> Self {
        let text = |name: &str| bson::binary(answer, name).map(String::from_utf8_lossy);
        let lshw = text("lshw").map(|xml| lshw::read(&xml)).unwrap_or_default();
        let neighbours = text("lldp").map(|xml| lldp::neighbours(&xml)).unwrap_or_default();
        Self { disks: lshw.disks, processors: lshw.processors, neighbours }
    }

    /// The SCSI address of a block device, tied to it by its serial number: kernel names change from one boot to the next,
    /// and a disk that is erased for another cannot be had back.
    pub fn scsi_address(&self, device: &BlockDevice) -> Option<&str> {
        let is_it = |disk: &&ScsiDisk| {
            let serial = disk.serial.as_deref().filter(|serial| !serial.is_empty());
            serial.is_some_and(|serial| {
                let by_path = || device.id_path.as_deref().is_some_and(|path| path.ends_with(serial));
                device.serial.as_deref().is_some_and(|of| of.eq_ignore_ascii_case(serial)) || by_path()
            })
        };
        let found: Vec<&ScsiDisk> = self.disks.iter().filter(is_it).collect();
        // Paths of one disk share its serial number.
        let named = found.iter().find(|disk| disk.name == device.name);
        let one = if let [one] = found.as_slice() { Some(one) } else { named };
        one.map(|disk| disk.address.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A document as MAAS sends it.
    fn document(elements: &[(&str, &str)]) -> Vec<u8> {
        let mut body = b"\x0aabsent\0".to_vec();
        for (name, text) in elements {
            body.push(0x05);
            body.extend(name.as_bytes());
            body.push(0);
            body.extend(u32::try_from(text.len()).unwrap().to_le_bytes());
            body.push(0);
            body.extend(text.as_bytes());
        }
        body.push(0);
        let mut all = u32::try_from(body.len() + 4).unwrap().to_le_bytes().to_vec();
        all.extend(body);
        all
    }

    #[test]
    fn both_documents_are_read() {
        let lshw =
            r#"<list><node id="disk"><businfo>scsi@0:2.0.0</businfo><logicalname>/dev/sda</logicalname></node></list>"#;
        let lldp = r#"<lldp><interface name="eno1"><chassis><name>leaf1</name></chassis><port><id type="ifname">Ethernet1</id></port></interface></lldp>"#;
        let details = Details::read(&document(&[("lshw", lshw), ("lldp", lldp)]));
        assert_eq!(details.disks[0].address, "0:2.0.0");
        assert_eq!(details.neighbours["eno1"].switch, "leaf1");
        assert_eq!(Details::read(&document(&[])), Details::default());
    }

    #[test]
    fn an_address_goes_with_the_serial_number_and_not_with_the_name() {
        let disk = |name: &str, address: &str, serial: &str| ScsiDisk {
            name: name.into(),
            address: address.into(),
            serial: Some(serial.to_owned()).filter(|serial| !serial.is_empty()),
        };
        let disks = vec![disk("sda", "0:2.0.0", "S1"), disk("sdb", "0:2.1.0", "S2"), disk("sdc", "0:2.2.0", "")];
        let details = Details { disks, ..Details::default() };
        let device = |name: &str, serial: &str, path: &str| BlockDevice {
            name: name.into(),
            serial: Some(serial.into()),
            id_path: Some(path.into()),
            ..BlockDevice::default()
        };
        assert_eq!(details.scsi_address(&device("sda", "s2", "")), Some("0:2.1.0"), "names have changed places");
        assert_eq!(details.scsi_address(&device("sdx", "", "/dev/disk/by-id/scsi-S1")), Some("0:2.0.0"));
        assert_eq!(details.scsi_address(&device("sdc", "", "")), None, "a name alone proves nothing");
    }

    #[test]
    fn nonsense_yields_nothing_and_breaks_nothing() {
        let whole = document(&[("lldp", "<lldp><interface name='a'>"), ("lshw", "<node><businfo>scsi@")]);
        for length in 0..whole.len() {
            Details::read(&whole[..length]);
        }
        assert_eq!(Details::read(b"\xff\xff\xff\xff\x05lshw\0\xff\xff\xff\xff\0"), Details::default());
    }
}
