//! The CRDs, as `slipway crds` prints them.

use super::{
    BaremetalNode, BootAction, HardwareInventory, HardwareProfile, HostProfile, Network, NetworkLink, Rack, Site,
    SiteTask, descriptions::described,
};
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::{CustomResourceDefinition, JSON};
use serde_json::json;

/// All kinds, in the order in which a newcomer meets them.
pub fn crds() -> Vec<CustomResourceDefinition> {
    [
        described::<Site>(),
        described::<Rack>(),
        described::<NetworkLink>(),
        described::<Network>(),
        described::<HardwareProfile>(),
        described::<HostProfile>(),
        described::<BaremetalNode>(),
        described::<BootAction>(),
        described::<SiteTask>(),
        described::<HardwareInventory>(),
    ]
    .into_iter()
    .map(with_status_default)
    .collect()
}

/// Gives the kind a status from its first moment, so that whoever waits for `Ready` waits even before Slipway has seen
/// the object (kstatus takes an object without conditions for current).
fn with_status_default(mut crd: CustomResourceDefinition) -> CustomResourceDefinition {
    let default = json!({
        "observedGeneration": -1,
        "conditions": [{
            "type": "Ready",
            "status": "Unknown",
            "reason": "Pending",
            "message": "Waiting for Slipway",
            "lastTransitionTime": "1970-01-01T00:00:00Z",
        }],
    });
    for version in &mut crd.spec.versions {
        let status = version
            .schema
            .as_mut()
            .and_then(|s| s.open_api_v3_schema.as_mut())
            .and_then(|s| s.properties.as_mut())
            .and_then(|p| p.get_mut("status"));
        if let Some(status) = status {
            status.default = Some(JSON(default.clone()));
        }
    }
    crd
}
