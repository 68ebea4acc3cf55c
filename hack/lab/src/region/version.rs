//! The MAAS release that the region plays; what an older one lacks is asked here.

use std::fmt;

/// A release of MAAS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Version {
    text: String,
    minor: (u32, u32),
}

impl Version {
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut numbers = text.split('.').map(str::parse::<u32>);
        let (Some(Ok(major)), Some(Ok(minor))) = (numbers.next(), numbers.next()) else {
            return Err(format!("version {text:?} is no release of MAAS"));
        };
        if (major, minor) < (3, 3) || (major, minor) > (3, 7) {
            return Err(format!("version {text}: the lab plays 3.3 to 3.7"));
        }
        // A bare release stands for the point release whose behaviour is known.
        let text = match text {
            "3.3" => "3.3.11",
            "3.5" => "3.5.13",
            "3.6" => "3.6.5",
            "3.7" => "3.7.3",
            other => other,
        };
        Ok(Self { text: text.to_owned(), minor: (major, minor) })
    }

    /// It is this release or a newer one.
    pub(crate) fn since(&self, major: u32, minor: u32) -> bool {
        self.minor >= (major, minor)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
