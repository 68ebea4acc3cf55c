//! Whom to trust at the other end. BMCs come with certificates that nobody signed, in names that nobody dials: a site
//! either pins what it has (an authority, or the certificate itself), or says openly that it trusts anybody.

use super::error::RedfishError;
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error as TlsError, OtherError, RootCertStore,
    SignatureScheme,
    client::{
        WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::{CryptoProvider, WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject},
};
use sha2::{Digest, Sha256};
use std::{
    fmt,
    net::IpAddr,
    str::FromStr,
    sync::{Arc, OnceLock},
};
use subtle::ConstantTimeEq;

/// How a BMC is spoken to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Security {
    /// HTTP without TLS: password and sessions pass in the clear. For management networks that are encrypted beneath.
    PlainHttp,
    /// HTTPS.
    Tls {
        /// Which certificates are accepted.
        trust: Trust,
        /// The name or address that the certificate must hold; absent: the address that is dialled.
        name: Option<String>,
    },
}

impl Default for Security {
    fn default() -> Self {
        Self::Tls { trust: Trust::System, name: None }
    }
}

/// Which certificates are accepted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Trust {
    /// Those that an authority of the operating system's store has signed.
    #[default]
    System,
    /// Those that one of these authorities has signed, or these themselves: certificates in PEM.
    Authorities(String),
    /// This one and no other, whatever it says of itself.
    Fingerprint(Fingerprint),
    /// Any. Whoever stands between reads the password.
    Insecure,
}

/// SHA-256 of a certificate in DER, as `openssl x509 -fingerprint -sha256` prints it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// That of a certificate in DER.
    pub fn of(certificate: &[u8]) -> Self {
        Self(Sha256::digest(certificate).into())
    }
}

impl FromStr for Fingerprint {
    type Err = RedfishError;

    /// 64 hexadecimal digits, with or without colons between the pairs.
    fn from_str(text: &str) -> Result<Self, RedfishError> {
        let digits: Vec<u8> = text.bytes().filter(|byte| *byte != b':').collect();
        let mut bytes = [0; 32];
        let value = |digit: u8| char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok());
        if digits.len() != 64 {
            return Err(RedfishError::Fingerprint);
        }
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            match (value(pair[0]), value(pair[1])) {
                (Some(high), Some(low)) => *byte = high << 4 | low,
                _ => return Err(RedfishError::Fingerprint),
            }
        }
        Ok(Self(bytes))
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, byte) in self.0.iter().enumerate() {
            write!(f, "{}{byte:02X}", if index == 0 { "" } else { ":" })?;
        }
        Ok(())
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The TLS configuration for a BMC dialled at `address`.
pub(super) fn tls(trust: &Trust, name: Option<&str>, address: IpAddr) -> Result<ClientConfig, RedfishError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let name = match name {
        Some(name) => ServerName::try_from(name.to_owned()).map_err(|_| RedfishError::Name(name.to_owned()))?,
        None => ServerName::from(address),
    };
    let rule = match trust {
        Trust::System => Rule::Chain { chain: chain(system_roots(), &provider)?, name, exact: Vec::new() },
        Trust::Authorities(pem) => {
            let exact = bundle(pem)?;
            let mut roots = RootCertStore::empty();
            for certificate in &exact {
                roots.add(certificate.clone()).map_err(|_| RedfishError::Authorities)?;
            }
            Rule::Chain { chain: chain(Arc::new(roots), &provider)?, name, exact }
        }
        Trust::Fingerprint(fingerprint) => Rule::Pinned(*fingerprint),
        Trust::Insecure => Rule::Anybody,
    };
    let verifier = Verifier { rule, algorithms: provider.signature_verification_algorithms };
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(RedfishError::Tls)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    Ok(config)
}

/// The operating system's store, read once: it is the same for every BMC.
fn system_roots() -> Arc<RootCertStore> {
    static ROOTS: OnceLock<Arc<RootCertStore>> = OnceLock::new();
    let read = || {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        Arc::new(roots)
    };
    Arc::clone(ROOTS.get_or_init(read))
}

fn bundle(pem: &str) -> Result<Vec<CertificateDer<'static>>, RedfishError> {
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.as_bytes()).collect();
    certificates.ok().filter(|certificates| !certificates.is_empty()).ok_or(RedfishError::Authorities)
}

fn chain(roots: Arc<RootCertStore>, provider: &Arc<CryptoProvider>) -> Result<Arc<WebPkiServerVerifier>, RedfishError> {
    WebPkiServerVerifier::builder_with_provider(roots, Arc::clone(provider)).build().map_err(|_| RedfishError::NoRoots)
}

/// The BMC has another certificate than the one that is pinned.
#[derive(Debug, thiserror::Error)]
#[error("its SHA-256 fingerprint is {0}")]
pub(super) struct OtherFingerprint(Fingerprint);

/// Holds a certificate against what the site said, rather than against the address that happens to be dialled: behind a
/// translation that is another one than the BMC's own.
#[derive(Debug)]
struct Verifier {
    rule: Rule,
    algorithms: WebPkiSupportedAlgorithms,
}

#[derive(Debug)]
enum Rule {
    Chain {
        chain: Arc<WebPkiServerVerifier>,
        name: ServerName<'static>,
        /// Accepted as they are. BMCs sign for themselves, and call that an authority's certificate, which none may
        /// show as its own (RFC 5280 section 4.2.1.9).
        exact: Vec<CertificateDer<'static>>,
    },
    Pinned(Fingerprint),
    Anybody,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, TlsError> {
        match &self.rule {
            Rule::Chain { exact, .. } if exact.iter().any(|known| known == end_entity) => {
                Ok(ServerCertVerified::assertion())
            }
            Rule::Chain { chain, name, .. } => {
                chain.verify_server_cert(end_entity, intermediates, name, ocsp_response, now)
            }
            Rule::Pinned(wanted) if bool::from(Fingerprint::of(end_entity).0.ct_eq(&wanted.0)) => {
                Ok(ServerCertVerified::assertion())
            }
            // Told, so that whoever has looked at the BMC can pin it.
            Rule::Pinned(_) => {
                let other = OtherFingerprint(Fingerprint::of(end_entity));
                Err(CertificateError::Other(OtherError(Arc::new(other))).into())
            }
            Rule::Anybody => Ok(ServerCertVerified::assertion()),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        match self.rule {
            // Old BMCs have keys and certificates that nothing current can check; here nobody asked for a check.
            Rule::Anybody => Ok(HandshakeSignatureValid::assertion()),
            _ => verify_tls12_signature(message, certificate, signed, &self.algorithms),
        }
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        match self.rule {
            Rule::Anybody => Ok(HandshakeSignatureValid::assertion()),
            _ => verify_tls13_signature(message, certificate, signed, &self.algorithms),
        }
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_reads_back_what_it_prints() {
        let print = Fingerprint::of(b"certificate");
        assert_eq!(print.to_string().len(), 95);
        assert_eq!(print.to_string().parse::<Fingerprint>().unwrap(), print);
        assert_eq!(print.to_string().to_lowercase().replace(':', "").parse::<Fingerprint>().unwrap(), print);
        for wrong in ["", "00", &"0".repeat(63), &"g".repeat(64), &"é".repeat(32)] {
            assert!(wrong.parse::<Fingerprint>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_bundle_without_certificates_is_refused() {
        let address = IpAddr::from([127, 0, 0, 1]);
        for pem in ["", "no pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
            assert!(tls(&Trust::Authorities(pem.into()), None, address).is_err(), "{pem}");
        }
        assert!(tls(&Trust::Insecure, Some("not a name"), address).is_err());
        assert!(tls(&Trust::Insecure, Some("bmc.example.com"), address).is_ok());
    }
}
