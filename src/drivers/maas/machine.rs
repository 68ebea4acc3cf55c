//! A machine of MAAS as `plan` sees it.

use super::{lower::mark, wire};
use crate::model::{MachineStatus, Mark, NodeIdentity, Owner, Power};

/// Its status; a number that no release of MAAS has shown yet counts as `Missing`, which nothing acts on.
pub fn status(machine: &wire::Machine) -> MachineStatus {
    MachineStatus::from_number(machine.status).unwrap_or(MachineStatus::Missing)
}

/// Its owner, seen from our account.
pub fn owner(machine: &wire::Machine, us: &str) -> Owner {
    match machine.owner.as_deref() {
        None | Some("") => Owner::Nobody,
        Some(owner) if owner == us => Owner::Us,
        Some(owner) => Owner::Other(owner.to_owned()),
    }
}

/// The mark on it: owner data, which MAAS takes away with the owner, else the registration tag.
pub fn mark(machine: &wire::Machine, identity: &NodeIdentity, take_over: Option<&str>) -> Mark {
    let old = take_over.map(|cluster| NodeIdentity { cluster: cluster.to_owned(), ..identity.clone() }.mark());
    let is_ours = |mark: &str| mark == identity.mark() || Some(mark) == old.as_deref();
    let text = |key: &str| machine.owner_data.get(key).filter(|value| !value.is_empty());
    if let Some(owner) = text(mark::OWNER) {
        return if is_ours(owner) {
            let generation = text(mark::GENERATION).and_then(|value| value.parse().ok());
            Mark::Ours { generation, design: text(mark::DESIGN).cloned() }
        } else {
            Mark::Foreign(owner.clone())
        };
    }
    let marks: Vec<String> = machine.tag_names.iter().filter_map(|tag| NodeIdentity::mark_of_tag(tag)).collect();
    match marks.iter().find(|mark| !is_ours(mark)) {
        Some(foreign) => Mark::Foreign(foreign.clone()),
        None if marks.is_empty() => Mark::None,
        None => Mark::Ours { generation: None, design: None },
    }
}

/// The system's serial number, where its firmware tells one.
pub fn serial(machine: &wire::Machine) -> Option<&str> {
    wire::serial(&machine.hardware_info)
}

/// The MAC addresses of its network cards.
pub fn macs(machine: &wire::Machine) -> Vec<String> {
    let cards = machine.interface_set.iter().filter(|interface| interface.kind == "physical");
    cards.map(|interface| interface.mac_address.to_ascii_lowercase()).collect()
}

/// Its power as MAAS last saw it.
pub fn power(machine: &wire::Machine) -> Power {
    match machine.power_state.as_str() {
        "on" => Power::On,
        "off" => Power::Off,
        _ => Power::Unknown,
    }
}

/// What went wrong, where something did: MAAS keeps the text of an old failure through later successes.
pub fn error(machine: &wire::Machine) -> Option<String> {
    use MachineStatus as S;
    let failed = matches!(
        status(machine),
        S::FailedCommissioning
            | S::FailedDeployment
            | S::FailedDiskErasing
            | S::FailedEnteringRescueMode
            | S::FailedExitingRescueMode
            | S::FailedTesting
            | S::ReleasingFailed
            | S::Broken
    );
    Some(machine.error_description.trim().to_owned()).filter(|text| failed && !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity() -> NodeIdentity {
        NodeIdentity { cluster: "c1".into(), namespace: "east".into(), name: "n1".into(), uid: "u".into() }
    }

    #[test]
    fn owner_data_goes_before_the_tag() {
        let mut machine = wire::Machine { tag_names: vec!["slipway_c1_east_n1".into()], ..wire::Machine::default() };
        assert_eq!(mark(&machine, &identity(), None), Mark::Ours { generation: None, design: None });
        machine.owner_data = [("slipway-owner", "c1/east/n1"), ("slipway-generation", "3"), ("slipway-design", "h")]
            .map(|(key, value)| (key.into(), value.into()))
            .into();
        assert_eq!(mark(&machine, &identity(), None), Mark::Ours { generation: Some(3), design: Some("h".into()) });
        machine.owner_data.insert("slipway-owner".into(), "c2/east/n1".into());
        assert_eq!(mark(&machine, &identity(), None), Mark::Foreign("c2/east/n1".into()));
        assert!(mark(&machine, &identity(), Some("c2")).is_ours(), "a cluster that is taken over counts as ours");
    }

    #[test]
    fn a_foreign_tag_is_a_foreign_mark() {
        let tags = vec!["slipway_c1_east_n1".into(), "slipway_c2_east_n1".into(), "compute".into()];
        let machine = wire::Machine { tag_names: tags, ..wire::Machine::default() };
        assert_eq!(mark(&machine, &identity(), None), Mark::Foreign("c2/east/n1".into()));
        assert!(mark(&machine, &identity(), Some("c2")).is_ours());
    }

    #[test]
    fn an_old_failure_is_no_failure() {
        let machine = wire::Machine { status: 4, error_description: "old".into(), ..wire::Machine::default() };
        assert_eq!(error(&machine), None);
        assert_eq!(error(&wire::Machine { status: 11, ..machine }).as_deref(), Some("old"));
    }
}
