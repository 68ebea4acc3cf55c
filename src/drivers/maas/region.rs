//! The region's lists: those that every machine's lowering needs, kept for an interval, and all that a site needs.

use super::{
    Error,
    client::Client,
    lower::{
        self,
        site::{Ownership, SiteSeen, Version},
    },
    wire,
};
use crate::model::SitePart;
use serde::Deserialize;
use std::{
    collections::BTreeMap,
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

/// Everything that a site's lowering looks at, fresh: a fixed number of requests, one more for each setting that the design
/// names and each boot source that the region has. Where a range of DHCP is to be made, its subnet is asked for addresses in
/// use, and where something is to be deleted, one more request tells who uses it.
pub async fn site(client: &Client, design: &SitePart, ownership: Ownership<'_>) -> Result<SiteSeen, Error> {
    let none: &[(&str, &str)] = &[];
    let version = version(client).await?;
    let (fabrics, subnets, ipranges, domains, racks, spaces) = tokio::try_join!(
        client.get("fabrics/", none),
        client.get("subnets/", none),
        client.get("ipranges/", none),
        client.get("domains/", none),
        client.get("rackcontrollers/", none),
        client.get("spaces/", none),
    )?;
    let (routes, ssh_keys, repositories, tags, zones, images) = tokio::try_join!(
        client.get("static-routes/", none),
        client.get("account/prefs/sshkeys/", none),
        client.get("package-repositories/", none),
        client.get("tags/", none),
        client.get("zones/", none),
        client.get("boot-resources/", none),
    )?;
    let (pools, dns_resources, scripts, boot_sources, is_importing, reserved_ips) = tokio::try_join!(
        client.get("resourcepools/", none),
        client.get("dnsresources/", none),
        client.get("scripts/", none),
        client.get::<Vec<wire::BootSource>>("boot-sources/", none),
        client.get("boot-resources/", &[("op", "is_importing")]),
        reserved_ips(client, &version),
    )?;
    let selections = selections(client, design, ownership, &boot_sources).await?;
    let config = settings(client, design).await?;
    let mut seen = SiteSeen {
        version,
        fabrics,
        subnets,
        spaces,
        ipranges,
        reserved_ips,
        domains,
        dns_resources,
        racks,
        routes,
        ssh_keys,
        repositories,
        tags,
        zones,
        pools,
        scripts,
        images,
        is_importing,
        boot_sources,
        selections,
        config,
        addresses: Vec::new(),
        users: None,
    };
    let asks = lower::site::asks(design, &seen, ownership);
    for subnet in asks.addresses {
        let path = format!("subnets/{subnet}/");
        seen.addresses.extend(client.get::<Vec<_>>(&path, &[("op", "ip_addresses")]).await?);
    }
    if asks.users {
        seen.users = Some(client.get_list("nodes/", &[]).await?);
    }
    Ok(seen)
}

/// `GET version/`.
pub async fn version(client: &Client) -> Result<String, Error> {
    #[derive(Deserialize)]
    struct Version {
        version: String,
    }
    Ok(client.get::<Version>("version/", &[]).await?.version)
}

pub(super) async fn reserved_ips(client: &Client, version: &str) -> Result<Option<Vec<wire::ReservedIp>>, Error> {
    if !Version::has_reserved_ips(version) {
        return Ok(None);
    }
    Ok(Some(client.get("reservedips/", &[]).await?))
}

async fn selections(
    client: &Client,
    design: &SitePart,
    ownership: Ownership<'_>,
    sources: &[wire::BootSource],
) -> Result<Vec<wire::Selection>, Error> {
    let mut all = Vec::new();
    if lower::site::has_selections(design, ownership.made) {
        for source in sources {
            let of: Vec<wire::Selection> = client.get(&format!("boot-sources/{}/selections/", source.id), &[]).await?;
            all.extend(of.into_iter().map(|selection| wire::Selection { boot_source_id: source.id, ..selection }));
        }
    }
    Ok(all)
}

/// The settings that the design names. One that this version does not know is left out.
async fn settings(client: &Client, design: &SitePart) -> Result<BTreeMap<&'static str, serde_json::Value>, Error> {
    let mut all = BTreeMap::new();
    for name in lower::site::setting_names(design) {
        match client.get("maas/", &[("op", "get_config"), ("name", name)]).await {
            Ok(value) => drop(all.insert(name, value)),
            Err(Error::Refused { status: 400, .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(all)
}
