//! Questions about single machines that are asked within a moment of each other are put to MAAS as one: its answers cost it
//! far more than their parts, and it serves four at once.
//!
//! The first who asks waits a moment for others, asks for all of them and hands out the answers. An answer is always to a
//! request that began after the question.

use super::Error;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::sync::oneshot;

/// How long the first one waits for others.
const MOMENT: Duration = Duration::from_millis(20);
/// Most machines that one request is about: MAAS needs about 16 ms for each.
pub(super) const SLICE: usize = 50;

/// Who waits for an answer about which machine.
type Waiting<T> = BTreeMap<String, Vec<oneshot::Sender<Answer<T>>>>;
/// What comes back for one machine; absent: MAAS does not tell of it.
type Answer<T> = Result<Option<T>, Arc<Error>>;

/// Questions of one kind.
#[derive(Debug)]
pub(super) struct Gather<T> {
    waiting: Mutex<Option<Waiting<T>>>,
}

impl<T> Default for Gather<T> {
    fn default() -> Self {
        Self { waiting: Mutex::new(None) }
    }
}

impl<T: Clone + Send> Gather<T> {
    /// Asks about one machine; `ask` is given all that are asked about, at most [`SLICE`].
    pub async fn ask<F>(&self, id: &str, ask: impl Fn(Vec<String>) -> F) -> Result<Option<T>, Error>
    where
        F: Future<Output = Result<BTreeMap<String, T>, Error>>,
    {
        loop {
            let (answer, first) = self.join(id);
            if first {
                let mut leaving = Leaving(Some(self));
                tokio::time::sleep(MOMENT).await;
                leaving.0 = None;
                self.serve(&ask).await;
            }
            // None, where the first one was dropped before it had served.
            if let Ok(answer) = answer.await {
                return answer.map_err(Error::Shared);
            }
        }
    }

    /// Takes a place among those who wait; says whether nobody was there.
    fn join(&self, id: &str) -> (oneshot::Receiver<Answer<T>>, bool) {
        let (sender, receiver) = oneshot::channel();
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let first = waiting.is_none();
        waiting.get_or_insert_default().entry(id.to_owned()).or_default().push(sender);
        (receiver, first)
    }

    /// Asks for all who have come so far; whoever comes later is the first of the next.
    async fn serve<F>(&self, ask: &impl Fn(Vec<String>) -> F)
    where
        F: Future<Output = Result<BTreeMap<String, T>, Error>>,
    {
        let taken = self.waiting.lock().unwrap_or_else(PoisonError::into_inner).take();
        let mut waiting = taken.unwrap_or_default();
        let ids: BTreeSet<String> = waiting.keys().cloned().collect();
        let ids: Vec<String> = ids.into_iter().collect();
        for slice in ids.chunks(SLICE) {
            let answers = ask(slice.to_vec()).await.map_err(Arc::new);
            for id in slice {
                for sender in waiting.remove(id).unwrap_or_default() {
                    let answer = answers.as_ref().map(|all| all.get(id).cloned()).map_err(Arc::clone);
                    // Nobody waits any more: as well.
                    let _ = sender.send(answer);
                }
            }
        }
    }
}

/// The first one, until it serves: dropped before, it leaves nobody waiting. The others find their channel closed, and
/// begin anew.
struct Leaving<'a, T>(Option<&'a Gather<T>>);

impl<T> Drop for Leaving<'_, T> {
    fn drop(&mut self) {
        if let Some(gather) = self.0 {
            gather.waiting.lock().unwrap_or_else(PoisonError::into_inner).take();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    /// Answers with the length of each id, and knows none that begins with `x`.
    async fn lengths(ids: Vec<String>) -> Result<BTreeMap<String, usize>, Error> {
        Ok(ids.into_iter().filter(|id| !id.starts_with('x')).map(|id| (id.clone(), id.len())).collect())
    }

    #[tokio::test(start_paused = true)]
    async fn questions_of_a_moment_are_one_request() {
        let (gather, requests) = (Gather::default(), AtomicUsize::new(0));
        let ids: Vec<String> = (0..120).map(|n| format!("m{n}")).collect();
        let ask = |ids: Vec<String>| {
            assert!(ids.len() <= SLICE);
            requests.fetch_add(1, Ordering::Relaxed);
            lengths(ids)
        };
        let answers = futures::future::join_all(ids.iter().map(|id| gather.ask(id, ask))).await;
        for (id, answer) in ids.iter().zip(answers) {
            assert_eq!(answer.unwrap(), Some(id.len()));
        }
        assert_eq!(requests.load(Ordering::Relaxed), 3, "in slices");
        assert_eq!(gather.ask("x1", ask).await.unwrap(), None, "what is not told of is absent");
        assert_eq!(requests.load(Ordering::Relaxed), 4, "a later question is asked anew");
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_comes_after_the_first_has_gone_is_served_all_the_same() {
        let gather = Gather::default();
        let mut first = Box::pin(gather.ask("m1", lengths));
        assert!(futures::poll!(&mut first).is_pending());
        let mut second = Box::pin(gather.ask("m2", lengths));
        assert!(futures::poll!(&mut second).is_pending());
        drop(first);
        assert_eq!(second.await.unwrap(), Some(2));
    }

    #[tokio::test(start_paused = true)]
    async fn all_hear_of_a_failure() {
        let gather: Gather<usize> = Gather::default();
        let fail = |_| async { Err(Error::Missing("no".into())) };
        let (a, b) = tokio::join!(gather.ask("m1", fail), gather.ask("m2", fail));
        assert_eq!([a.unwrap_err().to_string(), b.unwrap_err().to_string()], ["no", "no"]);
    }
}
