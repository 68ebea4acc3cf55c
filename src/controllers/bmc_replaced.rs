//! Whether the system behind a BMC is another than before: by its serial number, as the same BMC told it then and tells it now.
//!
//! One BMC is held against itself alone: what FRU, Redfish and SMBIOS call the serial number differs from each other on real
//! machines. It is told, with what leads on, and stops nothing: a board may be replaced and the machine run on.

use crate::{
    api::hardware_inventory::{BmcReport, FormerSystem},
    model::Machine,
};

/// The system that a BMC told of before, where it tells of another now. `provider_id` is the machine's record at the moment.
pub(super) fn former(known: Option<&BmcReport>, report: &BmcReport, provider_id: Option<&str>) -> Option<FormerSystem> {
    let (known, provider_id) = (known?, provider_id?);
    let of_record = |former: &&FormerSystem| former.provider_id == provider_id;
    match (known.former.as_ref().filter(of_record), &known.serial, &report.serial) {
        // It is back.
        (Some(former), _, Some(now)) if former.serial == *now => None,
        (Some(former), ..) => Some(former.clone()),
        (None, Some(before), Some(now)) if before != now => Some(FormerSystem {
            serial: before.clone(),
            told_at: known.taken_at.clone(),
            provider_id: provider_id.to_owned(),
        }),
        _ => None,
    }
}

/// What is to be told of it: nothing where the machine's record is of the present system, or of a later one.
pub(super) fn told(machine: &Machine, bmc: &BmcReport) -> Option<String> {
    let former = bmc.former.as_ref().filter(|former| former.provider_id == machine.id)?;
    let now = bmc.serial.as_ref().filter(|now| machine.serial.as_deref().map(str::trim) != Some(now.trim()))?;
    let at =
        former.told_at.as_ref().map(|at| format!(" at {}", at.0.strftime("%Y-%m-%dT%H:%M:%SZ"))).unwrap_or_default();
    Some(format!(
        "its BMC told serial number {}{at}, and tells {now} now: if the machine was replaced, a SiteTask DestroyNodes with \
         forget: true removes the old one's record once that is approved, and DeployNodes has the new one enlisted, \
         commissioned and deployed",
        former.serial
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(serial: Option<&str>, former: Option<FormerSystem>) -> BmcReport {
        BmcReport { serial: serial.map(str::to_owned), former, ..BmcReport::default() }
    }

    #[test]
    fn another_serial_number_of_the_same_bmc_is_remembered_until_the_record_is_another() {
        let first = report(Some("S1"), None);
        let of = |known: &BmcReport, now: Option<&str>, id: &str| former(Some(known), &report(now, None), Some(id));
        assert_eq!(former(None, &first, Some("a")), None);
        assert_eq!(of(&first, Some("S1"), "a"), None);
        assert_eq!(of(&first, None, "a"), None, "a BMC that tells nothing tells of no other");
        assert_eq!(former(Some(&first), &report(Some("S2"), None), None), None, "no record speaks of the former one");

        let seen = of(&first, Some("S2"), "a").unwrap();
        assert_eq!((seen.serial.as_str(), seen.provider_id.as_str()), ("S1", "a"));
        let second = report(Some("S2"), Some(seen.clone()));
        assert_eq!(of(&second, Some("S2"), "a"), Some(seen.clone()));
        assert_eq!(of(&second, Some("S3"), "a"), Some(seen), "the record is still the first one's");
        assert_eq!(of(&second, Some("S1"), "a"), None, "it is back");
        assert_eq!(of(&second, Some("S2"), "b"), None, "it has enlisted anew");
    }
}
