//! No address is in two ranges.

use super::{Report, Rule, SiteView, at, range_outside::sound};

pub(super) const RULE: Rule = Rule {
    id: "SLW1041",
    name: "ranges-overlap",
    title: "The ranges of a network do not overlap",
    why: "MAAS refuses the second one; and an address that is both for nodes and for DHCP is given twice.",
    fix: "Let one range end before the next begins.",
    site: Some(check),
    ..Rule::BLANK
};

fn check(view: &SiteView<'_>, report: &mut Report<'_>) {
    for (name, network) in view.networks() {
        let mut ranges: Vec<_> = sound(&network.spec).collect();
        ranges.sort_by_key(|(index, range)| (range.start, range.end, *index));
        for (at_first, (one, first)) in ranges.iter().enumerate() {
            let after = ranges.iter().skip(at_first + 1);
            for (other, second) in after.take_while(|(_, second)| second.start <= first.end) {
                report.error_on(
                    view.on_network(name),
                    at("Network", name, format!("spec.ranges[{}]", one.max(other))),
                    format!(
                        "the {:?} range {}-{} overlaps the {:?} range {}-{}",
                        second.purpose, second.start, second.end, first.purpose, first.start, first.end
                    ),
                    format!("let one begin after {}", first.end.min(second.end)),
                );
            }
        }
    }
}
