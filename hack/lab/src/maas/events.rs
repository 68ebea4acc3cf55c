//! The events feed.

use serde_json::{Value, json};

use super::reply::{Answer, Reply};
use super::request::Request;
use super::route::no_such;
use crate::region::events::{Event, Level};
use crate::region::node::Node;
use crate::world::World;

/// The most events an answer has.
const LIMIT: usize = 1000;

pub(super) fn query(world: &World, request: &Request) -> Answer {
    if request.asked() != ("GET", Some("query")) {
        return Err(no_such(request, "GET"));
    }
    let query = &request.query;
    let bad = |text: String| Reply::sentence(400, text);
    let name = query.filled("level").unwrap_or("INFO");
    let level = Level::from_name(name).ok_or_else(|| bad(format!("Unrecognised log level: {name}")))?;
    let number = |key: &str, words: &str| match query.filled(key).map(str::parse::<u64>) {
        None => Ok(None),
        Some(Ok(number)) => Ok(Some(number)),
        Some(Err(_)) => Err(bad(words.to_owned())),
    };
    let limit = number("limit", "limit parameter must be an integer")?;
    let limit = limit.map_or(100, |limit| usize::try_from(limit).unwrap_or(usize::MAX));
    if limit > LIMIT {
        return Err(bad(format!("Requested number of events {limit} is greater than limit: {LIMIT}")));
    }
    let after = number("after", "after parameter must be an integer")?;
    let before = number("before", "before parameter must be an integer")?;
    if after.is_some() && before.is_some() {
        return Err(bad("There is undetermined behaviour when both `after` and `before` are specified.".to_owned()));
    }
    let region = &world.region;
    let node = |event: &Event| region.nodes.get(&event.node);
    let wanted = |key: &str, of: &dyn Fn(&Node) -> Vec<String>, event: &Event| {
        let values = query.all(key);
        values.is_empty() || node(event).is_some_and(|node| of(node).iter().any(|one| values.contains(&one.as_str())))
    };
    let visible = |event: &Event| node(event).is_none_or(|node| node.visible_to(&request.caller));
    let keep = |event: &&Event| {
        event.level >= level
            && !world.faults.loses_event(event.id)
            && visible(event)
            && after.is_none_or(|after| event.id > after)
            && before.is_none_or(|before| event.id < before)
            && wanted("id", &|node| vec![node.system_id.clone()], event)
            && wanted("hostname", &|node| vec![node.hostname.clone()], event)
            && wanted("domain", &|node| vec![region.domain_name(node.domain).to_owned()], event)
            && wanted("zone", &|node| vec![region.zone_name(node.zone).to_owned()], event)
            && wanted("agent_name", &|node| vec![node.agent_name.clone()], event)
            && wanted("owner", &|_| vec![event.username.clone().unwrap_or_default()], event)
            && wanted("mac_address", &|node| node.interfaces.iter().map(|one| one.mac.clone()).collect(), event)
    };
    let matching: Vec<&Event> = region.events.iter().filter(keep).collect();
    // With `after` the oldest ones come first, so that a pager loses nothing; else the newest.
    let skip = if after.is_some() { 0 } else { matching.len().saturating_sub(limit) };
    let mut page: Vec<&Event> = matching.into_iter().skip(skip).take(limit).collect();
    page.reverse();
    let last = page.first().map(|event| event.id).or(after).or(before.map(|before| before.saturating_sub(1)));
    let first = page.last().map(|event| event.id).or(before).or(after.map(|after| after + 1));
    let rest: Vec<&str> = request
        .query_text
        .split('&')
        .filter(|pair| !pair.starts_with("after=") && !pair.starts_with("before="))
        .collect();
    let base = format!("{}?{}", request.path, rest.join("&"));
    let (last, first) = (last.unwrap_or(0), first.unwrap_or(0));
    Ok(Reply::json(&json!({
        "count": page.len(), "events": page.iter().map(|event| event.view()).collect::<Vec<Value>>(),
        "next_uri": format!("{base}&after={last}"), "prev_uri": format!("{base}&before={first}"),
    })))
}
