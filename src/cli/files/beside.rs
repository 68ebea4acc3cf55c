//! What stands beside a design in files: Secrets, of which rules may know lengths, and Namespaces, which lend.

use super::DesignFiles;
use crate::{
    api::annotation::LEND_TO,
    design::{Library, Manifests, SecretFacts, lends},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::Value;
use std::{collections::BTreeMap, sync::Arc};

impl DesignFiles {
    /// Takes in an object of Kubernetes' own.
    pub(super) fn add_beside(&mut self, kind: &str, object: &Value) {
        let text = |field: &str| object["metadata"][field].as_str().unwrap_or_default().to_owned();
        match kind {
            "Secret" => {
                let site = self.secrets.entry(text("namespace")).or_default();
                site.insert(text("name"), facts(object));
            }
            "Namespace" => {
                let lend_to = object["metadata"]["annotations"][LEND_TO].as_str().unwrap_or_default();
                self.lend_to.insert(text("name"), lend_to.to_owned());
            }
            _ => {}
        }
    }

    /// Gives each site what is known of its Secrets, and what other namespaces lend it. Where the manifest of a namespace
    /// is not there, the cluster decides whether it lends: here it does.
    pub(super) fn lend(&mut self) {
        for (namespace, secrets) in std::mem::take(&mut self.secrets) {
            if let Some(site) = self.sites.get_mut(&namespace) {
                site.manifests.secrets = Some(secrets);
            }
        }
        let named = |manifests: &Manifests| manifests.site.iter().flat_map(|s| s.spec.libraries.clone()).collect();
        let borrowers: Vec<(String, Vec<String>)> =
            self.sites.iter().map(|(namespace, site)| (namespace.clone(), named(&site.manifests))).collect();
        for (namespace, libraries) in borrowers {
            for library in libraries.into_iter().filter(|library| *library != namespace) {
                let Some(lent) = self.sites.get(&library) else { continue };
                let lends = self.lend_to.get(&library).is_none_or(|names| lends(names, &namespace));
                let objects = Arc::new(Manifests { nodes: BTreeMap::new(), ..lent.manifests.clone() });
                if let Some(site) = self.sites.get_mut(&namespace) {
                    site.manifests.libraries.insert(library, Library { lends, objects });
                }
            }
        }
    }
}

/// Lengths of a Secret's values; nothing else of it is kept.
fn facts(secret: &Value) -> SecretFacts {
    let entries = |field: &str| secret[field].as_object().into_iter().flatten();
    let encoded = entries("data").map(|(key, value)| {
        let text: String = value.as_str().unwrap_or_default().split_whitespace().collect();
        (key.clone(), STANDARD.decode(text).map_or(1, |bytes| bytes.len()))
    });
    // What is encrypted (SOPS) has no length that anybody could judge.
    let length = |text: &str| if text.starts_with("ENC[") { 1 } else { text.len() };
    let plain = entries("stringData").map(|(key, value)| (key.clone(), length(value.as_str().unwrap_or_default())));
    SecretFacts { lengths: encoded.chain(plain).collect() }
}
