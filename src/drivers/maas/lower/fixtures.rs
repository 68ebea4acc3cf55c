//! A node for the tests of lowering: the least that is a design.

use crate::{
    api::{hardware_profile::BootMode, host::OutOfBandType, reference::SecretReference},
    model::{NodeDesign, NodeIdentity, OobDesign, PlatformDesign, StorageDesign},
};
use std::collections::BTreeMap;

/// A node named `n1`, with a BMC and a boot MAC.
pub(crate) fn node() -> NodeDesign {
    NodeDesign {
        name: "n1".into(),
        domain: "example.com".into(),
        profiles: Vec::new(),
        hardware_profile: None,
        boot_mode: BootMode::Uefi,
        rack: None,
        zone: None,
        oob: Some(OobDesign {
            protocol: OutOfBandType::Ipmi,
            address: "10.99.1.1".parse().unwrap(),
            credentials: SecretReference { name: "bmc".into() },
            cipher_suites: Vec::new(),
        }),
        boot_mac: Some("52:54:00:00:01:01".parse().unwrap()),
        primary_network: None,
        interfaces: Vec::new(),
        storage: StorageDesign::default(),
        platform: PlatformDesign::default(),
        tags: Vec::new(),
        owner_data: BTreeMap::new(),
        extra: BTreeMap::new(),
        boot_actions: Vec::new(),
        ntp_servers: Vec::new(),
        provenance: BTreeMap::new(),
    }
}

/// Who it is.
pub(crate) fn identity() -> NodeIdentity {
    NodeIdentity { cluster: "c1".into(), namespace: "east".into(), name: "n1".into(), uid: "u1".into() }
}
