//! Workers: they take keys from a queue and catch what panics.

use super::context::Context;
use crate::runtime::Queue;
use futures::FutureExt;
use std::{fmt::Debug, hash::Hash, panic::AssertUnwindSafe, sync::Arc, time::Duration, time::Instant};
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
}

/// Pause after a turn that panicked or failed for the API server's sake.
const AFTER_FAILURE: Duration = Duration::from_secs(5);

/// Starts `count` workers on a queue. They work only while we lead.
pub(super) fn spawn<K, F, Fut>(
    tasks: &mut JoinSet<&'static str>,
    count: usize,
    kind: &'static str,
    context: &Arc<Context>,
    stop: &CancellationToken,
    queue: fn(&Context) -> &Queue<K>,
    turn: F,
) where
    K: Clone + Debug + Eq + Hash + Ord + Send + Sync + 'static,
    F: Fn(Arc<Context>, K) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = Result<Turn, kube::Error>> + Send + 'static,
{
    for _ in 0..count.max(1) {
        let (context, stop, turn) = (Arc::clone(context), stop.clone(), turn.clone());
        tasks.spawn(async move {
            let mut leadership = context.leadership.clone();
            loop {
                let key = tokio::select! {
                    () = stop.cancelled() => return kind,
                    key = async { leadership.held().await; queue(&context).next().await } => key,
                };
                let began = Instant::now();
                let result = AssertUnwindSafe(turn(Arc::clone(&context), key.clone())).catch_unwind().await;
                let turn = match result {
                    Ok(Ok(turn)) => turn,
                    Ok(Err(error)) => {
                        tracing::warn!(kind, ?key, error = &error as &dyn std::error::Error, "turn failed");
                        Turn { outcome: "error", again: Some(context.clock.scale(AFTER_FAILURE)) }
                    }
                    Err(_) => {
                        tracing::error!(kind, ?key, "turn panicked; only this object is held up");
                        Turn { outcome: "panic", again: Some(AFTER_FAILURE * 12) }
                    }
                };
                context.metrics.reconciled(kind, turn.outcome, began.elapsed());
                queue(&context).done(&key, turn.again);
            }
        });
    }
}
