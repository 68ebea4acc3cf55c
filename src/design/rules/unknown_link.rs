//! Every interface names a link that is there.

use super::{ClassView, Report, Rule, inherited, references::missing};

pub(super) const RULE: Rule = Rule {
    id: "SLW1020",
    name: "unknown-link",
    title: "Every interface names a link, and the link is there",
    why: "The link says how the interface is bonded, its MTU and which networks run on it: without it there is nothing to \
          configure.",
    fix: "Name a NetworkLink in the interface's `link`, and create it if it is missing.",
    drydock: Some("DD1007"),
    class: Some(check),
    ..Rule::BLANK
};

fn check(view: &ClassView<'_>, report: &mut Report<'_>) {
    for interface in &view.host().interfaces {
        let place = |field: &str| inherited(format!("/interfaces/{}{field}", interface.name));
        match &interface.link {
            None => report.error(
                place(""),
                format!("interface `{}` has no link", interface.name),
                "name the NetworkLink that it is attached to",
            ),
            Some(link)
                if !view.catalog().links.contains_key(link)
                    && !view.catalog().may_be_elsewhere("NetworkLink", link) =>
            {
                let (message, hint) = missing("NetworkLink", link);
                report.error(place("/link"), message, hint);
            }
            Some(_) => {}
        }
    }
}
