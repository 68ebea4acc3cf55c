//! A region over TLS whose certificate no public authority signed.

use super::*;
use crate::drivers::{ErrorClass, maas::client::Client};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::{ServerConfig, pki_types::PrivateKeyDer};
use std::sync::Arc;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};
use tokio_rustls::TlsAcceptor;

const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n[]";

/// A server that answers everything with an empty list: its URL, and the authority that signed its certificate in PEM.
async fn region() -> (String, String) {
    rustls::crypto::ring::default_provider().install_default().ok();
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
    let url = format!("https://localhost:{}/MAAS", listener.local_addr().unwrap().port());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                // Whoever does not trust us hangs up in the handshake.
                let Ok(mut stream) = acceptor.accept(stream).await else { return };
                let mut asked = [0; 4096];
                if stream.read(&mut asked).await.is_ok_and(|read| read > 0) {
                    stream.write_all(ANSWER).await.ok();
                    stream.shutdown().await.ok();
                }
            });
        }
    });
    (url, pem)
}

fn bundle(pem: &str) -> TrustBundle {
    TrustBundle { secret: "maas-ca".into(), pem: pem.to_owned().into() }
}

async fn ask(url: &str, trust: Option<&TrustBundle>) -> Result<Vec<u64>, Error> {
    Client::trusting(url, &"a:b:c".into(), 1, trust).unwrap().get("tags/", &[]).await
}

#[tokio::test]
async fn a_region_is_trusted_by_the_bundle_and_by_nothing_else() {
    let (url, pem) = region().await;
    assert_eq!(ask(&url, Some(&bundle(&pem))).await.unwrap(), Vec::<u64>::new());
    let (_, other) = region().await;
    assert_eq!(ask(&url, Some(&bundle(&format!("{other}{pem}")))).await.unwrap(), Vec::<u64>::new(), "one of several");
    for stranger in [None, Some(&bundle(&other))] {
        let error = ask(&url, stranger).await.unwrap_err();
        assert_eq!(error.class(), ErrorClass::Unreachable);
        let causes = std::iter::successors(std::error::Error::source(&error), |cause| cause.source());
        let text: Vec<String> = causes.map(ToString::to_string).collect();
        let text = text.join(": ");
        assert!(text.contains("certificate"), "{text}");
    }
}

#[test]
fn a_bundle_without_a_certificate_is_refused() {
    rustls::crypto::ring::default_provider().install_default().ok();
    for bad in ["", "hunter2", "-----BEGIN CERTIFICATE-----\nhunter2\n-----END CERTIFICATE-----\n"] {
        let error = Client::trusting("https://localhost/MAAS", &"a:b:c".into(), 1, Some(&bundle(bad))).unwrap_err();
        assert_eq!(error.class(), ErrorClass::Unauthorized, "{bad}: {error}");
        assert!(error.to_string().contains("Secret maas-ca") && !format!("{error:?}").contains("hunter2"), "{error:?}");
    }
}
