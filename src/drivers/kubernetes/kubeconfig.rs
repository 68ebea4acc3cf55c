//! A kubeconfig from a Secret. Whoever may write the Secret may say whom we speak to, and no more: such a file could also run
//! programs, read the operator's files, or hand its credentials to whoever answers, which is all refused.

use super::{KubernetesConfig, KubernetesError};
use http_body_util::Limited;
use kube::{
    Client, Config,
    client::ClientBuilder,
    config::{KubeConfigOptions, Kubeconfig, KubeconfigError},
};
use secrecy::ExposeSecret;
use std::time::Duration;
use tower::util::MapResponseLayer;

/// How long a connection may take to be there, and each read and write on it.
const TRANSPORT: Duration = Duration::from_secs(10);
/// The largest answer that is read, in bytes: the metadata of one Node is a few KiB, and an object at most 1.5 MiB.
const LARGEST: usize = 4 << 20;

const NO_AUTHORITY: &str = "its `certificate-authority-data` is no PEM in base64";

/// A client of the cluster that the current context names.
pub(super) async fn client(config: &KubernetesConfig) -> Result<Client, KubernetesError> {
    let fail = |why: String| KubernetesError::Kubeconfig { secret: config.secret.clone(), why };
    // What a parser says may quote what it read.
    let file = Kubeconfig::from_yaml(config.kubeconfig.expose_secret())
        .map_err(|_| fail("it is not the YAML of a kubeconfig (kind: Config)".to_owned()))?;
    if let Some(refusal) = refusal(&file) {
        return Err(fail(refusal));
    }
    let options = KubeConfigOptions::default();
    let mut config = Config::from_custom_kubeconfig(file, &options).await.map_err(|error| fail(told(&error)))?;
    if config.root_cert.as_ref().is_some_and(Vec::is_empty) {
        return Err(fail(NO_AUTHORITY.to_owned()));
    }
    // The environment's proxy is the operator's, not this cluster's.
    config.proxy_url = None;
    config.connect_timeout = Some(TRANSPORT);
    config.read_timeout = Some(TRANSPORT);
    config.write_timeout = Some(TRANSPORT);
    // Who asks decides when to ask again: the permit is checked before each write.
    config.default_retry = false;
    let unusable = "its certificates or its credentials cannot be read: certificate-authority-data, client-certificate-data \
                    and client-key-data are PEM in base64";
    let builder = ClientBuilder::try_from(config).map_err(|_| fail(unusable.to_owned()))?;
    let limit = MapResponseLayer::new(|answer: http::Response<_>| answer.map(|body| Limited::new(body, LARGEST)));
    Ok(builder.with_layer(&limit).build())
}

/// What stands in a kubeconfig that is not to be used, and what to write instead.
fn refusal(file: &Kubeconfig) -> Option<String> {
    for named in &file.auth_infos {
        let Some(user) = &named.auth_info else { continue };
        let plugin = [("exec", user.exec.is_some()), ("auth-provider", user.auth_provider.is_some())];
        if let Some((field, _)) = plugin.into_iter().find(|(_, is)| *is) {
            return Some(format!(
                "a user in it has `{field}`, and a Secret runs no program here; give `token`, or client-certificate-data and client-key-data"
            ));
        }
        let files = [
            ("tokenFile", user.token_file.is_some(), "token"),
            ("client-certificate", user.client_certificate.is_some(), "client-certificate-data"),
            ("client-key", user.client_key.is_some(), "client-key-data"),
        ];
        if let Some((field, _, instead)) = files.into_iter().find(|(_, is, _)| *is) {
            return Some(format!("`{field}` in it names a file, which no file here is meant by; give `{instead}`"));
        }
    }
    for cluster in file.clusters.iter().filter_map(|named| named.cluster.as_ref()) {
        if cluster.certificate_authority.is_some() {
            return Some(
                "`certificate-authority` in it names a file, which no file here is meant by; give `certificate-authority-data`"
                    .to_owned(),
            );
        }
        if cluster.insecure_skip_tls_verify == Some(true) {
            return Some(
                "`insecure-skip-tls-verify` in it would give its credentials to whoever answers; give `certificate-authority-data`"
                    .to_owned(),
            );
        }
        if cluster.proxy_url.is_some() {
            return Some(
                "`proxy-url` in it is not carried out by this release; let `server` be reached directly".to_owned(),
            );
        }
        if cluster.server.as_ref().is_some_and(|server| !server.to_ascii_lowercase().starts_with("https://")) {
            return Some(
                "`server` in it is no https:// URL, and its credentials would be sent for all to read".to_owned(),
            );
        }
    }
    None
}

/// What is missing in a kubeconfig, in words that quote nothing of it.
fn told(error: &KubeconfigError) -> String {
    match error {
        KubeconfigError::CurrentContextNotSet => "it has no `current-context`",
        KubeconfigError::LoadContext(_) => "its `current-context` names a context that is not in it",
        KubeconfigError::LoadClusterOfContext(_) => "its current context names a cluster that is not in it",
        KubeconfigError::MissingClusterUrl => "its cluster has no `server`",
        KubeconfigError::ParseClusterUrl(_) => "the `server` of its cluster is no URL",
        KubeconfigError::LoadCertificateAuthority(_) | KubeconfigError::ParseCertificates(_) => NO_AUTHORITY,
        _ => "it cannot be read as a kubeconfig",
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::SecretString;

    const FINE: &str = "
kind: Config
current-context: site
clusters: [{name: east, cluster: {server: 'https://127.0.0.1:1'}}]
users: [{name: slipway, user: {token: s3cret-token}}]
contexts: [{name: site, context: {cluster: east, user: slipway}}]
";

    async fn refused(text: &str) -> Option<String> {
        rustls::crypto::ring::default_provider().install_default().ok();
        let config = KubernetesConfig { kubeconfig: SecretString::from(text.to_owned()), secret: "east".into() };
        client(&config).await.err().map(|error| error.to_string())
    }

    #[tokio::test]
    async fn a_kubeconfig_that_holds_all_itself_is_taken() {
        assert_eq!(refused(FINE).await, None);
    }

    #[tokio::test]
    async fn what_would_run_programs_read_files_or_trust_anybody_is_refused_and_nothing_of_it_is_told() {
        let token = "token: s3cret-token";
        for (from, to, says) in [
            (token, "exec: {command: /bin/s3cret, apiVersion: client.authentication.k8s.io/v1}", "has `exec`"),
            (token, "token: s3cret, exec: {command: sh}", "has `exec`"),
            (token, "auth-provider: {name: gcp, config: {cmd-path: /s3cret}}", "has `auth-provider`"),
            (token, "tokenFile: /var/run/s3cret", "give `token`"),
            (token, "client-certificate: /s3cret, client-key: /k", "give `client-certificate-data`"),
            (token, "client-key: /s3cret", "give `client-key-data`"),
            (token, "client-key-data: czNjcmV0, client-certificate-data: czNjcmV0", "cannot be used"),
            ("{server:", "{certificate-authority: /s3cret, server:", "give `certificate-authority-data`"),
            ("{server:", "{certificate-authority-data: czNjcmV0, server:", "cannot be used"),
            ("{server:", "{insecure-skip-tls-verify: true, server:", "to whoever answers"),
            ("{server:", "{proxy-url: 'http://s3cret', server:", "`proxy-url`"),
            ("https:", "http:", "is no https:// URL"),
            ("current-context: site", "current-context: s3cret", "a context that is not in it"),
            ("current-context: site", "preferences: {}", "no `current-context`"),
            ("cluster: east,", "cluster: s3cret,", "a cluster that is not in it"),
            ("{server: 'https://127.0.0.1:1'}", "{}", "has no `server`"),
            ("kind: Config", "{s3cret", "is not the YAML of a kubeconfig"),
        ] {
            assert!(FINE.contains(from));
            let said = refused(&FINE.replacen(from, to, 1)).await.unwrap_or_default();
            assert!(said.starts_with("the kubeconfig in Secret east cannot be used: "), "{to}: {said}");
            assert!(said.contains(says) && !said.contains("s3cret"), "{to}: {said}");
        }
    }
}
