//! Accepting machines that enlisted themselves. The lab's are New at once, so that there is nothing left to accept.

use serde_json::{Value, json};

use super::reply::{Answer, Reply};
use super::request::Request;
use crate::region::node::Node;
use crate::region::status::Status;
use crate::world::World;

pub(super) fn accept(world: &mut World, request: &Request) -> Answer {
    request.admins_only()?;
    let ids = request.form.all("machines");
    let unknown: Vec<&str> = ids.iter().copied().filter(|id| !world.region.nodes.contains_key(*id)).collect();
    if !unknown.is_empty() {
        return Err(Reply::sentence(400, format!("Unknown machine(s): {}.", unknown.join(", "))));
    }
    commission_new(world, request, &ids.into_iter().map(str::to_owned).collect::<Vec<_>>())
}

pub(super) fn accept_all(world: &mut World, request: &Request) -> Answer {
    request.admins_only()?;
    let new = |node: &&Node| node.status == Status::New;
    let ids: Vec<String> = world.region.machines().filter(new).map(|node| node.system_id.clone()).collect();
    commission_new(world, request, &ids)
}

fn commission_new(world: &mut World, request: &Request, ids: &[String]) -> Answer {
    let mut changed = Vec::new();
    for id in ids {
        if world.region.nodes.get(id).is_some_and(|node| node.status == Status::New) {
            super::commissioning::commission(world, id, request)?;
            changed.push(super::lifecycle::view(world, id));
        }
    }
    Ok(Reply::json(&if changed.is_empty() { json!([]) } else { Value::Array(changed) }))
}
