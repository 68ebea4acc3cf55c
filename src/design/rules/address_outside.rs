//! Static addresses lie in their network, and are addresses that a host can have.

use super::{NodeView, Report, Rule, own, range_outside::sound};
use crate::api::network::{AddressRange, NetworkSpec, RangeType};
use std::net::IpAddr;

pub(super) const RULE: Rule = Rule {
    id: "SLW1005",
    name: "address-outside",
    title: "A static address lies in its network, and not where others are handed out",
    why: "A host with an address from elsewhere reaches nobody; one with an address that DHCP hands out meets its double.",
    fix: "Give an address of the network that is neither its own, its broadcast or gateway address, nor in a range of type \
          `DHCP` or `Reserved`.",
    drydock: Some("DD2002"),
    node: Some(check),
    ..Rule::BLANK
};

fn check(view: &NodeView<'_>, report: &mut Report<'_>) {
    for entry in &view.own.addresses {
        let Some(network) = view.catalog().networks.get(&entry.network) else { continue };
        let (Some(address), cidr) = (entry.address.map(|a| a.0), network.spec.cidr.0) else { continue };
        let name = &entry.network;
        let place = || own(format!("spec.addresses[{name}].address"));
        if !cidr.contains(&address) {
            report.error(
                place(),
                format!("{address} lies outside network `{name}` ({cidr})"),
                format!("give an address of {cidr}, or correct the network's cidr"),
            );
        } else if is_no_host(cidr, address) {
            report.error(
                place(),
                format!("{address} is the network or broadcast address of `{name}` ({cidr})"),
                "give an address that a host can have",
            );
        } else if network.spec.default_gateway().is_some_and(|gateway| gateway.0 == address) {
            report.error(
                place(),
                format!("{address} is the gateway of network `{name}`"),
                "give another address; MAAS would not refuse this one",
            );
        }
        let taken = sound(&network.spec).map(|(_, range)| range).find(|r| r.start.0 <= address && address <= r.end.0);
        let what = match taken.map(|range| range.purpose) {
            Some(RangeType::Dhcp) => "DHCP",
            Some(RangeType::Reserved) => "reserved",
            Some(RangeType::Static) | None => continue,
        };
        if let Some(range) = taken {
            report.error(
                place(),
                format!("{address} lies in the {what} range {}-{} of network `{name}`", range.start, range.end),
                "give an address outside the DHCP and reserved ranges",
            );
        }
    }
}

fn is_no_host(cidr: ipnet::IpNet, address: IpAddr) -> bool {
    cidr.addr().is_ipv4() && cidr.prefix_len() < 31 && (cidr.network() == address || cidr.broadcast() == address)
}

/// Whether this rule has something against an address on a network.
pub(super) fn is_refused(network: &NetworkSpec, address: IpAddr) -> bool {
    let cidr = network.cidr.0;
    let is_held = |range: &AddressRange| range.start.0 <= address && address <= range.end.0;
    !cidr.contains(&address)
        || is_no_host(cidr, address)
        || network.default_gateway().is_some_and(|gateway| gateway.0 == address)
        || sound(network).any(|(_, range)| range.purpose != RangeType::Static && is_held(range))
}
