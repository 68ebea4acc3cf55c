//! What exists in one rack is used in that rack.

use super::{ClassView, Report, Rule, draft::listed, inherited};

pub(super) const RULE: Rule = Rule {
    id: "SLW1070",
    name: "rack-local-network",
    title: "A network that exists in one rack only is used by nodes of that rack",
    why: "The switches of another rack do not carry it: the host would have an address that nobody answers.",
    fix: "Attach the node to its own rack's network, correct `metadata.rack`, or take the network out of `localNetworks`.",
    class: Some(check),
    ..Rule::BLANK
};

fn check(view: &ClassView<'_>, report: &mut Report<'_>) {
    let host = view.host();
    let Some(rack) = host.metadata.as_ref().and_then(|metadata| metadata.rack.as_ref()) else { return };
    let mut expect = |network: &String, pointer: String| {
        let racks = view.catalog().racks.iter();
        let homes: Vec<&String> =
            racks.filter(|(_, home)| home.spec.local_networks.contains(network)).map(|(name, _)| name).collect();
        if !homes.is_empty() && !homes.contains(&rack) {
            report.error(
                inherited(pointer),
                format!("network `{network}` exists in rack {} only, and the node stands in `{rack}`", listed(&homes)),
                "attach the node to its own rack's network, correct metadata.rack, or take the network out of \
                 spec.localNetworks of the Rack",
            );
        }
    };
    for interface in &host.interfaces {
        for network in &interface.networks {
            expect(network, format!("/interfaces/{}/networks", interface.name));
        }
    }
    if let Some(network) = host.oob.as_ref().and_then(|oob| oob.network.as_ref()) {
        expect(network, "/oob/network".into());
    }
}
