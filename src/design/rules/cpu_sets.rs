//! CPU sets are such as kernels read, and apart from one another.

use super::{Report, Rule, SiteView, at};
use crate::api::hardware_profile::CpuSet;
use std::collections::BTreeSet;

pub(super) const RULE: Rule = Rule {
    id: "SLW1058",
    name: "cpu-sets",
    title: "The ranges of a CPU set end where they begin or after, and no CPU is in two sets",
    why: "The kernel drops a list of CPUs that it cannot read, and two tenants of one CPU take it from each other.",
    fix: "Write each range with its lower number first, and each CPU into one set.",
    site: Some(check),
    ..Rule::BLANK
};

fn check(view: &SiteView<'_>, report: &mut Report<'_>) {
    for (name, profile) in &view.catalog().hardware_profiles {
        let place = |set: &str| at("HardwareProfile", name, format!("spec.cpuSets[{set}].cpus"));
        let mut spans: Vec<(u32, u32, &str)> = Vec::new();
        for set in &profile.spec.cpu_sets {
            match ranges(set) {
                Ok(ranges) => spans.extend(ranges.into_iter().map(|(first, last)| (first, last, set.name.as_str()))),
                Err(message) => {
                    let hint = "write CPU numbers and ranges with the lower number first, such as 2-23,26-47";
                    report.error_for(view.followers(name), place(&set.name), message, hint);
                }
            }
        }
        for (one, other, cpu) in shared(spans) {
            report.warning(
                place(other),
                format!("CPU {cpu} is in set `{one}` as well"),
                "write each CPU into one set, unless they are meant to share it",
            );
        }
    }
}

/// The ranges of a set.
fn ranges(set: &CpuSet) -> Result<Vec<(u32, u32)>, String> {
    let number = |text: &str| text.parse::<u32>().map_err(|_| format!("`{text}` is no number of a CPU"));
    let range = |text: &str| {
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        let (first, last) = (number(first)?, number(last)?);
        if first > last { Err(format!("range {text} ends before it begins")) } else { Ok((first, last)) }
    };
    set.cpus.split(',').map(range).collect()
}

/// Sets that share a CPU, each pair once, and the first such CPU. Of several that reach into one another some pairs may
/// be left out; no set that overlaps is.
fn shared(mut spans: Vec<(u32, u32, &str)>) -> Vec<(&str, &str, u32)> {
    spans.sort_unstable();
    let mut found = Vec::new();
    let mut pairs = BTreeSet::new();
    // The span that reaches furthest, and the furthest of another set.
    let mut furthest: Vec<(u32, &str)> = Vec::new();
    for (first, last, set) in spans {
        if let Some((_, other)) = furthest.iter().find(|(end, other)| *end >= first && *other != set)
            && pairs.insert(if *other < set { (*other, set) } else { (set, *other) })
        {
            found.push((*other, set, first));
        }
        match furthest.iter_mut().find(|(_, other)| *other == set) {
            Some(known) => known.0 = known.0.max(last),
            None => furthest.push((last, set)),
        }
        furthest.sort_unstable_by(|one, other| other.cmp(one));
        furthest.truncate(2);
    }
    found
}
