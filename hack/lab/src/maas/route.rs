//! From path to handler. MAAS wants a trailing slash nearly everywhere, and none on a few item paths.

use super::reply::{Answer, Reply};
use super::request::Request;
use super::{
    config, images, interface_ops, interfaces, lifecycle, machine, machines, networks, oauth, plain, ranges, results,
    storage, volumes,
};
use crate::world::World;

/// Answers a request.
pub(crate) fn handle(world: &mut World, request: &Request) -> Reply {
    let Some(pieces) = &request.pieces else {
        return Reply::unknown_path(&request.path);
    };
    let pieces: Vec<&str> = pieces.iter().map(String::as_str).collect();
    if request.slash != wants_slash(&pieces) {
        return Reply::unknown_path(&request.path);
    }
    if pieces != ["version"]
        && let Err(refusal) = oauth::check(&mut world.region, request)
    {
        return refusal;
    }
    dispatch(world, request, &pieces).unwrap_or_else(|refusal| refusal)
}

fn wants_slash(pieces: &[&str]) -> bool {
    !matches!(pieces, ["nodes", _, "blockdevices", _, "partition", _] | ["scripts" | "commissioning-scripts", _])
}

fn dispatch(world: &mut World, request: &Request, pieces: &[&str]) -> Answer {
    match pieces {
        ["version"] => config::version(world, request),
        ["users", ..] => config::users(world, request, &pieces[1..]),
        ["maas"] => config::maas(world, request),
        ["fabrics"] => networks::fabrics(world, request),
        ["fabrics", id] => networks::fabric(world, request, id),
        ["fabrics", id, "vlans"] => networks::vlans(world, request, id),
        ["fabrics", id, "vlans", vid] => {
            let vlan = networks::vlan_by_vid(world, id, vid)?;
            networks::vlan(world, request, vlan)
        }
        ["vlans", id] => {
            let vlan = networks::vlan_by_id(world, id)?;
            networks::vlan(world, request, vlan)
        }
        ["subnets"] => networks::subnets(world, request),
        ["subnets", id] => networks::subnet(world, request, id),
        ["spaces", ..] => ranges::spaces(world, request, &pieces[1..]),
        ["ipranges"] => ranges::ranges(world, request),
        ["ipranges", id] => ranges::range(world, request, id),
        ["static-routes"] => ranges::routes(world, request),
        ["static-routes", id] => ranges::route(world, request, id),
        ["domains" | "zones" | "resourcepools" | "package-repositories" | "dnsresources"] => {
            plain::list(world, request, pieces[0])
        }
        ["domains" | "zones" | "resourcepool" | "package-repositories" | "dnsresources", id] => {
            plain::item(world, request, pieces[0], id)
        }
        ["account", "prefs", "sshkeys", rest @ ..] => plain::sshkeys(world, request, rest),
        ["tags", rest @ ..] => plain::tags(world, request, rest),
        ["boot-resources", rest @ ..] => images::boot_resources(world, request, rest),
        ["events"] => images::events(world, request),
        ["rackcontrollers" | "regioncontrollers", rest @ ..] => images::controllers(world, request, rest),
        ["nodes"] => machines::nodes(world, request),
        ["machines"] => machines::machines(world, request),
        ["machines", id] => machine_item(world, request, id),
        ["installation-results"] => results::installation(world, request),
        ["nodes", id, rest @ ..] => node_part(world, request, id, rest),
        _ => Err(Reply::unknown_path(&request.path)),
    }
}

fn machine_item(world: &mut World, request: &Request, id: &str) -> Answer {
    if !world.region.nodes.get(id).is_some_and(crate::region::node::Node::is_machine) {
        return Err(Reply::missing("Machine"));
    }
    match request.method.as_str() {
        "POST" => lifecycle::operation(world, request, id),
        _ => machine::machine(world, request, id),
    }
}

fn node_part(world: &mut World, request: &Request, id: &str, rest: &[&str]) -> Answer {
    let Some(node) = world.region.nodes.get(id) else { return Err(Reply::missing("Node")) };
    if !request.is_read() && node.locked {
        return Err(Reply::forbidden());
    }
    match rest {
        [] => machine::machine(world, request, id),
        ["interfaces"] => interfaces::list(world, request, id),
        ["interfaces", interface] => interface_ops::item(world, request, id, interface),
        ["blockdevices"] => storage::list(world, request, id),
        ["blockdevices", disk] => storage::item(world, request, id, disk),
        ["blockdevices", disk, "partitions"] => volumes::partitions(world, request, id, disk),
        ["blockdevices", disk, "partition", part] => volumes::partition(world, request, id, disk, part),
        ["volume-groups"] => volumes::groups(world, request, id),
        ["volume-group", group] => volumes::group(world, request, id, group),
        ["devices"] => results::devices(world, request, id),
        ["results", which @ ..] => results::results(world, request, id, which),
        ["raids" | "bcaches" | "bcache-cache-sets" | "vmfs-datastores"] if request.method == "GET" => {
            Ok(Reply::json(&serde_json::json!([])))
        }
        _ => Err(Reply::unknown_path(&request.path)),
    }
}

/// The answer to a method or an `op` that a path does not have.
pub(crate) fn no_such(request: &Request, allow: &'static str) -> Reply {
    if allow.split(", ").any(|method| method == request.method) {
        let op = request.op.as_deref().unwrap_or("None");
        Reply::sentence(400, format!("Unrecognised signature: method={} op={op}", request.method))
    } else {
        Reply::wrong_method(allow)
    }
}
