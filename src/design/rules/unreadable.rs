//! Every object can be read.

use super::{Affected, Report, Rule, SiteView, place::Place};

pub(super) const RULE: Rule = Rule {
    id: "SLW1013",
    name: "unreadable",
    title: "Every object of the site can be read",
    why: "Nobody can tell what an unreadable object would have said: a node might lose an interface, or a network its \
          VLAN. So it stops the whole site rather than count as absent.",
    fix: "Correct the field that the message names. If the object was written for a newer Slipway, upgrade Slipway or \
          its CRDs first.",
    drydock: Some("DD001"),
    site: Some(check),
    ..Rule::BLANK
};

fn check(view: &SiteView<'_>, report: &mut Report<'_>) {
    for (object, error) in &view.catalog().unreadable {
        report.error_on(
            Affected::Site,
            Place::Object(object.clone(), "spec".into()),
            format!("cannot be read: {error}"),
            "correct it; if it was written for a newer Slipway, upgrade Slipway or the CRDs first",
        );
    }
}
