//! Services that a site's machines need once they run, and that `VerifySite` asks.

use super::values::Duration;
use kube::KubeSchema;
use serde::{Deserialize, Serialize};

/// A service that is asked whether it is there.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = Rule::new("has(self.http) != has(self.tcp)").message("exactly one of http and tcp is needed"))]
pub struct NextService {
    /// Name of the service. Example: `registry`.
    #[schemars(length(min = 1, max = 63), regex(pattern = r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?$"))]
    pub name: String,
    /// It answers a `GET`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub http: Option<HttpService>,
    /// It accepts a connection.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tcp: Option<TcpService>,
    /// How long it has for its answer. Default: `10s`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Duration>,
}

/// A service that answers over HTTP.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct HttpService {
    /// What is asked for; certificates are trusted as the provisioner's are. Example: `https://registry.example.com/v2/`.
    #[schemars(length(max = 1024), regex(pattern = r"^https?://[^\s@]+$"))]
    pub url: String,
    /// The status that it must answer with. Default: any below 400. Example: `401`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 100, max = 599))]
    pub status: Option<i32>,
}

/// A service that accepts connections.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct TcpService {
    /// Its name or address. Example: `ntp.example.com`.
    #[schemars(length(min = 1, max = 253))]
    pub host: String,
    /// Its port. Example: `443`.
    #[schemars(range(min = 1, max = 65535))]
    pub port: i32,
}
