//! The Site: how the region is reached, and what of it is the same for every machine.

use super::{super::survey::Survey, Answers, Notes};
use crate::api::{
    Site,
    maas::{DnssecValidation, MaasSpec, RegionConfig},
    reference::SecretReference,
    site::{Mode, ProvisionerSpec, SiteSpec, TagDefinition},
};
use serde_json::Value as Json;

pub(super) fn site(survey: &Survey, answers: &Answers, notes: &Notes) -> Site {
    let maas = MaasSpec {
        url: answers.url.clone(),
        credentials_ref: SecretReference { name: answers.maas_secret.clone() },
        cert_secret_ref: answers.trust_secret.clone().map(|name| SecretReference { name }),
        config: Some(config(survey)),
        ..MaasSpec::default()
    };
    let spec = SiteSpec {
        mode: Some(Mode::OnTask),
        ntp_servers: words(survey.config.get("ntp_servers")),
        ssh_keys: survey.ssh_keys.iter().map(|key| key.key.trim().to_owned()).filter(|key| !key.is_empty()).collect(),
        tag_definitions: definitions(survey, notes),
        provisioner: ProvisionerSpec { maas: Some(maas) },
        ..SiteSpec::default()
    };
    notes.tell(
        "region",
        "package archives, boot sources, images and scripts are left as they are: the design says nothing of them",
    );
    Site::new(&answers.site, spec)
}

/// Tags that MAAS gives by itself.
pub(super) fn is_automatic(survey: &Survey, tag: &str) -> bool {
    survey.tags.iter().any(|known| known.name == tag && !known.definition.is_empty())
}

fn definitions(survey: &Survey, notes: &Notes) -> Vec<TagDefinition> {
    let automatic = survey.tags.iter().filter(|tag| !tag.definition.is_empty());
    let mut all: Vec<TagDefinition> = Vec::new();
    for tag in automatic {
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        if tag.name.chars().all(is_name) {
            all.push(TagDefinition { name: tag.name.clone(), xpath: tag.definition.clone() });
        } else {
            notes.tell(format!("tag {}", tag.name), "its name has other characters than a design takes: left out");
        }
    }
    all.sort_by(|a, b| a.name.cmp(&b.name));
    all
}

fn config(survey: &Survey) -> RegionConfig {
    let text = |name: &str| {
        let found = survey.config.get(name).and_then(Json::as_str).map(str::to_owned);
        found.filter(|text| !text.is_empty())
    };
    let dnssec = match text("dnssec_validation").as_deref() {
        Some("auto") => Some(DnssecValidation::Auto),
        Some("yes") => Some(DnssecValidation::Manual),
        Some("no") => Some(DnssecValidation::Disabled),
        _ => None,
    };
    let upstream: Vec<_> =
        words(survey.config.get("upstream_dns")).iter().filter_map(|word| word.parse().ok()).collect();
    RegionConfig {
        kernel_options: text("kernel_opts"),
        upstream_dns: Some(upstream).filter(|servers| !servers.is_empty()),
        dnssec_validation: dnssec,
        default_domain: survey.domains.iter().find(|domain| domain.is_default).map(|domain| domain.name.clone()),
        ntp_external_only: survey.config.get("ntp_external_only").and_then(Json::as_bool),
        remote_syslog: text("remote_syslog"),
        commissioning_distro_series: text("commissioning_distro_series"),
        default_distro_series: text("default_distro_series"),
        default_min_hwe_kernel: text("default_min_hwe_kernel"),
        ..RegionConfig::default()
    }
}

/// Words between blanks or commas.
fn words(value: Option<&Json>) -> Vec<String> {
    let text = value.and_then(Json::as_str).unwrap_or_default();
    let words = text.split(|c: char| c.is_whitespace() || c == ',').filter(|word| !word.is_empty());
    words.map(str::to_owned).collect()
}
