//! A node's BMC: where it is dialled, with which credentials, and how often one that is silent is asked.

use super::{cache::Key, context::Context};
use crate::{
    api::{
        Site,
        host::{OutOfBandType, PrivilegeLevel},
        site::BmcSessions,
    },
    drivers::{
        Bmc, BmcCredentials, DriverError, ErrorClass,
        ipmi::{BmcKey, CipherSuite, IpmiBmc, IpmiConfig, LONGEST_IDLE, Privilege, Quirks, SessionPolicy},
        redfish::{Fingerprint, RedfishConfig, RedfishError, Security, Trust},
    },
    model::OobDesign,
    plan::backoff,
};
use ipnet::IpNet;
use secrecy::ExposeSecret;
use std::{
    collections::HashMap,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::{Mutex, PoisonError},
    time::Duration,
};

/// UDP port of RMCP+ (IPMI 2.0 section 13.1.2).
const RMCP_PORT: u16 = 623;
/// TCP port of HTTPS, which Redfish is spoken over (DSP0266 section 6.2).
const HTTPS_PORT: u16 = 443;

/// The longest pause before a BMC is asked again that does not answer, in polls.
const LONGEST_PAUSE: u32 = 30;

/// How often in a row each node's BMC has not answered as it should: whoever asks it waits for its deadline, so it is asked
/// less and less often.
#[derive(Debug, Default)]
pub(super) struct Silences(Mutex<HashMap<Key, i32>>);

impl Silences {
    /// It has not answered once more: how long it is left alone.
    pub fn pause(&self, key: &Key, poll: Duration) -> Duration {
        let mut silences = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let times = silences.entry(key.clone()).or_default();
        *times = times.saturating_add(1);
        backoff(*times, poll, poll * LONGEST_PAUSE)
    }

    /// It has answered, or is gone.
    pub fn over(&self, key: &Key) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
    }
}

/// A BMC ready to be asked, and the version of its credentials.
pub(super) struct Reached {
    /// The driver.
    pub bmc: Box<dyn Bmc>,
    /// `secret@version`.
    pub credentials: String,
}

/// The driver of a node's BMC.
pub(super) async fn reach(context: &Context, site: &Site, oob: &OobDesign) -> Result<Reached, DriverError> {
    let (credentials, version) = credentials(context, site, oob).await?;
    let version = format!("{}@{version}", oob.credentials.name);
    let bmc = match oob.protocol {
        OutOfBandType::Ipmi => {
            let sessions = site.spec.out_of_band.as_ref().and_then(|oob| oob.sessions).unwrap_or_default();
            ipmi(context, dialled(site, oob.address, RMCP_PORT), oob, credentials, sessions)?
        }
        OutOfBandType::Redfish => {
            let address = dialled(site, oob.address, HTTPS_PORT);
            let namespace = site.metadata.namespace.as_deref().unwrap_or_default();
            let security = security(context, namespace, oob).await?;
            redfish(context, address, oob, credentials, (security, &format!("{namespace}/{version}")))?
        }
        OutOfBandType::Manual => {
            let message = "the BMC is of type Manual: nobody but a person switches it";
            return Err(DriverError::new(ErrorClass::Unsupported, message));
        }
    };
    Ok(Reached { bmc, credentials: version })
}

fn ipmi(
    context: &Context,
    address: SocketAddr,
    oob: &OobDesign,
    credentials: BmcCredentials,
    sessions: BmcSessions,
) -> Result<Box<dyn Bmc>, DriverError> {
    let mut config = IpmiConfig::new(address, credentials.username, credentials.password);
    let key = credentials.key.as_ref().map(BmcKey::parse).transpose();
    config.key = key.map_err(|refused| cannot_be_asked(oob, refused.class(), refused))?;
    let suites = oob.cipher_suites.iter();
    config.sessions = match sessions {
        BmcSessions::Close => SessionPolicy::Close,
        BmcSessions::Keep => SessionPolicy::Keep(LONGEST_IDLE),
    };
    config.cipher_suites = suites.filter_map(|id| CipherSuite::from_id(u8::try_from(*id).ok()?)).collect();
    config.privilege = match oob.privilege_level {
        PrivilegeLevel::User => Privilege::User,
        PrivilegeLevel::Operator => Privilege::Operator,
        PrivilegeLevel::Administrator => Privilege::Administrator,
    };
    let quirks = Quirks::from_names(oob.workaround_flags.iter().map(String::as_str));
    config.quirks = quirks.map_err(|refused| cannot_be_asked(oob, refused.class(), refused))?;
    let bmc = IpmiBmc::new(&context.bmcs, config);
    Ok(Box::new(bmc.map_err(|refused| cannot_be_asked(oob, refused.class(), refused))?))
}

/// Whom to trust. The certificate is held against the designed address, whatever is dialled in its place.
async fn security(context: &Context, namespace: &str, oob: &OobDesign) -> Result<Security, DriverError> {
    let options = &oob.redfish;
    let trust = if let Some(reference) = &options.ca_secret_ref {
        let key = Key::new(namespace, reference.name.clone());
        let (certificates, _) = context.secrets.value(&context.client, &key, "ca.crt").await?;
        Trust::Authorities(certificates.expose_secret().to_owned())
    } else if let Some(fingerprint) = &options.certificate_fingerprint {
        let pinned: Fingerprint =
            fingerprint.parse().map_err(|error: RedfishError| cannot_be_asked(oob, error.class(), error))?;
        Trust::Fingerprint(pinned)
    } else if options.insecure_skip_verify.unwrap_or_default() {
        Trust::Insecure
    } else {
        Trust::System
    };
    let name = options.server_name.clone().unwrap_or_else(|| oob.address.to_string());
    Ok(Security::Tls { trust, name: Some(name) })
}

fn redfish(
    context: &Context,
    address: SocketAddr,
    oob: &OobDesign,
    credentials: BmcCredentials,
    (security, version): (Security, &str),
) -> Result<Box<dyn Bmc>, DriverError> {
    let mut config = RedfishConfig::new(address, credentials.username, credentials.password);
    config.system.clone_from(&oob.redfish.system_id);
    config.security = security;
    let bmc = context.redfish.bmc(&config, version);
    Ok(Box::new(bmc.map_err(|refused| cannot_be_asked(oob, refused.class(), refused))?))
}

fn cannot_be_asked(
    oob: &OobDesign,
    class: ErrorClass,
    refused: impl std::error::Error + Send + Sync + 'static,
) -> DriverError {
    let message = format!("the BMC at {} cannot be asked", oob.address);
    DriverError { class, message, not_begun: true, source: Some(Box::new(refused)) }
}

/// A BMC's credentials, and the version of their Secret.
pub(super) async fn credentials(
    context: &Context,
    site: &Site,
    oob: &OobDesign,
) -> Result<(BmcCredentials, String), DriverError> {
    let namespace = site.metadata.namespace.clone().unwrap_or_default();
    context.secrets.bmc(&context.client, &Key::new(namespace, oob.credentials.name.clone())).await
}

/// Where a designed address is dialled: translated as the Site says, at the protocol's port unless the Site names one.
fn dialled(site: &Site, address: IpAddr, port: u16) -> SocketAddr {
    let translations = site.spec.out_of_band.iter().flat_map(|oob| &oob.translate);
    for translation in translations {
        if translation.from.0.contains(&address)
            && let Some(translated) = transpose(translation.from.0, translation.to.0, address)
        {
            let port = translation.port.and_then(|p| u16::try_from(p).ok()).unwrap_or(port);
            return SocketAddr::new(translated, port);
        }
    }
    SocketAddr::new(address, port)
}

/// The address at the same place in another network.
fn transpose(from: IpNet, to: IpNet, address: IpAddr) -> Option<IpAddr> {
    match (from, to, address) {
        (IpNet::V4(from), IpNet::V4(to), IpAddr::V4(address)) => {
            let host = u32::from(address) & u32::from(from.hostmask());
            Some(Ipv4Addr::from(u32::from(to.network()) | (host & u32::from(to.hostmask()))).into())
        }
        (IpNet::V6(from), IpNet::V6(to), IpAddr::V6(address)) => {
            let host = u128::from(address) & u128::from(from.hostmask());
            Some(Ipv6Addr::from(u128::from(to.network()) | (host & u128::from(to.hostmask()))).into())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_keeps_its_place_in_the_other_network() {
        let at = |from: &str, to: &str, address: &str| {
            transpose(from.parse().unwrap(), to.parse().unwrap(), address.parse().unwrap()).map(|a| a.to_string())
        };
        assert_eq!(at("10.23.104.0/24", "127.23.104.0/24", "10.23.104.12").as_deref(), Some("127.23.104.12"));
        assert_eq!(at("10.23.0.0/16", "127.9.0.0/16", "10.23.104.12").as_deref(), Some("127.9.104.12"));
        assert_eq!(at("10.23.104.0/24", "fd00::/64", "10.23.104.12"), None);
    }
}
