//! Versions of the machine's firmwares: `UpdateService/FirmwareInventory`, and without it what system and BMC tell.

use super::{
    bmc::RedfishBmc,
    error::RedfishError,
    inventory::PARTS,
    json::{link, text},
};
use crate::model::FirmwareVersion;

impl RedfishBmc {
    pub(super) async fn try_firmware(&self) -> Result<Vec<FirmwareVersion>, RedfishError> {
        let (places, system) = self.system().await?;
        let service = self.client().follow(places.update_service.as_deref()).await?;
        let collection = service.as_ref().and_then(|service| link(&service.body, "FirmwareInventory"));
        let mut found: Vec<FirmwareVersion> = Vec::new();
        for one in self.client().each(collection, PARTS).await? {
            let component = text(&one.body, "Name").or_else(|| text(&one.body, "Id"));
            // iDRAC lists what was there before and what could be put back beside what runs.
            let id = text(&one.body, "Id").unwrap_or_default();
            let runs = !id.starts_with("Previous-") && !id.starts_with("Available-");
            if let (Some(component), Some(version), true) = (component, text(&one.body, "Version"), runs) {
                found.push(FirmwareVersion { component, version });
            }
        }
        if found.is_empty() {
            let bios = text(&system.body, "BiosVersion").map(|version| ("BIOS".to_owned(), version));
            let mut bmc = None;
            for manager in &places.managers {
                let Some(manager) = self.client().follow(Some(manager)).await? else { continue };
                let name = text(&manager.body, "Model").or_else(|| text(&manager.body, "Name"));
                let name = name.unwrap_or_else(|| "BMC".to_owned());
                bmc = bmc.or_else(|| text(&manager.body, "FirmwareVersion").map(|version| (name, version)));
            }
            let known = bios.into_iter().chain(bmc);
            found.extend(known.map(|(component, version)| FirmwareVersion { component, version }));
        }
        found.sort_by(|a, b| (&a.component, &a.version).cmp(&(&b.component, &b.version)));
        found.dedup();
        Ok(found)
    }
}
