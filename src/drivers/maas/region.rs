//! The region's lists: those that every machine's lowering needs, kept for an interval, and all that a site needs.

use super::{Error, client::Client, lower::site::SiteSeen, wire};
use serde::Deserialize;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::sync::Mutex;

/// Fabrics, subnets and tags.
#[derive(Debug, Default)]
pub struct Region {
    /// `GET fabrics/`.
    pub fabrics: Vec<wire::Fabric>,
    /// `GET subnets/`.
    pub subnets: Vec<wire::Subnet>,
    /// `GET tags/`.
    pub tags: Vec<wire::Tag>,
}

/// The region's lists, kept.
#[derive(Debug)]
pub struct Lists {
    poll: Duration,
    kept: Mutex<Option<(Instant, Arc<Region>)>>,
}

impl Lists {
    /// Lists that are kept for at most `poll`.
    pub fn new(poll: Duration) -> Self {
        Self { poll, kept: Mutex::new(None) }
    }

    /// The lists; with `fresh` newly fetched.
    pub async fn get(&self, client: &Client, fresh: bool) -> Result<Arc<Region>, Error> {
        let mut kept = self.kept.lock().await;
        if let Some((since, region)) = kept.as_ref().filter(|_| !fresh)
            && since.elapsed() < self.poll
        {
            return Ok(Arc::clone(region));
        }
        let (fabrics, subnets, tags) =
            tokio::try_join!(client.get("fabrics/", &[]), client.get("subnets/", &[]), client.get("tags/", &[]))?;
        let region = Arc::new(Region { fabrics, subnets, tags });
        *kept = Some((Instant::now(), Arc::clone(&region)));
        Ok(region)
    }

    /// Forgets them: we have written.
    pub async fn forget(&self) {
        *self.kept.lock().await = None;
    }
}

/// Everything that a site's lowering looks at, fresh: a fixed number of requests.
pub async fn site(client: &Client) -> Result<SiteSeen, Error> {
    #[derive(Deserialize)]
    struct Version {
        version: String,
    }
    let none: &[(&str, &str)] = &[];
    let (version, fabrics, subnets, ipranges, domains, racks) = tokio::try_join!(
        client.get::<Version>("version/", none),
        client.get("fabrics/", none),
        client.get("subnets/", none),
        client.get("ipranges/", none),
        client.get("domains/", none),
        client.get("rackcontrollers/", none),
    )?;
    let (routes, ssh_keys, repositories, tags, zones, images) = tokio::try_join!(
        client.get("static-routes/", none),
        client.get("account/prefs/sshkeys/", none),
        client.get("package-repositories/", none),
        client.get("tags/", none),
        client.get("zones/", none),
        client.get("boot-resources/", none),
    )?;
    let version = version.version;
    Ok(SiteSeen {
        version,
        fabrics,
        subnets,
        ipranges,
        domains,
        racks,
        routes,
        ssh_keys,
        repositories,
        tags,
        zones,
        images,
    })
}
