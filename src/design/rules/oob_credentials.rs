//! The credentials of BMCs are there, and such as the protocol takes.

use super::{ClassView, Report, Rule, inherited};
use crate::api::host::OutOfBandType;

pub(super) const RULE: Rule = Rule {
    id: "SLW1055",
    name: "oob-credentials",
    title: "The Secret with a BMC's credentials is there, with a user name and a password that the protocol takes",
    why: "The BMC refuses the login. IPMI 2.0 takes 16 bytes of a user name and 20 of a password, and tools cut off the \
          rest without a word.",
    fix: "Create the Secret with the keys `username` and `password`; for IPMI shorten them.",
    class: Some(check),
    ..Rule::BLANK
};

/// The longest that IPMI 2.0 takes, in bytes.
const LONGEST: [(&str, usize); 2] = [("username", 16), ("password", 20)];

fn check(view: &ClassView<'_>, report: &mut Report<'_>) {
    let (Some(secrets), Some(oob)) = (&view.catalog().secrets, &view.host().oob) else { return };
    let protocol = oob.protocol.unwrap_or_default();
    let Some(name) = oob.credentials_ref.as_ref().map(|secret| secret.name.as_str()) else { return };
    if protocol == OutOfBandType::Manual {
        return;
    }
    let Some(secret) = secrets.get(name) else {
        // It may be made elsewhere, from a secret store.
        return report.warning(
            inherited("/oob/credentialsRef"),
            format!("refers to Secret `{name}`, which is not there"),
            format!("create the Secret `{name}` with the keys username and password, or correct the name"),
        );
    };
    let mut error = |message: String, hint: String| report.error(inherited("/oob/credentialsRef"), message, hint);
    for (key, longest) in LONGEST {
        match secret.lengths.get(key) {
            None => error(format!("Secret `{name}` has no key `{key}`"), format!("add the key {key} to the Secret")),
            Some(length) if protocol == OutOfBandType::Ipmi && *length > longest => error(
                format!("`{key}` of Secret `{name}` has {length} bytes, and IPMI takes {longest}"),
                format!("give the BMC's user a {key} of at most {longest} bytes; look for a line break at its end"),
            ),
            Some(_) => {}
        }
    }
}
