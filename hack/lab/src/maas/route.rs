//! From path to handler. MAAS wants a trailing slash nearly everywhere, and none on a few item paths.

use super::reply::{Answer, Reply};
use super::request::Request;
use super::{
    account, boot_resources, boot_sources, config, controllers, devices, dns, domains, events, fabrics, interface_ops,
    interfaces, ipranges, lifecycle, machine, machines, notices, oauth, placement, raids, repositories, reserved_ips,
    results, scripts, spaces, static_routes, storage, subnets, tags, users, vlans, volumes,
};
use crate::region::version::Version;
use crate::world::World;

/// The methods of a list.
pub(crate) const LIST: &str = "GET, POST";
/// The methods of an item.
pub(crate) const ITEM: &str = "DELETE, GET, PUT";
/// The methods of an item that has operations.
pub(crate) const ITEM_OPS: &str = "DELETE, GET, POST, PUT";

/// Answers a request.
pub(crate) fn handle(world: &mut World, request: &mut Request) -> Reply {
    if request.path == "/MAAS/api/describe/" {
        return Reply::redirect();
    }
    let Some(pieces) = request.pieces.clone() else {
        return Reply::unknown_path(&request.path);
    };
    let pieces: Vec<&str> = pieces.iter().map(String::as_str).collect();
    if request.slash != wants_slash(&pieces) || !has(&world.region.version, &pieces) {
        return Reply::unknown_path(&request.path);
    }
    if pieces != ["version"] {
        match oauth::caller(&mut world.region, request) {
            Ok(caller) => request.caller = caller,
            Err(refusal) => return refusal,
        }
    }
    dispatch(world, request, &pieces).unwrap_or_else(|refusal| refusal)
}

fn wants_slash(pieces: &[&str]) -> bool {
    !matches!(
        pieces,
        ["nodes", _, "blockdevices", _, "partition", _]
            | ["scripts" | "commissioning-scripts" | "vm-clusters", _]
            | ["license-key", _, _]
    )
}

/// Whether the release has the endpoint.
fn has(version: &Version, pieces: &[&str]) -> bool {
    match pieces {
        ["reservedips", ..] => version.since(3, 6),
        _ => true,
    }
}

fn dispatch(world: &mut World, request: &Request, pieces: &[&str]) -> Answer {
    match pieces {
        ["version"] => config::version(world, request),
        ["maas"] => config::maas(world, request),
        ["users"] => users::list(world, request),
        ["users", name] => users::item(world, request, name),
        ["account"] => account::account(world, request),
        ["account", "prefs", "sshkeys"] => account::ssh_keys(world, request),
        ["account", "prefs", "sshkeys", id] => account::ssh_key(world, request, id),
        ["fabrics"] => fabrics::list(world, request),
        ["fabrics", id] => fabrics::item(world, request, id),
        ["fabrics", id, "vlans"] => vlans::list(world, request, id),
        ["fabrics", id, "vlans", vid] => {
            let vlan = vlans::by_vid(world, id, vid)?;
            vlans::item(world, request, vlan)
        }
        ["vlans", id] => {
            let vlan = vlans::by_id(world, id)?;
            vlans::item(world, request, vlan)
        }
        ["subnets"] => subnets::list(world, request),
        ["subnets", id] => subnets::item(world, request, id),
        ["spaces"] => spaces::list(world, request),
        ["spaces", id] => spaces::item(world, request, id),
        ["ipranges"] => ipranges::list(world, request),
        ["ipranges", id] => ipranges::item(world, request, id),
        ["reservedips"] => reserved_ips::list(world, request),
        ["reservedips", id] => reserved_ips::item(world, request, id),
        ["static-routes"] => static_routes::list(world, request),
        ["static-routes", id] => static_routes::item(world, request, id),
        ["domains"] => domains::list(world, request),
        ["domains", id] => domains::item(world, request, id),
        ["dnsresources"] => dns::resources(world, request),
        ["dnsresources", id] => dns::resource(world, request, id),
        ["dnsresourcerecords"] => dns::records(world, request),
        ["dnsresourcerecords", id] => dns::record(world, request, id),
        ["zones"] => placement::zones(world, request),
        ["zones", name] => placement::zone(world, request, name),
        ["resourcepools"] => placement::pools(world, request),
        ["resourcepool", id] => placement::pool(world, request, id),
        ["tags"] => tags::list(world, request),
        ["tags", name] => tags::item(world, request, name),
        ["package-repositories"] => repositories::list(world, request),
        ["package-repositories", id] => repositories::item(world, request, id),
        ["boot-sources"] => boot_sources::list(world, request),
        ["boot-sources", id] => boot_sources::item(world, request, id),
        ["boot-sources", id, "selections"] => boot_sources::selections(world, request, id),
        ["boot-sources", id, "selections", one] => boot_sources::selection(world, request, id, one),
        ["boot-resources"] => boot_resources::list(world, request),
        ["boot-resources", id] => boot_resources::item(world, request, id),
        ["boot-resources", id, "upload", _] => boot_resources::chunk(world, request, id),
        ["scripts"] => scripts::list(world, request),
        ["scripts", name] => scripts::item(world, request, name),
        ["license-keys"] => notices::license_keys(world, request),
        ["license-key", os, series] => notices::license_key(world, request, os, series),
        ["notifications"] => notices::notifications(world, request),
        ["notifications", id] => notices::notification(world, request, id),
        ["discovery", rest @ ..] => notices::discovery(request, rest),
        ["events"] => events::query(world, request),
        [list @ ("rackcontrollers" | "regioncontrollers")] => controllers::list(world, request, list),
        [list @ ("rackcontrollers" | "regioncontrollers"), id] => controllers::item(world, request, list, id),
        ["devices"] => devices::list(world, request),
        ["devices", id] => devices::item(world, request, id),
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
        _ => machine::item(world, request, id),
    }
}

fn node_part(world: &mut World, request: &Request, id: &str, rest: &[&str]) -> Answer {
    let Some(node) = world.region.nodes.get(id) else { return Err(Reply::missing("Node")) };
    if !node.visible_to(&request.caller) {
        return Err(Reply::forbidden());
    }
    if !request.is_read() {
        machine::may_edit(request, node)?;
    }
    match rest {
        [] => machine::item(world, request, id),
        ["interfaces"] => interfaces::list(world, request, id),
        ["interfaces", interface] => interface_ops::item(world, request, id, interface),
        ["blockdevices"] => storage::list(world, request, id),
        ["blockdevices", disk] => storage::item(world, request, id, disk),
        ["blockdevices", disk, "partitions"] => volumes::partitions(world, request, id, disk),
        ["blockdevices", disk, "partition", part] => volumes::partition(world, request, id, disk, part),
        ["volume-groups"] => volumes::groups(world, request, id),
        ["volume-group", group] => volumes::group(world, request, id, group),
        ["devices", which @ ..] if which.len() < 2 => results::devices(world, request, id, which),
        ["results", which @ ..] if which.len() < 2 => results::results(world, request, id, which),
        [list @ ("raids" | "bcaches" | "vmfs-datastores")] => raids::list(world, request, id, list),
        [item @ ("raid" | "bcache" | "vmfs-datastore"), one] => raids::item(world, request, id, item, one),
        ["bcache-cache-sets"] => raids::cache_sets(world, request, id),
        ["bcache-cache-set", one] => raids::cache_set(world, request, id, one),
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
