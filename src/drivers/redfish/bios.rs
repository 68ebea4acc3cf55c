//! Settings of the system firmware: read as they are, written to wait for the next boot (`@Redfish.Settings`, DSP0266
//! section 7.10).

use super::{
    bmc::RedfishBmc,
    client::Resource,
    error::RedfishError,
    json::{at, link, words},
    links::{below, local},
};
use crate::{drivers::DriverError, model::Permit};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// What became of settings that were written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BiosOutcome {
    /// They are as written already.
    Same,
    /// They wait for the machine's next boot.
    Pending,
}

impl RedfishBmc {
    /// Writes settings of the system firmware, by the vendor's names, in the form in which
    /// [`bios_settings`](crate::drivers::Bmc::bios_settings) reads them. Only those that differ are sent.
    pub async fn set_bios_settings(
        &self,
        settings: &BTreeMap<String, String>,
        permit: &Permit,
    ) -> Result<BiosOutcome, DriverError> {
        self.failed(self.try_set_bios_settings(settings, permit).await, "write the settings of the system firmware")
    }

    /// Settings that wait for the machine's next boot, by the vendor's names.
    pub async fn pending_bios_settings(&self) -> Result<BTreeMap<String, String>, DriverError> {
        self.failed(self.try_pending_settings().await, "read the settings that wait for a boot")
    }

    pub(super) async fn try_bios_settings(&self) -> Result<BTreeMap<String, String>, RedfishError> {
        let bios = self.bios().await?;
        if bios.body.get("Attributes").is_none() {
            return Err(none());
        }
        Ok(attributes(&bios.body))
    }

    async fn bios(&self) -> Result<Resource, RedfishError> {
        let (_, system) = self.system().await?;
        let path = link(&system.body, "Bios").and_then(|link| local(link, &self.client().http.own));
        self.client().get(&path.ok_or_else(none)?).await
    }

    fn settings_of(&self, bios: &Resource) -> String {
        let told = link(at(&bios.body, &["@Redfish.Settings"]), "SettingsObject");
        told.and_then(|link| local(link, &self.client().http.own)).unwrap_or_else(|| below(&bios.path, "Settings"))
    }

    async fn try_pending_settings(&self) -> Result<BTreeMap<String, String>, RedfishError> {
        let bios = self.bios().await?;
        let current = attributes(&bios.body);
        let settings = self.client().follow(Some(&self.settings_of(&bios))).await?;
        let mut pending = settings.map(|settings| attributes(&settings.body)).unwrap_or_default();
        // Some show all settings there as they would be, others only those that were written.
        pending.retain(|name, value| current.get(name) != Some(value));
        Ok(pending)
    }

    async fn try_set_bios_settings(
        &self,
        wanted: &BTreeMap<String, String>,
        permit: &Permit,
    ) -> Result<BiosOutcome, RedfishError> {
        let bios = self.bios().await?;
        let current = at(&bios.body, &["Attributes"]);
        let mut changes = Map::new();
        for (name, value) in wanted {
            let Some(now) = current.get(name) else {
                return Err(RedfishError::Lacks(format!("has no setting `{name}` of the system firmware")));
            };
            if shown(now).as_deref() != Some(value) {
                changes.insert(name.clone(), like(now, value));
            }
        }
        if changes.is_empty() {
            return Ok(BiosOutcome::Same);
        }
        let settings = self.client().get(&self.settings_of(&bios)).await?;
        let mut body = json!({"Attributes": changes});
        if let Some(when) = apply_time(&bios.body).or_else(|| apply_time(&settings.body)) {
            body["@Redfish.SettingsApplyTime"] = json!({"ApplyTime": when});
        }
        let outcome = self.client().patch_from(&settings, &body, permit).await?;
        // A job that waits for the boot is as it should be.
        self.client().finish(outcome, "the settings of the system firmware").await?;
        Ok(BiosOutcome::Pending)
    }
}

fn none() -> RedfishError {
    RedfishError::Lacks("does not tell the settings of the system firmware".into())
}

/// When the settings are to be applied, where the BMC wants to be told.
fn apply_time(resource: &Value) -> Option<&'static str> {
    let settings = at(resource, &["@Redfish.Settings"]);
    let told = words(settings, "SupportedApplyTimes");
    let told = if told.is_empty() {
        words(at(resource, &["@Redfish.SettingsApplyTime"]), "ApplyTime@Redfish.AllowableValues")
    } else {
        told
    };
    told.iter().any(|time| time == "OnReset").then_some("OnReset")
}

fn attributes(bios: &Value) -> BTreeMap<String, String> {
    let attributes = at(bios, &["Attributes"]).as_object();
    let attributes = attributes.into_iter().flatten().filter(|(name, _)| !name.contains('@'));
    attributes.filter_map(|(name, value)| Some((name.clone(), shown(value)?))).collect()
}

/// A setting as text.
fn shown(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(is) => Some(is.to_string()),
        _ => None,
    }
}

/// A text as a setting of the same type as it has now.
fn like(now: &Value, text: &str) -> Value {
    match now {
        Value::Number(_) => text.parse::<i64>().map_or_else(|_| json!(text), |number| json!(number)),
        Value::Bool(_) => text.parse::<bool>().map_or_else(|_| json!(text), |is| json!(is)),
        _ => json!(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_keep_their_types() {
        let bios = json!({"Attributes": {"A": "On", "B": 3, "C": true, "D": null, "E": {}, "F@Redfish.X": "y"}});
        let read = attributes(&bios);
        assert_eq!(read.iter().map(|(k, v)| format!("{k}={v}")).collect::<Vec<_>>(), ["A=On", "B=3", "C=true"]);
        assert_eq!((like(&json!(3), "4"), like(&json!(true), "false")), (json!(4), json!(false)));
        assert_eq!((like(&json!(3), "four"), like(&json!("On"), "4")), (json!("four"), json!("4")));
    }
}
