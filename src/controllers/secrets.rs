//! Secrets: read when needed, kept by version, noticed when they change. Their content never leaves memory.

use super::cache::Key;
use crate::drivers::{BmcCredentials, DriverError, ErrorClass};
use k8s_openapi::api::core::v1::Secret;
use kube::{Api, Client, ResourceExt};
use secrecy::SecretString;
use std::{
    collections::{HashMap, HashSet},
    sync::{Mutex, PoisonError},
};

/// Secrets that were read, by key. An entry goes when the watch says that the Secret changed.
#[derive(Default)]
pub(super) struct Secrets {
    known: Mutex<HashMap<Key, Content>>,
    /// The Secrets that were ever asked for, and how often each has changed since, so that a read that began before a change
    /// is not kept. What nobody asks for is nobody's business.
    asked: Mutex<HashMap<Key, u64>>,
}

/// The content of a Secret.
#[derive(Clone)]
pub(super) struct Content {
    /// Its resourceVersion.
    pub version: String,
    values: HashMap<String, SecretString>,
}

impl Content {
    fn value(&self, key: &Key, name: &str) -> Result<SecretString, DriverError> {
        self.values.get(name).cloned().ok_or_else(|| {
            let message = format!("Secret {} has no key `{name}`", key.name);
            DriverError::new(ErrorClass::Unauthorized, message)
        })
    }
}

impl Secrets {
    /// The watch has shown a Secret, in this version or gone. Gives back whether that is news to somebody.
    pub fn seen(&self, key: &Key, version: Option<&str>) -> bool {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(changes) = asked.get_mut(key) else { return false };
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if version.is_some() && known.get(key).map(|content| content.version.as_str()) == version {
            return false;
        }
        *changes += 1;
        known.remove(key);
        true
    }

    /// The watch has listed all Secrets: gives back those that are gone, and somebody knew.
    pub fn missing(&self, listed: &HashSet<Key>) -> Vec<Key> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.keys().filter(|key| !listed.contains(*key)).cloned().collect()
    }

    /// A BMC's credentials, and the version of their Secret.
    pub async fn bmc(&self, client: &Client, key: &Key) -> Result<(BmcCredentials, String), DriverError> {
        use secrecy::ExposeSecret;
        let content = self.get(client, key).await?;
        let username = content.value(key, "username")?.expose_secret().to_owned();
        let password = content.value(key, "password")?;
        // A template may write out that there is none.
        let key = content.values.get("kg").filter(|key| !key.expose_secret().is_empty()).cloned();
        let credentials = BmcCredentials { username, password, key };
        Ok((credentials, content.version))
    }

    /// One value of a Secret, and the Secret's version.
    pub async fn value(&self, client: &Client, key: &Key, name: &str) -> Result<(SecretString, String), DriverError> {
        let content = self.get(client, key).await?;
        Ok((content.value(key, name)?, content.version))
    }

    async fn get(&self, client: &Client, key: &Key) -> Result<Content, DriverError> {
        if let Some(content) = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(key) {
            return Ok(content.clone());
        }
        let before = *self.asked.lock().unwrap_or_else(PoisonError::into_inner).entry(key.clone()).or_default();
        let api: Api<Secret> = Api::namespaced(client.clone(), &key.namespace);
        let secret = match api.get_opt(&key.name).await {
            Ok(Some(secret)) => secret,
            Ok(None) => {
                let message = format!("Secret {} is not there", key.name);
                return Err(DriverError::new(ErrorClass::Unauthorized, message));
            }
            Err(error) => {
                let message = format!("Secret {} could not be read", key.name);
                let class = ErrorClass::Unreachable;
                return Err(DriverError { class, message, not_begun: true, source: Some(Box::new(error)) });
            }
        };
        let version = secret.resource_version().unwrap_or_default();
        let values = secret.data.unwrap_or_default().into_iter();
        let text =
            |bytes: Vec<u8>| String::from_utf8(bytes).ok().map(|text| SecretString::from(text.trim_end().to_owned()));
        let values = values.filter_map(|(name, bytes)| Some((name, text(bytes.0)?))).collect();
        let content = Content { version, values };
        let asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        if asked.get(key) == Some(&before) {
            self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(key.clone(), content.clone());
        }
        Ok(content)
    }
}
