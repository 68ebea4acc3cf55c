//! Secrets: read when needed, kept by version, noticed when they change. Their content never leaves memory.

use super::cache::Key;
use crate::drivers::{BmcCredentials, DriverError, ErrorClass};
use k8s_openapi::api::core::v1::Secret;
use kube::{Api, Client, ResourceExt};
use secrecy::SecretString;
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

/// Secrets that were read, by key. An entry goes when the watch says that the Secret changed.
#[derive(Default)]
pub(super) struct Secrets {
    known: Mutex<HashMap<Key, Content>>,
    /// How often the watch has spoken of each Secret, so that a read that began before a change is not kept.
    changes: Mutex<HashMap<Key, u64>>,
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
    /// Forgets a Secret, because it has changed.
    pub fn forget(&self, key: &Key) {
        *self.changes.lock().unwrap_or_else(PoisonError::into_inner).entry(key.clone()).or_default() += 1;
        self.known.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
    }

    /// A BMC's credentials, and the version of their Secret.
    pub async fn bmc(&self, client: &Client, key: &Key) -> Result<(BmcCredentials, String), DriverError> {
        use secrecy::ExposeSecret;
        let content = self.get(client, key).await?;
        let username = content.value(key, "username")?.expose_secret().to_owned();
        let credentials = BmcCredentials { username, password: content.value(key, "password")? };
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
        let before = self.changes(key);
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
                return Err(DriverError { class, message, source: Some(Box::new(error)) });
            }
        };
        let version = secret.resource_version().unwrap_or_default();
        let values = secret.data.unwrap_or_default().into_iter();
        let text =
            |bytes: Vec<u8>| String::from_utf8(bytes).ok().map(|text| SecretString::from(text.trim_end().to_owned()));
        let values = values.filter_map(|(name, bytes)| Some((name, text(bytes.0)?))).collect();
        let content = Content { version, values };
        if self.changes(key) == before {
            self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(key.clone(), content.clone());
        }
        Ok(content)
    }

    fn changes(&self, key: &Key) -> u64 {
        self.changes.lock().unwrap_or_else(PoisonError::into_inner).get(key).copied().unwrap_or_default()
    }
}
