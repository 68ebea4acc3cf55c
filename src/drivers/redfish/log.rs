//! The log of hardware events: which of a BMC's logs that is, and its newest entries.

use super::{
    bmc::RedfishBmc,
    error::RedfishError,
    json::{link, list, text, word},
    links::last,
    places::Places,
    sensors::state_of,
};
use crate::model::{BmcEvent, SensorState};
use jiff::Timestamp;
use serde_json::Value;

/// Entries of a log that are read to find the newest: many BMCs list the oldest first, and offer no other way.
const ENTRIES: usize = 2000;
/// Logs that are looked at.
const LOGS: usize = 32;
/// Ids of logs of hardware events, in small letters, the best first, where the vendor's is not in the table.
const USUAL: &[&str] = &["sel", "eventlog", "log1", "log", "hostlogger"];

impl RedfishBmc {
    pub(super) async fn try_events(&self, limit: usize) -> Result<Vec<BmcEvent>, RedfishError> {
        let places = self.places().await?;
        let Some(entries) = self.event_log(&places).await? else {
            return Err(RedfishError::Lacks("has no log of events".into()));
        };
        let mut members = self.client().members(Some(&entries), limit.max(2)).await?;
        if !is_newest_first(&members) {
            members = self.client().members(Some(&entries), ENTRIES).await?;
        }
        let mut events: Vec<BmcEvent> = Vec::new();
        let mut links: Vec<Value> = Vec::new();
        for member in members {
            // Entries mostly come whole; where they do not, only as many are read as are wanted.
            match event(&member) {
                Some(event) => events.push(event),
                None => links.push(member),
            }
        }
        if events.is_empty() && !links.is_empty() {
            links.sort_by_key(|entry| std::cmp::Reverse(order(super::json::id(entry).map_or("", last))));
            for entry in links.into_iter().take(limit) {
                let entry = self.client().whole(entry).await?;
                events.extend(entry.and_then(|entry| event(&entry.body)));
            }
        }
        events.sort_by_key(|event| std::cmp::Reverse((event.at, order(&event.id))));
        events.truncate(limit);
        Ok(events)
    }

    /// Where the entries of the log of hardware events are.
    async fn event_log(&self, places: &Places) -> Result<Option<String>, RedfishError> {
        let owners = [&places.system].into_iter().chain(&places.managers).chain(&places.chassis);
        let mut logs: Vec<String> = Vec::new();
        for owner in owners {
            let Some(owner) = self.client().follow(Some(owner)).await? else { continue };
            let members = self.client().members(link(&owner.body, "LogServices"), LOGS).await?;
            logs.extend(members.iter().filter_map(super::json::id).map(str::to_owned));
        }
        let named = |id: &str| logs.iter().find(|log| last(log).eq_ignore_ascii_case(id));
        let known = places.quirks.event_logs().chain(USUAL.iter().copied()).find_map(named);
        let Some(log) = known.or_else(|| logs.first()) else { return Ok(None) };
        let service = self.client().follow(Some(log)).await?;
        Ok(service.and_then(|service| link(&service.body, "Entries").map(str::to_owned)))
    }
}

/// Whether the log begins with what it wrote last: then its beginning is all that is needed.
fn is_newest_first(members: &[Value]) -> bool {
    let at = |entry: Option<&Value>| entry.and_then(event).and_then(|event| event.at);
    matches!((at(members.first()), at(members.last())), (Some(first), Some(last)) if first > last)
}

/// Ids of entries are mostly numbers that rise.
fn order(id: &str) -> (u64, String) {
    (id.parse().unwrap_or_default(), id.to_owned())
}

fn event(entry: &Value) -> Option<BmcEvent> {
    let message = text(entry, "Message").or_else(|| message_id(entry))?;
    let severity = word(entry, "Severity").or_else(|| word(entry, "MessageSeverity"));
    Some(BmcEvent {
        id: text(entry, "Id").or_else(|| text(entry, "MemberId")).unwrap_or_default(),
        at: text(entry, "Created")
            .or_else(|| text(entry, "EventTimestamp"))
            .and_then(|time| time.parse::<Timestamp>().ok()),
        state: severity.map_or(SensorState::Ok, state_of),
        message,
    })
}

fn message_id(entry: &Value) -> Option<String> {
    let arguments: Vec<&str> = list(entry, "MessageArgs").iter().filter_map(Value::as_str).collect();
    text(entry, "MessageId").map(|id| format!("{id} {}", arguments.join(" ")).trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn entries_are_read_as_far_as_they_go() {
        let read = event(
            &json!({"Id": "7", "Created": "2018-12-19T04:28:34-06:00", "Message": "Lost.", "Severity": "Critical"}),
        );
        let read = read.unwrap();
        assert_eq!((read.state, read.at.map(Timestamp::as_second)), (SensorState::Critical, Some(1_545_215_314)));
        let bare = event(&json!({"Created": "yesterday", "MessageId": "X.1", "MessageArgs": ["a", 1]})).unwrap();
        assert_eq!((bare.at, bare.message.as_str()), (None, "X.1 a"));
        assert_eq!(event(&json!({"@odata.id": "/redfish/v1/x"})), None);
        assert!(order("10") > order("9") && order("a") < order("1"));
    }
}
