//! The pause after failed attempts.

use std::time::Duration;

/// `first` after the first failed attempt, doubled with each further one, at most `cap`.
pub fn backoff(attempts: i32, first: Duration, cap: Duration) -> Duration {
    let doublings = u32::try_from(attempts.saturating_sub(1)).unwrap_or_default().min(16);
    first.saturating_mul(1 << doublings).min(cap)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_cap() {
        let seconds = |attempts| backoff(attempts, Duration::from_secs(10), Duration::from_mins(5)).as_secs();
        assert_eq!([0, 1, 2, 3, 6, 100].map(seconds), [10, 10, 20, 40, 300, 300]);
    }
}
