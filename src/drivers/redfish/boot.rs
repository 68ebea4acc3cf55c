//! The next boot: `Boot.BootSourceOverride…` of the system (DSP0268, `ComputerSystem`).

use super::{
    bmc::RedfishBmc,
    client::Resource,
    error::RedfishError,
    json::{at, word, words},
    links::below,
    places::Places,
    quirks::Quirk,
};
use crate::{
    drivers::ErrorClass,
    model::{BootDevice, FirmwareType, Permit},
};
use serde_json::{Map, Value, json};
use tokio::time::{Instant, sleep_until};

/// Where a boot comes from, in Redfish's words; the first that the BMC takes.
type Targets = &'static [&'static str];

/// The boot override of a system, as read.
#[derive(Debug, Default, PartialEq, Eq)]
struct Override {
    enabled: String,
    target: String,
    mode: Option<String>,
    targets: Vec<String>,
    modes: Vec<String>,
}

impl Override {
    fn read(system: &Value) -> Self {
        let boot = at(system, &["Boot"]);
        let own = |name: &str| word(boot, name).map(str::to_owned);
        Self {
            enabled: own("BootSourceOverrideEnabled").unwrap_or_default(),
            target: own("BootSourceOverrideTarget").unwrap_or_default(),
            mode: own("BootSourceOverrideMode"),
            targets: words(boot, "BootSourceOverrideTarget@Redfish.AllowableValues"),
            modes: words(boot, "BootSourceOverrideMode@Redfish.AllowableValues"),
        }
    }

    fn is_off(&self) -> bool {
        matches!(self.enabled.as_str(), "" | "Disabled") || matches!(self.target.as_str(), "" | "None")
    }
}

fn targets(device: BootDevice, firmware: FirmwareType) -> Targets {
    match (device, firmware) {
        (BootDevice::Pxe, FirmwareType::Uefi) => &["Pxe", "UefiHttp"],
        (BootDevice::Pxe, FirmwareType::Legacy) => &["Pxe"],
        (BootDevice::Disk, _) => &["Hdd"],
        (BootDevice::Setup, _) => &["BiosSetup"],
        (BootDevice::None, _) => &["None"],
    }
}

fn mode(firmware: FirmwareType) -> &'static str {
    match firmware {
        FirmwareType::Legacy => "Legacy",
        FirmwareType::Uefi => "UEFI",
    }
}

impl RedfishBmc {
    pub(super) async fn try_set_next_boot(
        &self,
        device: BootDevice,
        firmware: FirmwareType,
        permit: &Permit,
    ) -> Result<(), RedfishError> {
        self.boot_once_from(targets(device, firmware), Some(mode(firmware)), permit).await
    }

    /// Makes the next boot come from the first of these targets that the BMC takes.
    ///
    /// `Once` where the BMC keeps that. One that knows only `Continuous` gets it, and it is taken back when the machine
    /// has booted: [`Self::clear_lasting_override`].
    pub(super) async fn boot_once_from(
        &self,
        targets: Targets,
        mode: Option<&'static str>,
        permit: &Permit,
    ) -> Result<(), RedfishError> {
        let (places, system) = self.system().await?;
        let before = Override::read(&system.body);
        self.set_lasting(false);
        if targets == ["None"] {
            if before.is_off() {
                return Ok(());
            }
            return self.take_override_back(&places, &system, permit).await;
        }
        let allowed = |target: &&&str| before.targets.is_empty() || before.targets.iter().any(|told| told == **target);
        let Some(target) = targets.iter().find(allowed) else {
            return Err(RedfishError::Lacks(format!(
                "cannot boot from {}; it takes {}",
                targets.join(" or "),
                before.targets.join(", ")
            )));
        };
        let mode = mode.filter(|mode| sends_mode(&places, &before, mode));
        let wanted = |enabled: &str| {
            let mut boot = Map::new();
            boot.insert("BootSourceOverrideTarget".into(), json!(target));
            boot.insert("BootSourceOverrideEnabled".into(), json!(enabled));
            boot.extend(mode.map(|mode| ("BootSourceOverrideMode".to_owned(), json!(mode))));
            json!({"Boot": boot})
        };
        let refusal = self.write_boot(&places, &system, &wanted("Once"), permit).await.err();
        let read = self.read_override(&places).await?;
        match (read.enabled.as_str(), read.target == **target, refusal) {
            // iDRAC of the 13th generation answers 400 and has done it: ansible-collections/community.general#5091.
            ("Once", true, _) => return Ok(()),
            ("Continuous", true, None) => {
                self.set_lasting(true);
                return Ok(());
            }
            (_, _, Some(refusal)) if refusal.status() != Some(400) => return Err(refusal),
            _ => {}
        }
        self.write_boot(&places, &system, &wanted("Continuous"), permit).await?;
        let read = self.read_override(&places).await?;
        if read.is_off() || read.target != **target {
            return Err(RedfishError::NotKept(format!(
                "the BMC took the boot override {target}, and has `{}` of `{}` instead",
                read.enabled, read.target
            )));
        }
        self.set_lasting(read.enabled == "Continuous");
        Ok(())
    }

    async fn read_override(&self, places: &Places) -> Result<Override, RedfishError> {
        let read = Override::read(&self.client().get(&places.system).await?.body);
        if !read.is_off() || !places.quirks.has(Quirk::BootInSettings) {
            return Ok(read);
        }
        // What waits for the next boot stands in the settings until then.
        let settings = self.client().follow(Some(&settings(places))).await?;
        Ok(settings.map(|settings| Override::read(&settings.body)).unwrap_or(read))
    }

    /// Writes to the system, or to its settings where the BMC takes it only there: those of AMI say so by the table, or
    /// in their refusal (siderolabs/omni-infra-provider-bare-metal#68).
    async fn write_boot(
        &self,
        places: &Places,
        system: &Resource,
        body: &Value,
        permit: &Permit,
    ) -> Result<(), RedfishError> {
        let settings = settings(places);
        if places.quirks.has(Quirk::BootInSettings) {
            match self.client().patch(&settings, body, permit).await {
                Ok(_) => return Ok(()),
                Err(error) if error.class() == ErrorClass::Missing => {}
                Err(error) => return Err(error),
            }
        }
        // Not from what was read before: BMCs give a new version for each look.
        let outcome = self.client().patch(&system.path, body, permit).await;
        match outcome {
            Ok(_) => Ok(()),
            Err(RedfishError::Refused { ids, .. }) if ids.iter().any(|id| id.contains("FutureState")) => {
                self.client().patch(&settings, body, permit).await.map(drop)
            }
            Err(error) => Err(error),
        }
    }

    async fn take_override_back(
        &self,
        places: &Places,
        system: &Resource,
        permit: &Permit,
    ) -> Result<(), RedfishError> {
        let mut boot = json!({"BootSourceOverrideEnabled": "Disabled"});
        // Supermicro wants the mode even then: ansible-collections/community.general#11542.
        if places.quirks.has(Quirk::FullBootRequest) {
            boot["BootSourceOverrideTarget"] = json!("None");
            boot["BootSourceOverrideMode"] = json!(Override::read(&system.body).mode.as_deref().unwrap_or("UEFI"));
        }
        let first = self.write_boot(places, system, &json!({"Boot": boot}), permit).await;
        if first.is_ok() && self.read_override(places).await?.is_off() {
            return Ok(());
        }
        let target = json!({"Boot": {"BootSourceOverrideEnabled": "Disabled", "BootSourceOverrideTarget": "None"}});
        self.write_boot(places, system, &target, permit).await?;
        if self.read_override(places).await?.is_off() {
            return Ok(());
        }
        Err(RedfishError::NotKept("the BMC keeps its boot override".into()))
    }

    /// After power on: an override that lasts is taken back once the firmware has used it, so that it is for one boot.
    /// Watched beside, for as long as a machine may take to boot.
    pub(super) fn clear_lasting_override(&self, permit: &Permit) {
        if !self.is_lasting() {
            return;
        }
        let (bmc, permit) = (self.clone(), permit.clone());
        tokio::spawn(async move {
            let deadline = Instant::now() + bmc.timing().post;
            while bmc.is_lasting() && permit.check().is_ok() {
                sleep_until(Instant::now() + bmc.timing().poll).await;
                let Ok((places, system)) = bmc.system().await else { continue };
                if !has_chosen_boot(&system.body) && Instant::now() < deadline {
                    continue;
                }
                // Set anew in between, it is wanted again.
                if !bmc.is_lasting() {
                    return;
                }
                match bmc.take_override_back(&places, &system, &permit).await {
                    Ok(()) => bmc.set_lasting(false),
                    Err(error) if error.class() == ErrorClass::Unreachable && Instant::now() < deadline => {}
                    Err(error) => {
                        tracing::warn!(address = %bmc.address(), %error, "a boot override for one boot may last");
                        return;
                    }
                }
            }
        });
    }
}

/// Whether the firmware has left its self test behind (`BootProgress`); one that does not tell is given its time.
fn has_chosen_boot(system: &Value) -> bool {
    let progress = word(at(system, &["BootProgress"]), "LastState");
    matches!(progress, Some("OSBootStarted" | "OSRunning"))
}

/// The mode is sent where it is another one, and where the BMC wants it always. Sent as it is, it makes iDRAC queue a job
/// with two reboots (ironcore-dev/metal-operator#80).
fn sends_mode(places: &Places, before: &Override, wanted: &str) -> bool {
    if places.quirks.has(Quirk::FullBootRequest) {
        return true;
    }
    let known = before.modes.is_empty() || before.modes.iter().any(|mode| mode == wanted);
    let differs = before.mode.as_deref().is_some_and(|mode| mode != wanted);
    differs && known && !places.quirks.has(Quirk::ModeIsFixed)
}

fn settings(places: &Places) -> String {
    places.settings.clone().unwrap_or_else(|| below(&places.system, "SD"))
}
