//! Racks.

use super::{Job, Source, envelope::NETWORK};
use crate::{
    api::{
        Rack,
        rack::{RackSpec, RackSwitch},
    },
    import::{fields::distinct, names::valid_labels},
};

/// A Rack.
pub(super) fn rack(job: &Job<'_>, source: Source<'_>) -> Rack {
    let Source { name, mut fields, .. } = source;
    let switches = fields.named("tor_switches").into_iter().map(|(name, mut switch)| RackSwitch {
        name,
        management_address: switch.parse("mgmt_ip"),
        // The schema's spelling, and that of Drydock's code.
        sdn_api_uri: switch.text("sdn_api_uri").or_else(|| switch.text("sdn_api_url")),
    });
    let switches = switches.collect();
    let place = fields.at("local_networks");
    let networks = fields.texts("local_networks");
    let networks = networks.iter().map(|network| job.names.refer(&place, NETWORK, network)).collect();
    let spec = RackSpec {
        location: fields.text_map("location"),
        switches,
        local_networks: distinct(&place, networks),
        ..RackSpec::default()
    };
    let labels = fields.text_map("labels");
    let mut rack = Rack::new(&name, spec);
    rack.metadata.labels = valid_labels(&fields.at("labels"), labels);
    rack
}

#[cfg(test)]
mod tests {
    use crate::import::drydock::testing::{import, warnings};
    use serde_json::json;

    #[test]
    fn a_rack_is_carried_over() {
        let imported = import(
            "
schema: drydock/Rack/v1
metadata: {name: RACK_1}
data:
  tor_switches: {sw01: {mgmt_ip: 10.0.0.2, sdn_api_uri: 'https://sdn/1'}, sw02: {mgmt_ip: 10.0.0, sdn_api_url: 'https://sdn/2'}}
  location: {clli: HSTNTXMOCG0, grid: EG12, floor: 3}
  local_networks: [pxe_rack1]
  labels: {zone: east}
",
        );
        let rack = serde_json::to_value(&imported.racks[0]).unwrap();
        assert_eq!(rack["metadata"], json!({"name": "rack-1", "labels": {"zone": "east"}}));
        assert_eq!(
            rack["spec"],
            json!({
                "switches": [
                    {"name": "sw01", "managementAddress": "10.0.0.2", "sdnApiUri": "https://sdn/1"},
                    {"name": "sw02", "sdnApiUri": "https://sdn/2"},
                ],
                "location": {"clli": "HSTNTXMOCG0", "grid": "EG12", "floor": "3"},
                "localNetworks": ["pxe-rack1"],
            })
        );
        assert_eq!(warnings(&imported).len(), 3, "{:?}", warnings(&imported));
    }
}
