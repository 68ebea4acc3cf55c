//! What a host's description asks for.

use super::{
    super::{ClassView, Report, inherited},
    says,
};

pub(super) fn check(view: &ClassView<'_>, report: &mut Report<'_>) {
    for interface in view.host().interfaces.iter().filter(|interface| interface.sriov.is_some()) {
        let what = says(format!("no driver of this site makes SR-IOV functions on interface `{}`", interface.name));
        let hint = "take sriov out, or unset it where it is inherited, and make the functions by a boot action";
        report.error(inherited(format!("/interfaces/{}/sriov", interface.name)), what, hint);
    }
}
