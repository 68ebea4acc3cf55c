//! How a BMC is spoken to by Redfish.

use super::reference::SecretReference;
use kube::KubeSchema;
use serde::{Deserialize, Serialize};

/// Redfish: which system, and which certificates are trusted. Without any of the three ways to trust, the certificate must be
/// signed by an authority that the operator's system trusts, for the BMC's designed address.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq, Hash)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = Rule::new("[has(self.caSecretRef), has(self.certificateFingerprint), has(self.insecureSkipVerify) && self.insecureSkipVerify].filter(x, x).size() <= 1").message("give one of caSecretRef, certificateFingerprint and insecureSkipVerify"))]
pub struct RedfishOptions {
    /// Id of the `ComputerSystem`, where the BMC manages several. Inherited. Example: `System.Embedded.1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 128), regex(pattern = r"^[A-Za-z0-9._~-]+$"))]
    pub system_id: Option<String>,

    /// Secret of the Site's namespace whose key `ca.crt` holds certificates in PEM: authorities, or the BMCs' own. Inherited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca_secret_ref: Option<SecretReference>,

    /// SHA-256 fingerprint of the BMC's certificate, which alone is accepted, as `openssl x509 -fingerprint -sha256` prints it.
    /// Inherited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 64, max = 95), regex(pattern = r"^[0-9A-Fa-f]{2}(:?[0-9A-Fa-f]{2}){31}$"))]
    pub certificate_fingerprint: Option<String>,

    /// Accept any certificate: whoever stands between reads the password. Default: `false`. Inherited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub insecure_skip_verify: Option<bool>,

    /// The name that the certificate must hold; absent: the BMC's designed address. Inherited. Example: `r01-u10-bmc.example.com`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 253))]
    pub server_name: Option<String>,
}
