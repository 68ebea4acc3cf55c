//! Workarounds for BMCs that break IPMI 2.0, under the names that FreeIPMI gave them (`man freeipmi`, WORKAROUNDS).
//!
//! A name is known or it is refused: a workaround that is misspelt would look like a wrong password. Some of FreeIPMI's
//! names stand for what Slipway does with every BMC; they are taken, so that a list that works with `ipmipower` works
//! here too.

use super::error::IpmiError;

/// The workarounds to use with one BMC.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Quirks {
    /// `intel20`: the user name is padded with zeros to sixteen bytes, in messages and hashes, though IPMI 2.0 §13.20
    /// forbids it. Intel SE7520AF2.
    pub padded_name: bool,
    /// `supermicro20`: packets of the login say that they are a byte longer than they are. Supermicro with Peppercon
    /// firmware.
    pub length_off_by_one: bool,
    /// `nochecksumcheck`: the checksums of answers are wrong, while the packets' own codes are right. Supermicro X9.
    pub wrong_checksums: bool,
}

/// FreeIPMI's names for what needs no flag here: capabilities are never asked for (`authcap`), the login's messages all
/// name one privilege (`opensesspriv`, `sun20`), and bytes behind a code are passed over (`integritycheckvalue`, `sun20`).
const ALWAYS: [&str; 4] = ["authcap", "opensesspriv", "integritycheckvalue", "sun20"];
/// FreeIPMI's names for what concerns IPMI 1.5 or pings alone. A design may give them for the provisioner's tools.
const ELSEWHERE: [&str; 6] = ["endianseq", "forcepermsg", "idzero", "ipmiping", "noauthcodecheck", "unexpectedauth"];

impl Quirks {
    /// The workarounds of these names.
    pub fn from_names<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<Self, IpmiError> {
        let mut quirks = Self::default();
        for name in names {
            match name {
                "intel20" => quirks.padded_name = true,
                "supermicro20" => quirks.length_off_by_one = true,
                "nochecksumcheck" => quirks.wrong_checksums = true,
                "none" => {}
                name if ALWAYS.contains(&name) || ELSEWHERE.contains(&name) => {}
                unknown => return Err(IpmiError::UnknownQuirk(unknown.to_owned())),
            }
        }
        Ok(quirks)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_freeipmis_or_refused() {
        let quirks = Quirks::from_names(["opensesspriv", "authcap", "idzero", "intel20"]).unwrap();
        assert_eq!(quirks, Quirks { padded_name: true, ..Quirks::default() });
        let error = Quirks::from_names(["intel2.0"]).unwrap_err().to_string();
        assert!(error.contains("intel2.0") && error.contains("supermicro20"), "{error}");
    }
}
