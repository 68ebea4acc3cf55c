//! Everything of a region that a design of it is written from. It is read, and nothing is sent that writes.

use super::{Error, Maas, inventory, region, wire};
use crate::model::{Inventory, MachineStatus};
use futures::{StreamExt, TryStreamExt, stream};
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// So many machines are read at once; the bound on requests in flight holds beside it.
const AT_ONCE: usize = 8;
/// The settings that a design speaks of.
const SETTINGS: [&str; 9] = [
    "kernel_opts",
    "upstream_dns",
    "dnssec_validation",
    "ntp_servers",
    "ntp_external_only",
    "remote_syslog",
    "commissioning_distro_series",
    "default_distro_series",
    "default_min_hwe_kernel",
];

/// A region as it was read.
#[derive(Debug, Default)]
#[allow(missing_docs)] // MAAS's collections by their names.
pub struct Survey {
    /// The account whose key was used.
    pub us: String,
    pub machines: Vec<Surveyed>,
    pub fabrics: Vec<wire::Fabric>,
    pub subnets: Vec<wire::Subnet>,
    pub ipranges: Vec<wire::IpRange>,
    pub reserved_ips: Vec<wire::ReservedIp>,
    pub routes: Vec<wire::StaticRoute>,
    pub domains: Vec<wire::Domain>,
    pub racks: Vec<wire::Rack>,
    pub tags: Vec<wire::Tag>,
    pub ssh_keys: Vec<wire::SshKey>,
    /// Settings; one that the region's version does not know is absent.
    pub config: BTreeMap<&'static str, Json>,
}

/// A machine with all that is known of it.
#[derive(Debug, Default)]
pub struct Surveyed {
    /// The machine.
    pub machine: wire::Machine,
    /// How it is switched, secrets included.
    pub power: wire::PowerParameters,
    /// Its hardware, once it is commissioned.
    pub inventory: Option<Inventory>,
    /// Its volume groups.
    pub groups: Vec<wire::VolumeGroup>,
    /// Its software RAIDs.
    pub raids: Vec<wire::Raid>,
    /// Its cache sets.
    pub cache_sets: Vec<wire::CacheSet>,
    /// Its caches.
    pub caches: Vec<wire::Bcache>,
}

impl Maas {
    /// Reads the whole region. A fixed number of requests for the region, and for each machine one to six.
    pub async fn survey(&self) -> Result<Survey, Error> {
        let none: &[(&str, &str)] = &[];
        let client = &self.client;
        let us = self.us().await?.to_owned();
        let version = region::version(client).await?;
        let (fabrics, subnets, ipranges, domains, racks) = tokio::try_join!(
            client.get("fabrics/", none),
            client.get("subnets/", none),
            client.get("ipranges/", none),
            client.get("domains/", none),
            client.get("rackcontrollers/", none),
        )?;
        let (routes, ssh_keys, tags, reserved_ips) = tokio::try_join!(
            client.get("static-routes/", none),
            client.get("account/prefs/sshkeys/", none),
            client.get("tags/", none),
            region::reserved_ips(client, &version),
        )?;
        let (machines, mut power) = tokio::try_join!(
            client.get_list::<wire::Machine>("machines/", none),
            client.get::<BTreeMap<String, wire::PowerParameters>>("machines/", &[("op", "power_parameters")]),
        )?;
        let machines = machines.into_iter().map(|machine| {
            let power = power.remove(&machine.system_id).unwrap_or_default();
            self.surveyed(machine, power)
        });
        let mut machines: Vec<Surveyed> = stream::iter(machines).buffered(AT_ONCE).try_collect().await?;
        machines.sort_by(|a, b| a.machine.hostname.cmp(&b.machine.hostname));
        let mut config = BTreeMap::new();
        for name in SETTINGS {
            match client.get("maas/", &[("op", "get_config"), ("name", name)]).await {
                Ok(value) => drop(config.insert(name, value)),
                Err(Error::Refused { status: 400, .. }) => {}
                Err(error) => return Err(error),
            }
        }
        let reserved_ips = reserved_ips.unwrap_or_default();
        Ok(Survey {
            us,
            machines,
            fabrics,
            subnets,
            ipranges,
            reserved_ips,
            routes,
            domains,
            racks,
            tags,
            ssh_keys,
            config,
        })
    }

    async fn surveyed(&self, machine: wire::Machine, power: wire::PowerParameters) -> Result<Surveyed, Error> {
        use MachineStatus as S;
        let id = machine.system_id.clone();
        if !matches!(super::machine::status(&machine), S::Ready | S::Allocated | S::Deployed) {
            return Ok(Surveyed { machine, power, ..Surveyed::default() });
        }
        let (groups, raids, cache_sets, caches) = tokio::try_join!(
            self.listed(!machine.volume_groups.is_empty(), &id, "volume-groups"),
            self.listed(!machine.raids.is_empty(), &id, "raids"),
            self.listed(!machine.cache_sets.is_empty(), &id, "bcache-cache-sets"),
            self.listed(!machine.bcaches.is_empty(), &id, "bcaches"),
        )?;
        let found = self.findings.of(&machine, &self.client).await?;
        let inventory = Some(inventory::inventory(&machine, &found));
        Ok(Surveyed { machine, power, inventory, groups, raids, cache_sets, caches })
    }

    async fn listed<T: serde::de::DeserializeOwned>(
        &self,
        needed: bool,
        id: &str,
        what: &str,
    ) -> Result<Vec<T>, Error> {
        if needed { self.client.get(&format!("nodes/{id}/{what}/"), &[]).await } else { Ok(Vec::new()) }
    }
}
