//! `HardwareInventory`: written when a machine's hardware was found, or has changed.

use super::{
    bmc_replaced,
    cache::Key,
    conditions::Conditions,
    context::Context,
    write::{MANAGER, apply_status},
};
use crate::{
    api::{
        BaremetalNode, HardwareInventory,
        hardware_inventory::{BmcReport, HardwareInventoryStatus, InventoryDisk, InventoryNic, Neighbour},
    },
    model::{self, Inventory},
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::{
    Api, Resource,
    api::{Patch, PatchParams},
};

/// Where it comes from.
const SOURCE: &str = "MAAS commissioning";

/// Field manager of what BMCs tell.
const BMC_MANAGER: &str = "slipway-bmc";

/// Most VLANs of a port that are kept.
const MAX_VLANS: usize = 32;

/// Writes the inventory of a node, if it differs from the one that stands.
pub(super) async fn record(context: &Context, node: &BaremetalNode, inventory: &Inventory) -> Result<(), kube::Error> {
    let key = Key::of(node);
    if !context.caches.inventories.is_current(&key) {
        // Our own last write is not shown yet.
        return Ok(());
    }
    let known = context.caches.inventories.get(&key);
    let before = known.as_ref().and_then(|k| k.status.clone()).unwrap_or_default();
    let mut status = status(inventory);
    status.taken_at = before.taken_at.clone();
    status.bmc.clone_from(&before.bmc);
    status.conditions = before.conditions.clone();
    status.observed_generation = before.observed_generation;
    if known.is_some() && status == before {
        return Ok(());
    }
    if known.is_none() {
        create(context, node).await?;
    }
    let now = context.clock.now();
    let mut conditions = Conditions::new(&before.conditions, 1, now);
    conditions.ready("Inventoried", "The hardware as found by commissioning");
    status.conditions = conditions.finish();
    status.observed_generation = 1;
    status.taken_at = Some(Time(now));
    // Another manager's.
    status.bmc = None;
    let written = apply_status::<HardwareInventory, _>(context, &key, MANAGER, None, &status).await?;
    context.caches.inventories.written(&written);
    Ok(())
}

/// Writes what a node's BMC has told.
pub(super) async fn record_bmc(context: &Context, node: &BaremetalNode, report: BmcReport) -> Result<(), kube::Error> {
    let key = Key::of(node);
    let known = context.caches.inventories.get(&key);
    if known.is_none() {
        create(context, node).await?;
    }
    let known = known.as_ref().and_then(|known| known.status.as_ref()?.bmc.as_ref());
    let provider_id = node.status.as_ref().and_then(|status| status.provider_id.as_deref());
    let report = BmcReport { former: bmc_replaced::former(known, &report, provider_id), ..report };
    let body = serde_json::json!({ "bmc": report });
    let written = apply_status::<HardwareInventory, _>(context, &key, BMC_MANAGER, None, &body).await?;
    context.caches.inventories.written(&written);
    // It tells of it.
    context.queues.nodes.add(key);
    Ok(())
}

/// Makes the object.
async fn create(context: &Context, node: &BaremetalNode) -> Result<(), kube::Error> {
    let key = Key::of(node);
    let api: Api<HardwareInventory> = Api::namespaced(context.client.clone(), &key.namespace);
    let owners: Vec<_> = node.controller_owner_ref(&()).into_iter().collect();
    let body = serde_json::json!({
        "apiVersion": HardwareInventory::api_version(&()),
        "kind": HardwareInventory::kind(&()),
        "metadata": { "name": key.name, "ownerReferences": owners },
        "spec": { "node": key.name },
    });
    api.patch(&key.name, &PatchParams::apply(MANAGER).force(), &Patch::Apply(&body)).await?;
    context.metrics.wrote("HardwareInventory", "written");
    Ok(())
}

fn neighbour(heard: &model::Neighbour) -> Neighbour {
    let vlans = heard.vlans.iter().take(MAX_VLANS).filter_map(|vlan| i32::try_from(*vlan).ok()).collect();
    Neighbour { switch: heard.switch.clone(), port: heard.port.clone(), vlans }
}

fn status(inventory: &Inventory) -> HardwareInventoryStatus {
    HardwareInventoryStatus {
        source: Some(SOURCE.to_owned()),
        vendor: inventory.vendor.clone(),
        product: inventory.product.clone(),
        serial: inventory.serial.clone(),
        bios_version: inventory.bios_version.clone(),
        architecture: inventory.architecture.clone(),
        cpu_model: inventory.cpu_model.clone(),
        sockets: inventory.sockets.and_then(|n| i32::try_from(n).ok()),
        cores: inventory.cores.and_then(|n| i32::try_from(n).ok()),
        cpus: i32::try_from(inventory.cpus).ok(),
        memory_mib: i64::try_from(inventory.memory_mib).ok(),
        nics: inventory.nics.iter().map(nic).collect(),
        disks: inventory.disks.iter().map(disk).collect(),
        ..HardwareInventoryStatus::default()
    }
}

/// A network card as it is shown.
pub(super) fn nic(nic: &model::InventoryNic) -> InventoryNic {
    InventoryNic {
        name: nic.name.clone(),
        mac: nic.mac.clone(),
        pci_address: nic.pci_address.clone(),
        speed_mbps: nic.speed_mbps.and_then(|s| i32::try_from(s).ok()),
        vendor: nic.vendor.clone(),
        model: nic.model.clone(),
        firmware_version: nic.firmware_version.clone(),
        connected: Some(nic.connected),
        neighbour: nic.neighbour.as_ref().map(neighbour),
    }
}

/// A disk as it is shown.
pub(super) fn disk(disk: &model::InventoryDisk) -> InventoryDisk {
    InventoryDisk {
        name: disk.name.clone(),
        size_bytes: i64::try_from(disk.size_bytes).unwrap_or(i64::MAX),
        kind: disk.kind,
        model: disk.model.clone(),
        serial: disk.serial.clone(),
        firmware_version: disk.firmware_version.clone(),
        scsi_address: disk.scsi_address.clone(),
        pci_address: disk.pci_address.clone(),
    }
}
