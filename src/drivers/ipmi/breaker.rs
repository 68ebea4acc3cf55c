//! When a silent BMC is asked again: less and less often, and never never.
//!
//! ```text
//! answering --3 silences--> resting --pause over--> probed --silence--> resting, twice as long
//!     ^                                                |
//!     +---------------------- an answer ---------------+
//! ```

use std::time::Duration;
use tokio::time::Instant;

/// Silences in a row after which a BMC is left alone for a while.
const THRESHOLD: u32 = 3;
/// The first pause; each further one is twice as long.
const FIRST: Duration = Duration::from_secs(5);
/// The longest pause.
const LONGEST: Duration = Duration::from_mins(5);

/// What is remembered of a BMC's silences.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Breaker {
    silences: u32,
    until: Option<Instant>,
}

impl Breaker {
    /// How often it was silent in a row, and until when it is left alone; `None` when it may be asked.
    pub(super) fn resting(&self, now: Instant) -> Option<(u32, Instant)> {
        self.until.filter(|until| now < *until).map(|until| (self.silences, until))
    }

    /// Whether it has been left alone and not answered since: then it is asked less patiently.
    pub(super) fn is_doubtful(&self) -> bool {
        self.until.is_some()
    }

    /// It has answered.
    pub(super) fn answered(&mut self) {
        *self = Self::default();
    }

    /// It has not.
    pub(super) fn silent(&mut self, now: Instant) {
        self.silences = self.silences.saturating_add(1);
        if let Some(doublings) = self.silences.checked_sub(THRESHOLD) {
            let pause = FIRST.saturating_mul(1_u32.checked_shl(doublings.min(16)).unwrap_or(1));
            self.until = Some(now + pause.min(LONGEST));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest_and_an_answer_ends_them() {
        let now = Instant::now();
        let mut breaker = Breaker::default();
        let pauses: Vec<u64> = (0..12)
            .map(|_| {
                breaker.silent(now);
                breaker.resting(now).map_or(0, |(_, until)| (until - now).as_secs())
            })
            .collect();
        assert_eq!(pauses, [0, 0, 5, 10, 20, 40, 80, 160, 300, 300, 300, 300]);
        assert!(breaker.resting(now + LONGEST).is_none(), "it is probed after the pause");
        breaker.answered();
        assert!(breaker.resting(now).is_none() && !breaker.is_doubtful());
    }
}
