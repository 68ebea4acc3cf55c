//! Every network that is named is there.

use super::{Affected, ClassView, NodeView, Report, Rule, SiteView, at, inherited, own, references::missing};
use crate::design::Catalog;

pub(super) const RULE: Rule = Rule {
    id: "SLW1019",
    name: "unknown-network",
    title: "Every network that is named is there",
    why: "An interface on a network that nobody describes would come up without VLAN, address and route, silently.",
    fix: "Create the Network, or correct the name where it is used.",
    class: Some(inherited_names),
    node: Some(addresses),
    site: Some(links_and_racks),
    ..Rule::BLANK
};

fn inherited_names(view: &ClassView<'_>, report: &mut Report<'_>) {
    let host = view.host();
    let mut expect = |name: Option<&String>, pointer: String| {
        if let Some(name) = name.filter(|name| is_unknown(view.catalog(), name)) {
            let (message, hint) = missing("Network", name);
            report.error(inherited(pointer), message, hint);
        }
    };
    expect(host.primary_network.as_ref(), "/primaryNetwork".into());
    expect(host.oob.as_ref().and_then(|oob| oob.network.as_ref()), "/oob/network".into());
    for interface in &host.interfaces {
        for network in &interface.networks {
            expect(Some(network), format!("/interfaces/{}/networks", interface.name));
        }
    }
}

fn addresses(view: &NodeView<'_>, report: &mut Report<'_>) {
    for address in view.own.addresses.iter().filter(|address| is_unknown(view.catalog(), &address.network)) {
        let (message, hint) = missing("Network", &address.network);
        report.error(own(format!("spec.addresses[{}]", address.network)), message, hint);
    }
}

fn links_and_racks(view: &SiteView<'_>, report: &mut Report<'_>) {
    for (name, link) in view.links() {
        for network in link.spec.allowed_networks.iter().filter(|network| is_unknown(view.catalog(), network)) {
            let (message, hint) = missing("Network", network);
            let place = at("NetworkLink", name, "spec.allowedNetworks");
            report.error_on(Affected::OnLink(name.to_owned()), place, message, hint);
        }
    }
    // A network that is misspelt here is one that other racks are not kept off.
    for (name, rack) in &view.catalog().racks {
        for network in rack.spec.local_networks.iter().filter(|network| is_unknown(view.catalog(), network)) {
            let (message, hint) = missing("Network", network);
            report.error_on(Affected::Nobody, at("Rack", name, "spec.localNetworks"), message, hint);
        }
    }
}

fn is_unknown(catalog: &Catalog, network: &str) -> bool {
    !catalog.networks.contains_key(network) && !catalog.may_be_elsewhere("Network", network)
}
