//! The region's version, users and configuration.

use serde_json::{Map, Value, json};

use super::reply::{Answer, Reply};
use super::request::Request;
use super::route::no_such;
use crate::region::{ADMIN, user_view};
use crate::world::World;

/// What a fresh region is configured to.
pub(crate) fn defaults() -> Map<String, Value> {
    let value = json!({
        "active_discovery_interval": 10800, "allow_only_trusted_transfers": true, "auto_vlan_creation": true,
        "boot_images_auto_import": true, "boot_images_no_proxy": false, "commissioning_distro_series": "noble",
        "completed_intro": false, "curtin_verbose": true, "default_boot_interface_link_type": "auto",
        "default_distro_series": "noble", "default_dns_ttl": 30, "default_min_hwe_kernel": "",
        "default_osystem": "ubuntu", "default_storage_layout": "flat", "disk_erase_with_quick_erase": false,
        "disk_erase_with_secure_erase": true, "dns_trusted_acl": null, "dnssec_validation": "auto",
        "enable_analytics": true, "enable_disk_erasing_on_release": false, "enable_http_proxy": true,
        "enable_kernel_crash_dump": false, "enable_third_party_drivers": true, "enlist_commissioning": true,
        "force_v1_network_yaml": false, "hardware_sync_interval": "15m", "http_proxy": null, "kernel_opts": null,
        "maas_auto_ipmi_cipher_suite_id": "3", "maas_auto_ipmi_k_g_bmc_key": "", "maas_auto_ipmi_user": "maas",
        "maas_auto_ipmi_user_privilege_level": "ADMIN", "maas_auto_ipmi_workaround_flags": null,
        "maas_internal_domain": "maas-internal", "maas_name": "lab", "maas_proxy_port": 8000,
        "maas_syslog_port": 5247, "max_node_commissioning_results": 10, "max_node_installation_results": 3,
        "max_node_release_results": 3, "max_node_testing_results": 10, "network_discovery": "enabled",
        "node_timeout": 30, "ntp_external_only": false, "ntp_servers": "ntp.ubuntu.com", "prefer_v4_proxy": false,
        "prometheus_enabled": false, "prometheus_push_gateway": null, "prometheus_push_interval": 60,
        "promtail_enabled": false, "promtail_port": 5238, "release_notifications": true, "remote_syslog": null,
        "session_length": 1_209_600, "subnet_ip_exhaustion_threshold_count": 16, "theme": "",
        "tls_cert_expiration_notification_enabled": false, "tls_cert_expiration_notification_interval": 30,
        "upstream_dns": null, "use_peer_proxy": false, "use_rack_proxy": true, "vcenter_datacenter": "",
        "vcenter_password": "", "vcenter_server": "", "vcenter_username": "", "windows_kms_host": null,
    });
    if let Value::Object(map) = value { map } else { Map::new() }
}

pub(super) fn version(world: &World, request: &Request) -> Answer {
    if !request.is_read() {
        return Err(no_such(request, "GET"));
    }
    Ok(Reply::json(&json!({
        "version": world.region.version, "subversion": "",
        "capabilities": [
            "networks-management", "static-ipaddresses", "ipv6-deployment-ubuntu", "devices-management",
            "storage-deployment-ubuntu", "network-deployment-ubuntu", "bridging-interface-ubuntu",
            "bridging-automatic-ubuntu", "authenticate-api",
        ],
    })))
}

pub(super) fn users(_world: &World, request: &Request, rest: &[&str]) -> Answer {
    match (request.method.as_str(), request.op.as_deref(), rest) {
        ("GET", Some("whoami"), []) => Ok(Reply::json(&user_view(ADMIN))),
        ("GET", None, []) => {
            let mut maas = user_view("MAAS");
            maas["email"] = json!("maas@localhost");
            Ok(Reply::json(&json!([maas, user_view(ADMIN)])))
        }
        ("GET", None, [name]) if *name == ADMIN => Ok(Reply::json(&user_view(ADMIN))),
        ("GET", None, [_]) => Err(Reply::missing("User")),
        _ => Err(no_such(request, "GET, POST")),
    }
}

pub(super) fn maas(world: &mut World, request: &Request) -> Answer {
    match (request.method.as_str(), request.op.as_deref()) {
        ("GET", Some("get_config")) => {
            let name = request.query.filled("name").ok_or_else(|| Reply::sentence(400, "No provided name!"))?;
            let value = world.region.config.get(name).ok_or_else(|| unknown(world, name))?;
            Ok(Reply::bare(value))
        }
        ("POST", Some("set_config")) => {
            let name = request.form.filled("name").ok_or_else(|| Reply::sentence(400, "No provided name!"))?;
            let value = request.form.get("value").ok_or_else(|| Reply::sentence(400, "No provided value!"))?;
            set(world, name, value)?;
            Ok(Reply::text("OK"))
        }
        _ => Err(no_such(request, "GET, POST")),
    }
}

fn unknown(world: &World, name: &str) -> Reply {
    let all: Vec<&str> = world.region.config.keys().map(String::as_str).collect();
    Reply::field(name, format!("{name} is not a valid config setting (valid settings are: {}).", all.join(", ")))
}

fn set(world: &mut World, name: &str, value: &str) -> Result<(), Reply> {
    let old = world.region.config.get(name).ok_or_else(|| unknown(world, name))?;
    if name == "upstream_dns" && value.split_whitespace().any(|ip| ip.parse::<std::net::IpAddr>().is_err()) {
        let bad = value.split_whitespace().find(|ip| ip.parse::<std::net::IpAddr>().is_err()).unwrap_or_default();
        return Err(Reply::field(
            name,
            format!("Invalid IP address: {bad}; provide a list of space-separated IP addresses"),
        ));
    }
    if matches!(name, "default_distro_series" | "commissioning_distro_series")
        && !world.region.releases().contains(&value)
    {
        let all: Vec<String> = world.region.releases().iter().map(|release| format!("'{release}'")).collect();
        let text = format!("'{value}' is not a valid release.  It should be one of: {}.", all.join(", "));
        return Err(Reply::field(name, text));
    }
    let new = match old {
        Value::Bool(_) => json!(!value.is_empty() && !value.eq_ignore_ascii_case("false")),
        Value::Number(_) => value.parse::<i64>().map_or(json!(value), |number| json!(number)),
        _ => json!(value),
    };
    if name == "enlist_commissioning" {
        world.region.enlist_commissioning = new == json!(true);
    }
    world.region.config.insert(name.to_owned(), new);
    Ok(())
}
