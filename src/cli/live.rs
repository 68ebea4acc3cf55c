//! A site's design as the cluster holds it.

use crate::{
    api::annotation::LEND_TO,
    design::{Library, Manifests, lends},
    model::ObjectKey,
};
use k8s_openapi::api::core::v1::Namespace;
use kube::{
    Api, Client, Config, Resource, ResourceExt,
    api::ListParams,
    core::{DeserializeGuard, NamespaceResourceScope},
};
use serde::de::DeserializeOwned;
use std::{collections::BTreeMap, error::Error, fmt::Debug, sync::Arc, time::Duration};

/// Longest wait for an answer of the API server.
const TIMEOUT: Duration = Duration::from_secs(30);
/// Objects asked for at once, as `kubectl` does.
const PAGE: u32 = 500;

/// Runs something that speaks to the API server.
pub fn run<T>(work: impl Future<Output = Result<T, Box<dyn Error>>>) -> Result<T, Box<dyn Error>> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(work)
}

/// The cluster of the user's kubeconfig, and the namespace: the one given, or the kubeconfig's.
pub async fn connect(namespace: Option<&str>) -> Result<(Client, String), Box<dyn Error>> {
    let mut config = Config::infer().await?;
    config.connect_timeout = Some(TIMEOUT);
    config.read_timeout = Some(TIMEOUT);
    let namespace = namespace.unwrap_or(&config.default_namespace).to_owned();
    Ok((Client::try_from(config)?, namespace))
}

/// Reads every object of a namespace, and of those that its Site borrows from.
pub fn manifests(namespace: Option<&str>) -> Result<Manifests, Box<dyn Error>> {
    run(read(namespace))
}

async fn read(namespace: Option<&str>) -> Result<Manifests, Box<dyn Error>> {
    let unreachable = |error: &dyn Error| format!("{error}; to work without a cluster, give the manifests by -f");
    let (client, namespace) = connect(namespace).await.map_err(|error| unreachable(error.as_ref()))?;
    let mut manifests = objects(&client, &namespace).await.map_err(|error| unreachable(&error))?;
    let mut site = BTreeMap::new();
    list(&client, &namespace, "Site", &mut site, &mut manifests.unreadable).await?;
    manifests.site = site.into_values().min_by_key(|site: &Arc<crate::api::Site>| site.creation_timestamp());
    list(&client, &namespace, "BaremetalNode", &mut manifests.nodes, &mut manifests.unreadable).await?;
    let mut unreadable = Vec::new();
    list(&client, &namespace, "HardwareInventory", &mut manifests.inventories, &mut unreadable).await?;
    let libraries = manifests.site.iter().flat_map(|site| site.spec.libraries.clone()).collect::<Vec<_>>();
    for library in libraries.into_iter().filter(|library| *library != namespace) {
        let known = Api::<Namespace>::all(client.clone()).get_opt(&library).await?;
        let Some(known) = known else { continue };
        let lends = known.annotations().get(LEND_TO).is_some_and(|names| lends(names, &namespace));
        let objects = if lends { objects(&client, &library).await? } else { Manifests::default() };
        manifests.libraries.insert(library, Library { lends, objects: Arc::new(objects) });
    }
    Ok(manifests)
}

/// What a namespace may lend to others.
async fn objects(client: &Client, namespace: &str) -> Result<Manifests, kube::Error> {
    let mut all = Manifests::default();
    let unreadable = &mut all.unreadable;
    list(client, namespace, "Rack", &mut all.racks, unreadable).await?;
    list(client, namespace, "NetworkLink", &mut all.links, unreadable).await?;
    list(client, namespace, "Network", &mut all.networks, unreadable).await?;
    list(client, namespace, "HardwareProfile", &mut all.hardware_profiles, unreadable).await?;
    list(client, namespace, "HostProfile", &mut all.host_profiles, unreadable).await?;
    list(client, namespace, "BootAction", &mut all.boot_actions, unreadable).await?;
    Ok(all)
}

async fn list<K>(
    client: &Client,
    namespace: &str,
    kind: &'static str,
    objects: &mut BTreeMap<String, Arc<K>>,
    unreadable: &mut Vec<(ObjectKey, String)>,
) -> Result<(), kube::Error>
where
    K: Resource<Scope = NamespaceResourceScope, DynamicType = ()> + Clone + Debug + DeserializeOwned,
{
    let api: Api<DeserializeGuard<K>> = Api::namespaced(client.clone(), namespace);
    let mut params = ListParams::default().limit(PAGE);
    loop {
        let page = api.list(&params).await?;
        for object in page.items {
            let name = object.name_any();
            match object.0 {
                Ok(object) => {
                    objects.insert(name, Arc::new(object));
                }
                Err(invalid) => unreadable.push((ObjectKey::new(kind, name), invalid.error)),
            }
        }
        match page.metadata.continue_.filter(|token| !token.is_empty()) {
            Some(token) => params = params.continue_token(&token),
            None => return Ok(()),
        }
    }
}
