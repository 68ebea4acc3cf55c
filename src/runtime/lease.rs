//! Leader election over a `coordination.k8s.io/v1` Lease, and the permits that follow from it.
//!
//! Every write carries the resourceVersion that was read, so a lost race is a 409. A rival's lease counts as expired
//! when it has not changed for its duration on *our* clock; nobody's wall clock is trusted. Whoever loses the lease
//! stops deciding, keeps its caches and servers, and stands again.

use crate::model::PermitHolder;
use jiff::Timestamp;
use k8s_openapi::{
    api::coordination::v1::{Lease, LeaseSpec},
    apimachinery::pkg::apis::meta::v1::MicroTime,
};
use kube::{
    Api,
    api::{ObjectMeta, PostParams},
};
use std::time::{Duration, Instant};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// Which lease, and for how long.
#[derive(Debug, Clone)]
pub struct LeaseConfig {
    /// Name of the Lease.
    pub name: String,
    /// Who we are: unique to this process.
    pub identity: String,
    /// How long a lease is held without renewal.
    pub duration: Duration,
}

/// Whether we lead, for tasks that wait for it.
#[derive(Debug, Clone)]
pub struct Leadership {
    leads: watch::Receiver<bool>,
}

impl Leadership {
    /// Returns once we lead.
    pub async fn held(&mut self) {
        // An error means that the election has ended, with the process.
        if self.leads.wait_for(|leads| *leads).await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// Returns once we do not lead.
    pub async fn lost(&mut self) {
        if self.leads.wait_for(|leads| !*leads).await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// Whether we lead now.
    pub fn is_held(&self) -> bool {
        *self.leads.borrow()
    }
}

/// Stands for election until `stop`; then gives the lease back.
pub fn stand_for_election(
    api: Api<Lease>,
    config: LeaseConfig,
    permits: PermitHolder,
    stop: CancellationToken,
) -> (Leadership, impl Future<Output = ()>) {
    let (tell, leads) = watch::channel(false);
    let election = Election { api, config, permits, tell, rival: None };
    (Leadership { leads }, election.run(stop))
}

struct Election {
    api: Api<Lease>,
    config: LeaseConfig,
    permits: PermitHolder,
    tell: watch::Sender<bool>,
    /// The rival's lease as last seen, and when we first saw it so.
    rival: Option<(String, Instant)>,
}

impl Election {
    async fn run(mut self, stop: CancellationToken) {
        let pause = self.config.duration / 5;
        let mut valid_until: Option<Instant> = None;
        loop {
            let began = Instant::now();
            let attempt = tokio::time::timeout(self.config.duration / 2, self.try_hold());
            match attempt.await {
                Ok(Ok(true)) => {
                    // Counted from before the request, and short of the duration: others may take it right after.
                    let until = began + self.config.duration.mul_f64(0.8);
                    self.permits.extend(until);
                    valid_until = Some(until);
                    if !self.tell.send_replace(true) {
                        tracing::info!(identity = self.config.identity, "leading");
                    }
                }
                Ok(Ok(false)) => {
                    self.stand_down();
                    valid_until = None;
                }
                Ok(Err(error)) => tracing::warn!(error = &error as &dyn std::error::Error, "lease"),
                Err(_) => tracing::warn!("the API server did not answer in time for the lease"),
            }
            if valid_until.is_some_and(|until| Instant::now() >= until) {
                self.stand_down();
                valid_until = None;
            }
            tokio::select! {
                () = stop.cancelled() => break,
                () = tokio::time::sleep(pause) => {}
            }
        }
        let led = *self.tell.borrow();
        self.stand_down();
        if led && let Err(error) = self.give_back().await {
            tracing::warn!(error = &error as &dyn std::error::Error, "the lease could not be given back");
        }
    }

    fn stand_down(&self) {
        self.permits.revoke();
        if self.tell.send_replace(false) {
            tracing::warn!("the lease is lost: nothing is decided until it is held again");
        }
    }

    async fn try_hold(&mut self) -> Result<bool, kube::Error> {
        let now = Timestamp::now();
        let Some(mut lease) = self.api.get_opt(&self.config.name).await? else {
            let lease = Lease {
                metadata: ObjectMeta { name: Some(self.config.name.clone()), ..ObjectMeta::default() },
                spec: Some(self.spec(None, now)),
            };
            return won(self.api.create(&PostParams::default(), &lease).await);
        };
        let spec = lease.spec.take().unwrap_or_default();
        let mine = spec.holder_identity.as_deref() == Some(self.config.identity.as_str());
        let free = spec.holder_identity.as_deref().unwrap_or_default().is_empty();
        if !mine && !free && !self.has_expired(&lease, &spec) {
            return Ok(false);
        }
        lease.spec = Some(self.spec(Some(&spec).filter(|_| mine), now));
        if let Some(new) = lease.spec.as_mut() {
            let transitions = spec.lease_transitions.unwrap_or_default();
            new.lease_transitions = Some(if mine { transitions } else { transitions.saturating_add(1) });
        }
        won(self.api.replace(&self.config.name, &PostParams::default(), &lease).await)
    }

    /// Whether a rival's lease has not changed for its duration on our own clock.
    fn has_expired(&mut self, lease: &Lease, spec: &LeaseSpec) -> bool {
        let version = lease.metadata.resource_version.clone().unwrap_or_default();
        let seconds = u64::try_from(spec.lease_duration_seconds.unwrap_or_default()).unwrap_or_default();
        match &self.rival {
            Some((known, since)) if *known == version => since.elapsed() >= Duration::from_secs(seconds),
            _ => {
                self.rival = Some((version, Instant::now()));
                false
            }
        }
    }

    fn spec(&self, held: Option<&LeaseSpec>, now: Timestamp) -> LeaseSpec {
        let seconds = self.config.duration.as_secs_f64().ceil();
        #[allow(clippy::cast_possible_truncation)] // A lease of 2^31 seconds is no lease.
        let seconds = seconds.clamp(1.0, 3600.0) as i32;
        LeaseSpec {
            holder_identity: Some(self.config.identity.clone()),
            lease_duration_seconds: Some(seconds),
            acquire_time: held.and_then(|s| s.acquire_time.clone()).or(Some(MicroTime(now))),
            renew_time: Some(MicroTime(now)),
            ..LeaseSpec::default()
        }
    }

    async fn give_back(&self) -> Result<(), kube::Error> {
        let Some(mut lease) = self.api.get_opt(&self.config.name).await? else { return Ok(()) };
        if let Some(spec) = lease.spec.as_mut().filter(|s| s.holder_identity.as_ref() == Some(&self.config.identity)) {
            spec.holder_identity = None;
            self.api.replace(&self.config.name, &PostParams::default(), &lease).await?;
        }
        Ok(())
    }
}

fn won(result: Result<Lease, kube::Error>) -> Result<bool, kube::Error> {
    match result {
        Ok(_) => Ok(true),
        Err(kube::Error::Api(status)) if status.is_conflict() || status.is_already_exists() => Ok(false),
        Err(error) => Err(error),
    }
}
