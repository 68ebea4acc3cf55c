//! What a host's description asks for.

use super::{
    super::{ClassView, Report, inherited},
    says,
};
use crate::api::host::OutOfBandType;

pub(super) fn check(view: &ClassView<'_>, report: &mut Report<'_>) {
    let oob = view.host().oob.as_ref().filter(|oob| oob.protocol.unwrap_or_default() == OutOfBandType::Ipmi);
    let suites = oob.map(|oob| oob.cipher_suites.as_slice()).unwrap_or_default();
    if !suites.is_empty() && !suites.iter().any(|suite| [3, 17].contains(suite)) {
        let what = says("the site's provisioner speaks cipher suites 17 and 3, and neither is named");
        let hint = "add 17 or 3; a machine whose BMC takes neither can be switched by a person, with type Manual";
        report.error(inherited("/oob/cipherSuites"), what, hint);
    }
    for interface in view.host().interfaces.iter().filter(|interface| interface.sriov.is_some()) {
        let what = says(format!("no driver of this site makes SR-IOV functions on interface `{}`", interface.name));
        let hint = "take sriov out, or unset it where it is inherited, and make the functions by a boot action";
        report.error(inherited(format!("/interfaces/{}/sriov", interface.name)), what, hint);
    }
}
