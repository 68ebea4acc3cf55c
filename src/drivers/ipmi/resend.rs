//! When one request is sent again, given up, or no longer counted as under way. No I/O, and no clock of its own.

use super::config::Timing;
use std::time::Duration;
use tokio::time::Instant;

/// The pause between two sendings grows to so many times the first one.
const GROWTH: u32 = 4;
/// What is sent once has so many times the first pause to be answered.
const PATIENCE: u32 = 6;

/// A request that waits for its answer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Resend {
    sends: u32,
    tries: u32,
    first: Instant,
    wait: Duration,
    longest: Duration,
    due: Instant,
    deadline: Instant,
    /// When it stops counting as under way; `None` once it has.
    counted_until: Option<Instant>,
}

/// What is to be done now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tick {
    /// Wait.
    Nothing,
    /// Send it again.
    Again,
    /// Nobody answers.
    Over,
}

impl Resend {
    /// A request that is sent now, `tries` times at most. After `hold` without an answer it is no longer counted as under
    /// way: what is in the network by then has arrived or is lost.
    pub(super) fn first(timing: &Timing, tries: u32, now: Instant, hold: Duration) -> Self {
        let deadline = now + timing.exchange;
        Self {
            sends: 1,
            tries,
            first: now,
            wait: timing.retransmit,
            longest: timing.retransmit * GROWTH,
            due: deadline.min(now + timing.retransmit),
            deadline,
            counted_until: Some(now + hold.min(timing.retransmit)),
        }
    }

    /// The same for what is sent once: it waits longer for its answer.
    pub(super) fn only(timing: &Timing, now: Instant, hold: Duration) -> Self {
        let wait = timing.retransmit * PATIENCE;
        Self { due: (now + wait).min(now + timing.exchange), ..Self::first(timing, 1, now, hold) }
    }

    /// When there is something to do next.
    pub(super) fn next(&self) -> Instant {
        self.counted_until.map_or(self.due, |until| until.min(self.due))
    }

    /// Whether its packet counts as under way.
    pub(super) fn counts(&self) -> bool {
        self.counted_until.is_some()
    }

    /// It ends by then, if it would not end sooner.
    pub(super) fn end_by(&mut self, deadline: Instant) {
        self.deadline = self.deadline.min(deadline);
        self.due = self.due.min(self.deadline);
    }

    /// When its deadline is.
    pub(super) fn deadline(&self) -> Instant {
        self.deadline
    }

    /// How long the answer that has come now took, where that can be told.
    pub(super) fn round_trip(&self, now: Instant) -> Option<Duration> {
        (self.sends == 1).then(|| now.saturating_duration_since(self.first))
    }

    /// Time has passed.
    pub(super) fn tick(&mut self, now: Instant) -> Tick {
        if self.counted_until.is_some_and(|until| until <= now) {
            self.counted_until = None;
        }
        if now < self.due {
            return Tick::Nothing;
        }
        if self.sends >= self.tries || now >= self.deadline {
            return Tick::Over;
        }
        self.sends += 1;
        self.wait = (self.wait * 2).min(self.longest);
        self.due = self.deadline.min(now + self.wait);
        Tick::Again
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_sent_so_often_and_then_given_up() {
        let now = Instant::now();
        let timing = Timing::default();
        let mut resend = Resend::first(&timing, timing.tries, now, Duration::from_millis(60));
        assert!(resend.counts());
        let mut sent = vec![];
        let at = loop {
            let at = resend.next();
            match resend.tick(at) {
                Tick::Nothing => assert!(!resend.counts(), "only the slot was given back"),
                Tick::Again => sent.push((at - now).as_millis()),
                Tick::Over => break at,
            }
        };
        assert_eq!(sent, [500, 1500, 3500, 5500, 7500, 9500, 11500, 13500, 15500]);
        assert_eq!((at - now).as_millis(), 17500);
        assert_eq!(resend.round_trip(at), None, "which sending was answered cannot be told");
    }

    #[test]
    fn what_is_sent_once_waits_longer() {
        let now = Instant::now();
        let mut resend = Resend::only(&Timing::default(), now, Duration::from_millis(60));
        assert_eq!(resend.tick(now + Duration::from_secs(2)), Tick::Nothing);
        assert_eq!(resend.tick(now + Duration::from_secs(3)), Tick::Over);
    }
}
