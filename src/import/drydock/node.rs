//! BaremetalNodes.
//!
//! A network that an interface carries and `addressing` lacks is brought up without an address. Which networks those are
//! shows only once everything is inherited, so whoever imports completes it (see `cli::import`).

use super::{
    Job, Source,
    envelope::NETWORK,
    host::{Described, describe},
};
use crate::{
    api::{
        BaremetalNode,
        baremetal_node::{AddressMode, BaremetalNodeSpec, NodeAddress},
        values::IpAddress,
    },
    import::{
        ImportError,
        fields::{Fields, parse},
    },
};

/// A BaremetalNode. An address that cannot be read is an error: left out, it would become a link without an address.
pub(super) fn node(job: &Job<'_>, mut source: Source<'_>) -> Result<BaremetalNode, ImportError> {
    let name = source.name.clone();
    let addresses = addresses(job, &mut source.fields)?;
    let place = source.at("metadata.boot_mac");
    let Described { host_profile, host, boot_mac } = describe(job, source);
    let spec = BaremetalNodeSpec {
        host_profile,
        host,
        addresses,
        boot_mac: boot_mac.and_then(|mac| parse(&place, &mac)),
        ..BaremetalNodeSpec::default()
    };
    Ok(BaremetalNode::new(&name, spec))
}

fn addresses(job: &Job<'_>, fields: &mut Fields<'_>) -> Result<Vec<NodeAddress>, ImportError> {
    let mut addresses: Vec<NodeAddress> = Vec::new();
    for (place, value) in fields.list("addressing") {
        let mut entry = Fields::new(place.clone(), value);
        let (network, address) = (entry.text("network"), entry.text("address").unwrap_or_default());
        let Some(network) = network else {
            return Err(place.at("network").refuse("nothing", "the name of a Network"));
        };
        let network = job.names.refer(&place.at("network"), NETWORK, &network);
        if addresses.iter().any(|known| known.network == network) {
            place.warn(format!("network `{network}` has an address already; the first one is carried over"));
            continue;
        }
        let (mode, address) = if address.eq_ignore_ascii_case("dhcp") {
            (Some(AddressMode::Dhcp), None)
        } else {
            let refuse = |_| place.at("address").refuse(format!("`{address}`"), "dhcp or an IP address");
            (Some(AddressMode::Static), Some(address.trim().parse::<IpAddress>().map_err(refuse)?))
        };
        addresses.push(NodeAddress { network, mode, address });
    }
    if addresses.is_empty() {
        fields.at("addressing").warn("there is none, which Drydock refuses");
    }
    Ok(addresses)
}

#[cfg(test)]
mod tests {
    use crate::import::drydock::testing::{errors, import, warnings};
    use serde_json::json;

    #[test]
    fn addresses_are_static_or_by_dhcp() {
        let imported = import(
            "
schema: drydock/BaremetalNode/v1
metadata: {name: n_1}
data:
  host_profile: CP_r720
  addressing:
  - {network: oam_net, address: 10.0.0.1}
  - {network: pxe, address: dhcp}
  - {network: pxe, address: 10.0.1.1}
  metadata: {boot_mac: '52:54:00:AB:00:01'}
",
        );
        let node = serde_json::to_value(&imported.nodes[0]).unwrap();
        assert_eq!(node["metadata"]["name"], "n-1");
        assert_eq!(
            node["spec"],
            json!({
                "hostProfile": "cp-r720",
                "addresses": [
                    {"network": "oam-net", "mode": "Static", "address": "10.0.0.1"},
                    {"network": "pxe", "mode": "DHCP"},
                ],
                "bootMac": "52:54:00:ab:00:01",
            })
        );
        assert_eq!(warnings(&imported).len(), 4);
    }

    #[test]
    fn an_address_that_cannot_be_read_leaves_the_node_out() {
        let imported = import(
            "
schema: drydock/BaremetalNode/v1
metadata: {name: n1}
data: {colour: red, addressing: [{network: oam, address: ''}]}
",
        );
        assert_eq!(
            errors(&imported),
            [
                "BaremetalNode/n1 addressing[0].address: found ``, expected dhcp or an IP address; the document is left out"
            ]
        );
        assert_eq!(warnings(&imported), Vec::<String>::new());
    }
}
