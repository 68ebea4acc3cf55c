//! A DHCP relay leads to where DHCP is served.

use super::{Report, Rule, SiteView, at};
use crate::api::network::{NetworkSpec, RangeType};
use ipnet::IpNet;
use std::{collections::HashMap, net::IpAddr};

pub(super) const RULE: Rule = Rule {
    id: "SLW1050",
    name: "dhcp-relay",
    title: "A DHCP relay leads into another managed network, and both have a DHCP range",
    why: "MAAS relays from VLAN to VLAN: to one that it does not know, or that has nothing to give, no machine boots.",
    fix: "Name the rack controller's address on a managed network as `upstreamTarget`, and give both networks a range of \
          type `DHCP`.",
    site: Some(check),
    ..Rule::BLANK
};

fn check(view: &SiteView<'_>, report: &mut Report<'_>) {
    let mut managed = None;
    for (name, network) in view.networks().filter(|(name, _)| view.is_managed(name)) {
        let Some(relay) = &network.spec.dhcp_relay else { continue };
        let target = relay.upstream_target.0;
        let mut warn = |field: &str, message: String, hint: String| {
            report.warning(at("Network", name, field), message, hint);
        };
        let managed = managed.get_or_insert_with(|| by_cidr(view));
        if !serves(&network.spec) {
            let hint = "add a range of type DHCP: what is relayed from here is given from it";
            warn("spec.ranges", "the network relays DHCP, and has no DHCP range itself".into(), hint.into());
        }
        let field = "spec.dhcpRelay.upstreamTarget";
        match holder(managed, target) {
            _ if network.spec.cidr.0.contains(&target) => {
                let hint = "name a rack controller's address on another network, or take dhcpRelay out";
                warn(field, format!("{target} lies in this network itself"), hint.into());
            }
            None => {
                let hint = "name a rack controller's address on a network that MAAS manages";
                warn(field, format!("{target} lies in no managed network of this site"), hint.into());
            }
            Some((upstream, spec)) if !serves(spec) => warn(
                field,
                format!("{target} lies in network `{upstream}`, which has no DHCP range"),
                format!("add a range of type DHCP to Network `{upstream}`"),
            ),
            Some(_) => {}
        }
    }
}

fn serves(network: &NetworkSpec) -> bool {
    network.ranges.iter().any(|range| range.purpose == RangeType::Dhcp)
}

type ByCidr<'a> = HashMap<IpNet, (&'a str, &'a NetworkSpec)>;

fn by_cidr<'a>(view: &SiteView<'a>) -> ByCidr<'a> {
    let managed = view.networks().filter(|(name, _)| view.is_managed(name));
    managed.map(|(name, network)| (network.spec.cidr.0.trunc(), (name, &network.spec))).collect()
}

/// The smallest network that holds an address.
fn holder<'a>(networks: &ByCidr<'a>, address: IpAddr) -> Option<(&'a str, &'a NetworkSpec)> {
    let longest = if address.is_ipv4() { 32 } else { 128 };
    let cidrs = (0..=longest).rev().filter_map(|length| IpNet::new(address, length).ok());
    cidrs.map(|cidr| cidr.trunc()).find_map(|cidr| networks.get(&cidr).copied())
}
