//! A Site as its driver needs to know it: who it is, what it has made, and what of its design stands elsewhere.

use super::{cache::Key, context::Context, designs::Snapshot, site_report::with_cause};
use crate::{
    api::{Site, annotation, site::ApprovalPolicy},
    design::canonical_hash,
    drivers::SiteSubject,
    model::{SiteIdentity, SiteMaterial, SitePart},
    plan::plan_hash,
};
use k8s_openapi::api::core::v1::ConfigMap;
use kube::Api;
use secrecy::SecretString;
use std::collections::{BTreeMap, BTreeSet};

/// The largest script that is read from a ConfigMap, in bytes.
const LARGEST_SCRIPT: usize = 256 << 10;

/// Everything of a [`SiteSubject`], read.
pub(super) struct SiteFacts {
    identity: SiteIdentity,
    made: BTreeSet<String>,
    take_over: Option<String>,
    material: SiteMaterial,
}

impl SiteFacts {
    /// Reads what is to be read.
    pub async fn read(context: &Context, site: &Site, part: &SitePart) -> Self {
        let namespace = site.metadata.namespace.clone().unwrap_or_default();
        let annotations = site.metadata.annotations.as_ref();
        Self {
            made: made(site),
            take_over: annotations.and_then(|all| all.get(annotation::TAKE_OVER)).cloned(),
            material: material(context, &namespace, part).await,
            identity: SiteIdentity { cluster: context.cluster.clone(), namespace },
        }
    }

    /// The Site, where these destructive calls are approved.
    pub fn subject<'a>(&'a self, design: &'a SitePart, approved: &'a [String]) -> SiteSubject<'a> {
        SiteSubject {
            design,
            identity: &self.identity,
            made: &self.made,
            take_over: self.take_over.as_deref(),
            material: &self.material,
            approved,
        }
    }
}

async fn material(context: &Context, namespace: &str, part: &SitePart) -> SiteMaterial {
    let scripts = scripts(context, namespace, part).await;
    let (http_proxy, secret) = match http_proxy(context, namespace, part).await {
        Some(Ok((proxy, version))) => (Some(Ok(proxy)), Some(version)),
        Some(Err(why)) => (Some(Err(why)), None),
        None => (None, None),
    };
    // Of a Secret its version alone: what is made of its content could be guessed.
    let version = (!scripts.is_empty() || http_proxy.is_some()).then(|| canonical_hash(&(&scripts, secret)));
    SiteMaterial { scripts, http_proxy, version }
}

/// What is recorded as made by a Site, in the region that it has now: the things of another by the same names are
/// somebody's.
pub(super) fn made(site: &Site) -> BTreeSet<String> {
    let status = site.status.iter().filter(|status| status.made_in == region(site));
    status.flat_map(|status| status.made.iter().cloned()).collect()
}

/// The region that a Site has now.
pub(super) fn region(site: &Site) -> Option<String> {
    site.spec.provisioner.maas.as_ref().map(|maas| maas.url.clone())
}

/// Hash of the site's own plan: what it would destroy, of which design, and how many plans were carried out before.
pub(super) fn site_plan_hash(site: &Site, generation: i64, snapshot: &Snapshot, destructive: &[String]) -> String {
    let uid = site.metadata.uid.as_deref().unwrap_or_default();
    let destructive: Vec<&str> = destructive.iter().map(String::as_str).collect();
    plan_hash(uid, None, generation, snapshot.part_hash(), &destructive)
}

/// Whether a plan of the site may be carried out: a person has approved it by its hash, or nobody has to.
pub(super) fn is_approved(site: &Site, hash: &str) -> bool {
    let text = site.metadata.annotations.as_ref().and_then(|all| all.get(annotation::APPROVE));
    let by_hash = text.and_then(|text| text.split_once(" by ")).is_some_and(|(approved, _)| approved == hash);
    by_hash || site.spec.approval.unwrap_or_default() == ApprovalPolicy::Never
}

/// The scripts that stand in ConfigMaps.
async fn scripts(context: &Context, namespace: &str, part: &SitePart) -> BTreeMap<String, Result<String, String>> {
    let mut read: BTreeMap<&str, Result<BTreeMap<String, String>, String>> = BTreeMap::new();
    let mut scripts = BTreeMap::new();
    for (script, from) in part.scripts.iter().filter_map(|script| Some((script, script.content_from.as_ref()?))) {
        let name = from.config_map.as_str();
        if !read.contains_key(name) {
            let api: Api<ConfigMap> = Api::namespaced(context.client.clone(), namespace);
            let data = match api.get_opt(name).await {
                Ok(Some(map)) => Ok(map.data.unwrap_or_default()),
                Ok(None) => Err(format!("ConfigMap {name} is not there")),
                Err(error) => Err(format!("ConfigMap {name} could not be read: {error}")),
            };
            read.insert(name, data);
        }
        let content = match read.get(name) {
            Some(Ok(data)) => match data.get(&from.key) {
                Some(content) if !content.starts_with("#!") => {
                    Err(format!("key `{}` of ConfigMap {name} does not begin with #!", from.key))
                }
                Some(content) if content.len() > LARGEST_SCRIPT => {
                    Err(format!("key `{}` of ConfigMap {name} is larger than {LARGEST_SCRIPT} bytes", from.key))
                }
                Some(content) => Ok(content.clone()),
                None => Err(format!("ConfigMap {name} has no key `{}`", from.key)),
            },
            Some(Err(why)) => Err(why.clone()),
            None => continue,
        };
        scripts.insert(script.name.clone(), content);
    }
    scripts
}

/// The proxy, and the version of its Secret.
async fn http_proxy(
    context: &Context,
    namespace: &str,
    part: &SitePart,
) -> Option<Result<(SecretString, String), String>> {
    let reference = part.config.as_ref()?.http_proxy_ref.as_ref()?;
    let key = Key::new(namespace, reference.name.clone());
    let value = context.secrets.value(&context.client, &key, "httpProxy").await;
    Some(value.map_err(|error| with_cause(&error)))
}
