//! Durations as Kubernetes people write them.

use super::{InvalidValue, text_value};
use std::{fmt, str::FromStr};

/// A span of time in Go's notation, such as `15s`, `30m` or `1h30m`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Duration(pub std::time::Duration);

impl Duration {
    /// So many seconds.
    pub const fn seconds(seconds: u64) -> Self {
        Self(std::time::Duration::from_secs(seconds))
    }
}

impl FromStr for Duration {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        let invalid = || InvalidValue::new(text, "a duration, such as 15s, 30m or 1h30m");
        let parsed: kube::core::Duration = text.parse().map_err(|_| invalid())?;
        if parsed.is_negative() {
            return Err(invalid());
        }
        Ok(Self(parsed.into()))
    }
}

impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let total = self.0.as_secs();
        let (hours, minutes, seconds) = (total / 3600, total / 60 % 60, total % 60);
        let millis = self.0.subsec_millis();
        if hours > 0 {
            write!(f, "{hours}h")?;
        }
        if minutes > 0 {
            write!(f, "{minutes}m")?;
        }
        if seconds > 0 || (total == 0 && millis == 0) {
            write!(f, "{seconds}s")?;
        }
        if millis > 0 {
            write!(f, "{millis}ms")?;
        }
        Ok(())
    }
}

text_value!(Duration, {
    "type": "string",
    "maxLength": 32,
    "pattern": "^([0-9]+(\\.[0-9]+)?(ms|s|m|h))+$",
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_round_trip() {
        for text in ["0s", "15s", "30m", "1h30m", "200ms", "1h1s"] {
            assert_eq!(text.parse::<Duration>().unwrap().to_string(), text);
        }
        assert!("-5s".parse::<Duration>().is_err());
        assert!("soon".parse::<Duration>().is_err());
    }
}
