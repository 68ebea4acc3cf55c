//! Waiting for a condition instead of for a time.

use crate::TestbedError;
use std::{fmt::Display, time::Duration};
use tokio::time::{Instant, sleep, timeout_at};

const FIRST_PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_millis(250);

/// Asks `check` until it answers `Ok`, first every 20 ms, later every 250 ms. Its `Err` says what was seen instead; the
/// last one is in the error when `deadline` is over. A check that hangs is cut off there too.
///
/// ```
/// # async fn example() -> Result<(), slipway_testbed::TestbedError> {
/// use std::time::Duration;
/// let mut count = 0;
/// let seen = slipway_testbed::eventually(Duration::from_secs(5), "three", || {
///     count += 1;
///     let now = count;
///     async move { if now == 3 { Ok(now) } else { Err(format!("only {now}")) } }
/// })
/// .await?;
/// assert_eq!(seen, 3);
/// # Ok(())
/// # }
/// ```
pub async fn eventually<T, E, F>(
    deadline: Duration,
    what: &str,
    mut check: impl FnMut() -> F,
) -> Result<T, TestbedError>
where
    E: Display,
    F: Future<Output = Result<T, E>>,
{
    let until = Instant::now() + deadline;
    let mut pause = FIRST_PAUSE;
    let mut last = "nothing; the first check did not return".to_owned();
    loop {
        match timeout_at(until, check()).await {
            Ok(Ok(value)) => return Ok(value),
            Ok(Err(seen)) => last = seen.to_string(),
            Err(_) => {}
        }
        if Instant::now() + pause >= until {
            return Err(TestbedError::Timeout { what: what.to_owned(), waited: deadline, last });
        }
        sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_last_seen_value_is_told() {
        let outcome: Result<(), _> =
            eventually(Duration::from_millis(50), "a miracle", || async { Err("nothing special") }).await;
        assert_eq!(outcome.unwrap_err().to_string(), "waited 50ms for a miracle; last seen: nothing special");
    }

    #[tokio::test]
    async fn a_hanging_check_is_cut_off() {
        let outcome: Result<(), TestbedError> =
            eventually(Duration::from_millis(50), "an answer", std::future::pending::<Result<(), String>>).await;
        assert!(outcome.is_err());
    }
}
