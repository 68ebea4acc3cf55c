//! What a hardware profile asks to be set, or to be found, on the machines that follow it.

use super::{
    super::{Report, SiteView, at},
    refuse,
};
use crate::api::host::HostDescription;

pub(super) fn check(view: &SiteView<'_>, report: &mut Report<'_>) {
    for (name, profile) in &view.catalog().hardware_profiles {
        let followers = |uses: &dyn Fn(&HostDescription) -> bool| -> Vec<String> {
            view.names(|class| class.host().hardware_profile.as_ref() == Some(name) && uses(class.host()))
        };
        let place = |field: String| at("HardwareProfile", name, field);
        if !profile.spec.bios_settings.is_empty() {
            let what = "no driver of this site sets BIOS settings";
            let hint = "take them out, and set them by hand";
            refuse(report, place("spec.biosSettings".into()), what, hint, followers(&|_| true));
        }
        for array in &profile.spec.raid {
            let what = format!("no driver of this site makes RAID arrays, and `{}` is one", array.name);
            let hint = "take it out, and make it by hand";
            refuse(report, place(format!("spec.raid[{}]", array.name)), what, hint, followers(&|_| true));
        }
        for alias in profile.spec.device_aliases.iter().filter(|alias| alias.rule.is_some()) {
            let what = format!("aliases by rule are not carried out by this release, and `{}` is one", alias.name);
            let hint = "give its pciAddress or scsiAddress, in a profile for each place where it differs";
            let users = followers(&|host| names_device(host, &alias.name));
            refuse(report, place(format!("spec.deviceAliases[{}].rule", alias.name)), what, hint, users);
        }
    }
}

/// Whether a description calls a device by this alias.
fn names_device(host: &HostDescription, alias: &str) -> bool {
    let disks = || host.storage.iter().flat_map(|storage| &storage.disks);
    host.interfaces.iter().flat_map(|interface| &interface.devices).any(|device| device == alias)
        || disks().any(|disk| disk.name == alias)
}
