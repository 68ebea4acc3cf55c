//! The provisioners in use: one a Site, made anew when its settings or credentials change.

use super::{cache::Key, context::Context, site::poll};
use crate::{
    api::Site,
    drivers::{
        DriverError, ErrorClass, Provisioner,
        maas::{Maas, MaasConfig, TrustBundle},
    },
};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

/// Requests in flight at once, where the Site does not say: what one region worker of MAAS serves.
const IN_FLIGHT: usize = 4;

/// A provisioner, and the settings it was made from.
type Known = (String, Arc<dyn Provisioner>);

/// The provisioners in use, one a Site; made anew when their settings or credentials change.
#[derive(Default)]
pub(super) struct Provisioners {
    known: Mutex<HashMap<Key, Known>>,
}

impl Provisioners {
    /// The provisioner of a Site.
    pub async fn get(&self, context: &Context, site: &Site) -> Result<Arc<dyn Provisioner>, DriverError> {
        let key = Key::of(site);
        let Some(spec) = &site.spec.provisioner.maas else {
            return Err(DriverError::new(ErrorClass::Unsupported, "the Site names no provisioner"));
        };
        let secret = Key::new(key.namespace.clone(), spec.credentials_ref.name.clone());
        let (api_key, version) = context.secrets.value(&context.client, &secret, "apiKey").await?;
        let (trust, trust_version) = match &spec.cert_secret_ref {
            Some(reference) => {
                let secret = Key::new(key.namespace.clone(), reference.name.clone());
                let (bundle, version) = context.secrets.value(&context.client, &secret, "ca.crt").await?;
                (Some(TrustBundle { secret: secret.name, pem: bundle }), version)
            }
            None => (None, String::new()),
        };
        let poll = poll(context, site);
        let settings = format!("{spec:?} {version} {trust_version} {poll:?}");
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, provisioner)) = known.get(&key).filter(|(of, _)| *of == settings) {
            return Ok(Arc::clone(provisioner));
        }
        let max_in_flight = spec.max_in_flight.and_then(|n| usize::try_from(n).ok()).unwrap_or(IN_FLIGHT);
        let config = MaasConfig { url: spec.url.clone(), api_key, trust, max_in_flight, poll };
        let provisioner: Arc<dyn Provisioner> = Arc::new(Maas::new(&config).map_err(DriverError::from)?);
        known.insert(key, (settings, Arc::clone(&provisioner)));
        Ok(provisioner)
    }

    /// The provisioner of a Site as it was used last, for a release that was confirmed: a namespace that is deleted loses
    /// its Secrets before its nodes.
    pub fn last(&self, site: &Site) -> Option<Arc<dyn Provisioner>> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(&Key::of(site)).map(|(_, provisioner)| Arc::clone(provisioner))
    }

    /// Forgets a Site that is gone.
    pub fn forget(&self, key: &Key) {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
    }
}
