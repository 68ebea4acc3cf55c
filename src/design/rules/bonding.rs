//! Bond modes and their options go together.

use super::{Affected, Report, Rule, SiteView, at};
use crate::api::network_link::BondMode;

pub(super) const RULE: Rule = Rule {
    id: "SLW1009",
    name: "bond-options",
    title: "A bond's options fit its mode",
    why: "The kernel ignores or refuses options of another mode: the bond would come up otherwise than designed, or not \
          at all.",
    fix: "`lacpRate` goes with mode `802.3ad`; `transmitHashPolicy` with `802.3ad` and `balance-xor`; `upDelay` and \
          `downDelay` are at least `monitorInterval`.",
    drydock: Some("DD1006"),
    site: Some(check),
    ..Rule::BLANK
};

fn check(view: &SiteView<'_>, report: &mut Report<'_>) {
    for (name, link) in view.links() {
        let Some(bonding) = &link.spec.bonding else { continue };
        let mode = bonding.mode;
        let mut error = |field: &str, message: String, hint: &str| {
            let place = at("NetworkLink", name, format!("spec.bonding.{field}"));
            report.error_on(Affected::OnLink(name.to_owned()), place, message, hint);
        };
        if bonding.lacp_rate.is_some() && mode != BondMode::Lacp {
            error("lacpRate", format!("mode {} has no LACP rate", mode.name()), "take it out, or use mode 802.3ad");
        }
        if bonding.transmit_hash_policy.is_some() && matches!(mode, BondMode::RoundRobin | BondMode::ActiveBackup) {
            error(
                "transmitHashPolicy",
                format!("mode {} has no transmit hash policy", mode.name()),
                "take it out, or use mode 802.3ad or balance-xor",
            );
        }
        let monitor = bonding.monitor_interval.unwrap_or(100);
        for (field, delay) in [("upDelay", bonding.up_delay), ("downDelay", bonding.down_delay)] {
            if let Some(delay) = delay.filter(|d| *d != 0 && *d < monitor) {
                error(
                    field,
                    format!("{delay} ms is less than the {monitor} ms between two looks at the link"),
                    "make it a multiple of spec.bonding.monitorInterval",
                );
            }
        }
    }
}
