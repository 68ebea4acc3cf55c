//! Where things are on a BMC: its system, and what belongs to that. Found once, and believed for a while.

use super::{
    bmc::RedfishBmc,
    client::Resource,
    error::RedfishError,
    json::{at, id, link, links, list, text, word},
    links::{below, last, local},
    login::ROOT,
    quirks::Quirks,
};
use serde_json::Value;
use std::{sync::Arc, time::Instant};

/// Systems of one service that are looked at.
const SYSTEMS: usize = 64;

/// What does not change while a BMC runs.
#[derive(Debug, Clone)]
pub(super) struct Places {
    /// The system.
    pub system: String,
    /// Where it is reset.
    pub reset: String,
    /// The values of `ResetType` that it takes; empty: it does not tell.
    pub reset_types: Vec<String>,
    /// The settings resource for the next boot, where the system names one.
    pub settings: Option<String>,
    /// The chassis that the system stands in.
    pub chassis: Vec<String>,
    /// Its managers: the BMC itself.
    pub managers: Vec<String>,
    /// `UpdateService`.
    pub update_service: Option<String>,
    /// What the BMC is known to do.
    pub quirks: Quirks,
    found: Instant,
}

impl RedfishBmc {
    /// Where things are; found anew when that was long ago.
    pub(super) async fn places(&self) -> Result<Arc<Places>, RedfishError> {
        let mut known = self.places_cell().lock().await;
        if let Some(places) = known.as_ref().filter(|places| places.found.elapsed() < self.timing().validity) {
            return Ok(Arc::clone(places));
        }
        *known = None;
        let root = self.client().root().await?;
        let system = self.find_system(&root).await?;
        let places = Arc::new(self.explore(&root, &system).await?);
        *known = Some(Arc::clone(&places));
        Ok(places)
    }

    /// The system as it is now. Where it is gone from its place, places are found anew: BMCs rename after an update.
    pub(super) async fn system(&self) -> Result<(Arc<Places>, Resource), RedfishError> {
        let places = self.places().await?;
        match self.client().get(&places.system).await {
            Err(error) if error.status() == Some(404) => {
                *self.places_cell().lock().await = None;
                let places = self.places().await?;
                let system = self.client().get(&places.system).await?;
                Ok((places, system))
            }
            system => Ok((places, system?)),
        }
    }

    async fn find_system(&self, root: &Value) -> Result<Resource, RedfishError> {
        let collection = link(root, "Systems").and_then(|link| local(link, &self.client().http.own));
        let collection = collection.unwrap_or_else(|| below(ROOT, "Systems"));
        // Read by itself first: a refusal here is no absence.
        self.client().get(&collection).await?;
        let members = self.client().members(Some(&collection), SYSTEMS).await?;
        let own = &self.client().http.own;
        let mut paths: Vec<String> = members.iter().filter_map(id).filter_map(|link| local(link, own)).collect();
        paths.dedup();
        let names = || paths.iter().map(|path| last(path).to_owned()).collect::<Vec<_>>();
        let path = match (self.wanted_system(), paths.as_slice()) {
            (Some(wanted), _) => {
                let found = paths.iter().find(|path| last(path).eq_ignore_ascii_case(wanted));
                found.ok_or_else(|| RedfishError::NoSuchSystem { wanted: wanted.to_owned(), found: names() })?
            }
            (None, [only]) => only,
            (None, []) => return Err(RedfishError::Lacks("lists no system".into())),
            (None, _) => return Err(RedfishError::SeveralSystems(names())),
        };
        self.client().get(path).await
    }

    async fn explore(&self, root: &Value, system: &Resource) -> Result<Places, RedfishError> {
        let own = &self.client().http.own;
        let body = &system.body;
        let reset = at(body, &["Actions", "#ComputerSystem.Reset"]);
        let target = reset.get("target").and_then(Value::as_str).and_then(|target| local(target, own));
        let mut reset_types = super::json::words(reset, "ResetType@Redfish.AllowableValues");
        if reset_types.is_empty() {
            let info = reset.get("@Redfish.ActionInfo").and_then(Value::as_str);
            let info = self.client().follow(info).await?;
            reset_types = info.map(|info| allowable(&info.body, "ResetType")).unwrap_or_default();
        }
        let settings = link(at(body, &["@Redfish.Settings"]), "SettingsObject").and_then(|link| local(link, own));
        let of_system = |name: &str| -> Vec<String> {
            links(at(body, &["Links"]), name).iter().filter_map(|link| local(link, own)).collect()
        };
        let (mut chassis, mut managers) = (of_system("Chassis"), of_system("ManagedBy"));
        // Without links, all that there are: a service with one system has them for it.
        for (found, name) in [(&mut chassis, "Chassis"), (&mut managers, "Managers")] {
            if found.is_empty() {
                let members = self.client().members(link(root, name), SYSTEMS).await?;
                found.extend(members.iter().filter_map(id).filter_map(|link| local(link, own)));
            }
        }
        let oem = at(root, &["Oem"]).as_object().into_iter().flat_map(|oem| oem.keys().cloned());
        let vendors: Vec<String> =
            [text(root, "Vendor"), text(body, "Manufacturer"), text(root, "Product"), text(root, "Name")]
                .into_iter()
                .flatten()
                .chain(oem)
                .collect();
        Ok(Places {
            reset: target.unwrap_or_else(|| below(&system.path, "Actions/ComputerSystem.Reset")),
            reset_types,
            settings,
            chassis,
            managers,
            update_service: link(root, "UpdateService").and_then(|link| local(link, own)),
            quirks: Quirks::of(&vendors, text(body, "Model").as_deref()),
            system: system.path.clone(),
            found: Instant::now(),
        })
    }
}

/// The values that an action's parameter may have (`ActionInfo.Parameters`).
fn allowable(info: &Value, parameter: &str) -> Vec<String> {
    let parameters = list(info, "Parameters");
    let named = parameters.iter().find(|one| word(one, "Name") == Some(parameter));
    named.map(|one| super::json::words(one, "AllowableValues")).unwrap_or_default()
}
