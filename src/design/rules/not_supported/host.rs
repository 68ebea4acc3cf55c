//! What a host's description asks for.

use super::{
    super::{ClassView, Report, inherited},
    says,
};
use crate::api::host::OutOfBandType;

pub(super) fn check(view: &ClassView<'_>, report: &mut Report<'_>) {
    let protocol = view.host().oob.as_ref().and_then(|oob| oob.protocol).unwrap_or_default();
    if protocol == OutOfBandType::Manual {
        let what = says(format!("BMCs of type {protocol:?} are not driven by this release"));
        report.error(inherited("/oob/type"), what, "use type IPMI or Redfish");
    }
    for interface in view.host().interfaces.iter().filter(|interface| interface.sriov.is_some()) {
        let what = says(format!("no driver of this site makes SR-IOV functions on interface `{}`", interface.name));
        let hint = "take sriov out, or unset it where it is inherited, and make the functions by a boot action";
        report.error(inherited(format!("/interfaces/{}/sriov", interface.name)), what, hint);
    }
}
