//! Every object stands once.

use super::{Affected, Report, Rule, SiteView, place::Place};

pub(super) const RULE: Rule = Rule {
    id: "SLW1038",
    name: "repeated-object",
    title: "Every object stands once",
    why: "Of two objects with one name the cluster keeps the one that was applied last, and which that is nobody can tell \
          from the files.",
    fix: "Keep one of them, or give the other a name of its own.",
    site: Some(check),
    ..Rule::BLANK
};

fn check(view: &SiteView<'_>, report: &mut Report<'_>) {
    for (object, places) in &view.catalog().repeated {
        report.error_on(
            Affected::Site,
            Place::Object(object.clone(), "metadata.name".into()),
            format!("stands more than once: {places}"),
            "keep one of them, or give the other a name of its own",
        );
    }
}
