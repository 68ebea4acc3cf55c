//! Tags: by hand, or by an XPath expression over what commissioning found.

use serde_json::{Value, json};

use super::form::Errors;
use super::reply::{Answer, Reply};
use super::request::{Params, Request};
use super::route::{ITEM, ITEM_OPS, LIST, no_such};
use crate::region::Region;
use crate::region::node::{Node, NodeKind};
use crate::region::places::{Tag, is_xpath};
use crate::world::World;

pub(super) fn list(world: &mut World, request: &Request) -> Answer {
    let region = &mut world.region;
    match request.asked() {
        ("GET", None) => Ok(Reply::json(&region.tags.iter().map(Tag::view).collect::<Value>())),
        ("POST", None) => {
            request.may_admin()?;
            let data = request.data();
            let mut errors = Errors::default();
            let name = errors.required(data, "name").to_owned();
            check(&mut errors, region, &name, data, None);
            errors.finish()?;
            let tag = region.tag_mut(&name);
            change(tag, data);
            let view = tag.view();
            region.evaluate_tags(Some(&name), None);
            Ok(Reply::json(&view))
        }
        _ => Err(no_such(request, LIST)),
    }
}

fn check(errors: &mut Errors, region: &Region, name: &str, data: &Params, own: Option<&str>) {
    let plain = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '-' | '.');
    errors.unless(name.chars().all(plain), "name", "Enter a valid value.");
    let taken = own != Some(name) && region.tag(name).is_some();
    errors.unless(!taken, "name", "Tag with this Name already exists.");
    let definition = data.filled("definition");
    errors.unless(definition.is_none_or(is_xpath), "definition", "Invalid xpath expression: Invalid expression");
}

fn change(tag: &mut Tag, data: &Params) {
    for (field, value) in
        [("definition", &mut tag.definition), ("comment", &mut tag.comment), ("kernel_opts", &mut tag.kernel_opts)]
    {
        if let Some(text) = data.get(field) {
            text.clone_into(value);
        }
    }
}

pub(super) fn item(world: &mut World, request: &Request, name: &str) -> Answer {
    let region = &mut world.region;
    if region.tag(name).is_none() {
        return Err(Reply::missing("Tag"));
    }
    match request.asked() {
        ("GET", None) => {}
        ("PUT", None) => {
            request.may_admin()?;
            let data = request.data();
            let new = data.filled("name").unwrap_or(name).to_owned();
            let mut errors = Errors::default();
            check(&mut errors, region, &new, data, Some(name));
            errors.finish()?;
            let tag = region.tag_mut(name);
            change(tag, data);
            tag.name.clone_from(&new);
            for node in region.nodes.values_mut() {
                if node.tags.remove(name) {
                    node.tags.insert(new.clone());
                }
            }
            if data.get("definition").is_some() {
                region.evaluate_tags(Some(&new), None);
            }
            return Ok(Reply::json(&region.tag(&new).map_or(Value::Null, Tag::view)));
        }
        ("DELETE", None) => {
            request.may_admin()?;
            region.tags.retain(|tag| tag.name != name);
            for node in region.nodes.values_mut() {
                node.tags.remove(name);
            }
            return Ok(Reply::deleted());
        }
        ("GET", Some("nodes")) => return Ok(tagged(region, request, name, |_| true)),
        ("GET", Some("machines")) => return Ok(tagged(region, request, name, Node::is_machine)),
        ("GET", Some("devices")) => return Ok(tagged(region, request, name, |node| node.kind == NodeKind::Device)),
        ("GET", Some("rack_controllers")) => return Ok(tagged(region, request, name, Node::is_rack)),
        ("GET", Some("region_controllers")) => {
            return Ok(tagged(region, request, name, |node| node.kind == NodeKind::RegionRack));
        }
        ("POST", Some("rebuild")) => {
            request.may_admin()?;
            region.evaluate_tags(Some(name), None);
            return Ok(Reply::json(&json!({"rebuilding": name})));
        }
        ("POST", Some("update_nodes")) => return update_nodes(region, request, name),
        _ => return Err(no_such(request, if request.method == "POST" { ITEM_OPS } else { ITEM })),
    }
    Ok(Reply::json(&region.tag(name).map_or(Value::Null, Tag::view)))
}

fn tagged(region: &Region, request: &Request, name: &str, keep: impl Fn(&Node) -> bool) -> Reply {
    let all = region.nodes.values().filter(|node| node.tags.contains(name) && keep(node));
    let visible = all.filter(|node| node.visible_to(&request.caller));
    Reply::json(&visible.map(|node| region.node_view(node)).collect::<Value>())
}

/// Gives and takes a tag by hand. Nodes that there are none of are passed over in silence.
fn update_nodes(region: &mut Region, request: &Request, name: &str) -> Answer {
    request.may_admin()?;
    if let Some(definition) = request.form.filled("definition")
        && region.tag(name).is_some_and(|tag| tag.definition != definition)
    {
        let own = region.tag(name).map_or("", |tag| tag.definition.as_str());
        return Err(Reply::conflict(format!(
            "Definition supplied '{definition}' doesn't match current definition '{own}'"
        )));
    }
    let (mut added, mut removed) = (0, 0);
    // Counted are the nodes that were named, whether or not anything changed.
    for id in request.form.all("add") {
        let Some(node) = region.nodes.get_mut(id) else { continue };
        node.tags.insert(name.to_owned());
        added += 1;
    }
    for id in request.form.all("remove") {
        let Some(node) = region.nodes.get_mut(id) else { continue };
        node.tags.remove(name);
        removed += 1;
    }
    Ok(Reply::json(&json!({"added": added, "removed": removed})))
}
