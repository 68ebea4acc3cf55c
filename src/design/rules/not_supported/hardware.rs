//! What a hardware profile asks to be set on the machines that follow it.

use super::{
    super::{Report, SiteView, at},
    refuse,
};

pub(super) fn check(view: &SiteView<'_>, report: &mut Report<'_>) {
    for (name, profile) in &view.catalog().hardware_profiles {
        let followers = || view.names(|class| class.host().hardware_profile.as_ref() == Some(name));
        let place = |field: String| at("HardwareProfile", name, field);
        if !profile.spec.bios_settings.is_empty() {
            let what = "no driver of this site sets BIOS settings";
            let hint = "take them out, and set them by hand";
            refuse(report, place("spec.biosSettings".into()), what, hint, followers());
        }
        for array in &profile.spec.raid {
            let what = format!("no driver of this site makes RAID arrays, and `{}` is one", array.name);
            let hint = "take it out, and make it by hand";
            refuse(report, place(format!("spec.raid[{}]", array.name)), what, hint, followers());
        }
    }
}
