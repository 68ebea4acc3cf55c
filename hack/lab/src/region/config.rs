//! The region's settings: what there is, what a fresh region has, and what each takes.

use std::net::IpAddr;

use serde_json::{Map, Value, json};

use super::Region;

/// What a setting takes.
enum Takes {
    Switch,
    Number(i64, i64),
    Text,
    Choice(&'static [&'static str]),
    /// Addresses with spaces between.
    Addresses,
    System,
    Release,
    Interval,
    Url,
}

/// What a fresh region has.
#[derive(Clone, Copy)]
enum Fresh {
    Nothing,
    On,
    Off,
    Count(i64),
    Word(&'static str),
}

use Fresh::{Count, Nothing, Off, On, Word};
use Takes::{Addresses, Choice, Interval, Number, Release, Switch, System, Text, Url};

/// All settings, in the order in which MAAS lists them.
#[rustfmt::skip]
const SETTINGS: [(&str, Takes, Fresh); 66] = [
    ("maas_name", Text, Word("lab")),
    ("theme", Text, Word("")),
    ("kernel_opts", Text, Nothing),
    ("enable_http_proxy", Switch, On),
    ("maas_proxy_port", Number(1, 65535), Count(8000)),
    ("use_peer_proxy", Switch, Off),
    ("prefer_v4_proxy", Switch, Off),
    ("http_proxy", Url, Nothing),
    ("default_dns_ttl", Number(0, i64::MAX), Count(30)),
    ("upstream_dns", Addresses, Nothing),
    ("dnssec_validation", Choice(&["auto", "yes", "no"]), Word("auto")),
    ("maas_internal_domain", Text, Word("maas-internal")),
    ("dns_trusted_acl", Text, Nothing),
    ("ntp_servers", Text, Word("ntp.ubuntu.com")),
    ("ntp_external_only", Switch, Off),
    ("allow_only_trusted_transfers", Switch, On),
    ("remote_syslog", Text, Nothing),
    ("maas_syslog_port", Number(1, 65535), Count(5247)),
    ("network_discovery", Choice(&["enabled", "disabled"]), Word("enabled")),
    ("active_discovery_interval", Number(0, i64::MAX), Count(10800)),
    ("default_boot_interface_link_type", Choice(&["auto", "static", "dhcp", "link_up"]), Word("auto")),
    ("default_osystem", System, Word("ubuntu")),
    ("default_distro_series", Release, Word("noble")),
    ("default_min_hwe_kernel", Text, Word("")),
    ("enable_kernel_crash_dump", Switch, Off),
    ("default_storage_layout", Choice(&["bcache", "blank", "custom", "flat", "lvm", "vmfs6", "vmfs7"]), Word("flat")),
    ("commissioning_distro_series", Release, Word("noble")),
    ("enable_third_party_drivers", Switch, On),
    ("windows_kms_host", Text, Nothing),
    ("enable_disk_erasing_on_release", Switch, Off),
    ("disk_erase_with_secure_erase", Switch, On),
    ("disk_erase_with_quick_erase", Switch, Off),
    ("boot_images_auto_import", Switch, On),
    ("boot_images_no_proxy", Switch, Off),
    ("curtin_verbose", Switch, On),
    ("force_v1_network_yaml", Switch, Off),
    ("enable_analytics", Switch, On),
    ("completed_intro", Switch, Off),
    ("max_node_commissioning_results", Number(1, i64::MAX), Count(10)),
    ("max_node_testing_results", Number(1, i64::MAX), Count(10)),
    ("max_node_installation_results", Number(1, i64::MAX), Count(3)),
    ("max_node_release_results", Number(1, i64::MAX), Count(3)),
    ("subnet_ip_exhaustion_threshold_count", Number(0, i64::MAX), Count(16)),
    ("release_notifications", Switch, On),
    ("use_rack_proxy", Switch, On),
    ("node_timeout", Number(1, i64::MAX), Count(30)),
    ("prometheus_enabled", Switch, Off),
    ("prometheus_push_gateway", Text, Nothing),
    ("prometheus_push_interval", Number(0, i64::MAX), Count(60)),
    ("promtail_enabled", Switch, Off),
    ("promtail_port", Number(1, 65535), Count(5238)),
    ("enlist_commissioning", Switch, On),
    ("maas_auto_ipmi_user", Text, Word("maas")),
    ("maas_auto_ipmi_user_privilege_level", Choice(&["USER", "OPERATOR", "ADMIN"]), Word("ADMIN")),
    ("maas_auto_ipmi_k_g_bmc_key", Text, Word("")),
    ("maas_auto_ipmi_cipher_suite_id", Choice(&["17", "3", "", "8", "12"]), Word("3")),
    ("maas_auto_ipmi_workaround_flags", Text, Nothing),
    ("vcenter_server", Text, Word("")),
    ("vcenter_username", Text, Word("")),
    ("vcenter_password", Text, Word("")),
    ("vcenter_datacenter", Text, Word("")),
    ("hardware_sync_interval", Interval, Word("15m")),
    ("tls_cert_expiration_notification_enabled", Switch, Off),
    ("tls_cert_expiration_notification_interval", Number(0, i64::MAX), Count(30)),
    ("session_length", Number(10, 1_209_600), Count(1_209_600)),
    ("auto_vlan_creation", Switch, On),
];

/// Settings that an older release does not have.
const NEWER: [(&str, (u32, u32)); 5] = [
    ("default_boot_interface_link_type", (3, 5)),
    ("max_node_release_results", (3, 5)),
    ("session_length", (3, 5)),
    ("enable_kernel_crash_dump", (3, 6)),
    ("auto_vlan_creation", (3, 7)),
];

/// What a fresh region is set to.
pub(super) fn fresh() -> Map<String, Value> {
    let value = |fresh| match fresh {
        Nothing => Value::Null,
        On => json!(true),
        Off => json!(false),
        Count(number) => json!(number),
        Word(word) => json!(word),
    };
    SETTINGS.iter().map(|(name, _, fresh)| ((*name).to_owned(), value(*fresh))).collect()
}

/// MAAS's words for a value that is none of a list.
pub(crate) fn not_one_of(value: &str, what: &str, choices: &[String]) -> String {
    let all: Vec<String> = choices.iter().map(|choice| format!("'{choice}'")).collect();
    format!("'{value}' is not a valid {what}.  It should be one of: {}.", all.join(", "))
}

impl Region {
    fn setting(&self, name: &str) -> Option<&'static Takes> {
        let newer = NEWER.iter().any(|(newer, (major, minor))| *newer == name && !self.version.since(*major, *minor));
        SETTINGS.iter().find(|(known, ..)| *known == name && !newer).map(|(_, takes, _)| takes)
    }

    /// A setting's value; the refusal when there is none.
    pub(crate) fn config(&self, name: &str) -> Result<&Value, String> {
        self.setting(name).and_then(|_| self.config.get(name)).ok_or_else(|| {
            let all = SETTINGS.iter().map(|(known, ..)| *known).filter(|known| self.setting(known).is_some());
            let all: Vec<&str> = all.collect();
            format!("{name} is not a valid config setting (valid settings are: {}).", all.join(", "))
        })
    }

    /// A setting that is a text; empty when it is not set.
    pub(crate) fn config_text(&self, name: &str) -> &str {
        self.config.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    /// A switch.
    pub(crate) fn config_on(&self, name: &str) -> bool {
        self.config.get(name) == Some(&Value::Bool(true))
    }

    /// A setting that is a number.
    pub(crate) fn config_number(&self, name: &str) -> u64 {
        self.config.get(name).and_then(Value::as_u64).unwrap_or_default()
    }

    /// Changes a setting that there is; the refusal when it does not take the value.
    pub(crate) fn set_config(&mut self, name: &str, text: &str) -> Result<(), String> {
        let Some(takes) = self.setting(name) else { return Ok(()) };
        let value = self.read_setting(name, takes, text)?;
        self.config.insert(name.to_owned(), value);
        Ok(())
    }

    fn read_setting(&self, name: &str, takes: &Takes, text: &str) -> Result<Value, String> {
        let owned = |choices: &[&str]| choices.iter().map(|choice| (*choice).to_owned()).collect::<Vec<_>>();
        let word = if name == "default_storage_layout" { "storage_layout" } else { name };
        match takes {
            Switch => Ok(json!(!text.is_empty() && !text.eq_ignore_ascii_case("false"))),
            Number(min, max) => {
                let number: i64 = text.trim().parse().map_err(|_| "Enter a whole number.".to_owned())?;
                if number < *min {
                    return Err(format!("Ensure this value is greater than or equal to {min}."));
                }
                if number > *max {
                    return Err(format!("Ensure this value is less than or equal to {max}."));
                }
                Ok(json!(number))
            }
            Text => Ok(json!(text)),
            Choice(choices) if choices.contains(&text) => Ok(json!(text)),
            Choice(choices) => Err(not_one_of(text, word, &owned(choices))),
            Addresses => {
                let bad = text.split([',', ' ']).find(|ip| !ip.is_empty() && ip.parse::<IpAddr>().is_err());
                match bad {
                    Some(bad) => {
                        Err(format!("Invalid IP address: {bad}; provide a list of space-separated IP addresses"))
                    }
                    None => Ok(json!(text.split([',', ' ']).filter(|ip| !ip.is_empty()).collect::<Vec<_>>().join(" "))),
                }
            }
            System if text == "ubuntu" => Ok(json!(text)),
            System => Err(not_one_of(text, "osystem", &owned(&["ubuntu"]))),
            Release if self.releases().iter().any(|release| release == text) => Ok(json!(text)),
            Release => {
                let what = if name == "default_distro_series" { "release" } else { name };
                Err(not_one_of(text, what, &self.releases()))
            }
            Interval => {
                let parts = text.split_whitespace().all(|part| {
                    let unit = part.trim_start_matches(|letter: char| letter.is_ascii_digit());
                    unit.len() < part.len()
                        && matches!(
                            unit,
                            "h" | "hr"
                                | "hrs"
                                | "hour"
                                | "hours"
                                | "m"
                                | "min"
                                | "minute"
                                | "minutes"
                                | "s"
                                | "sec"
                                | "second"
                                | "seconds"
                        )
                });
                if parts && !text.trim().is_empty() {
                    Ok(json!(text))
                } else {
                    Err("Hardware sync interval must be set to a valid systemd time span".to_owned())
                }
            }
            Url if text.is_empty() || text.starts_with("http://") || text.starts_with("https://") => Ok(json!(text)),
            Url => Err("Enter a valid URL.".to_owned()),
        }
    }
}
