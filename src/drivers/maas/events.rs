//! MAAS's event log: what is new, and whether a release has erased the disks.

use super::{Error, client::Client, wire::Event, wire::Events};
use std::collections::BTreeSet;
use tokio::sync::Mutex;

/// The most events that MAAS gives at once.
const PAGE: usize = 1000;
/// Pages read in one go; what is left comes with the next.
const PAGES: usize = 10;

/// A place in the event log, kept between two looks.
#[derive(Debug, Default)]
pub struct News {
    last: Mutex<Option<u64>>,
}

impl News {
    /// The machines that have had events since the last call. The first call only takes the present place.
    pub async fn since_last(&self, client: &Client) -> Result<BTreeSet<String>, Error> {
        let mut last = self.last.lock().await;
        let mut machines = BTreeSet::new();
        let Some(mut seen) = *last else {
            let newest: Events = client.get("events/", &[("op", "query"), ("limit", "1"), ("level", "INFO")]).await?;
            *last = Some(newest.events.iter().map(|event| event.id).max().unwrap_or(0));
            return Ok(machines);
        };
        for _ in 0..PAGES {
            let (after, limit) = (seen.to_string(), PAGE.to_string());
            let query = [("op", "query"), ("after", after.as_str()), ("limit", &limit), ("level", "INFO")];
            // On an error the place stays: what was read of it comes again.
            let page: Events = client.get("events/", &query).await?;
            let newest = page.events.iter().map(|event| event.id).max();
            machines.extend(page.events.iter().map(|event| event.node.clone()).filter(|node| !node.is_empty()));
            seen = newest.unwrap_or(seen).max(seen);
            if page.events.len() < PAGE {
                break;
            }
        }
        *last = Some(seen);
        Ok(machines)
    }
}

/// Whether the newest release of a machine has erased its disks.
pub async fn erased_by_last_release(machine: &str, client: &Client) -> Result<bool, Error> {
    let query = [("op", "query"), ("id", machine), ("limit", "100"), ("level", "INFO")];
    let log: Events = client.get("events/", &query).await?;
    Ok(newest_release_erased(log.events))
}

/// A release is logged as `Releasing`, with an erase `Disks erased` and `Releasing` once more, and `Released`.
fn newest_release_erased(mut events: Vec<Event>) -> bool {
    events.sort_by_key(|event| std::cmp::Reverse(event.id));
    let mut release_ended = false;
    for event in events {
        match event.kind.as_str() {
            "Disks erased" => return true,
            "Released" if release_ended => return false,
            "Released" => release_ended = true,
            // Commissioning and tests may come after a release and change nothing of it; what follows came before it.
            "Deployed" | "Deploying" | "Image Deployed" => return false,
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_erase_is_proven_by_its_own_event_only() {
        let log = |kinds: &[&str]| -> Vec<Event> {
            let events = (1..).zip(kinds.iter().rev());
            events.map(|(id, kind)| Event { id, node: "a".into(), kind: (*kind).into() }).collect()
        };
        assert!(newest_release_erased(log(&["Released", "Releasing", "Disks erased", "Releasing", "Deployed"])));
        assert!(!newest_release_erased(log(&["Released", "Releasing", "Deployed", "Disks erased"])));
        assert!(!newest_release_erased(log(&["Released", "Releasing", "Released", "Disks erased", "Releasing"])));
        assert!(!newest_release_erased(log(&["Ready", "Commissioning"])));
    }
}
