//! Durations as Kubernetes people write them.

use super::{InvalidValue, text_value};
use jiff::SignedDuration;
use std::{fmt, str::FromStr};

/// The longest one, about a century: a point in time that far away can still be told. All that the schema takes is shorter.
const LONGEST: std::time::Duration = std::time::Duration::from_hours(1_000_000);

/// A span of time in Go's notation, such as `15s`, `30m` or `1h30m`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
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
        // The parser knows more notations than an API should take.
        if !text.bytes().all(|byte| byte.is_ascii_digit() || b".hms".contains(&byte)) {
            return Err(invalid());
        }
        let parsed: SignedDuration = text.parse().map_err(|_| invalid())?;
        let parsed = std::time::Duration::try_from(parsed).map_err(|_| invalid())?;
        if parsed > LONGEST { Err(invalid()) } else { Ok(Self(parsed)) }
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
    "minLength": 2,
    "pattern": "^([0-9]{1,5}\\.[0-9]{1,9}(ms|s|m|h)|([0-9]{1,5}h)?([0-9]{1,7}m)?([0-9]{1,9}s)?([0-9]{1,12}ms)?)$",
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
        assert_eq!("1.5h".parse::<Duration>().unwrap().to_string(), "1h30m");
        for text in ["", "15", "PT1H", "1 hour", "1m1h"] {
            assert!(text.parse::<Duration>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_duration_beyond_all_reason_is_an_error_and_no_panic() {
        for text in ["99999999999999999999h", "5000000000000000h", "18446744073709551615s", "1000001h"] {
            assert!(text.parse::<Duration>().is_err(), "{text}");
        }
        assert!(
            "99999h9999999m999999999s999999999999ms".parse::<Duration>().is_ok(),
            "the longest that the schema takes"
        );
    }
}
