//! What runs over a link fits into its frames.

use super::{Affected, Report, Rule, SiteView, at};
use crate::design::network::DEFAULT_MTU;

pub(super) const RULE: Rule = Rule {
    id: "SLW1024",
    name: "mtu-over-link",
    title: "The MTU of each network on a link, tagged or not, is at most the link's",
    why: "Larger frames are dropped on the way: small packets pass, large ones hang, and nothing says why.",
    fix: "Lower the network's `mtu`, or raise that of its NetworkLink (absent, it is 1500).",
    drydock: Some("DD2003"),
    site: Some(check),
    ..Rule::BLANK
};

fn check(view: &SiteView<'_>, report: &mut Report<'_>) {
    for (name, link) in view.links() {
        let mtu = link.spec.mtu.map_or(DEFAULT_MTU, |m| m.0);
        for network in &link.spec.allowed_networks {
            let own = view.catalog().networks.get(network).and_then(|n| n.spec.mtu);
            if let Some(own) = own.filter(|own| own.0 > mtu) {
                report.error_on(
                    Affected::OnLink(name.into()),
                    at("Network", network, "spec.mtu"),
                    format!("{own} is more than the {mtu} of link `{name}`, on which the network runs"),
                    format!("lower it, or set spec.mtu of NetworkLink `{name}` to {own} or more"),
                );
            }
        }
    }
}
