//! Turns: each due key is taken from its queue and worked on, beside others of its namespace and of all others. What
//! panics is caught.

use super::context::Context;
use crate::runtime::{InLane, Queue};
use futures::FutureExt;
use std::{
    fmt::Debug,
    hash::Hash,
    panic::AssertUnwindSafe,
    sync::{Arc, LazyLock},
    time::{Duration, Instant},
};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// What a turn came to.
#[derive(Debug)]
pub(super) struct Turn {
    /// One word for metrics.
    pub outcome: &'static str,
    /// When the key is due again; `None`: when something changes.
    pub again: Option<Duration>,
}

impl Turn {
    /// Due again when something changes.
    pub fn settled() -> Self {
        Self { outcome: "settled", again: None }
    }

    /// Due again after a pause.
    pub fn again(after: Duration) -> Self {
        Self { outcome: "again", again: Some(after) }
    }

    /// Due again at the next stroke of a clock that strikes every `period`, so that what looks at the same thing now and then
    /// looks at the same time, and shares its requests.
    pub fn at_stroke(period: Duration) -> Self {
        static START: LazyLock<Instant> = LazyLock::new(Instant::now);
        let since = START.elapsed().as_nanos().checked_rem(period.as_nanos()).unwrap_or_default();
        Self::again(period.saturating_sub(Duration::from_nanos(u64::try_from(since).unwrap_or_default())))
    }

    /// Due again no later than after a pause.
    pub fn no_later(self, pause: Duration) -> Self {
        Self { again: self.again.map(|again| again.min(pause)), ..self }
    }

    /// Due again no sooner than after a pause.
    pub fn not_before(self, pause: Duration) -> Self {
        Self { again: self.again.map(|again| again.max(pause)), ..self }
    }
}

/// Pause after a turn that failed for the API server's sake.
const AFTER_FAILURE: Duration = Duration::from_secs(5);
/// Pause after a turn that panicked: another try will hardly end better.
const AFTER_PANIC: Duration = Duration::from_mins(1);

/// Works on a queue, on at most `width` keys of a namespace at once, and only while we lead.
pub(super) fn spawn<K, F, Fut>(
    tasks: &mut JoinSet<&'static str>,
    width: usize,
    kind: &'static str,
    context: &Arc<Context>,
    stop: &CancellationToken,
    queue: fn(&Context) -> &Queue<K>,
    turn: F,
) where
    K: InLane + Clone + Debug + Eq + Hash + Ord + Send + Sync + 'static,
    F: Fn(Arc<Context>, K) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = Result<Turn, kube::Error>> + Send + 'static,
{
    let (context, stop) = (Arc::clone(context), stop.clone());
    tasks.spawn(async move {
        let mut leadership = context.leadership.clone();
        let mut turns = JoinSet::new();
        loop {
            let due = async {
                leadership.held().await;
                queue(&context).next(width.max(1)).await
            };
            let key = tokio::select! {
                () = stop.cancelled() => break,
                Some(_) = turns.join_next() => continue,
                key = due => key,
            };
            if !leadership.is_held() {
                // Lost while we waited: whoever holds it now decides.
                queue(&context).done(&key, Some(Duration::ZERO));
                continue;
            }
            let (context, turn) = (Arc::clone(&context), turn.clone());
            turns.spawn(async move {
                let began = Instant::now();
                let turn = take(kind, &context, &key, turn).await;
                context.metrics.reconciled(kind, turn.outcome, began.elapsed());
                queue(&context).done(&key, turn.again);
            });
        }
        while turns.join_next().await.is_some() {}
        kind
    });
}

/// One turn, whatever comes of it.
async fn take<K, F, Fut>(kind: &'static str, context: &Arc<Context>, key: &K, turn: F) -> Turn
where
    K: Clone + Debug,
    F: Fn(Arc<Context>, K) -> Fut,
    Fut: Future<Output = Result<Turn, kube::Error>>,
{
    match AssertUnwindSafe(turn(Arc::clone(context), key.clone())).catch_unwind().await {
        Ok(Ok(turn)) => turn,
        Ok(Err(error)) => {
            tracing::warn!(kind, ?key, error = &error as &dyn std::error::Error, "turn failed");
            Turn { outcome: "error", again: Some(context.clock.scale(AFTER_FAILURE)) }
        }
        Err(_) => {
            tracing::error!(kind, ?key, "turn panicked; only this object is held up");
            Turn { outcome: "panic", again: Some(AFTER_PANIC) }
        }
    }
}
