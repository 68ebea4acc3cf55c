//! The version of a region, and what it can do.

use std::fmt;

/// The newest release that Slipway was tested with.
pub const NEWEST_TESTED: Version = Version(3, 7);

/// The first release with reserved addresses.
pub(super) const RESERVED_IPS: Version = Version(3, 6);
/// The first release with release scripts.
pub(super) const RELEASE_SCRIPTS: Version = Version(3, 5);

/// A release of MAAS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(pub u32, pub u32);

impl Version {
    /// Reads `3.7.3`, or anything that begins so.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split(|c: char| !c.is_ascii_digit());
        Some(Self(parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
    }

    /// Whether a region of this version has reserved addresses. What cannot be read is taken for new.
    pub fn has_reserved_ips(text: &str) -> bool {
        Self::parse(text).is_none_or(|version| version >= RESERVED_IPS)
    }

    /// What is to be known of a version, where there is anything.
    pub fn advice(text: &str) -> Option<String> {
        let newer = Self::parse(text).is_some_and(|version| version > NEWEST_TESTED);
        newer.then(|| format!("it is newer than {NEWEST_TESTED}, the newest that Slipway was tested with"))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.0, self.1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_and_compared_by_number() {
        assert_eq!(Version::parse("3.10.0~beta1"), Some(Version(3, 10)));
        assert_eq!(Version::parse("3"), None);
        assert!(!Version::has_reserved_ips("3.5.13") && Version::has_reserved_ips("3.10.1"));
        assert!(Version::advice("3.7.3").is_none() && Version::advice("3.10.0").is_some());
    }
}
