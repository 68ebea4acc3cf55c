//! SCSI addresses of disks, which MAAS knows only from `lshw`: `GET machines/{id}/?op=details` answers BSON with the XML in
//! it. Both are read as far as needed, and no further; what cannot be read yields nothing.

use std::collections::BTreeMap;

/// Kernel names of disks with their SCSI addresses, from the answer of `op=details`.
pub fn scsi_addresses(details: &[u8]) -> BTreeMap<String, String> {
    binary(details, "lshw").map(|xml| disks(&String::from_utf8_lossy(xml))).unwrap_or_default()
}

/// The binary element `name` of a flat BSON document.
fn binary<'a>(document: &'a [u8], name: &str) -> Option<&'a [u8]> {
    const BINARY: u8 = 0x05;
    const NULL: u8 = 0x0a;
    let mut rest = document.get(4..)?;
    loop {
        let (&kind, after) = rest.split_first()?;
        let end = after.iter().position(|byte| *byte == 0)?;
        let (key, value) = (&after[..end], after.get(end + 1..)?);
        rest = match kind {
            NULL => value,
            BINARY => {
                let length = u32::from_le_bytes(value.get(..4)?.try_into().ok()?);
                // One byte of subtype stands between length and content.
                let content = value.get(5..)?.get(..usize::try_from(length).ok()?)?;
                if key == name.as_bytes() {
                    return Some(content);
                }
                value.get(5 + content.len()..)?
            }
            _ => return None,
        };
    }
}

/// Every node whose `businfo` is on the SCSI bus, by the last part of its `logicalname`.
fn disks(xml: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    // Nodes nest: each has its own bus address and names, so an opening tag starts with none.
    let mut open: Vec<(Option<String>, Vec<String>)> = Vec::new();
    let mut rest = xml;
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        let Some(end) = rest.find('>') else { break };
        let (tag, after) = (&rest[..end], &rest[end + 1..]);
        rest = after;
        let text = || after.split('<').next().unwrap_or_default().trim().to_owned();
        match tag.split_whitespace().next().unwrap_or_default() {
            "node" if !tag.ends_with('/') => open.push((None, Vec::new())),
            "businfo" => {
                if let (Some(node), Some(address)) = (open.last_mut(), text().strip_prefix("scsi@")) {
                    node.0 = Some(address.to_owned());
                }
            }
            "logicalname" => {
                if let Some(node) = open.last_mut() {
                    node.1.push(text());
                }
            }
            "/node" => {
                if let Some((Some(address), names)) = open.pop() {
                    let kernel = names.iter().filter_map(|name| name.strip_prefix("/dev/"));
                    found.extend(kernel.map(|name| (name.to_owned(), address.clone())));
                }
            }
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const XML: &str = r#"<?xml version="1.0"?><list><node id="host"><businfo>pci@0000:00:00.0</businfo>
        <node id="raid"><logicalname>scsi0</logicalname>
        <node id="disk:0" class="disk"><businfo>scsi@0:2.0.0</businfo><logicalname>/dev/sda</logicalname>
        <node id="volume"><businfo>scsi@0:2.0.0,1</businfo><logicalname>/dev/sda1</logicalname></node></node>
        <node id="disk:1"><businfo>scsi@0:2.1.0</businfo><logicalname>/dev/sdb</logicalname></node></node></node></list>"#;

    fn document(xml: &str) -> Vec<u8> {
        let mut body = vec![0x0a];
        body.extend(b"lldp\0\x05lshw\0");
        body.extend(u32::try_from(xml.len()).unwrap().to_le_bytes());
        body.push(0);
        body.extend(xml.as_bytes());
        body.push(0);
        let mut all = u32::try_from(body.len() + 4).unwrap().to_le_bytes().to_vec();
        all.extend(body);
        all
    }

    #[test]
    fn disks_have_scsi_addresses() {
        let found = scsi_addresses(&document(XML));
        assert_eq!(found.get("sda").map(String::as_str), Some("0:2.0.0"));
        assert_eq!(found.get("sdb").map(String::as_str), Some("0:2.1.0"));
    }

    #[test]
    fn nonsense_yields_nothing() {
        let whole = document(XML);
        for length in 0..whole.len() {
            scsi_addresses(&whole[..length]);
        }
        assert!(scsi_addresses(b"\xff\xff\xff\xff\x05lshw\0\xff\xff\xff\xff\0").is_empty());
        assert!(disks("<node><businfo>scsi@").is_empty());
    }
}
