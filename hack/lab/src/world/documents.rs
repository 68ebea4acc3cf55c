//! The documents that machines bring to MAAS: lshw's and lldpd's.

use std::fmt::Write;

use crate::region::node::Node;
use crate::spec::MachineSpec;

/// A machine's UUID as text.
pub(super) fn uuid_text(guid: &[u8; 16]) -> String {
    let hex = guid.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    });
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

/// The lshw document, where alone SCSI addresses stand.
pub(super) fn lshw(spec: &MachineSpec, node: &Node, serial: &str) -> String {
    let mut text = String::from("<?xml version=\"1.0\" standalone=\"yes\" ?>\n<list>\n");
    let _ = write!(
        text,
        "<node id=\"{}\" claimed=\"true\" class=\"system\" handle=\"DMI:0100\">\n <description>Rack Mount Chassis\
         </description>\n <product>{}</product>\n <vendor>{}</vendor>\n <serial>{}</serial>\n <node id=\"core\" \
         claimed=\"true\" class=\"bus\" handle=\"DMI:0200\">\n  <node id=\"firmware\" claimed=\"true\" class=\"memory\">\
         <description>BIOS</description><vendor>{}</vendor><version>{}</version></node>\n",
        escape(&node.hostname),
        escape(&spec.product),
        escape(&spec.vendor),
        escape(serial),
        escape(&spec.vendor),
        escape(&spec.bios_version),
    );
    processors(spec, &mut text);
    for (index, nic) in spec.nics.iter().enumerate() {
        let businfo = nic.pci.as_ref().map(|pci| format!("  <businfo>pci@{pci}</businfo>\n")).unwrap_or_default();
        let _ = write!(
            text,
            "  <node id=\"network:{index}\" claimed=\"true\" class=\"network\">\n  <description>Ethernet interface\
             </description>\n  <product>{}</product>\n  <vendor>{}</vendor>\n{businfo}  <logicalname>{}\
             </logicalname>\n  <serial>{}</serial>\n  </node>\n",
            escape(&nic.product),
            escape(&nic.vendor),
            escape(&nic.name),
            escape(&nic.mac.to_lowercase()),
        );
    }
    for (index, disk) in spec.disks.iter().enumerate() {
        let businfo = match (&disk.scsi, &disk.pci) {
            (Some(scsi), _) => format!("  <businfo>scsi@{}</businfo>\n", escape(scsi)),
            (None, Some(pci)) => format!("  <businfo>pci@{}</businfo>\n", escape(pci)),
            (None, None) => String::new(),
        };
        let known = node.disks.iter().find(|known| known.name == disk.name);
        let serial = known.and_then(|known| known.serial.as_deref()).unwrap_or_default();
        let _ = write!(
            text,
            "  <node id=\"disk:{index}\" claimed=\"true\" class=\"disk\">\n  <description>Disk</description>\n  \
             <product>{}</product>\n{businfo}  <logicalname>/dev/{}</logicalname>\n  <serial>{}</serial>\n  \
             <size units=\"bytes\">{}</size>\n  </node>\n",
            escape(&disk.model),
            escape(&disk.name),
            escape(serial),
            disk.size_bytes,
        );
    }
    text.push_str(" </node>\n</node>\n</list>\n");
    text
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Sockets with a CPU in each.
const SOCKETS: u32 = 2;

/// The CPUs, their logical ones shared out among the sockets, two to a core.
fn processors(spec: &MachineSpec, text: &mut String) {
    let threads = spec.cpus / SOCKETS;
    for socket in 0..SOCKETS {
        let _ = write!(
            text,
            "  <node id=\"cpu:{socket}\" claimed=\"true\" class=\"processor\">\n  <product>{}</product>\n  \
             <configuration><setting id=\"cores\" value=\"{}\" /><setting id=\"threads\" value=\"{threads}\" />\
             </configuration>\n  </node>\n",
            escape(&spec.cpu_model),
            threads / 2,
        );
    }
}

/// What lldpd hears: one switch port for each connected NIC.
pub(super) fn lldp(spec: &MachineSpec) -> String {
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<lldp label=\"LLDP neighbors\">\n");
    let connected = spec.nics.iter().filter_map(|nic| Some((nic, nic.segment.as_ref()?)));
    for (index, (nic, segment)) in connected.enumerate() {
        let _ = write!(
            text,
            " <interface label=\"Interface\" name=\"{0}\" via=\"LLDP\" rid=\"{1}\" age=\"0 day, 00:00:24\">\n  \
             <chassis label=\"Chassis\"><name label=\"SysName\">{2}</name></chassis>\n  <port \
             label=\"Port\"><id label=\"PortID\" type=\"ifname\">swp{1}</id><descr label=\"PortDescr\">{3}:{0}\
             </descr></port>\n </interface>\n",
            escape(&nic.name),
            index + 1,
            escape(&nic.switch.clone().unwrap_or_else(|| format!("switch-{segment}"))),
            escape(&spec.name),
        );
    }
    text.push_str("</lldp>\n");
    text
}
