//! [`RedfishBmc`]: the out-of-band port over Redfish. One session for all calls, one request at a time.

use super::{
    client::Client, config::RedfishConfig, config::Timing, error::RedfishError, json::text, places::Places,
    power::Switch,
};
use crate::{
    drivers::{Bmc, DriverError},
    model::{
        BmcEvent, BmcIdentity, BootDevice, FirmwareType, FirmwareVersion, Inventory, Permit, Power, PowerAction, Sensor,
    },
};
use async_trait::async_trait;
use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};
use tokio::sync::Mutex;

use super::quirks::Quirk;

/// A BMC that speaks Redfish. Cheap to clone: clones share the session and the turn.
#[derive(Debug, Clone)]
pub struct RedfishBmc(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    address: SocketAddr,
    wanted_system: Option<String>,
    client: Client,
    places: Mutex<Option<Arc<Places>>>,
    /// A boot override that does not clear itself is in force, by us.
    lasting: AtomicBool,
}

impl RedfishBmc {
    /// A driver for one BMC. Sends nothing; fails if what is to be trusted cannot be read.
    pub fn new(config: &RedfishConfig) -> Result<Self, RedfishError> {
        Ok(Self(Arc::new(Inner {
            address: config.address,
            wanted_system: config.system.clone(),
            client: Client::new(config)?,
            places: Mutex::new(None),
            lasting: AtomicBool::new(false),
        })))
    }

    /// Ends the session at the BMC. The driver can go on: its next call makes another one.
    pub async fn close(&self) {
        self.0.client.login.log_out(&self.0.client.http).await;
    }

    pub(super) fn client(&self) -> &Client {
        &self.0.client
    }

    pub(super) fn timing(&self) -> &Timing {
        &self.0.client.timing
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.0.address
    }

    pub(super) fn wanted_system(&self) -> Option<&str> {
        self.0.wanted_system.as_deref()
    }

    pub(super) fn places_cell(&self) -> &Mutex<Option<Arc<Places>>> {
        &self.0.places
    }

    pub(super) fn is_lasting(&self) -> bool {
        self.0.lasting.load(Ordering::Relaxed)
    }

    pub(super) fn set_lasting(&self, lasting: bool) {
        self.0.lasting.store(lasting, Ordering::Relaxed);
    }

    /// How many have this driver.
    pub(super) fn holders(&self) -> usize {
        Arc::strong_count(&self.0)
    }

    /// Whether it holds nothing that outlives a call: no session, no refusal, no boot override that lasts.
    pub(super) async fn is_at_rest(&self) -> bool {
        !self.is_lasting() && self.0.client.login.is_out().await
    }

    pub(super) fn failed<T>(&self, outcome: Result<T, RedfishError>, doing: &str) -> Result<T, DriverError> {
        outcome.map_err(|error| error.at(self.0.address, doing))
    }

    async fn try_identity(&self) -> Result<BmcIdentity, RedfishError> {
        let (places, system) = self.system().await?;
        let system = &system.body;
        let manager = match places.managers.first() {
            Some(manager) => self.client().follow(Some(manager)).await?,
            None => None,
        };
        let serial = text(system, "SerialNumber");
        let sku = || text(system, "SKU").filter(|_| places.quirks.has(Quirk::SerialInSku));
        Ok(BmcIdentity {
            vendor: text(system, "Manufacturer"),
            product: text(system, "Model"),
            firmware: manager.and_then(|manager| text(&manager.body, "FirmwareVersion")),
            system_id: text(system, "UUID").map(|uuid| uuid.to_lowercase()),
            serial: sku().or(serial),
        })
    }
}

#[async_trait]
impl Bmc for RedfishBmc {
    async fn power(&self) -> Result<Power, DriverError> {
        self.failed(self.try_power().await, "read the power")
    }

    async fn set_power(&self, action: PowerAction, permit: &Permit) -> Result<(), DriverError> {
        let mut switch = Switch { bmc: self, permit, is_under_way: false };
        let outcome = self.failed(switch.change(action).await, action.doing());
        outcome.map_err(|error| DriverError { not_begun: !switch.is_under_way, ..error })
    }

    async fn set_next_boot(
        &self,
        device: BootDevice,
        firmware: FirmwareType,
        permit: &Permit,
    ) -> Result<(), DriverError> {
        self.failed(self.try_set_next_boot(device, firmware, permit).await, "set the boot device")
    }

    async fn identity(&self) -> Result<BmcIdentity, DriverError> {
        self.failed(self.try_identity().await, "read who the system is")
    }

    async fn sensors(&self) -> Result<Vec<Sensor>, DriverError> {
        self.failed(self.try_sensors().await, "read the sensors")
    }

    async fn events(&self, limit: usize) -> Result<Vec<BmcEvent>, DriverError> {
        self.failed(self.try_events(limit).await, "read the log")
    }

    async fn inventory(&self) -> Result<Inventory, DriverError> {
        self.failed(self.try_inventory().await, "read the hardware")
    }

    async fn firmware(&self) -> Result<Vec<FirmwareVersion>, DriverError> {
        self.failed(self.try_firmware().await, "read the firmware's versions")
    }

    async fn bios_settings(&self) -> Result<BTreeMap<String, String>, DriverError> {
        self.failed(self.try_bios_settings().await, "read the settings of the system firmware")
    }

    async fn identify(&self, on: bool, permit: &Permit) -> Result<(), DriverError> {
        self.failed(self.try_identify(on, permit).await, "switch the light")
    }
}
