//! Static addresses lie in their network, and are addresses that a host can have.

use super::{Report, Rule, at};
use crate::{api::network::RangeType, design::context::Context};
use std::net::IpAddr;

pub(super) const RULE: Rule = Rule {
    id: "SLW1005",
    title: "A static address lies in its network, and not where others are handed out",
    drydock: Some("DD2002"),
    check,
};

fn check(context: &Context<'_>, report: &mut Report<'_>) {
    for (node, object) in &context.manifests.nodes {
        for entry in &object.spec.addresses {
            let Some(network) = context.manifests.networks.get(&entry.network) else { continue };
            let (Some(address), cidr) = (entry.address.map(|a| a.0), network.spec.cidr.0) else { continue };
            let place = || at("BaremetalNode", node, format!("spec.addresses[{}].address", entry.network));
            if !cidr.contains(&address) {
                report.error(
                    place(),
                    format!("{address} lies outside network `{}` ({cidr})", entry.network),
                    format!("give an address of {cidr}, or correct the network's cidr"),
                    vec![node.clone()],
                );
            } else if is_no_host(cidr, address) {
                report.error(
                    place(),
                    format!("{address} is the network or broadcast address of `{}` ({cidr})", entry.network),
                    "give an address that a host can have",
                    vec![node.clone()],
                );
            } else if network.spec.default_gateway().is_some_and(|g| g.0 == address) {
                report.error(
                    place(),
                    format!("{address} is the gateway of network `{}`", entry.network),
                    "give another address; MAAS would not refuse this one",
                    vec![node.clone()],
                );
            }
            let taken = network.spec.ranges.iter().find(|r| r.start.0 <= address && address <= r.end.0);
            let what = match taken.map(|range| range.purpose) {
                Some(RangeType::Dhcp) => "DHCP",
                Some(RangeType::Reserved) => "reserved",
                Some(RangeType::Static) | None => continue,
            };
            if let Some(range) = taken {
                report.error(
                    place(),
                    format!(
                        "{address} lies in the {what} range {}-{} of network `{}`",
                        range.start, range.end, entry.network
                    ),
                    "give an address outside the DHCP and reserved ranges",
                    vec![node.clone()],
                );
            }
        }
    }
}

fn is_no_host(cidr: ipnet::IpNet, address: IpAddr) -> bool {
    cidr.addr().is_ipv4() && cidr.prefix_len() < 31 && (cidr.network() == address || cidr.broadcast() == address)
}
