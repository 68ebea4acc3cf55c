//! MTUs are consistent over links.

use super::{Report, Rule, at, nodes_on_link};
use crate::design::{context::Context, network::DEFAULT_MTU};

pub(super) const RULE: Rule = Rule {
    id: "SLW1006",
    title: "A network's MTU fits its link, and every MTU is one that networks use",
    drydock: Some("DD2003"),
    check,
};

/// The smallest MTU that IPv6 allows (RFC 8200 section 5), in bytes.
const MINIMUM: u32 = 1280;

fn check(context: &Context<'_>, report: &mut Report<'_>) {
    for (name, link) in &context.manifests.links {
        let mtu = link.spec.mtu.map_or(DEFAULT_MTU, |m| m.0);
        if mtu < MINIMUM {
            report.error(
                at("NetworkLink", name, "spec.mtu"),
                format!("{mtu} is below {MINIMUM}, the smallest MTU that IPv6 allows"),
                "1500 is usual, 9000 where every switch on the way agrees",
                nodes_on_link(context, name),
            );
        }
        for network in &link.spec.allowed_networks {
            let Some(own) = context.manifests.networks.get(network).and_then(|n| n.spec.mtu) else { continue };
            if own.0 > mtu {
                report.error(
                    at("Network", network, "spec.mtu"),
                    format!("{own} is more than the {mtu} of link `{name}`, on which the network runs"),
                    format!("lower it, or set spec.mtu of NetworkLink `{name}` to {own} or more"),
                    nodes_on_link(context, name),
                );
            } else if own.0 < MINIMUM {
                report.error(
                    at("Network", network, "spec.mtu"),
                    format!("{own} is below {MINIMUM}, the smallest MTU that IPv6 allows"),
                    "1500 is usual",
                    nodes_on_link(context, name),
                );
            }
        }
    }
}
