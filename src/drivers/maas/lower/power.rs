//! Power parameters: how MAAS reaches a machine's BMC (`GET /rackcontrollers/?op=describe_power_types`, types `ipmi`,
//! `redfish` and `manual`).
//!
//! MAAS fills in what is not sent: cipher suite 3, which BMCs that offer only 17 refuse, and boot type `auto`, by which an
//! EFI machine may boot the old way. So all that the design decides is sent.

use crate::{
    api::{
        hardware_profile::BootMode,
        host::{OutOfBandType, PowerCredentials, PrivilegeLevel},
    },
    drivers::{
        BmcCredentials,
        maas::{
            call::{Call, Value},
            wire,
        },
    },
    model::{NodeDesign, OobDesign},
};
use secrecy::ExposeSecret;

/// What is known for them beside the design.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// The BMC's credentials.
    pub credentials: &'a BmcCredentials,
    /// The cipher suite that the BMC took last.
    pub cipher_suite: Option<i32>,
}

/// One parameter as it shall be.
struct Parameter {
    name: &'static str,
    value: Value,
    /// For people, without secrets.
    says: String,
    differs: bool,
}

/// The call that brings a machine's power parameters to the design, where they are otherwise.
pub(super) fn lower(
    design: &NodeDesign,
    known: Known<'_>,
    machine: &wire::Machine,
    power: &wire::PowerParameters,
) -> Option<Call> {
    let oob = design.oob.as_ref()?;
    let kind = power_type(oob)?;
    let fresh = machine.power_type != kind || power.get("power_user").is_empty();
    let owned = oob.power_credentials == PowerCredentials::Maas && !fresh;
    let parameters = parameters(design, oob, known, owned, power);
    let differing: Vec<&str> = parameters
        .iter()
        .filter(|parameter| fresh || parameter.differs)
        .map(|parameter| parameter.says.as_str())
        .collect();
    if differing.is_empty() {
        return None;
    }
    let says = format!("set power to {kind}, {}", differing.join(", "));
    let call = Call::put(["machines/".into(), machine.system_id.as_str().into(), "/".into()], says);
    Some(fill(call, kind, parameters))
}

/// What MAAS calls a machine that a person switches.
const BY_HAND: &str = "manual";

/// The call that tells MAAS that a person switches a machine, where it does not know.
pub(super) fn lower_by_hand(machine: &wire::Machine) -> Option<Call> {
    let path = ["machines/".into(), machine.system_id.as_str().into(), "/".into()];
    let call = Call::put(path, format!("set power to {BY_HAND}")).with("power_type", BY_HAND);
    (machine.power_type != BY_HAND).then_some(call)
}

/// MAAS's name of the protocol; none where no power type of MAAS speaks it.
fn power_type(oob: &OobDesign) -> Option<&'static str> {
    match oob.protocol {
        OutOfBandType::Ipmi => Some("ipmi"),
        OutOfBandType::Redfish => Some("redfish"),
        OutOfBandType::Manual => None,
    }
}

/// Adds the power parameters of the design to a call that creates a machine.
pub(crate) fn with_power(design: &NodeDesign, known: Option<Known<'_>>, call: Call) -> Call {
    if design.by_hand {
        return call.with("power_type", BY_HAND);
    }
    let Some(known) = known else { return call };
    match design.oob.as_ref().and_then(|oob| Some((oob, power_type(oob)?))) {
        Some((oob, kind)) => fill(call, kind, parameters(design, oob, known, false, &wire::PowerParameters::default())),
        None => call,
    }
}

fn fill(call: Call, kind: &'static str, parameters: Vec<Parameter>) -> Call {
    let call = call.with("power_type", kind);
    parameters
        .into_iter()
        .fold(call, |call, parameter| call.with(&format!("power_parameters_{}", parameter.name), parameter.value))
}

/// Every parameter that the design decides; with `owned` the account is MAAS's own.
fn parameters(
    design: &NodeDesign,
    oob: &OobDesign,
    known: Known<'_>,
    owned: bool,
    power: &wire::PowerParameters,
) -> Vec<Parameter> {
    let plain = |name, label: &str, wanted: String| Parameter {
        name,
        differs: power.get(name) != wanted,
        says: format!("{label} {wanted}"),
        value: wanted.into(),
    };
    let secret = |name, label: &str, wanted: &secrecy::SecretString| Parameter {
        name,
        differs: power.get(name) != wanted.expose_secret(),
        says: format!("{label} ***"),
        value: Value::Secret(wanted.clone()),
    };
    let boot_type = match design.boot_mode {
        BootMode::Uefi => "efi",
        BootMode::Bios => "legacy",
    };
    let privilege = match oob.privilege_level {
        PrivilegeLevel::User => "USER",
        PrivilegeLevel::Operator => "OPERATOR",
        PrivilegeLevel::Administrator => "ADMIN",
    };
    let mut all = vec![plain("power_address", "address", oob.address.to_string())];
    if !owned {
        all.push(plain("power_user", "user", known.credentials.username.clone()));
        all.push(secret("power_pass", "password", &known.credentials.password));
        if oob.protocol == OutOfBandType::Ipmi {
            all.extend(known.credentials.key.iter().map(|key| secret("k_g", "BMC key", key)));
        }
    }
    if oob.protocol == OutOfBandType::Redfish {
        all.extend(oob.redfish.system_id.iter().map(|id| plain("node_id", "system", id.clone())));
        return all;
    }
    all.push(plain("power_driver", "driver", "LAN_2_0".into()));
    all.push(plain("power_boot_type", "boot type", boot_type.into()));
    all.push(plain("privilege_level", "privilege", privilege.into()));
    all.extend(
        cipher_suite(oob, known.cipher_suite, power).map(|suite| plain("cipher_suite_id", "cipher suite", suite)),
    );
    all.extend(workarounds(oob, power));
    all
}

/// Cipher suites that Slipway and MAAS both speak.
const SUITES: [i32; 2] = [17, 3];

/// What the BMC took last; as long as that is not known, any that the design allows is as good.
fn cipher_suite(oob: &OobDesign, learnt: Option<i32>, power: &wire::PowerParameters) -> Option<String> {
    let allowed: Vec<i32> = oob.cipher_suites.iter().copied().filter(|suite| SUITES.contains(suite)).collect();
    let learnt = learnt.filter(|suite| allowed.contains(suite));
    let known = power.get("cipher_suite_id").parse().ok().filter(|suite| allowed.contains(suite));
    learnt.or(known).or_else(|| allowed.first().copied()).map(|suite| suite.to_string())
}

/// One parameter for each flag: MAAS takes a list as a repeated key.
fn workarounds(oob: &OobDesign, power: &wire::PowerParameters) -> Vec<Parameter> {
    let mut found = power.list("workaround_flags");
    let mut wanted: Vec<&str> = oob.workaround_flags.iter().map(String::as_str).collect();
    found.sort_unstable();
    wanted.sort_unstable();
    let differs = found != wanted;
    let flags = oob.workaround_flags.iter();
    flags
        .map(|flag| Parameter {
            name: "workaround_flags",
            value: flag.as_str().into(),
            says: format!("workaround {flag}"),
            differs,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drivers::maas::lower::fixtures::node;

    const AS_DESIGNED: [(&str, &str); 7] = [
        ("power_address", "10.99.1.1"),
        ("power_user", "root"),
        ("power_pass", "calvin"),
        ("power_driver", "LAN_2_0"),
        ("power_boot_type", "efi"),
        ("privilege_level", "OPERATOR"),
        ("cipher_suite_id", "17"),
    ];

    fn credentials() -> BmcCredentials {
        BmcCredentials { username: "root".into(), password: "calvin".to_owned().into(), key: None }
    }

    fn said(design: &NodeDesign, suite: Option<i32>, changes: &[(&'static str, &'static str)]) -> Option<String> {
        let machine = wire::Machine { power_type: "ipmi".into(), ..wire::Machine::default() };
        let mut power = AS_DESIGNED;
        for (name, value) in changes {
            power.iter_mut().filter(|(known, _)| known == name).for_each(|(_, known)| *known = value);
        }
        let credentials = credentials();
        let known = Known { credentials: &credentials, cipher_suite: suite };
        let call = lower(design, known, &machine, &power.as_slice().into())?;
        assert!(!format!("{call:?} {call}").contains("calvin"), "the password never prints");
        Some(call.to_string())
    }

    #[test]
    fn only_a_difference_is_written_and_said() {
        let design = node();
        assert_eq!(said(&design, None, &[]), None);
        let table = [
            (("power_pass", "old"), "password ***"),
            (("power_address", "10.99.1.2"), "address 10.99.1.1"),
            (("power_user", "maas"), "user root"),
            (("power_boot_type", "auto"), "boot type efi"),
            (("privilege_level", "USER"), "privilege OPERATOR"),
        ];
        for (change, says) in table {
            assert_eq!(said(&design, None, &[change]), Some(format!("set power to ipmi, {says}")), "{change:?}");
        }
    }

    #[test]
    fn the_cipher_suite_is_the_one_that_the_bmc_took() {
        let mut design = node();
        design.oob.as_mut().unwrap().cipher_suites = vec![17, 3];
        assert_eq!(said(&design, None, &[("cipher_suite_id", "3")]), None, "either is allowed");
        assert!(said(&design, Some(3), &[]).unwrap().ends_with("cipher suite 3"));
        assert!(said(&design, None, &[("cipher_suite_id", "8")]).unwrap().ends_with("cipher suite 17"));
        // MAAS does not speak it.
        design.oob.as_mut().unwrap().cipher_suites = vec![0, 3];
        assert!(said(&design, Some(0), &[]).unwrap().ends_with("cipher suite 3"));
    }

    #[test]
    fn a_machine_that_a_person_switches_has_no_parameters() {
        let machine = |kind: &str| wire::Machine { power_type: kind.into(), ..wire::Machine::default() };
        let said = |kind: &str| lower_by_hand(&machine(kind)).map(|call| call.to_string());
        assert_eq!((said("ipmi").as_deref(), said("manual")), (Some("set power to manual"), None));
        let mut design = node();
        (design.oob, design.by_hand) = (None, true);
        let call = with_power(&design, None, Call::post(["machines/".into()], "create"));
        assert!(
            matches!(call.form.as_slice(), [(name, Value::Text(kind))] if name == "power_type" && kind == "manual")
        );
    }

    #[test]
    fn an_account_of_maas_is_left_alone_once_there_is_one() {
        let mut design = node();
        design.oob.as_mut().unwrap().power_credentials = PowerCredentials::Maas;
        let its_own = [("power_user", "maas"), ("power_pass", "its own")];
        assert_eq!(said(&design, None, &its_own), None);
        let moved = said(&design, None, &[its_own[0], its_own[1], ("power_address", "10.99.1.9")]);
        assert_eq!(moved.as_deref(), Some("set power to ipmi, address 10.99.1.1"));
        assert!(said(&design, None, &[("power_user", "")]).unwrap().contains("user root"), "it has none");
    }

    #[test]
    fn workarounds_are_compared_as_a_set_and_only_where_designed() {
        let mut design = node();
        assert_eq!(said(&design, None, &[]), None, "MAAS's default stays");
        design.oob.as_mut().unwrap().workaround_flags = vec!["authcap".into()];
        assert!(said(&design, None, &[]).unwrap().ends_with("workaround authcap"));
    }
}
