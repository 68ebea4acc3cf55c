//! Versions of packages are such as Debian writes them.

use super::{Report, Rule, SiteView, actions::nodes_of, at};

pub(super) const RULE: Rule = Rule {
    id: "SLW1063",
    name: "package-version",
    title: "The version of a package is one as Debian writes them, or empty for any",
    why: "The package manager finds no such version, and the machine comes up without the package.",
    fix: "Write the version as `apt-cache policy` prints it, such as `1:2.34-0ubuntu3.2`, or leave it empty.",
    drydock: Some("DD4002"),
    site: Some(check),
    ..Rule::BLANK
};

fn check(view: &SiteView<'_>, report: &mut Report<'_>) {
    for (name, action) in &view.catalog().boot_actions {
        for asset in &action.spec.assets {
            for (package, version) in asset.packages.iter().filter(|(_, version)| !is_version(version)) {
                report.error_for(
                    nodes_of(view, name, action),
                    at("BootAction", name, format!("spec.assets[{}].packages.{package}", asset.name)),
                    format!("`{version}` is no version of a package"),
                    "write it as apt-cache policy prints it, such as 1:2.34-0ubuntu3.2, or leave it empty for any",
                );
            }
        }
    }
}

/// Whether it is `[epoch:]upstream[-revision]`, or empty.
fn is_version(text: &str) -> bool {
    let rest = match text.split_once(':') {
        Some((epoch, _)) if epoch.is_empty() || !epoch.bytes().all(|byte| byte.is_ascii_digit()) => return false,
        Some((_, "")) => return false,
        Some((_, rest)) => rest,
        None => text,
    };
    rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".+~-".contains(&byte))
}
