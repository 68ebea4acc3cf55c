//! Where one machine stands, no other does.

use super::{Report, Rule, SiteView, at};

pub(super) const RULE: Rule = Rule {
    id: "SLW1053",
    name: "rack-position",
    title: "No two machines of a rack take the same rack unit, and none stands above its top",
    why: "One of the two stands elsewhere, so that somebody will pull the wrong machine out of the rack.",
    fix: "Correct `rackUnit` of the node, `heightUnits` of its HardwareProfile, or the Rack's.",
    site: Some(check),
    ..Rule::BLANK
};

/// Where a machine stands.
struct Stand<'a> {
    rack: &'a str,
    lowest: i32,
    highest: i32,
    node: &'a str,
}

fn check(view: &SiteView<'_>, report: &mut Report<'_>) {
    let mut stands: Vec<Stand<'_>> = Vec::new();
    for (own, class) in view.nodes() {
        let (Some(lowest), Some(class)) = (own.rack_unit, class) else { continue };
        let Some(rack) = class.design.metadata.rack.as_deref() else { continue };
        let hardware = view.shared.hardware(class.design.hardware_profile.as_deref());
        let height = hardware.and_then(|hardware| hardware.spec.height_units).unwrap_or(1).max(1);
        stands.push(Stand { rack, lowest, highest: lowest.saturating_add(height - 1), node: &own.name });
    }
    stands.sort_by_key(|stand| (stand.rack, stand.lowest, stand.node));
    // Of the machines below, the one that reaches highest.
    let mut below: Option<&Stand<'_>> = None;
    for stand in &stands {
        let place = || at("BaremetalNode", stand.node, "spec.rackUnit");
        let neighbour = below.filter(|below| below.rack == stand.rack);
        if let Some(other) = neighbour.filter(|below| below.highest >= stand.lowest) {
            // Sleds of one chassis share its units, and the place sets nothing: it stops nobody.
            report.warning(
                place(),
                format!(
                    "{} of rack `{}` is where `{}` stands ({})",
                    stand.units(),
                    stand.rack,
                    other.node,
                    other.units()
                ),
                "correct rackUnit of one of them, or heightUnits of its HardwareProfile",
            );
        }
        let top = view.catalog().racks.get(stand.rack).and_then(|rack| rack.spec.height_units);
        if let Some(top) = top.filter(|top| stand.highest > *top) {
            report.warning(
                place(),
                format!("{} is above the top of rack `{}`, which has {top} units", stand.units(), stand.rack),
                "correct rackUnit, or heightUnits of the Rack or of the HardwareProfile",
            );
        }
        if neighbour.is_none_or(|below| below.highest <= stand.highest) {
            below = Some(stand);
        }
    }
}

impl Stand<'_> {
    fn units(&self) -> String {
        if self.lowest == self.highest {
            format!("unit {}", self.lowest)
        } else {
            format!("units {} to {}", self.lowest, self.highest)
        }
    }
}
