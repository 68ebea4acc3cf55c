//! Whether a region can serve a site: version, key, images, rack controllers; a line each.

use super::{
    Error, Maas,
    lower::site::{NEWEST_TESTED, SiteSeen, Version},
    wire,
};
use crate::{
    api::site_task::{CheckOutcome, TaskCheck},
    drivers::{ErrorClass, SiteSubject},
    model::{SiteChecks, SiteNeeds},
};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// The oldest release that has everything that Slipway asks for.
const OLDEST: Version = Version(3, 3);
/// Services without which a rack controller does not serve machines.
const SERVICES: [&str; 4] = ["rackd", "dhcpd", "tftp", "http"];
/// Images of which the files are looked at, at most.
const MOST_IMAGES: usize = 64;

/// An image in full: `GET boot-resources/{id}/`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ImageSets {
    sets: BTreeMap<String, ImageSet>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ImageSet {
    complete: bool,
}

/// A line.
pub(crate) fn check(name: impl Into<String>, outcome: CheckOutcome, message: impl Into<String>) -> TaskCheck {
    TaskCheck { name: name.into(), outcome, message: message.into() }
}

impl Maas {
    pub(super) async fn check_site(&self, subject: &SiteSubject<'_>, needs: &SiteNeeds) -> Result<SiteChecks, Error> {
        let (seen, _) = match self.lower_site(subject).await {
            Ok(seen) => seen,
            // Every other way to go on asking would fail alike.
            Err(error) if error.class() == ErrorClass::Unsupported => {
                return Ok(vec![check("Version", CheckOutcome::Failed, format!("Unsupported: {error}"))]);
            }
            Err(error) => return Err(error),
        };
        let mut checks = vec![version(&seen.version), self.key().await?];
        checks.extend(self.images(&seen, needs).await?);
        let importing = if seen.is_importing {
            check("Import", CheckOutcome::Failed, "images are being imported; wait until that has ended")
        } else {
            check("Import", CheckOutcome::Passed, "nothing is being imported")
        };
        checks.push(importing);
        checks.extend(racks(subject, &seen));
        Ok(checks)
    }

    /// The key is an administrator's: `GET users/?op=whoami`.
    async fn key(&self) -> Result<TaskCheck, Error> {
        #[derive(Deserialize)]
        struct Account {
            username: String,
            is_superuser: bool,
        }
        let account: Account = self.client.get("users/", &[("op", "whoami")]).await?;
        let name = account.username;
        Ok(if account.is_superuser {
            check("API key", CheckOutcome::Passed, format!("it is that of {name}, an administrator"))
        } else {
            let message = format!("it is that of {name}, who is no administrator; Slipway needs an administrator's");
            check("API key", CheckOutcome::Failed, message)
        })
    }

    /// Every image, kernel and commissioning release, for each architecture.
    async fn images(&self, seen: &SiteSeen, needs: &SiteNeeds) -> Result<SiteChecks, Error> {
        let commissioning: Option<String> =
            self.client.get("maas/", &[("op", "get_config"), ("name", "commissioning_distro_series")]).await?;
        let mut wanted: BTreeSet<(String, Option<String>)> = needs.images.clone();
        wanted.extend(commissioning.map(|series| (format!("ubuntu/{series}"), None)));
        let mut checks = Vec::new();
        for (image, kernel) in wanted.into_iter().take(MOST_IMAGES) {
            let name = match &kernel {
                Some(kernel) => format!("Image {image}, kernel {kernel}"),
                None => format!("Image {image}"),
            };
            checks.push(match self.image(seen, &image, kernel.as_deref()).await? {
                Ok(found) => check(name, CheckOutcome::Passed, found),
                Err(why) => check(name, CheckOutcome::Failed, why),
            });
        }
        Ok(checks)
    }

    /// What there is of an image, or what is missing.
    async fn image(&self, seen: &SiteSeen, image: &str, kernel: Option<&str>) -> Result<Result<String, String>, Error> {
        let is_it =
            |known: &&wire::BootResource| known.series() == image || known.series() == format!("ubuntu/{image}");
        let all: Vec<&wire::BootResource> = seen.images.iter().filter(is_it).collect();
        if all.is_empty() {
            return Ok(Err(
                "MAAS has no such image; select it in spec.provisioner.maas.bootSources, or upload it".into()
            ));
        }
        let has_kernel = |known: &&wire::BootResource| {
            kernel.is_none_or(|kernel| {
                known.architecture.ends_with(&format!("/{kernel}"))
                    || known.subarches.split(',').any(|subarch| subarch == kernel)
            })
        };
        // For each architecture that the image has.
        let arches: BTreeSet<&str> = all.iter().map(|known| arch(known)).collect();
        for arch_ in &arches {
            let of_arch = || all.iter().copied().filter(|known| arch(known) == *arch_).filter(has_kernel);
            let mut complete = false;
            let mut there = false;
            for known in of_arch() {
                there = true;
                let item: ImageSets = self.client.get(&format!("boot-resources/{}/", known.id), &[]).await?;
                complete |= item.sets.is_empty() || item.sets.values().any(|set| set.complete);
                if complete {
                    break;
                }
            }
            if !there {
                let kernel = kernel.unwrap_or_default();
                return Ok(Err(format!("MAAS has it for {arch_} without the kernel {kernel}")));
            }
            if !complete {
                return Ok(Err(format!(
                    "MAAS has only part of it for {arch_}; wait for the import, or start it again"
                )));
            }
        }
        let arches: Vec<&str> = arches.into_iter().collect();
        Ok(Ok(format!("complete for {}", arches.join(", "))))
    }
}

/// The architecture of an image, without the kernel.
fn arch(image: &wire::BootResource) -> &str {
    image.architecture.split('/').next().unwrap_or_default()
}

fn version(text: &str) -> TaskCheck {
    const NAME: &str = "Version";
    match Version::parse(text) {
        None => check(NAME, CheckOutcome::Warning, format!("MAAS calls its version {text}, which cannot be read")),
        Some(version) if version < OLDEST => check(
            NAME,
            CheckOutcome::Failed,
            format!("Unsupported: MAAS {text} is older than {OLDEST}, the oldest that Slipway works with"),
        ),
        Some(version) if version > NEWEST_TESTED => {
            let advice = Version::advice(text).unwrap_or_default();
            check(NAME, CheckOutcome::Warning, format!("MAAS {text} answers; {advice}"))
        }
        Some(_) => check(NAME, CheckOutcome::Passed, format!("MAAS {text} answers")),
    }
}

/// For each VLAN on which MAAS answers DHCP: a rack controller that is there, with its services running.
fn racks(subject: &SiteSubject<'_>, seen: &SiteSeen) -> SiteChecks {
    let mut checks = BTreeMap::new();
    for network in
        subject.design.networks.values().filter(|network| network.is_served() && network.dhcp_relay.is_none())
    {
        let vid = network.vlan.unwrap_or(0);
        let name = format!("Rack controller of VLAN {vid} of {}", network.link);
        let subnet = seen.subnets.iter().find(|subnet| subnet.cidr == network.cidr.trunc().to_string());
        let on_vlan = |rack: &&wire::Rack| {
            let mut vlans = rack.interface_set.iter().filter_map(|interface| interface.vlan.as_ref());
            subnet.is_some_and(|subnet| vlans.any(|vlan| vlan.id == subnet.vlan.id))
        };
        let there: Vec<&wire::Rack> = seen.racks.iter().filter(on_vlan).collect();
        let healthy = there.iter().find(|rack| ailing(rack).is_none());
        let line = match (subnet, healthy, there.first()) {
            (None, ..) => check(
                name.clone(),
                CheckOutcome::Failed,
                format!("MAAS has no subnet {}; a SiteTask PrepareSite makes it", network.cidr),
            ),
            (_, Some(rack), _) => {
                check(name.clone(), CheckOutcome::Passed, format!("{} is there, and its services run", rack.hostname))
            }
            (_, None, Some(rack)) => check(
                name.clone(),
                CheckOutcome::Failed,
                format!("{}: {}; see `maas status` there", rack.hostname, ailing(rack).unwrap_or_default()),
            ),
            (_, None, None) => check(
                name.clone(),
                CheckOutcome::Failed,
                "no rack controller has an interface on it, so no machine on it boots from the network",
            ),
        };
        checks.insert(name, line);
    }
    checks.into_values().collect()
}

/// What is wrong with a rack controller's services. What is off is not wanted by MAAS itself.
fn ailing(rack: &wire::Rack) -> Option<String> {
    if rack.service_set.is_empty() {
        return Some("it tells of no service".into());
    }
    let ails = rack.service_set.iter().find(|service| {
        SERVICES.contains(&service.name.as_str()) && !["running", "off"].contains(&service.status.as_str())
    });
    ails.map(|service| {
        let info = if service.status_info.is_empty() { String::new() } else { format!(" ({})", service.status_info) };
        format!("{} is {}{info}", service.name, service.status)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drivers::maas::wire::Service;

    #[test]
    fn versions_are_judged() {
        let table = [
            ("3.7.3", CheckOutcome::Passed, "MAAS 3.7.3 answers"),
            ("3.3.11", CheckOutcome::Passed, "MAAS 3.3.11 answers"),
            ("3.8.0", CheckOutcome::Warning, "newer than 3.7"),
            ("2.9.2", CheckOutcome::Failed, "Unsupported"),
            ("snap", CheckOutcome::Warning, "cannot be read"),
        ];
        for (text, outcome, says) in table {
            let check = version(text);
            assert!(check.outcome == outcome && check.message.contains(says), "{text}: {check:?}");
        }
    }

    #[test]
    fn a_rack_controller_is_well_when_what_serves_machines_runs() {
        let rack = |services: &[(&str, &str)]| wire::Rack {
            service_set: services
                .iter()
                .map(|(name, status)| Service { name: (*name).into(), status: (*status).into(), ..Service::default() })
                .collect(),
            ..wire::Rack::default()
        };
        assert_eq!(ailing(&rack(&[("rackd", "running"), ("dhcpd", "off"), ("ntp_rack", "dead")])), None);
        assert_eq!(ailing(&rack(&[("rackd", "running"), ("tftp", "dead")])).as_deref(), Some("tftp is dead"));
        assert!(ailing(&rack(&[])).is_some());
    }
}
