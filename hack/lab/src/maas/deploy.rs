//! Deploying: the checks before it, and its beginning.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::form::Errors;
use super::lifecycle::{reachable, shown};
use super::reply::{Answer, Reply};
use super::request::{Params, Request};
use crate::region::config::not_one_of;
use crate::region::results::SetKind;
use crate::region::status::Status;
use crate::world::World;

/// What is to be deployed.
struct Image {
    osystem: String,
    series: String,
    kernel: String,
}

pub(super) fn deploy(world: &mut World, request: &Request, id: &str) -> Answer {
    let form = &request.form;
    let Some(node) = world.region.nodes.get(id) else { return Err(Reply::missing("Machine")) };
    if !matches!(node.status, Status::Ready | Status::Allocated) {
        let text = format!("Can't deploy a machine that is in the '{}' state", node.status.name());
        return Err(Reply::conflict(text));
    }
    if node.owner.as_deref().is_some_and(|owner| owner != request.caller.name) {
        return Err(Reply::conflict("Can't allocate a machine belonging to another user."));
    }
    for key in ["install_kvm", "register_vmhost"] {
        if form.parsed(key) == Some(true) {
            request.may_admin()?;
        }
    }
    let image = check_image(world, form)?;
    let Some(node) = world.region.nodes.get(id) else { return Err(Reply::missing("Machine")) };
    let linked = node.interfaces.iter().flat_map(|one| &one.links).any(|link| link.mode != "link_up");
    if !linked {
        return Err(Reply::invalid("network", "Node must be configured to use a network"));
    }
    let ephemeral = form.parsed("ephemeral_deploy") == Some(true);
    if !ephemeral && !node.has_root() {
        return Err(Reply::invalid("storage", "Mount the root '/' filesystem to be able to deploy this node."));
    }
    let user_data = user_data(form)?;
    let machine = node.machine;
    let token = crate::region::people::Token {
        name: String::new(),
        consumer: world.region.dice.letters("consumer", 18),
        key: world.region.dice.letters("token", 18),
        secret: world.region.dice.letters("secret", 32),
    };
    reachable(world, id, &request.caller.name)?;
    if !ephemeral {
        world.region.new_set(id, SetKind::Installation, &[], form);
    }
    let newer = world.region.version.since(3, 6);
    if let Some(node) = world.region.nodes.get_mut(id) {
        if node.status == Status::Ready {
            node.previous = Status::Ready;
        }
        node.owner = Some(request.caller.name.clone());
        node.netboot = true;
        node.acquired = true;
        node.osystem = image.osystem;
        node.distro_series = image.series;
        node.hwe_kernel = Some(image.kernel);
        node.ephemeral = ephemeral;
        node.enable_hw_sync = form.parsed("enable_hw_sync") == Some(true);
        node.enable_kernel_crash_dump = newer && form.parsed("enable_kernel_crash_dump") == Some(true);
        node.token = Some(token);
        if let Some(agent) = form.get("agent_name") {
            agent.clone_into(&mut node.agent_name);
        }
    }
    if let Some(machine) = machine.and_then(|index| world.machines.get_mut(index)) {
        machine.user_data = user_data;
    }
    world.work(id, Status::Deploying, "Deploying");
    let reply = shown(world, id);
    assign_addresses(world, id)?;
    Ok(reply)
}

fn user_data(form: &Params) -> Result<Option<String>, Reply> {
    let Some(text) = form.filled("user_data") else { return Ok(None) };
    let bytes = STANDARD.decode(text.replace(['\n', '\r', ' '], ""));
    let bytes = bytes.map_err(|_| Reply::field("user_data", "Must be base64-encoded."))?;
    Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
}

fn check_image(world: &World, form: &Params) -> Result<Image, Reply> {
    let region = &world.region;
    let default = format!("{}/{}", region.config_text("default_osystem"), region.config_text("default_distro_series"));
    let asked = form.filled("distro_series").unwrap_or(&default);
    let known = if world.faults.image_missing() { Vec::new() } else { region.deployable() };
    let same = |name: &&String| *name == asked || name.split_once('/').is_some_and(|(_, series)| series == asked);
    let mut errors = Errors::default();
    let Some(name) = known.iter().find(same) else {
        let mut all = vec![String::new()];
        all.extend(known.iter().cloned());
        errors.add("distro_series", not_one_of(asked, "distro_series", &all));
        errors.finish()?;
        return Err(Reply::required("distro_series"));
    };
    let (osystem, series) = name.split_once('/').unwrap_or(("ubuntu", name));
    // An uploaded image boots with the kernel of its base.
    let base = region.boot_resources.values().find(|one| one.release() == *name && one.uploaded);
    let of = base.map(|one| one.base_image.as_str()).filter(|base| !base.is_empty()).unwrap_or(name);
    let kernels = region.kernels(of);
    let wanted = form.filled("hwe_kernel");
    let min = region.config_text("default_min_hwe_kernel");
    let first = kernels.iter().find(|kernel| **kernel == min).or_else(|| kernels.first());
    let kernel = wanted.or(first.copied()).unwrap_or_default();
    if wanted.is_some() && !kernels.contains(&kernel) {
        return Err(Reply::field("hwe_kernel", format!("{kernel} is not available for {name} on amd64/generic.")));
    }
    Ok(Image { osystem: osystem.to_owned(), series: series.to_owned(), kernel: kernel.to_owned() })
}

/// AUTO links get their addresses.
fn assign_addresses(world: &mut World, id: &str) -> Result<(), Reply> {
    let Some(node) = world.region.nodes.get(id) else { return Ok(()) };
    let wanted: Vec<(u64, u64)> = node
        .interfaces
        .iter()
        .flat_map(|interface| &interface.links)
        .filter(|link| link.mode == "auto" && link.ip.is_none())
        .filter_map(|link| link.subnet.map(|subnet| (link.id, subnet)))
        .collect();
    for (link, subnet) in wanted {
        let address = world.region.free_address(subnet);
        if address.is_none() {
            let why = world
                .region
                .subnets
                .get(subnet)
                .map(|subnet| format!("No more IPs available in subnet: {}.", subnet.cidr));
            return Err(Reply::late(503, why.unwrap_or_default()));
        }
        let Some(node) = world.region.nodes.get_mut(id) else { return Ok(()) };
        let mut links = node.interfaces.iter_mut().flat_map(|interface| &mut interface.links);
        if let Some(link) = links.find(|one| one.id == link) {
            link.ip = address;
        }
    }
    Ok(())
}
