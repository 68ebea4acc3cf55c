//! Huge pages fit into the machine's memory.

use super::{NodeView, Report, Rule, SiteView, at, inherited};
use crate::api::{HardwareProfile, hardware_profile::HugePages};

pub(super) const RULE: Rule = Rule {
    id: "SLW1059",
    name: "huge-pages-memory",
    title: "Huge pages fit into the memory of the machine, as expected and as built",
    why: "The kernel sets aside what it can and starts its programs in what is left: the machine does not come up.",
    fix: "Lower the number of pages, and leave the system some gigabytes; or correct `memory.minSize`.",
    node: Some(built),
    site: Some(expected),
    ..Rule::BLANK
};

/// How a kernel parameter refers to a set.
const REFERENCE: &str = "hardwareprofile:hugepages.";

fn expected(view: &SiteView<'_>, report: &mut Report<'_>) {
    for (name, profile) in &view.catalog().hardware_profiles {
        for pages in profile.spec.huge_pages.iter().filter(|pages| is_too_much(pages, profile)) {
            let users = view.names(|class| {
                let host = class.host();
                let params = host.platform.as_ref().map(|platform| &platform.kernel_params);
                host.hardware_profile.as_ref() == Some(name)
                    && params.and_then(|params| params.get("hugepages")).is_some_and(|value| refers(value, &pages.name))
            });
            let memory = profile.spec.memory.as_ref().and_then(|memory| memory.min_size.as_ref());
            report.error_for(
                users,
                at("HardwareProfile", name, format!("spec.hugePages[{}]", pages.name)),
                format!(
                    "{} pages of {} are more than the {} of memory that are expected",
                    pages.count,
                    pages.size,
                    memory.map(ToString::to_string).unwrap_or_default()
                ),
                "lower the count, or correct spec.memory.minSize",
            );
        }
    }
}

fn is_too_much(pages: &HugePages, profile: &HardwareProfile) -> bool {
    let memory = profile.spec.memory.as_ref().and_then(|memory| memory.min_size.as_ref());
    let needed = bytes(&pages.size, u64::try_from(pages.count).unwrap_or_default());
    memory.zip(needed).is_some_and(|(memory, needed)| needed > memory.bytes)
}

/// Whether a kernel parameter takes its value from this set.
fn refers(value: &str, set: &str) -> bool {
    value.strip_prefix(REFERENCE).and_then(|rest| rest.strip_suffix(".count")) == Some(set)
}

fn built(view: &NodeView<'_>, report: &mut Report<'_>) {
    let memory = view.inventory.and_then(|inventory| inventory.status.as_ref()?.memory_mib);
    let (Some(class), Some(memory)) = (view.class, memory.and_then(|mib| u64::try_from(mib).ok())) else { return };
    let options = || class.design.platform.kernel_options.split(' ');
    let option = |name: &str| options().find_map(|option| option.strip_prefix(name)?.strip_prefix('='));
    let (Some(size), Some(count)) = (option("hugepagesz"), option("hugepages")) else { return };
    let needed = count.parse().ok().and_then(|count| bytes(size, count));
    let Some(needed) = needed.filter(|needed| *needed > memory.saturating_mul(1 << 20)) else { return };
    // Where the profile asks for too much already, it is said there.
    let hardware = view.shared.hardware(class.host().hardware_profile.as_deref());
    let params = class.host().platform.as_ref().map(|platform| &platform.kernel_params);
    let written = params.and_then(|params| params.get("hugepages"));
    let is_said = hardware.is_some_and(|hardware| {
        let mut sets = hardware.spec.huge_pages.iter().filter(|pages| is_too_much(pages, hardware));
        sets.any(|pages| written.is_some_and(|value| refers(value, &pages.name)))
    });
    if !is_said {
        report.error(
            inherited("/platform/kernelParams/hugepages"),
            format!(
                "{count} pages of {size} are {} MiB, and `{}` has {memory} MiB of memory",
                needed >> 20,
                view.own.name
            ),
            "lower the number of pages, and leave the system some gigabytes",
        );
    }
}

/// The bytes of so many pages; sizes as the kernel reads them.
fn bytes(size: &str, count: u64) -> Option<u64> {
    let at = size.len().checked_sub(1).filter(|at| size.is_char_boundary(*at))?;
    let (number, unit) = size.split_at(at);
    let unit: u64 = match unit {
        "k" | "K" => 1 << 10,
        "m" | "M" => 1 << 20,
        "g" | "G" => 1 << 30,
        _ => return None,
    };
    Some(number.parse::<u64>().ok()?.saturating_mul(unit).saturating_mul(count))
}
