//! Writes to the API server: server-side apply, and only when something changed.

use super::{cache::Key, context::Context};
use kube::{
    Api, Resource,
    api::{ObjectMeta, Patch, PatchParams},
    core::{NamespaceResourceScope, PartialObjectMeta},
};
use serde::{Serialize, de::DeserializeOwned};

/// Field manager of everything that Slipway writes but the effective design.
pub(super) const MANAGER: &str = "slipway";
/// Field manager of `status.effective` alone.
pub(super) const EFFECTIVE_MANAGER: &str = "slipway-effective";

/// Applies the whole status of one manager. `version` makes the write fail with a conflict if the object has changed.
pub(super) async fn apply_status<K, S>(
    context: &Context,
    key: &Key,
    manager: &str,
    version: Option<&str>,
    status: &S,
) -> Result<K, kube::Error>
where
    K: Resource<Scope = NamespaceResourceScope, DynamicType = ()> + DeserializeOwned + Clone + std::fmt::Debug,
    S: Serialize,
{
    let api: Api<K> = Api::namespaced(context.client.clone(), &key.namespace);
    let mut body = serde_json::json!({
        "apiVersion": K::api_version(&()),
        "kind": K::kind(&()),
        "metadata": { "name": key.name },
        "status": status,
    });
    if let Some(version) = version {
        body["metadata"]["resourceVersion"] = version.into();
    }
    let result = api.patch_status(&key.name, &PatchParams::apply(manager).force(), &Patch::Apply(&body)).await;
    let outcome = match &result {
        Ok(_) => "written",
        Err(error) if is_conflict(error) => "conflict",
        Err(_) => "error",
    };
    context.metrics.wrote(&K::kind(&()), outcome);
    result
}

/// Adds or takes away a finalizer of ours, touching no other. The object itself may be unreadable.
pub(super) async fn set_finalizer<K>(
    context: &Context,
    key: &Key,
    metadata: &ObjectMeta,
    finalizer: &str,
    present: bool,
) -> Result<PartialObjectMeta<K>, kube::Error>
where
    K: Resource<Scope = NamespaceResourceScope, DynamicType = ()> + DeserializeOwned + Clone + std::fmt::Debug,
{
    let api: Api<K> = Api::namespaced(context.client.clone(), &key.namespace);
    let mut finalizers = metadata.finalizers.clone().unwrap_or_default();
    finalizers.retain(|known| known != finalizer);
    if present {
        finalizers.push(finalizer.to_owned());
    }
    // The version guards the list: another's finalizer that came meanwhile is not lost.
    let body = serde_json::json!({
        "metadata": { "finalizers": finalizers, "resourceVersion": metadata.resource_version },
    });
    let params = PatchParams { field_manager: Some(MANAGER.to_owned()), ..PatchParams::default() };
    let result = api.patch_metadata(&key.name, &params, &Patch::Merge(&body)).await;
    context.metrics.wrote(&K::kind(&()), if result.is_ok() { "written" } else { "error" });
    result
}

/// Whether the object has changed since it was read.
pub(super) fn is_conflict(error: &kube::Error) -> bool {
    matches!(error, kube::Error::Api(status) if status.is_conflict())
}

/// Whether the object is gone.
pub(super) fn is_gone(error: &kube::Error) -> bool {
    matches!(error, kube::Error::Api(status) if status.is_not_found())
}
