//! The drivers of all BMCs that speak Redfish: one each, so that a BMC has one session of ours and one request at a time,
//! however many ask for it.

use super::{bmc::RedfishBmc, config::RedfishConfig, error::RedfishError};
use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
};
use tokio::time::{Instant, sleep_until};

/// What tells two drivers apart: the address, and what identifies the rest of the configuration.
type Key = (SocketAddr, String);

/// Drivers by BMC and credentials.
#[derive(Debug, Default, Clone)]
pub struct RedfishFleet(Arc<Mutex<HashMap<Key, RedfishBmc>>>);

impl RedfishFleet {
    /// The driver for a BMC. `version` names the configuration, credentials included, without holding them: as long as it
    /// is the same, so is the driver.
    pub fn bmc(&self, config: &RedfishConfig, version: &str) -> Result<RedfishBmc, RedfishError> {
        let key = (config.address, version.to_owned());
        let mut drivers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bmc) = drivers.get(&key) {
            return Ok(bmc.clone());
        }
        let bmc = RedfishBmc::new(config)?;
        // A driver with what was configured before has nothing more to do.
        for (_, old) in drivers.extract_if(|(address, _), _| *address == config.address) {
            tokio::spawn(async move { old.close().await });
        }
        drivers.insert(key.clone(), bmc.clone());
        drop(drivers);
        tokio::spawn(self.clone().keep(key, bmc.clone()));
        Ok(bmc)
    }

    /// Ends the sessions at all BMCs, at most `within` from now.
    pub async fn close(&self, within: std::time::Duration) {
        let drivers: Vec<RedfishBmc> = {
            let mut drivers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            drivers.drain().map(|(_, bmc)| bmc).collect()
        };
        let all = futures::future::join_all(drivers.iter().map(RedfishBmc::close));
        if tokio::time::timeout(within, all).await.is_err() {
            tracing::info!("some sessions may stay open on their BMCs");
        }
    }

    /// Ends the session when nobody has asked for a while, and forgets the driver when nobody has it.
    async fn keep(self, key: Key, bmc: RedfishBmc) {
        let idle = bmc.timing().idle;
        loop {
            sleep_until(Instant::now() + idle).await;
            if bmc.client().login.is_idle(idle).await {
                bmc.close().await;
            }
            // A driver that remembers a refusal is kept: it is what spares the account.
            let at_rest = bmc.is_at_rest().await;
            let mut drivers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            match drivers.get(&key) {
                None => return,
                Some(_) if at_rest && bmc.holders() <= 2 => {
                    drivers.remove(&key);
                    return;
                }
                Some(_) => {}
            }
        }
    }
}
