//! The clusters that sites become: one a Site, made anew when its kubeconfig changes.

use super::{cache::Key, context::Context};
use crate::{
    api::Site,
    drivers::{
        ClusterNodes, DriverError, ErrorClass,
        kubernetes::{Kubernetes, KubernetesConfig},
    },
};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

/// Key of the Secret under which the kubeconfig stands.
const KUBECONFIG: &str = "kubeconfig";
/// The key under which Cluster API writes the kubeconfig of a cluster that it made.
const OF_CLUSTER_API: &str = "value";

/// A cluster, and the Secret and version that it was made from.
type Known = (String, Arc<dyn ClusterNodes>);

/// The clusters that sites become.
#[derive(Default)]
pub(super) struct Clusters {
    known: Mutex<HashMap<Key, Known>>,
}

impl Clusters {
    /// The cluster that a Site becomes. The Secret is read when it is needed, and again when it has changed.
    pub async fn get(&self, context: &Context, site: &Site) -> Result<Arc<dyn ClusterNodes>, DriverError> {
        let key = Key::of(site);
        let Some(cluster) = &site.spec.cluster else {
            return Err(DriverError::new(ErrorClass::Unsupported, "the Site names no cluster"));
        };
        let secret = Key::new(key.namespace.clone(), cluster.kubeconfig_secret_ref.name.clone());
        let (kubeconfig, version) = match context.secrets.value(&context.client, &secret, KUBECONFIG).await {
            Ok(found) => found,
            Err(missing) => {
                context.secrets.value(&context.client, &secret, OF_CLUSTER_API).await.map_err(|_| missing)?
            }
        };
        let made_from = format!("{} {version}", secret.name);
        {
            let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some((_, cluster)) = known.get(&key).filter(|(from, _)| *from == made_from) {
                return Ok(Arc::clone(cluster));
            }
        }
        let config = KubernetesConfig { kubeconfig, secret: secret.name };
        let made: Arc<dyn ClusterNodes> = Arc::new(Kubernetes::new(&config).await?);
        self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(key, (made_from, Arc::clone(&made)));
        Ok(made)
    }

    /// Forgets a Site that is gone.
    pub fn forget(&self, key: &Key) {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
    }
}
