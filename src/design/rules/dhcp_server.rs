//! Who answers DHCP on a network is said without contradiction.

use super::{Report, Rule, SiteView, at};
use crate::api::network::{DhcpMode, NetworkSpec, RangeType};

pub(super) const RULE: Rule = Rule {
    id: "SLW1071",
    name: "dhcp-server",
    title: "A network says without contradiction who answers DHCP on it",
    why: "MAAS turns DHCP on only where there is a range, and either answers itself or relays: what contradicts that comes \
          out otherwise than somebody expects, and two servers on one network hand out each other's addresses.",
    fix: "With `dhcp.mode: Always` give the network a range of type `DHCP`; name racks only where MAAS answers; use `dhcpRelay` or \
          `dhcp`, not both.",
    site: Some(check),
    ..Rule::BLANK
};

fn check(view: &SiteView<'_>, report: &mut Report<'_>) {
    for (name, network) in view.networks().filter(|(name, _)| view.is_managed(name)) {
        if let Some((field, message, hint)) = contradiction(&network.spec) {
            report.error_on(view.on_network(name), at("Network", name, field), message, hint);
        }
    }
}

/// The field, what is wrong, and how to mend it.
fn contradiction(network: &NetworkSpec) -> Option<(&'static str, String, &'static str)> {
    let dhcp = network.dhcp.as_ref()?;
    let mode = dhcp.mode.unwrap_or_default();
    let has_range = network.ranges.iter().any(|range| range.purpose == RangeType::Dhcp);
    if network.dhcp_relay.is_some() {
        let message = "the network both relays DHCP and says who answers it".to_owned();
        return Some(("spec.dhcp", message, "take out dhcp or dhcpRelay"));
    }
    if mode == DhcpMode::Always && !has_range {
        let message = "DHCP is to be answered, and the network has no range of type DHCP to give from".to_owned();
        return Some(("spec.dhcp.mode", message, "add a range of type DHCP, or take mode out"));
    }
    if let (Some(rack), DhcpMode::Never) = (&dhcp.primary_rack, mode) {
        let message = format!("rack controller {rack} is to answer, and the mode is Never");
        return Some(("spec.dhcp.primaryRack", message, "take out primaryRack and secondaryRack, or the mode"));
    }
    if dhcp.primary_rack.is_some() && dhcp.primary_rack == dhcp.secondary_rack {
        let message = "one rack controller cannot stand in for itself".to_owned();
        return Some(("spec.dhcp.secondaryRack", message, "name another rack controller, or none"));
    }
    if let Some(server) = dhcp.external.filter(|server| !network.cidr.0.contains(&server.0)) {
        let message = format!("{server} does not lie in {}", network.cidr);
        return Some(("spec.dhcp.external", message, "name the server's address on this network"));
    }
    None
}
