//! Kubernetes: the labels of the Nodes of the cluster that a site becomes.
//!
//! - `kubeconfig`: whom a kubeconfig makes us trust, and what is refused in one;
//! - `labels`: one Node, read by its metadata and written by server-side apply under a field manager of its own;
//! - `error`: what can go wrong, without a word that is secret.

mod error;
mod kubeconfig;
mod labels;

use crate::{
    drivers::{ClusterNodes, DriverError},
    model::{LabelChange, Permit},
};
use async_trait::async_trait;
pub use error::KubernetesError;
use kube::Client;
use secrecy::SecretString;
use std::collections::BTreeMap;

/// How a cluster is reached.
#[derive(Debug, Clone)]
pub struct KubernetesConfig {
    /// A kubeconfig, as text. Its current context counts.
    pub kubeconfig: SecretString,
    /// Name of the Secret that holds it, for messages.
    pub secret: String,
}

/// The Nodes of one cluster.
#[derive(Clone)]
pub struct Kubernetes {
    client: Client,
    secret: String,
}

impl Kubernetes {
    /// Reads the kubeconfig; nothing is asked yet. Needs a Tokio runtime.
    pub async fn new(config: &KubernetesConfig) -> Result<Self, KubernetesError> {
        let client = kubeconfig::client(config).await?;
        Ok(Self { client, secret: config.secret.clone() })
    }
}

#[async_trait]
impl ClusterNodes for Kubernetes {
    async fn relabel(
        &self,
        names: &[String],
        labels: &BTreeMap<String, String>,
        permit: &Permit,
    ) -> Result<LabelChange, DriverError> {
        Ok(labels::relabel(&self.client, &self.secret, names, labels, permit).await?)
    }
}
