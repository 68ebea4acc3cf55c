//! What vendors do otherwise than the specification, or than each other: a table. Each row says where it comes from.
//!
//! What can be handled for all BMCs alike has no row: versions are sent with PATCH and never with actions, allowable
//! values are read, a refused change is read back before it counts as refused.

/// A way in which a BMC is special.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quirk {
    /// A boot override has to hold target, mode and enablement together: what is left out goes back to its default.
    FullBootRequest,
    /// The mode of a boot override cannot be written, not even as it is.
    ModeIsFixed,
    /// Boot overrides are taken by the settings resource (`@Redfish.Settings`, or `SD` beneath the system) alone.
    BootInSettings,
    /// The serial number that SMBIOS tells as the system's is `SKU`; `SerialNumber` is the board's.
    SerialInSku,
    /// The log of hardware events has this id; with several rows the first that is there.
    EventLog(&'static str),
    /// Virtual media without actions are inserted by writing their image, and only some of the drives can.
    MediaByPatch,
}

/// A row: which BMCs, what they do, and where it was seen.
struct Row {
    /// In one of the names that a service gives its maker, without regard to case, blanks and signs.
    vendor: &'static str,
    /// In the system's model; empty: all.
    model: &'static str,
    quirk: Quirk,
    /// A public issue, or the vendor's own documentation.
    #[cfg_attr(not(test), allow(dead_code, reason = "read by people, and held against the form of a source"))]
    source: &'static str,
}

const fn row(vendor: &'static str, model: &'static str, quirk: Quirk, source: &'static str) -> Row {
    Row { vendor, model, quirk, source }
}

const TABLE: &[Row] = &[
    row("supermicro", "", Quirk::FullBootRequest, "DMTF/Redfishtool#106"),
    row("hpe", "", Quirk::ModeIsFixed, "ansible-collections/community.general#3509"),
    row("hewlettpackardenterprise", "", Quirk::ModeIsFixed, "ansible-collections/community.general#3509"),
    row("ami", "", Quirk::BootInSettings, "DMTF/Redfish-Tacklebox#111"),
    row("americanmegatrends", "", Quirk::BootInSettings, "DMTF/Redfish-Tacklebox#111"),
    row("asrock", "", Quirk::BootInSettings, "DMTF/Redfish-Tacklebox#144"),
    row("dell", "", Quirk::SerialInSku, "ansible/ansible#53461"),
    row("dell", "", Quirk::EventLog("Sel"), "bb-Ricardo/check_redfish#4"),
    row("hpe", "", Quirk::EventLog("IML"), "HewlettPackard/python-ilorest-library#173"),
    row("lenovo", "", Quirk::EventLog("PlatformLog"), "bb-Ricardo/check_redfish#77"),
    row("lenovo", "", Quirk::EventLog("StandardLog"), "bb-Ricardo/check_redfish#77"),
    row("openbmc", "", Quirk::EventLog("EventLog"), "ibm-openbmc/dev#2070"),
    row("lenovo", "", Quirk::MediaByPatch, "lenovo/python-redfish-lenovo#21"),
];

/// What a BMC is known to do.
#[derive(Debug, Clone, Default)]
pub(super) struct Quirks(Vec<Quirk>);

impl Quirks {
    /// Those of a BMC whose service gives these names to its maker, and this to the system's model.
    pub fn of(vendors: &[String], model: Option<&str>) -> Self {
        let plain = |text: &str| -> String {
            text.chars().filter(|c| c.is_alphanumeric()).map(|c| c.to_ascii_lowercase()).collect()
        };
        let vendors: Vec<String> = vendors.iter().map(|vendor| plain(vendor)).collect();
        let model = plain(model.unwrap_or_default());
        // Three letters are found in many words: those names have to be whole.
        let named = |name: &str| {
            vendors.iter().any(|vendor| if name.len() > 3 { vendor.starts_with(name) } else { vendor == name })
        };
        let rows = TABLE.iter().filter(|row| named(row.vendor) && model.contains(row.model));
        Self(rows.map(|row| row.quirk).collect())
    }

    /// Whether it is among them.
    pub fn has(&self, quirk: Quirk) -> bool {
        self.0.contains(&quirk)
    }

    /// Ids of the log of hardware events, the best first.
    pub fn event_logs(&self) -> impl Iterator<Item = &'static str> {
        self.0.iter().filter_map(|quirk| match quirk {
            Quirk::EventLog(id) => Some(*id),
            _ => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(vendor: &str) -> Quirks {
        Quirks::of(&[vendor.to_owned()], Some("Model 1"))
    }

    #[test]
    fn vendors_are_found_however_they_write_themselves() {
        for vendor in ["Supermicro", "Super Micro Computer, Inc.", "SUPERMICRO"] {
            assert!(of(vendor).has(Quirk::FullBootRequest), "{vendor}");
        }
        assert!(of("Dell Inc.").has(Quirk::SerialInSku) && of("Ami").has(Quirk::BootInSettings));
        assert!(!of("Miami Computers").has(Quirk::BootInSettings), "three letters are a whole name");
        assert_eq!(of("Lenovo").event_logs().collect::<Vec<_>>(), ["PlatformLog", "StandardLog"]);
        assert_eq!(of("").event_logs().count(), 0);
        assert!(
            Quirks::of(&["Lenovo".into(), "AMI".into()], None).has(Quirk::BootInSettings),
            "the BMC's maker counts"
        );
    }

    #[test]
    fn every_row_says_where_it_comes_from() {
        for row in TABLE {
            let (repository, number) = row.source.split_once('#').expect(row.source);
            assert!(repository.contains('/') && number.parse::<u32>().is_ok(), "{}", row.source);
            assert!(row.vendor.chars().all(|c| c.is_ascii_lowercase()), "{}", row.vendor);
        }
    }
}
