//! A site's objects: how they stand to the design, and bringing them to it.

use super::{
    Error, Maas,
    lower::site::{self, LoweredSite, Ownership, SiteSeen, Version},
    region, wire,
};
use crate::{
    drivers::SiteSubject,
    model::{Permit, SiteObservation, SitePart},
};
use std::{borrow::Cow, collections::BTreeSet};

impl Maas {
    /// What a site's objects need now, from a fresh observation, and what stands in the way.
    pub async fn site_calls(&self, subject: &SiteSubject<'_>) -> Result<LoweredSite, Error> {
        Ok(self.lower_site(subject).await?.1)
    }

    pub(super) async fn look_at_site(&self, subject: &SiteSubject<'_>) -> Result<SiteObservation, Error> {
        let (seen, lowered) = self.lower_site(subject).await?;
        let images: BTreeSet<String> = seen.images.iter().map(wire::BootResource::series).collect();
        let destructive = lowered.calls.iter().filter(|call| call.is_destructive());
        Ok(SiteObservation {
            provisioner: format!("MAAS {}", seen.version),
            advice: Version::advice(&seen.version),
            material: subject.material.version.clone(),
            destructive: destructive.map(ToString::to_string).collect(),
            pending: lowered.calls.iter().map(ToString::to_string).collect(),
            makes: lowered.makes(),
            conflicts: lowered.conflicts,
            waiting: lowered.waiting,
            leftovers: lowered.leftovers,
            gone: lowered.gone,
            images: images.into_iter().collect(),
        })
    }

    /// Brings the site's objects to the design. What cannot be marked must have been recorded, and what destroys something
    /// been approved.
    pub(super) async fn prepare_site(&self, subject: &SiteSubject<'_>, permit: &Permit) -> Result<(), Error> {
        let (_, lowered) = self.lower_site(subject).await?;
        let calls = site::permitted(&lowered, subject.approved);
        let recorded = |key: &String| subject.made.contains(key);
        if let Some(call) = calls.iter().find(|call| !call.records().iter().all(recorded)) {
            return Err(Error::Conflict(format!("not recorded yet, and so not done: {call}")));
        }
        self.run(&calls, permit).await
    }

    /// Looks and lowers.
    pub(super) async fn lower_site(&self, subject: &SiteSubject<'_>) -> Result<(SiteSeen, LoweredSite), Error> {
        let ownership = Ownership { us: subject.identity, made: subject.made, take_over: subject.take_over };
        let (design, unreadable) = with_scripts(subject);
        let seen = region::site(&self.client, &design, ownership).await?;
        let mut lowered = site::lower(&design, &seen, ownership);
        lowered.conflicts.extend(unreadable);
        match &subject.material.http_proxy {
            Some(Ok(proxy)) => {
                if let Some(call) = site::secret_proxy(proxy, seen.config.get("http_proxy")) {
                    site::change_region(call, &design, &seen, ownership, &mut lowered);
                }
            }
            Some(Err(why)) => lowered.conflicts.push(format!("config.httpProxyRef: {why}")),
            None => {}
        }
        Ok((seen, lowered))
    }
}

/// The design with the scripts that stand in ConfigMaps, and what could not be read of them.
fn with_scripts<'a>(subject: &SiteSubject<'a>) -> (Cow<'a, SitePart>, Vec<String>) {
    let mut unreadable = Vec::new();
    if subject.material.scripts.is_empty() {
        return (Cow::Borrowed(subject.design), unreadable);
    }
    let mut design = subject.design.clone();
    for script in &mut design.scripts {
        match subject.material.scripts.get(&script.name) {
            Some(Ok(content)) => script.content = Some(content.clone()),
            Some(Err(why)) => unreadable.push(format!("script {}: {why}", script.name)),
            None => {}
        }
    }
    (Cow::Owned(design), unreadable)
}
