//! `oob`: how a BMC is reached.

use super::{Job, credentials::Account, envelope::NETWORK, part::Part};
use crate::api::host::{OutOfBand, OutOfBandType};

/// Who the description belongs to.
pub(super) struct Owner<'a> {
    /// Its new name.
    pub name: &'a str,
    /// The profile it follows, by its old name.
    pub parent: Option<&'a str>,
    /// Whether others may inherit from it.
    pub is_profile: bool,
}

/// `oob`, or nothing where it says nothing.
pub(super) fn oob(job: &Job<'_>, owner: &Owner<'_>, part: Option<Part<'_>>) -> Option<OutOfBand> {
    let mut part = part?;
    for name in part.fields.subtractions() {
        match name.as_str() {
            "type" | "network" => part.unset(&name),
            "account" | "credential" => part.unset("credentialsRef"),
            _ => part.at(&format!("!{name}")).warn("nothing of ours stands for what this takes away"),
        }
    }
    let protocol = part.text("type", "type").and_then(|text| protocol(&part, &text));
    let network = part.text("network", "network").map(|name| job.names.refer(&part.at("network"), NETWORK, &name));
    let account =
        Account { name: part.text("account", "credentialsRef"), credential: part.text("credential", "credentialsRef") };
    let credentials_ref = if account.name.is_none() && account.credential.is_none() {
        None
    } else {
        let account = job.accounts.complete(account, owner.parent);
        match (account.name, account.credential) {
            (Some(name), Some(credential)) => Some(job.secrets.borrow_mut().share(owner.name, name, credential)),
            (name, _) => {
                let (has, lacks) = if name.is_some() { ("account", "credential") } else { ("credential", "account") };
                let then = if owner.is_profile { "; carried over where a child gives it" } else { "" };
                part.at(has).warn(format!("there is no {lacks} to it, so no Secret is made{then}"));
                None
            }
        }
    };
    let oob = OutOfBand { protocol, network, credentials_ref, ..OutOfBand::default() };
    (oob != OutOfBand::default()).then_some(oob)
}

fn protocol(part: &Part<'_>, text: &str) -> Option<OutOfBandType> {
    match text.to_ascii_lowercase().as_str() {
        "ipmi" => Some(OutOfBandType::Ipmi),
        "redfish" => Some(OutOfBandType::Redfish),
        "manual" => Some(OutOfBandType::Manual),
        "libvirt" => {
            part.at("type").warn("there is no driver for libvirt: a person presses the buttons (Manual)");
            Some(OutOfBandType::Manual)
        }
        _ => {
            part.at("type").warn(format!("found `{text}`, expected one of ipmi, redfish, manual; not carried over"));
            None
        }
    }
}
