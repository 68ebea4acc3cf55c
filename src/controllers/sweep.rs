//! The sweep: the power of every machine at rest is read from its BMC now and then, and more rarely its health.
//!
//! Polls are spread over the interval, so that neither the network nor MAAS, which asks the same BMCs, meets them all at once.
//! What was heard costs no write while it stays the same: a node or Site is only woken when it has something else to say. A
//! machine's power has one master: where its BMC tells another than the provisioner shows, the provisioner is asked to look.

use super::{
    cache::Key,
    conditions::find,
    context::Context,
    heard::{Changed, Trouble},
    logins::{Login, is_refused_before},
    node::memory_of,
    node_verify,
    site_report::with_cause,
    workers::Turn,
};
use crate::{
    api::{BaremetalNode, Site, host::OutOfBandType, status::condition::RECONCILING},
    design::SiteNode,
    drivers::{DriverError, ErrorClass},
    model::{NodeDesign, OobDesign, Power},
};
use std::{
    hash::{BuildHasher, BuildHasherDefault, DefaultHasher},
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::time::timeout;

/// How often the power is read where the Site does not say.
const POWER: Duration = Duration::from_mins(5);
/// How often the health is looked at where the Site does not say.
const HEALTH: Duration = Duration::from_hours(1);
/// How long one reading of the power may take. Real time, whatever the clock's speed.
const POLL: Duration = Duration::from_secs(15);
/// How much earlier or later than its interval a poll may come, as a part of that.
const JITTER: f64 = 0.1;
/// BMCs of one namespace that are polled at once.
pub(super) const WIDTH: usize = 64;

/// How often the power is read; nothing where it is not.
fn power_interval(context: &Context, site: &Site) -> Option<Duration> {
    let configured = site.spec.out_of_band.as_ref().and_then(|oob| oob.power_interval).map_or(POWER, |d| d.0);
    (!configured.is_zero()).then(|| context.clock.scale(configured))
}

/// How often the health is looked at; nothing where it is not.
fn health_interval(context: &Context, site: &Site) -> Option<Duration> {
    let configured = site.spec.out_of_band.as_ref().and_then(|oob| oob.health_interval).map_or(HEALTH, |d| d.0);
    (!configured.is_zero()).then(|| context.clock.scale(configured))
}

/// A node has been seen: it is polled from now on, at its place in the interval.
pub(super) fn enrol(context: &Context, key: &Key) {
    if context.heard.enrol(key) {
        schedule(context, key);
    }
}

/// A Site may ask for other intervals now.
pub(super) fn reschedule(context: &Context, namespace: &str) {
    for name in context.caches.nodes.in_namespace(namespace).into_keys() {
        schedule(context, &Key::new(namespace, name));
    }
}

fn schedule(context: &Context, key: &Key) {
    let site = context.site_of(&key.namespace);
    let interval = site.map_or_else(|| Some(context.clock.scale(POWER)), |site| power_interval(context, &site));
    if let Some(interval) = interval {
        context.queues.sweeps.add_after(key.clone(), interval.mul_f64(place(key)));
    }
}

/// A key's place in any interval, from 0 to 1: always the same.
fn place(key: &Key) -> f64 {
    let hash = BuildHasherDefault::<DefaultHasher>::default().hash_one(key);
    f64::from(u32::try_from(hash >> 32).unwrap_or_default()) / f64::from(u32::MAX)
}

fn jittered(interval: Duration) -> Duration {
    interval.mul_f64(rand::random_range(1.0 - JITTER..1.0 + JITTER))
}

/// One BMC's turn.
pub(super) async fn turn(context: Arc<Context>, key: Key) -> Result<Turn, kube::Error> {
    let Some(node) = context.caches.nodes.get(&key).filter(|node| node.metadata.deletion_timestamp.is_none()) else {
        context.heard.forget(&key);
        context.logins.forget(&key);
        return Ok(Turn::settled());
    };
    let Some(site) = context.site_of(&key.namespace) else { return Ok(Turn::again(context.clock.scale(POWER))) };
    // Asked for again when the Site changes.
    let Some(interval) = power_interval(&context, &site) else { return Ok(Turn::settled()) };
    let again = Turn::again(jittered(interval));
    let Some(snapshot) = context.designs.get(&key.namespace) else { return Ok(again) };
    let Some(design) = snapshot.design.nodes.get(&key.name).map(SiteNode::design) else { return Ok(again) };
    let oob = design.oob.as_ref().filter(|oob| oob.protocol != OutOfBandType::Manual);
    let (Some(oob), true) = (oob, is_at_rest(&node)) else { return Ok(again) };
    let sweep = Sweep { context: &context, key: &key, site: &site, node: &node };
    if sweep.read_power(oob).await {
        sweep.look_at_health(&design).await?;
    }
    Ok(again)
}

/// What a node may wait for, for days, while nothing is done to its machine.
const IDLE: [&str; 5] = ["Queued", "Held", "Observed", "WaitingForSite", "WaitingForDesign"];

/// A machine that is worked on is left to its master.
fn is_at_rest(node: &BaremetalNode) -> bool {
    node.status.as_ref().is_some_and(|status| {
        let begun = status.memory.as_ref().is_some_and(|memory| memory.begun.is_some());
        let works = find(&status.conditions, RECONCILING)
            .is_some_and(|condition| condition.status == "True" && !IDLE.contains(&condition.reason.as_str()));
        status.observed_generation >= 0 && !begun && !works
    })
}

/// What was heard is news for these.
pub(super) fn wake(context: &Context, key: &Key, changed: Changed) {
    if changed.site {
        context.wake_site(&key.namespace);
        context.wake_nodes(&key.namespace);
    } else if changed.node {
        context.queues.nodes.add(key.clone());
    }
}

struct Sweep<'a> {
    context: &'a Context,
    key: &'a Key,
    site: &'a Site,
    node: &'a BaremetalNode,
}

impl Sweep<'_> {
    /// Reads the power; gives back whether it was told.
    async fn read_power(&self, oob: &OobDesign) -> bool {
        let asked = timeout(POLL, self.ask(oob)).await.unwrap_or_else(|_| {
            let text = format!("it has not told its power within {} s", POLL.as_secs());
            Err(DriverError::new(ErrorClass::Unreachable, text))
        });
        let outcome = asked.as_ref().map_or_else(|error| error.class.reason(), |_| "Answered");
        self.context.metrics.polled(oob.protocol.name(), outcome);
        match asked {
            Ok(Some(power)) => {
                wake(self.context, self.key, self.context.heard.answered(self.key, power));
                self.tell_provisioner().await;
                true
            }
            // Its credentials were refused, and are the same.
            Ok(None) => false,
            Err(error) => {
                let trouble = Trouble {
                    reason: error.class.reason(),
                    message: format!("The BMC at {}: {}", oob.address, with_cause(&error)),
                    is_silence: error.class == ErrorClass::Unreachable,
                };
                wake(self.context, self.key, self.context.heard.failed(self.key, trouble));
                false
            }
        }
    }

    async fn ask(&self, oob: &OobDesign) -> Result<Option<Power>, DriverError> {
        let memory = memory_of(self.node);
        let login = match Login::new(self.context, self.key, self.site, oob, memory.refused.as_ref()).await {
            Err(error) if is_refused_before(&error) => return Ok(None),
            login => login?,
        };
        login.judge(login.bmc().power().await).map(Some)
    }

    /// The provisioner reads the power itself where it shows another than the BMC tells.
    async fn tell_provisioner(&self) {
        let status = self.node.status.as_ref();
        let Some(id) = status.and_then(|status| status.provider_id.as_deref()) else { return };
        let shown = match status.and_then(|status| status.power.as_deref()) {
            Some("On") => Power::On,
            Some("Off") => Power::Off,
            _ => Power::Unknown,
        };
        if !self.context.heard.should_tell(self.key, shown) {
            return;
        }
        let Ok(provisioner) = self.context.provisioners.get(self.context, self.site).await else { return };
        if let Err(error) = provisioner.read_power(id).await {
            // It looks by itself in time.
            tracing::debug!(node = %self.key.name, error = &error as &dyn std::error::Error, "power not read");
        }
        self.context.queues.nodes.add(self.key.clone());
    }

    async fn look_at_health(&self, design: &NodeDesign) -> Result<(), kube::Error> {
        let Some(interval) = health_interval(self.context, self.site) else { return Ok(()) };
        let first = interval.mul_f64(place(self.key));
        if !self.context.heard.is_health_due(self.key, first, Instant::now()) {
            return Ok(());
        }
        let looked = node_verify::look(self.context, self.site, self.node, design).await?;
        let outcome = if looked { "Answered" } else { "Failed" };
        self.context.metrics.polled("health", outcome);
        self.context.heard.looked_at_health(self.key, Instant::now() + jittered(interval));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_spread_over_the_interval_and_stay() {
        let places: Vec<f64> = (0..1000).map(|n| place(&Key::new("harbour", format!("r01-u{n:03}")))).collect();
        assert!(places.iter().all(|place| (0.0..=1.0).contains(place)));
        for tenth in 0..10 {
            let low = f64::from(tenth) / 10.0;
            let count = places.iter().filter(|place| (low..low + 0.1).contains(place)).count();
            assert!((60..150).contains(&count), "{count} of 1000 in the tenth from {low}");
        }
        assert!((place(&Key::new("a", "b")) - place(&Key::new("a", "b"))).abs() < f64::EPSILON);
    }

    #[test]
    fn a_poll_comes_within_a_tenth_of_its_interval() {
        let interval = Duration::from_secs(100);
        for _ in 0..100 {
            let next = jittered(interval);
            assert!((90..=110).contains(&next.as_secs()), "{next:?}");
        }
    }
}
