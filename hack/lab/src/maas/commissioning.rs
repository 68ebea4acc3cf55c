//! Commissioning: which scripts run, and its beginning.

use super::form::{Errors, no_choice};
use super::lifecycle::{BMC_EVENT, BMC_FAILS};
use super::reply::Reply;
use super::request::{Params, Request};
use super::scripts;
use crate::region::Region;
use crate::region::events::Level;
use crate::region::node::InterfaceKind;
use crate::region::results::SetKind;
use crate::region::scripts::ScriptKind;
use crate::region::status::Status;
use crate::world::{BmcTrouble, World};

/// The scripts that a request names.
pub(super) fn asked(data: &Params, field: &str) -> Vec<String> {
    let words = data.all(field).into_iter().flat_map(|text| text.split(','));
    words.map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

pub(super) fn check_scripts(errors: &mut Errors, region: &Region, data: &Params) {
    for (field, kind) in
        [("commissioning_scripts", ScriptKind::Commissioning), ("testing_scripts", ScriptKind::Testing)]
    {
        if let Some(unknown) = scripts::unknown(region, kind, &asked(data, field)) {
            errors.add(field, no_choice(unknown));
        }
    }
}

/// Makes the pending results of a commissioning and of the tests after it.
fn commissioning_sets(world: &mut World, id: &str, data: &Params) {
    let region = &mut world.region;
    let chosen = scripts::chosen(region, ScriptKind::Commissioning, &asked(data, "commissioning_scripts"));
    let chosen: Vec<u64> = chosen.into_iter().filter(|script| fits_hardware(region, *script, id, data)).collect();
    region.new_set(id, SetKind::Commissioning, &chosen, data);
    let tests = asked(data, "testing_scripts");
    if tests.iter().any(|word| word == "none") {
        return;
    }
    let chosen = scripts::chosen(region, ScriptKind::Testing, &tests);
    region.new_set(id, SetKind::Testing, &chosen, data);
}

/// A script for some hardware runs where that hardware was found before, or where it is asked for by name.
fn fits_hardware(region: &Region, script: u64, node: &str, data: &Params) -> bool {
    let Some(script) = region.scripts.get(script) else { return false };
    let named = asked(data, "commissioning_scripts").contains(&script.name);
    if script.for_hardware.is_empty() || named {
        return true;
    }
    let Some(inventory) = region.nodes.get(node).and_then(|node| node.inventory.as_ref()) else { return false };
    script.for_hardware.iter().any(|wanted| {
        let (kind, value) = wanted.split_once(':').unwrap_or((wanted, ""));
        let info = |key: &str| inventory.info.get(key).is_some_and(|known| known == value);
        match kind {
            "pci" => inventory.pci.iter().any(|one| format!("{}:{}", one.vendor_id, one.product_id) == value),
            "system_vendor" => inventory.vendor == value,
            "system_product" => inventory.product == value,
            other => info(other),
        }
    })
}

/// Commissioning begins. When the BMC cannot be reached the state stays, but the owner does not.
pub(super) fn commission(world: &mut World, id: &str, request: &Request) -> Result<(), Reply> {
    let (data, user) = (request.data(), request.caller.name.as_str());
    if world.region.nodes.get(id).is_some_and(|node| node.power_type.is_empty()) {
        let text = "Unconfigured power type. Please configure the power type and try again.";
        return Err(Reply::sentence(500, text));
    }
    commissioning_sets(world, id, data);
    world.own(id, Some(user));
    if world.bmc_of(id) == Err(BmcTrouble::Unreachable) {
        world.region.abort_sets(id);
        return Err(revert_commissioning(world, id, user));
    }
    if let Some(node) = world.region.nodes.get_mut(id) {
        node.skip_networking = data.checkbox("skip_networking").unwrap_or(false);
        node.skip_storage = data.checkbox("skip_storage").unwrap_or(false);
        node.skip_bmc_config = data.checkbox("skip_bmc_config").unwrap_or(false);
        node.acquired = false;
        node.keep_on = data.checkbox("enable_ssh").unwrap_or(false);
        node.enlisting = false;
        node.osystem.clear();
        node.distro_series.clear();
        node.error_description.clear();
        if !node.skip_networking {
            node.gateway_links.clear();
            node.interfaces.retain(|one| one.kind == InterfaceKind::Physical);
            for interface in &mut node.interfaces {
                interface.links.clear();
            }
        }
        if !node.skip_storage {
            node.blank_storage();
        }
    }
    world.region.skip_bmc_config(id);
    world.work(id, Status::Commissioning, "Commissioning");
    Ok(())
}

fn revert_commissioning(world: &mut World, id: &str, user: &str) -> Reply {
    let Some(node) = world.region.nodes.get(id) else { return Reply::missing("Machine") };
    let (seen, status) = (node.bmc_seen, node.status.name().to_uppercase());
    let text = if seen {
        BMC_FAILS.to_owned()
    } else {
        format!("No rack controllers can access the BMC of node {}", node.hostname)
    };
    world.region.event_by(id, Level::Warning, BMC_EVENT, &format!("({user}) - {text}"), Some(user));
    if let Some(node) = world.region.nodes.get_mut(id) {
        node.status_action = Some(String::new());
    }
    let after = format!(
        "({user}) - Aborting COMMISSIONING and reverting to {status}. Unable to power control the node. Please check \
         power credentials."
    );
    world.region.event(id, Level::Warning, BMC_EVENT, &after);
    Reply::late(if seen { 500 } else { 503 }, text)
}
