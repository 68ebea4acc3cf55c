//! MTUs are such as networks use.

use super::{Affected, Report, Rule, SiteView, at};
use crate::design::network::DEFAULT_MTU;

pub(super) const RULE: Rule = Rule {
    id: "SLW1006",
    name: "mtu-too-small",
    title: "Every MTU is one that networks use: 1280 or more",
    why: "IPv6 does not work below 1280 bytes (RFC 8200 section 5), and most smaller numbers are slips of the pen.",
    fix: "Write the MTU in bytes: 1500 is usual, 9000 where every switch on the way agrees.",
    drydock: Some("DD2003"),
    site: Some(check),
    ..Rule::BLANK
};

/// The smallest MTU that IPv6 allows (RFC 8200 section 5), in bytes.
const MINIMUM: u32 = 1280;
const HINT: &str = "1500 is usual, 9000 where every switch on the way agrees";

fn check(view: &SiteView<'_>, report: &mut Report<'_>) {
    let message = |mtu: u32| format!("{mtu} is below {MINIMUM}, the smallest MTU that IPv6 allows");
    for (name, link) in view.links() {
        let mtu = link.spec.mtu.map_or(DEFAULT_MTU, |m| m.0);
        if mtu < MINIMUM {
            report.error_on(Affected::OnLink(name.into()), at("NetworkLink", name, "spec.mtu"), message(mtu), HINT);
        }
    }
    for (name, network) in view.networks() {
        if let Some(mtu) = network.spec.mtu.filter(|mtu| mtu.0 < MINIMUM) {
            let link = view.shared.networks().link_of(name);
            let affected = link.map_or(Affected::Nobody, |link| Affected::OnLink(link.to_owned()));
            report.error_on(affected, at("Network", name, "spec.mtu"), message(mtu.0), HINT);
        }
    }
}
