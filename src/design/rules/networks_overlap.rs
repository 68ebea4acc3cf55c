//! No address belongs to two networks.

use super::{Report, Rule, SiteView, at};
use ipnet::IpNet;

pub(super) const RULE: Rule = Rule {
    id: "SLW1047",
    name: "networks-overlap",
    title: "No two networks overlap",
    why: "MAAS refuses the second subnet; and a host on one never reaches its neighbours on the other.",
    fix: "Give each network addresses of its own.",
    site: Some(check),
    ..Rule::BLANK
};

/// A network, and whether the provisioner is to hold it.
struct Known<'a> {
    cidr: IpNet,
    name: &'a str,
    is_managed: bool,
}

fn check(view: &SiteView<'_>, report: &mut Report<'_>) {
    // A library may lend networks that this site has no use for.
    let is_ours = |name: &str| {
        !view.is_borrowed("Network", name) || view.shared.networks().link_of(name).is_some() || view.is_of_bmcs(name)
    };
    let networks = view.networks().filter(|(name, _)| is_ours(name));
    let mut networks: Vec<Known<'_>> = networks
        .map(|(name, network)| Known { cidr: network.spec.cidr.0.trunc(), name, is_managed: view.is_managed(name) })
        .collect();
    networks.sort_by_key(|known| (known.cidr.network(), known.cidr.prefix_len(), known.name));
    // CIDRs lie within one another or apart: those that hold the next one are a stack.
    let (mut managed, mut all): (Vec<&Known<'_>>, Vec<&Known<'_>>) = (Vec::new(), Vec::new());
    for known in &networks {
        for holders in [&mut managed, &mut all] {
            while holders.last().is_some_and(|holder| !holder.cidr.contains(&known.cidr)) {
                holders.pop();
            }
        }
        let message =
            |holder: &Known<'_>| format!("{} overlaps network `{}` ({})", known.cidr, holder.name, holder.cidr);
        let (place, hint) = (at("Network", known.name, "spec.cidr"), "give each network addresses of its own");
        match (managed.last(), all.last()) {
            (Some(holder), _) if known.is_managed => {
                report.error_on(view.on_networks([known.name, holder.name]), place, message(holder), hint);
            }
            (_, Some(holder)) => report.warning(place, message(holder), hint),
            _ => {}
        }
        all.push(known);
        if known.is_managed {
            managed.push(known);
        }
    }
}
