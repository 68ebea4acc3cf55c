//! The MAAS driver: finds machines in a region, says what they still need, and does one thing to one of them.
//!
//! [`lower`] is the pure heart: design and observation to a list of [`call::Call`]s. Around it stand [`wire`] (what is
//! read), [`client`] (how it is asked), [`directory`] (who is who), and `observe` and `perform`, which put them together.
//! It speaks MAAS's API 2.0 and was built on 3.7; the fields it uses are there from 3.3 on.

mod adopt;
pub mod auth;
pub mod call;
pub mod client;
mod details;
pub mod directory;
mod elements;
mod error;
mod events;
pub mod export;
mod fixed;
mod gather;
mod inventory;
pub mod lower;
mod machine;
mod observe;
mod perform;
mod ran;
mod readings;
mod refusal;
mod region;
mod run;
mod site;
mod status;
pub mod survey;
mod trust;
mod verify;
pub mod wire;

pub use error::Error;
pub use trust::TrustBundle;

use super::{DriverError, Provisioner, SiteSubject, Subject};
use crate::model::{Aspect, MachineAction, Permit, Sighting, SiteChecks, SiteNeeds, SiteObservation};
use async_trait::async_trait;
use call::Call;
use client::Client;
use directory::Directory;
use secrecy::SecretString;
use std::{collections::BTreeSet, time::Duration};
use tokio::sync::OnceCell;

/// How a region is reached.
#[derive(Debug, Clone)]
pub struct MaasConfig {
    /// Its URL, such as `http://maas.example.com:5240/MAAS`.
    pub url: String,
    /// An administrator's API key, `consumer:token:secret`.
    pub api_key: SecretString,
    /// Certificates that are trusted beside the system's.
    pub trust: Option<TrustBundle>,
    /// The most requests at once; a region worker serves four.
    pub max_in_flight: usize,
    /// How old the shared index of nodes, fabrics, subnets and tags may get.
    pub poll: Duration,
}

impl MaasConfig {
    /// A region with the defaults: four requests at once, an index at most 10 s old.
    pub fn new(url: impl Into<String>, api_key: SecretString) -> Self {
        Self { url: url.into(), api_key, trust: None, max_in_flight: 4, poll: Duration::from_secs(10) }
    }
}

/// A MAAS region as a provisioner. One for each site; shared by all its nodes.
#[derive(Debug)]
pub struct Maas {
    client: Client,
    directory: Directory,
    findings: inventory::Findings,
    runs: ran::Runs,
    lists: region::Lists,
    readings: readings::Readings,
    news: events::News,
    us: OnceCell<String>,
}

impl Maas {
    /// A region; nothing is sent yet.
    pub fn new(config: &MaasConfig) -> Result<Self, Error> {
        Ok(Self {
            client: Client::trusting(&config.url, &config.api_key, config.max_in_flight, config.trust.as_ref())?,
            directory: Directory::new(config.poll),
            findings: inventory::Findings::default(),
            runs: ran::Runs::default(),
            lists: region::Lists::new(config.poll),
            readings: readings::Readings::new(config.poll),
            news: events::News::default(),
            us: OnceCell::new(),
        })
    }

    /// The calls that one aspect of a node's machine needs now, from a fresh observation: what `perform` would run.
    pub async fn calls(&self, aspect: Aspect, subject: &Subject<'_>) -> Result<Vec<Call>, Error> {
        let view = self.fresh(subject, true).await?;
        Ok(view.lower(aspect, subject)?)
    }

    /// Runs calls in their order, as far as they go.
    pub async fn run(&self, calls: &[Call], permit: &Permit) -> Result<(), Error> {
        let outcome = run::run(&self.client, calls, permit).await;
        if calls.iter().any(Call::changes_lists) {
            self.lists.forget().await;
        }
        outcome
    }

    /// MAAS asks the machine's BMC: `GET machines/{id}/?op=query_power_state`.
    async fn query_power(&self, id: &str) -> Result<(), Error> {
        let asked = self.client.get_bytes(&format!("machines/{id}/"), &[("op", "query_power_state")]).await;
        self.readings.wrote(id);
        asked.map(drop)
    }

    /// The account that the API key belongs to: `GET users/?op=whoami`, asked once.
    async fn us(&self) -> Result<&str, Error> {
        #[derive(serde::Deserialize)]
        struct Account {
            username: String,
        }
        let ask = || async { Ok(self.client.get::<Account>("users/", &[("op", "whoami")]).await?.username) };
        self.us.get_or_try_init(ask).await.map(String::as_str)
    }
}

/// A failure among several calls: those before it may have been done.
fn one_of_several(error: Error) -> DriverError {
    DriverError { not_begun: false, ..error.into() }
}

#[async_trait]
impl Provisioner for Maas {
    async fn observe_site(&self, subject: &SiteSubject<'_>) -> Result<SiteObservation, DriverError> {
        Ok(self.look_at_site(subject).await?)
    }

    async fn perform_site(&self, subject: &SiteSubject<'_>, permit: &Permit) -> Result<(), DriverError> {
        self.prepare_site(subject, permit).await.map_err(one_of_several)
    }

    async fn verify_site(&self, subject: &SiteSubject<'_>, needs: &SiteNeeds) -> Result<SiteChecks, DriverError> {
        Ok(self.check_site(subject, needs).await?)
    }

    async fn observe(&self, subject: &Subject<'_>) -> Result<Sighting, DriverError> {
        Ok(self.sight(subject).await?)
    }

    async fn perform(&self, action: &MachineAction, subject: &Subject<'_>, permit: &Permit) -> Result<(), DriverError> {
        let outcome = self.act(action, subject, permit).await;
        outcome.map_err(if action.is_convergent() { one_of_several } else { DriverError::from })
    }

    async fn read_power(&self, id: &str) -> Result<(), DriverError> {
        Ok(self.query_power(id).await?)
    }

    async fn news(&self) -> Result<BTreeSet<String>, DriverError> {
        let machines = self.news.since_last(&self.client).await?;
        self.readings.heard(&machines);
        self.directory.heard(&machines).await;
        // Machines that are known are held against it without waiting for it: here it is fetched once for them.
        if let Err(error) = self.directory.begin(&self.client).await {
            tracing::debug!(error = &error as &dyn std::error::Error, "directory of MAAS");
        }
        Ok(machines)
    }
}
