//! Bond modes and their options go together.

use super::{Report, Rule, at, nodes_on_link};
use crate::{api::network_link::BondMode, design::context::Context};

pub(super) const RULE: Rule =
    Rule { id: "SLW1009", title: "A bond's options fit its mode", drydock: Some("DD1006"), check };

fn check(context: &Context<'_>, report: &mut Report<'_>) {
    for (name, link) in &context.manifests.links {
        let Some(bonding) = &link.spec.bonding else { continue };
        let mode = bonding.mode;
        let mut error = |field: &str, message: String, hint: &str| {
            report.error(
                at("NetworkLink", name, format!("spec.bonding.{field}")),
                message,
                hint,
                nodes_on_link(context, name),
            );
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
