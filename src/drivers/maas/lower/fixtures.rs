//! A node for the tests of lowering: the least that is a design.

use crate::{
    api::{
        hardware_profile::BootMode,
        host::{OutOfBandType, PowerCredentials, PrivilegeLevel},
        reference::SecretReference,
    },
    model::{NodeDesign, NodeIdentity, OobDesign},
};

/// A node named `n1`, with a BMC and a boot MAC.
pub(crate) fn node() -> NodeDesign {
    NodeDesign {
        domain: "example.com".into(),
        boot_mode: BootMode::Uefi,
        oob: Some(OobDesign {
            protocol: OutOfBandType::Ipmi,
            address: "10.99.1.1".parse().unwrap(),
            credentials: SecretReference { name: "bmc".into() },
            cipher_suites: vec![17],
            privilege_level: PrivilegeLevel::Operator,
            workaround_flags: Vec::new(),
            power_credentials: PowerCredentials::Design,
            redfish: crate::api::redfish::RedfishOptions::default(),
        }),
        boot_mac: Some("52:54:00:00:01:01".parse().unwrap()),
        ..NodeDesign::named("n1")
    }
}

/// Who it is.
pub(crate) fn identity() -> NodeIdentity {
    NodeIdentity { cluster: "c1".into(), namespace: "east".into(), name: "n1".into(), uid: "u1".into() }
}
