//! A node's BMC can be reached.

use super::{ClassView, NodeView, Report, Rule, inherited, own};
use crate::api::host::OutOfBandType;

pub(super) const RULE: Rule = Rule {
    id: "SLW1012",
    name: "out-of-band",
    title: "A node says how its BMC is reached: network, address, credentials; or that a person switches it",
    why: "Without its BMC a machine can be neither powered on nor booted from the network.",
    fix: "Set `oob.network` and `oob.credentialsRef` in a HostProfile or on the node, and the BMC's address on that \
          network in the node's `addresses`. For type `Manual` set the node's `bootMac`.",
    drydock: Some("DD4001"),
    class: Some(description),
    node: Some(address),
    ..Rule::BLANK
};

fn description(view: &ClassView<'_>, report: &mut Report<'_>) {
    let Some(oob) = &view.host().oob else {
        let hint = "set spec.oob in a HostProfile or on the node: type, network, credentialsRef";
        return report.error(own("spec.oob"), "no BMC is described", hint);
    };
    // Nothing is asked of it, and nothing sent.
    if oob.protocol == Some(OutOfBandType::Manual) {
        return;
    }
    if oob.credentials_ref.is_none() {
        let hint = "name a Secret with the keys username and password";
        report.error(inherited("/oob"), "the BMC has no credentialsRef", hint);
    }
    // By order of the suites the BMC, or whoever stands before it, may bring about a weaker one.
    for suite in oob.cipher_suites.iter().filter(|suite| **suite < 3) {
        let weakness = match suite {
            0 => "asks for no password: whoever reaches the BMC's port may switch the machine",
            1 => "protects nothing after the login: whoever is on the way may send commands, and read them",
            _ => "does not encrypt: whoever is on the way may read what is sent",
        };
        let hint = "take it out if the BMC speaks 17 or 3; else let nobody but Slipway reach the BMC's network";
        report.warning(inherited("/oob/cipherSuites"), format!("cipher suite {suite} {weakness}"), hint);
    }
    if oob.network.is_none() {
        let hint = "name the Network on which the BMC has its address";
        report.error(inherited("/oob"), "the BMC has no network", hint);
    }
}

fn address(view: &NodeView<'_>, report: &mut Report<'_>) {
    let oob = view.class.and_then(|class| class.host().oob.as_ref());
    if oob.is_some_and(|oob| oob.protocol == Some(OutOfBandType::Manual)) {
        if view.own.boot_mac.is_none() {
            let what = "a person switches this machine, and without spec.bootMac nothing tells which one it is";
            report.error(
                own("spec.bootMac"),
                what,
                "set spec.bootMac to the MAC address that it boots from the network by",
            );
        }
        return;
    }
    let Some(network) = oob.and_then(|oob| oob.network.as_ref()) else { return };
    // The name of the network may be misspelt here or at the address, which a rule of its own says.
    let mut named = view.own.addresses.iter().map(|entry| &entry.network).chain([network]);
    if named.any(|network| !view.catalog().networks.contains_key(network)) {
        return;
    }
    if view.own.address(network).and_then(|entry| entry.address).is_none() {
        report.error(
            own(format!("spec.addresses[{network}].address")),
            format!("the BMC is on network `{network}`, but the node has no static address on it"),
            format!("add the BMC's address on `{network}` to spec.addresses"),
        );
    }
}
