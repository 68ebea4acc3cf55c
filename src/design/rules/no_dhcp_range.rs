//! Where nodes take their addresses by DHCP, somebody gives them.

use super::{NodeView, Report, Rule, at};
use crate::api::{baremetal_node::AddressMode, network::RangeType};

pub(super) const RULE: Rule = Rule {
    id: "SLW1049",
    name: "no-dhcp-range",
    title: "A network on which nodes take addresses by DHCP has a DHCP range, or a relay",
    why: "MAAS answers DHCP only where it has a range to give from: the interface would come up without an address.",
    fix: "Add a range of type `DHCP` to the network, or a `dhcpRelay`; mark a network as `unmanaged` where a server of \
          your own answers.",
    node: Some(check),
    ..Rule::BLANK
};

fn check(view: &NodeView<'_>, report: &mut Report<'_>) {
    for entry in view.own.addresses.iter().filter(|entry| entry.mode == Some(AddressMode::Dhcp)) {
        let Some(network) = view.catalog().networks.get(&entry.network) else { continue };
        let is_given = network.spec.dhcp_relay.is_some()
            || network.spec.ranges.iter().any(|range| range.purpose == RangeType::Dhcp);
        let interfaces = view.class.iter().flat_map(|class| &class.host().interfaces);
        if !is_given
            && view.shared.networks().is_written(&entry.network)
            && interfaces.flat_map(|interface| &interface.networks).any(|network| *network == entry.network)
        {
            report.warning(
                at("Network", &entry.network, "spec.ranges"),
                "nodes take their addresses on this network by DHCP, and it has no DHCP range",
                "add a range of type DHCP, or give the nodes static addresses",
            );
        }
    }
}
