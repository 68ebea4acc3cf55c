//! `VerifySite`: whether a site has all that its work needs, a line for each thing, bounded and with deadlines.

use super::{
    cache::Key, context::Context, designs::Snapshot, site_report::with_cause, site_subject::SiteFacts,
    task_record::Verdict,
};
use crate::{
    api::{
        Site,
        next_service::NextService,
        site_task::{CheckOutcome, TaskCheck},
    },
    drivers::{DriverError, ask_service, maas::TrustBundle},
    model::{SiteChecks, SiteNeeds},
};
use futures::{StreamExt, stream};
use std::{collections::BTreeMap, time::Duration};

/// How long the provisioner may be asked.
const DEADLINE: Duration = Duration::from_mins(5);
/// Services that are asked at once.
const AT_ONCE: usize = 8;
/// Lines that a status holds at most.
const MOST: usize = 256;
/// The longest message, in characters.
const LONGEST: usize = 1000;

/// Checks a site. Gives back every line, the verdict, and a sentence that sums it up.
pub(super) async fn verify(context: &Context, site: &Site, snapshot: &Snapshot) -> (SiteChecks, Verdict, String) {
    let (of_provisioner, of_secrets, of_services) =
        tokio::join!(provisioner(context, site, snapshot), secrets(context, site, snapshot), services(context, site));
    let mut checks: SiteChecks = of_provisioner.into_iter().chain(of_secrets).chain(of_services).collect();
    checks.push(line(
        "Introspection",
        CheckOutcome::Skipped,
        "no introspection URL is configured: nodes do not report back in this release",
    ));
    checks.truncate(MOST);
    for check in &mut checks {
        check.message = check.message.chars().take(LONGEST).collect();
    }
    let count = |outcome| checks.iter().filter(|check| check.outcome == outcome).count();
    let (passed, warned, failed) =
        (count(CheckOutcome::Passed), count(CheckOutcome::Warning), count(CheckOutcome::Failed));
    let looked_at = passed + warned + failed;
    let first = |outcome| checks.iter().find(|check| check.outcome == outcome);
    let says =
        |check: Option<&TaskCheck>| check.map(|check| format!("{}: {}", check.name, check.message)).unwrap_or_default();
    let (verdict, message) = match (failed, warned) {
        (0, 0) => (Verdict::Success, format!("{passed} of {looked_at} checks passed")),
        (0, _) => {
            let warning = says(first(CheckOutcome::Warning));
            (Verdict::Success, format!("{passed} of {looked_at} checks passed, {warned} with a warning: {warning}"))
        }
        _ => {
            (Verdict::Failure, format!("{failed} of {looked_at} checks failed: {}", says(first(CheckOutcome::Failed))))
        }
    };
    (checks, verdict, message)
}

fn line(name: impl Into<String>, outcome: CheckOutcome, message: impl Into<String>) -> TaskCheck {
    TaskCheck { name: name.into(), outcome, message: message.into() }
}

/// What the provisioner says of itself.
async fn provisioner(context: &Context, site: &Site, snapshot: &Snapshot) -> SiteChecks {
    let part = snapshot.part();
    let asked = async {
        let provisioner = context.provisioners.get(context, site).await?;
        let facts = SiteFacts::read(context, site, part).await;
        provisioner.verify_site(&facts.subject(part, &[]), &needs(snapshot)).await
    };
    match tokio::time::timeout(DEADLINE, asked).await {
        Ok(Ok(checks)) => checks,
        Ok(Err(error)) => vec![line("Provisioner", CheckOutcome::Failed, with_cause(&error))],
        Err(_) => {
            let message = format!("it has not told all within {} minutes", DEADLINE.as_secs() / 60);
            vec![line("Provisioner", CheckOutcome::Failed, message)]
        }
    }
}

/// The images and kernels that nodes get.
fn needs(snapshot: &Snapshot) -> SiteNeeds {
    let platforms = snapshot.design.nodes.iter().map(|node| &node.shared().platform);
    let images = platforms.filter_map(|platform| Some((platform.image.clone()?, platform.kernel.clone())));
    SiteNeeds { images: images.collect() }
}

/// Every Secret that the site and its nodes name is there, with its keys.
async fn secrets(context: &Context, site: &Site, snapshot: &Snapshot) -> SiteChecks {
    let namespace = site.metadata.namespace.clone().unwrap_or_default();
    let mut wanted: BTreeMap<String, Vec<&'static str>> = BTreeMap::new();
    let mut add = |name: &str, keys: &[&'static str]| {
        let known = wanted.entry(name.to_owned()).or_default();
        known.extend(keys);
        known.sort_unstable();
        known.dedup();
    };
    if let Some(maas) = &site.spec.provisioner.maas {
        add(&maas.credentials_ref.name, &["apiKey"]);
        if let Some(secret) = &maas.cert_secret_ref {
            add(&secret.name, &["ca.crt"]);
        }
        if let Some(secret) = maas.config.as_ref().and_then(|config| config.http_proxy_ref.as_ref()) {
            add(&secret.name, &["httpProxy"]);
        }
    }
    for node in &snapshot.design.nodes {
        if let Some(secret) = node.bmc_secret() {
            add(secret, &["username", "password"]);
        }
        if let Some(secret) = &node.shared().platform.user_data {
            add(&secret.name, &["userData"]);
        }
    }
    let mut lines = Vec::new();
    for (name, keys) in wanted.into_iter().take(MOST) {
        lines.push(secret(context, Key::new(namespace.clone(), name), &keys).await);
    }
    lines
}

/// A Secret is there, with its keys. What was read before is not asked for again.
async fn secret(context: &Context, secret: Key, keys: &[&'static str]) -> TaskCheck {
    let name = format!("Secret {}", secret.name);
    for key in keys {
        if let Err(error) = context.secrets.value(&context.client, &secret, key).await {
            return line(name, CheckOutcome::Failed, with_cause(&error));
        }
    }
    line(name, CheckOutcome::Passed, format!("it has {}", keys.join(", ")))
}

/// Every service that the machines need once they run answers.
async fn services(context: &Context, site: &Site) -> SiteChecks {
    if site.spec.next_services.is_empty() {
        return Vec::new();
    }
    // What is wrong with the Secret is told already.
    let trust = trust(context, site).await.unwrap_or_default();
    let lines = site.spec.next_services.clone().into_iter().map(|asked: NextService| service(asked, trust.clone()));
    let mut lines: SiteChecks = stream::iter(lines).buffer_unordered(AT_ONCE).collect().await;
    lines.sort_by(|a, b| a.name.cmp(&b.name));
    lines
}

async fn service(service: NextService, trust: Option<TrustBundle>) -> TaskCheck {
    let name = format!("Service {}", service.name);
    match ask_service(&service, trust.as_ref()).await {
        Ok(said) => line(name, CheckOutcome::Passed, said),
        Err(why) => line(name, CheckOutcome::Failed, why),
    }
}

/// The certificates that the site trusts beside the system's.
async fn trust(context: &Context, site: &Site) -> Result<Option<TrustBundle>, DriverError> {
    let maas = site.spec.provisioner.maas.as_ref();
    let Some(reference) = maas.and_then(|maas| maas.cert_secret_ref.as_ref()) else { return Ok(None) };
    let namespace = site.metadata.namespace.clone().unwrap_or_default();
    let secret = Key::new(namespace, reference.name.clone());
    let (pem, _) = context.secrets.value(&context.client, &secret, "ca.crt").await?;
    Ok(Some(TrustBundle { secret: secret.name, pem }))
}
