//! Settings of the region.

use super::{LoweredSite, SiteSeen};
use crate::{
    api::maas::{DnssecValidation, RegionConfig},
    drivers::maas::{
        call::{Call, Id, Name, Value},
        wire::Rack,
    },
    model::SitePart,
};
use serde_json::Value as Json;
use std::net::IpAddr;

/// The value that a setting is to have.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Wanted {
    Text(String),
    Flag(bool),
    Number(u64),
    /// Words between blanks or commas, in whatever order.
    Words(Vec<String>),
    /// A release of an operating system, of which MAAS must have an image.
    Series(String),
}

/// Names of the settings that a design speaks of, as MAAS has them.
pub fn names(design: &SitePart) -> Vec<&'static str> {
    let proxy = design.config.as_ref().is_some_and(|config| config.http_proxy_ref.is_some()).then_some("http_proxy");
    wanted(design, &[]).into_iter().map(|(name, _)| name).chain(proxy).collect()
}

/// Every setting that the design speaks of.
fn wanted(design: &SitePart, racks: &[Rack]) -> Vec<(&'static str, Wanted)> {
    let nothing = RegionConfig::default();
    let config = design.config.as_ref().unwrap_or(&nothing);
    let flag = |name, value: Option<bool>| value.map(|value| (name, Wanted::Flag(value)));
    let text = |name, value: &Option<String>| value.clone().map(|value| (name, Wanted::Text(value)));
    let series = |name, value: &Option<String>| value.clone().map(|value| (name, Wanted::Series(value)));
    let dnssec = config.dnssec_validation.map(|validation| match validation {
        DnssecValidation::Auto => "auto",
        DnssecValidation::Manual => "yes",
        DnssecValidation::Disabled => "no",
    });
    let discovery = config.network_discovery.map(|on| if on { "enabled" } else { "disabled" });
    [
        text("kernel_opts", &config.kernel_options),
        text("http_proxy", &config.http_proxy),
        flag("enable_http_proxy", config.enable_http_proxy),
        flag("use_peer_proxy", config.use_peer_proxy),
        upstream(design, config, racks).map(|words| ("upstream_dns", Wanted::Words(words))),
        dnssec.map(|value| ("dnssec_validation", Wanted::Text(value.to_owned()))),
        config.dns_trusted_acl.clone().map(|words| ("dns_trusted_acl", Wanted::Words(words))),
        (!design.ntp_servers.is_empty()).then(|| ("ntp_servers", Wanted::Words(design.ntp_servers.clone()))),
        flag("ntp_external_only", config.ntp_external_only),
        text("remote_syslog", &config.remote_syslog),
        discovery.map(|value| ("network_discovery", Wanted::Text(value.to_owned()))),
        series("commissioning_distro_series", &config.commissioning_distro_series),
        series("default_distro_series", &config.default_distro_series),
        text("default_min_hwe_kernel", &config.default_min_hwe_kernel),
        flag("enable_third_party_drivers", config.enable_third_party_drivers),
        flag("boot_images_auto_import", config.boot_images_auto_import),
        flag("boot_images_no_proxy", config.boot_images_no_proxy),
        config.node_timeout.map(|timeout| ("node_timeout", Wanted::Number(timeout.0.as_secs().div_ceil(60)))),
        flag("completed_intro", config.completed_intro),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The name servers to forward to: as the settings say, or those of the site that are no rack controllers, which would ask
/// themselves.
fn upstream(design: &SitePart, config: &RegionConfig, racks: &[Rack]) -> Option<Vec<String>> {
    if let Some(servers) = &config.upstream_dns {
        return Some(servers.iter().map(ToString::to_string).collect());
    }
    let of_rack = |server: &IpAddr| {
        let links = racks.iter().flat_map(|rack| &rack.interface_set).flat_map(|interface| &interface.links);
        links.filter_map(|link| link.ip_address.as_deref()?.parse::<IpAddr>().ok()).any(|address| address == *server)
    };
    let servers: Vec<String> = design.dns_servers.iter().filter(|s| !of_rack(s)).map(ToString::to_string).collect();
    (!servers.is_empty()).then_some(servers)
}

/// Sets what differs.
pub(super) fn lower(design: &SitePart, seen: &SiteSeen, lowered: &mut LoweredSite) {
    for (name, wanted) in wanted(design, &seen.racks) {
        let Some(found) = seen.config.get(name) else {
            lowered.conflicts.push(format!("MAAS {} has no setting {name}; take it out of the design", seen.version));
            continue;
        };
        if let Wanted::Series(series) = &wanted
            && text(found) != *series
            && !seen.images.iter().any(|image| image.series().ends_with(&format!("/{series}")))
        {
            lowered.waiting.push(format!("{name} waits for an image of {series}"));
            continue;
        }
        if let Some(value) = differs(found, &wanted) {
            let or_none = |text: String| if text.is_empty() { "none".to_owned() } else { text };
            let says = format!("set {name} to {} (is {})", or_none(value.clone()), or_none(text(found)));
            lowered.calls.push(set(name, says, Value::Text(value)));
        }
    }
    default_domain(design, seen, lowered);
}

fn set(name: &str, says: String, value: Value) -> Call {
    Call::post(["maas/".into()], says).op("set_config").with("name", name).with("value", value)
}

/// Sets a proxy that comes from a Secret; neither it nor the one before is told.
pub(crate) fn secret_proxy(proxy: &secrecy::SecretString, found: Option<&Json>) -> Option<Call> {
    use secrecy::ExposeSecret;
    let differs = found.map(text).unwrap_or_default() != proxy.expose_secret();
    let says = "set http_proxy to the one of its Secret (is another)".to_owned();
    differs.then(|| set("http_proxy", says, Value::Secret(proxy.clone())))
}

/// The value to send, where it differs.
fn differs(found: &Json, wanted: &Wanted) -> Option<String> {
    match wanted {
        Wanted::Flag(flag) => (found.as_bool() != Some(*flag)).then(|| flag.to_string()),
        Wanted::Number(number) => (text(found) != number.to_string()).then(|| number.to_string()),
        Wanted::Text(wanted) | Wanted::Series(wanted) => (text(found) != *wanted).then(|| wanted.clone()),
        Wanted::Words(words) => {
            let sorted = |text: &str| {
                let mut all: Vec<String> = text
                    .split(|c: char| c.is_whitespace() || c == ',')
                    .filter(|word| !word.is_empty())
                    .map(str::to_owned)
                    .collect();
                all.sort();
                all
            };
            let joined = words.join(" ");
            (sorted(&text(found)) != sorted(&joined)).then_some(joined)
        }
    }
}

/// A value of MAAS's as text; null is nothing.
fn text(value: &Json) -> String {
    match value {
        Json::Null => String::new(),
        Json::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn default_domain(design: &SitePart, seen: &SiteSeen, lowered: &mut LoweredSite) {
    let Some(name) = design.config.as_ref().and_then(|config| config.default_domain.as_ref()) else { return };
    let known = seen.domains.iter().find(|known| known.name == *name);
    if known.is_some_and(|known| known.is_default) {
        return;
    }
    let id = match known {
        Some(known) => Id::Known(known.id),
        None => Id::Made(Name::Domain(name.clone())),
    };
    let now = seen.domains.iter().find(|known| known.is_default).map_or("none", |known| known.name.as_str());
    let says = format!("set the default domain to {name} (is {now})");
    lowered.calls.push(Call::post(["domains/".into(), id.into(), "/".into()], says).op("set_default"));
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn settings_are_compared_by_what_they_mean() {
        let words = |list: &[&str]| Wanted::Words(list.iter().map(|word| (*word).to_owned()).collect());
        let table = [
            (json!(null), Wanted::Text(String::new()), None),
            (json!(""), Wanted::Text("quiet".into()), Some("quiet")),
            (json!(true), Wanted::Flag(true), None),
            (json!(true), Wanted::Flag(false), Some("false")),
            (json!(30), Wanted::Number(30), None),
            (json!("30"), Wanted::Number(45), Some("45")),
            (json!("10.0.0.2, 10.0.0.1"), words(&["10.0.0.1", "10.0.0.2"]), None),
            (json!("ntp.ubuntu.com"), words(&["10.0.0.1"]), Some("10.0.0.1")),
            (json!(null), words(&[]), None),
        ];
        for (found, wanted, sent) in table {
            assert_eq!(differs(&found, &wanted).as_deref(), sent, "{found} {wanted:?}");
        }
    }
}
