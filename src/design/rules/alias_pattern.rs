//! An alias means one device.

use super::{Report, Rule, SiteView, at, draft::listed};
use crate::model::device_pattern;
use std::collections::BTreeMap;

pub(super) const RULE: Rule = Rule {
    id: "SLW1067",
    name: "alias-pattern",
    title: "The pattern of an alias can be read, and no two aliases have one address",
    why: "With a pattern that cannot be read no device is found; two names for one device put it into two places.",
    fix: "Correct the regular expression, and give each device one alias.",
    site: Some(check),
    ..Rule::BLANK
};

fn check(view: &SiteView<'_>, report: &mut Report<'_>) {
    for (name, profile) in &view.catalog().hardware_profiles {
        let mut addresses: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        for alias in &profile.spec.device_aliases {
            if let Some(pattern) = alias.rule.as_ref().and_then(|rule| rule.pattern.as_ref())
                && let Err(error) = device_pattern(pattern)
            {
                report.error_for(
                    view.followers(name),
                    at("HardwareProfile", name, format!("spec.deviceAliases[{}].rule.pattern", alias.name)),
                    format!("`{pattern}` is no regular expression: {}", fault(&error)),
                    "correct it; signs that stand for themselves are written with a backslash before them",
                );
            }
            let pci = alias.pci_address.iter().map(|address| format!("PCI {address}"));
            let scsi = alias.scsi_address.iter().map(|address| format!("SCSI {address}"));
            pci.chain(scsi).for_each(|address| addresses.entry(address).or_default().push(&alias.name));
        }
        for (address, aliases) in addresses.into_iter().filter(|(_, aliases)| aliases.len() > 1) {
            report.error_for(
                view.followers(name),
                at("HardwareProfile", name, "spec.deviceAliases"),
                format!("{address} has several aliases: {}", listed(&aliases)),
                "give each device one alias",
            );
        }
    }
}

/// What is wrong, in one line: the error draws a picture of the pattern before.
fn fault(error: &regex::Error) -> String {
    let text = error.to_string();
    let last = text.lines().last().unwrap_or_default();
    last.trim_start_matches("error: ").to_owned()
}
