//! A region over TLS whose certificate no public authority signed: the Site's Secret says whom to trust.

use crate::{
    ground::scenario,
    scene::{Scene, two_racks},
};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::{ServerConfig, pki_types::PrivateKeyDer};
use serde_json::json;
use std::sync::Arc;
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
};
use tokio_rustls::TlsAcceptor;

#[test]
fn a_region_is_trusted_by_the_sites_secret() {
    scenario(|ground, turn| async move {
        let mut scene = Scene::two_racks(ground, turn).await;
        scene.start_operator();
        let (url, authority) = in_front_of(&scene.lab.maas_url).await;
        let (_, stranger) = in_front_of(&scene.lab.maas_url).await;
        let maas = json!({
            "url": url, "credentialsRef": {"name": "maas-credentials"}, "certSecretRef": {"name": "maas-ca"},
            "ownsRegion": true,
        });
        scene.apply(&two_racks(), json!({"provisioner": {"maas": maas}})).await;
        let says = async |what| scene.until_says("sites", "harbour", "ProvisionerReachable", &[what]).await;
        says("Secret maas-ca is not there").await;
        let secret = |pem: &str| json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "maas-ca"}, "stringData": {"ca.crt": pem}});
        scene.apply_one(secret("a certificate")).await;
        says("key `ca.crt` of Secret maas-ca does not hold certificates in PEM").await;
        scene.apply_one(secret(&stranger)).await;
        says("certificate").await;
        scene.apply_one(secret(&authority)).await;
        scene.until("sites", "harbour", "Prepared", "True", "AsDesigned").await;
        scene.end().await;
    });
}

/// TLS in front of the lab's region: its URL, and the authority that signed its certificate in PEM.
async fn in_front_of(region: &str) -> (String, String) {
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    let pem = authority.self_signed(&key).unwrap().pem();
    let issuer = Issuer::new(authority, key);
    let key = KeyPair::generate().unwrap();
    let own = CertificateParams::new(vec!["localhost".to_owned()]).unwrap().signed_by(&key, &issuer).unwrap();
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let config = ServerConfig::builder().with_no_client_auth().with_single_cert(vec![own.der().clone()], key).unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (host, path) = region.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let (host, url) = (host.to_owned(), format!("https://localhost:{}/{path}", listener.local_addr().unwrap().port()));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, host) = (acceptor.clone(), host.clone());
            tokio::spawn(async move {
                // Whoever does not trust us hangs up in the handshake.
                let Ok(mut outside) = acceptor.accept(stream).await else { return };
                let Ok(mut inside) = TcpStream::connect(host).await else { return };
                let _ = copy_bidirectional(&mut outside, &mut inside).await;
            });
        }
    });
    (url, pem)
}
