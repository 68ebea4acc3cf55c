//! The kernel's command line.

use crate::api::HardwareProfile;
use std::collections::BTreeMap;

/// What kernel parameters come to.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct CommandLine {
    /// The options, in the order that kernels need.
    pub options: String,
    /// The kernel package that the parameter `kernel_package` asks for; it is no kernel argument.
    pub package: Option<String>,
    /// Parameters whose reference leads nowhere, with the reference.
    pub unresolved: Vec<(String, String)>,
}

/// How references to the hardware profile begin.
const REFERENCE: &str = "hardwareprofile:";

/// Renders parameters. `hugepagesz` comes before `hugepages`, as the kernel wants it; the value `true` is a bare flag.
pub(super) fn command_line(params: &BTreeMap<String, String>, hardware: Option<&HardwareProfile>) -> CommandLine {
    let mut line = CommandLine::default();
    let mut values = BTreeMap::new();
    for (name, value) in params {
        let value = match value.strip_prefix(REFERENCE) {
            None => value.clone(),
            Some(reference) => {
                let Some(resolved) = resolve(reference, hardware) else {
                    line.unresolved.push((name.clone(), value.clone()));
                    continue;
                };
                resolved
            }
        };
        values.insert(name.as_str(), value);
    }
    line.package = values.remove("kernel_package");
    let mut options = Vec::new();
    let ordered = ["hugepagesz", "hugepages"].into_iter().filter(|_| params.contains_key("hugepagesz"));
    for name in ordered {
        if let Some(value) = values.remove(name) {
            options.push(format!("{name}={value}"));
        }
    }
    options.extend(values.iter().map(|(name, value)| {
        if value.eq_ignore_ascii_case("true") { (*name).to_owned() } else { format!("{name}={value}") }
    }));
    line.options = options.join(" ");
    line
}

fn resolve(reference: &str, hardware: Option<&HardwareProfile>) -> Option<String> {
    let hardware = &hardware?.spec;
    let mut parts = reference.split('.');
    match (parts.next()?, parts.next()?, parts.next(), parts.next()) {
        ("cpuset", name, None, None) => hardware.cpu_sets.iter().find(|s| s.name == name).map(|s| s.cpus.clone()),
        ("hugepages", name, Some(what), None) => {
            let pages = hardware.huge_pages.iter().find(|p| p.name == name)?;
            match what {
                "size" => Some(pages.size.clone()),
                "count" => Some(pages.count.to_string()),
                _ => None,
            }
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::hardware_profile::{CpuSet, HardwareProfileSpec, HugePages};

    #[test]
    fn huge_pages_come_in_the_kernels_order_and_references_resolve() {
        let hardware = HardwareProfile::new(
            "h",
            HardwareProfileSpec {
                cpu_sets: vec![CpuSet { name: "sriov".into(), cpus: "2-5".into() }],
                huge_pages: vec![HugePages { name: "dpdk".into(), size: "1G".into(), count: 300 }],
                ..HardwareProfileSpec::default()
            },
        );
        let params = [
            ("console", "ttyS1,115200n8"),
            ("hugepages", "hardwareprofile:hugepages.dpdk.count"),
            ("hugepagesz", "hardwareprofile:hugepages.dpdk.size"),
            ("isolcpus", "hardwareprofile:cpuset.sriov"),
            ("kernel_package", "linux-image-6.8"),
            ("quiet", "true"),
            ("zzz", "hardwareprofile:cpuset.nowhere"),
        ];
        let params = params.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        let line = command_line(&params, Some(&hardware));
        assert_eq!(line.options, "hugepagesz=1G hugepages=300 console=ttyS1,115200n8 isolcpus=2-5 quiet");
        assert_eq!(line.package.as_deref(), Some("linux-image-6.8"));
        assert_eq!(line.unresolved, [("zzz".to_owned(), "hardwareprofile:cpuset.nowhere".to_owned())]);
    }
}
