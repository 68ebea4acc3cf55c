//! What a Site's status says of its objects in the provisioner: prepared or drifted, made, left over, waiting for an approval.

use super::{
    conditions::{Conditions, told},
    designs::Snapshot,
    site::was_prepared,
    site_report::Provisioning,
    site_subject::{is_approved, made, region, site_plan_hash},
};
use crate::{
    api::{
        Site,
        site::{SitePlan, SiteStatus},
        status::condition::{DRIFTED, PREPARED},
    },
    model::SiteObservation,
};

/// Most leftovers, and most destructive calls, that are listed.
pub(super) const MAX_LISTED: usize = 64;

/// What is recorded of the site's objects: what was made, and what waits for an approval.
pub(super) fn records(
    status: &mut SiteStatus,
    site: &Site,
    snapshot: &Snapshot,
    seen: &SiteObservation,
    provisioning: &Provisioning,
    before: &SiteStatus,
) {
    let mut made = made(site);
    if let Provisioning::Recording(_) = provisioning {
        made.extend(seen.makes.iter().cloned());
    } else {
        made.retain(|key| !seen.gone.contains(key));
    }
    status.made_in = region(site).filter(|_| !made.is_empty());
    status.made = made.into_iter().collect();
    let generation = before.plan_generation.unwrap_or_default();
    let plan = |generation| {
        (!seen.destructive.is_empty()).then(|| SitePlan {
            hash: site_plan_hash(site, generation, snapshot, &seen.destructive),
            destructive: seen.destructive.iter().take(MAX_LISTED).map(|text| bounded(text)).collect(),
        })
    };
    status.plan = plan(generation);
    // A plan that was approved and is gone is used up: the same one again needs another approval.
    if let Some(used) = before.plan.as_ref().filter(|used| status.plan.as_ref() != Some(*used))
        && is_approved(site, &used.hash)
    {
        status.plan_generation = Some(generation + 1);
        status.plan = plan(generation + 1);
    }
}

/// `Prepared` and `Drifted`.
pub(super) fn prepared(
    conditions: &mut Conditions<'_>,
    status: &mut SiteStatus,
    site: &Site,
    snapshot: &Snapshot,
    seen: &SiteObservation,
    provisioning: &Provisioning,
) {
    if let Provisioning::Prepared(_) = provisioning {
        let message = match seen.leftovers.len() {
            0 => "The site's objects are as designed".to_owned(),
            many => format!(
                "The site's objects are as designed; {many} things that Slipway made are not in the design any more, see \
                 status.leftovers: {}",
                told(seen.leftovers.iter())
            ),
        };
        conditions.set(PREPARED, Some(true), "AsDesigned", &message);
        conditions.set(DRIFTED, Some(false), "AsDesigned", "The site's objects are as designed");
        status.prepared_hash = Some(snapshot.part_hash().to_owned());
        status.prepared_material.clone_from(&seen.material);
        return;
    }
    if was_prepared(site, snapshot, Some(seen)) {
        let count = seen.differences().count();
        let what = if count == 1 { "difference" } else { "differences" };
        let message = format!("{count} {what}: {}", told(seen.differences()));
        conditions.set(DRIFTED, Some(true), "Differs", &message);
        conditions.set(PREPARED, Some(false), "Drifted", &message);
        return;
    }
    match (seen.conflicts.first(), seen.pending.is_empty()) {
        (Some(conflict), _) => conditions.set(PREPARED, Some(false), "Conflict", conflict),
        (None, true) => conditions.set(PREPARED, Some(false), "Waiting", &told(seen.waiting.iter())),
        (None, false) => {
            let message =
                format!("{} calls are needed, the first: {}", seen.pending.len(), told(seen.pending.iter().take(1)));
            conditions.set(PREPARED, Some(false), "Differs", &message);
        }
    }
}

/// As much of a text as a list of the status takes.
pub(super) fn bounded(text: &str) -> String {
    text.chars().take(500).collect()
}
