//! The document of `lldpcli -f xml show neighbors`: for each network card the switch and port at the other end.

use super::xml::{self, Element};
use crate::model::Neighbour;
use std::collections::BTreeMap;

/// Neighbours by the kernel's name of the network card. Where a card hears several, the one by LLDP itself counts, not
/// those by CDP and its like.
pub(super) fn neighbours(text: &str) -> BTreeMap<String, Neighbour> {
    let mut heard: BTreeMap<String, (bool, Neighbour)> = BTreeMap::new();
    xml::read(text).walk(&mut |element| {
        if element.name == "interface"
            && let Some((name, neighbour)) = interface(element)
        {
            let by_lldp = element.attribute("via").is_none_or(|via| via == "LLDP");
            let known = heard.get(&name).is_some_and(|(known, _)| *known || !by_lldp);
            if !known {
                heard.insert(name, (by_lldp, neighbour));
            }
        }
    });
    heard.into_iter().map(|(name, (_, neighbour))| (name, neighbour)).collect()
}

fn interface(element: &Element) -> Option<(String, Neighbour)> {
    let name = element.attribute("name")?.to_owned();
    let chassis = element.all("chassis").next()?;
    let switch = chassis.text_of("name").or_else(|| chassis.text_of("id"))?.to_owned();
    let port = element.all("port").next();
    let id = port.and_then(|port| port.all("id").next());
    // A MAC address as port id says little to a person who stands before the switch.
    let named = id.filter(|id| id.attribute("type") != Some("mac")).map(|id| id.text.trim());
    let described = port.and_then(|port| port.text_of("descr"));
    let port = named.filter(|id| !id.is_empty()).or(described).or_else(|| id.map(|id| id.text.trim()));
    let vlans = element.all("vlan").filter_map(|vlan| vlan.attribute("vlan-id")?.parse().ok()).collect();
    Some((name, Neighbour { switch, port: port.unwrap_or_default().to_owned(), vlans }))
}

#[cfg(test)]
mod tests {
    use super::*;

    const XML: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<lldp label="LLDP neighbors">
 <interface label="Interface" name="ens1f0" via="CDPv2" rid="1" age="0 day, 00:00:21">
  <chassis label="Chassis"><name label="SysName">cdp-name</name></chassis><port label="Port"><descr>x</descr></port>
 </interface>
 <interface label="Interface" name="ens1f0" via="LLDP" rid="2" age="0 day, 00:00:20">
  <chassis label="Chassis"><id label="ChassisID" type="mac">52:54:00:aa:00:01</id>
   <name label="SysName">r01-leaf-a</name><descr label="SysDescr">A switch</descr></chassis>
  <port label="Port"><id label="PortID" type="ifname">Ethernet12</id><descr label="PortDescr">r01-u10 nic1</descr></port>
  <vlan label="VLAN" vlan-id="20" pvid="yes">pxe</vlan><vlan label="VLAN" vlan-id="41" pvid="no">oam</vlan>
 </interface>
 <interface label="Interface" name="ens1f1" via="LLDP" rid="3">
  <chassis label="Chassis"><id label="ChassisID" type="mac">52:54:00:aa:00:02</id></chassis>
  <port label="Port"><id label="PortID" type="mac">52:54:00:aa:00:99</id><descr label="PortDescr">swp7</descr></port>
 </interface>
</lldp>"#;

    #[test]
    fn each_card_has_its_switch_and_port() {
        let found = neighbours(XML);
        let named = Neighbour { switch: "r01-leaf-a".into(), port: "Ethernet12".into(), vlans: vec![20, 41] };
        assert_eq!(found["ens1f0"], named, "LLDP goes before CDP");
        let nameless = Neighbour { switch: "52:54:00:aa:00:02".into(), port: "swp7".into(), vlans: vec![] };
        assert_eq!(found["ens1f1"], nameless);
        assert!(neighbours("<lldp/>").is_empty());
    }
}
