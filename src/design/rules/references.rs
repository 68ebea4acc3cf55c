//! Every name leads to an object.

use super::{Report, Rule, at, inherited};
use crate::design::{context::Context, profiles::ChainProblem};

pub(super) const RULE: Rule =
    Rule { id: "SLW1001", title: "Every reference leads to an object of the site", drydock: None, check };

fn check(context: &Context<'_>, report: &mut Report<'_>) {
    let manifests = context.manifests;
    let missing = |kind: &str, name: &str| {
        (
            format!("refers to {kind} `{name}`, which is not there"),
            format!("create the {kind} `{name}` in this namespace, or correct the name"),
        )
    };
    for (node, problem) in &context.broken {
        if let ChainProblem::Missing { by, profile } = problem {
            let (message, hint) = missing("HostProfile", profile);
            let place = match by {
                Some(by) => at("HostProfile", by, "spec.hostProfile"),
                None => at("BaremetalNode", node, "spec.hostProfile"),
            };
            report.error(place, message, hint, vec![node.clone()]);
        }
    }
    for (node, effective) in &context.hosts {
        let host = &effective.host;
        let mut expect = |kind: &'static str, name: Option<&String>, known: &dyn Fn(&str) -> bool, pointer: &str| {
            if let Some(name) = name.filter(|name| !known(name)) {
                let (message, hint) = missing(kind, name);
                report.error(inherited(context, node, pointer), message, hint, vec![node.clone()]);
            }
        };
        let network = |name: &str| manifests.networks.contains_key(name);
        expect(
            "HardwareProfile",
            host.hardware_profile.as_ref(),
            &|n| manifests.hardware_profiles.contains_key(n),
            "/hardwareProfile",
        );
        expect("Network", host.primary_network.as_ref(), &network, "/primaryNetwork");
        expect("Network", host.oob.as_ref().and_then(|o| o.network.as_ref()), &network, "/oob/network");
        let rack = host.metadata.as_ref().and_then(|m| m.rack.as_ref());
        // Racks are optional: a rack's name is a reference only in a site that describes its racks.
        expect("Rack", rack, &|n| manifests.racks.is_empty() || manifests.racks.contains_key(n), "/metadata/rack");
        for interface in &host.interfaces {
            let below = format!("/interfaces/{}", interface.name);
            expect(
                "NetworkLink",
                interface.link.as_ref(),
                &|n| manifests.links.contains_key(n),
                &format!("{below}/link"),
            );
            for name in &interface.networks {
                expect("Network", Some(name), &network, &format!("{below}/networks"));
            }
        }
        for address in manifests.nodes.get(node).into_iter().flat_map(|n| &n.spec.addresses) {
            if !network(&address.network) {
                let (message, hint) = missing("Network", &address.network);
                let place = at("BaremetalNode", node, format!("spec.addresses[{}]", address.network));
                report.error(place, message, hint, vec![node.clone()]);
            }
        }
    }
    for (name, link) in &manifests.links {
        for network in link.spec.allowed_networks.iter().filter(|n| !manifests.networks.contains_key(*n)) {
            let (message, hint) = missing("Network", network);
            report.error(
                at("NetworkLink", name, "spec.allowedNetworks"),
                message,
                hint,
                super::nodes_on_link(context, name),
            );
        }
    }
}
