//! The kinds of power control that MAAS knows, and what each is told.

use serde_json::{Value, json};

/// A kind of power control.
pub(crate) struct PowerType {
    pub(crate) name: &'static str,
    description: &'static str,
    /// One controller for many machines.
    chassis: bool,
    can_probe: bool,
    pub(crate) fields: &'static [Field],
}

/// Something a kind of power control is told.
pub(crate) struct Field {
    pub(crate) name: &'static str,
    label: &'static str,
    pub(crate) required: bool,
    scope: Scope,
    input: Input,
    pub(crate) default: &'static str,
}

#[derive(Clone, Copy)]
enum Scope {
    Bmc,
    Node,
}

#[derive(Clone, Copy)]
enum Input {
    Text,
    Secret,
    One(&'static [(&'static str, &'static str)]),
    Many(&'static [(&'static str, &'static str)]),
}

use Input::{Many, One, Secret, Text};
use Scope::{Bmc, Node};

const YES_NO: &[(&str, &str)] = &[("n", "No"), ("y", "Yes")];

const fn field(
    name: &'static str,
    label: &'static str,
    required: bool,
    scope: Scope,
    input: Input,
    default: &'static str,
) -> Field {
    Field { name, label, required, scope, input, default }
}

/// All kinds, by name.
#[rustfmt::skip]
pub(crate) const POWER_TYPES: &[PowerType] = &[
    PowerType { name: "apc", description: "American Power Conversion (APC) PDU", chassis: true, can_probe: false, fields: &[
        field("power_address", "IP for APC PDU", true, Bmc, Text, ""),
        field("node_outlet", "APC PDU node outlet number (1-16)", true, Node, Text, ""),
        field("power_on_delay", "Power ON outlet delay (seconds)", false, Bmc, Text, "5"),
        field("pdu_type", "PDU type", false, Bmc, One(&[("RPDU", "rPDU"), ("MASTERSWITCH", "masterswitch")]), "RPDU"),
    ] },
    PowerType { name: "recs_box", description: "Christmann RECS|Box Power Driver", chassis: true, can_probe: true, fields: &[
        field("node_id", "Node ID", true, Node, Text, ""),
        field("power_address", "Power address", true, Bmc, Text, ""),
        field("power_port", "Power port", false, Bmc, Text, ""),
        field("power_user", "Power user", false, Bmc, Text, ""),
        field("power_pass", "Power password", false, Bmc, Secret, ""),
    ] },
    PowerType { name: "ucsm", description: "Cisco UCS Manager", chassis: true, can_probe: true, fields: &[
        field("uuid", "Server UUID", true, Node, Text, ""),
        field("power_address", "URL for XML API", true, Bmc, Text, ""),
        field("power_user", "API user", false, Bmc, Text, ""),
        field("power_pass", "API password", false, Bmc, Secret, ""),
    ] },
    PowerType { name: "dli", description: "Digital Loggers, Inc. PDU", chassis: true, can_probe: false, fields: &[
        field("outlet_id", "Outlet ID", true, Node, Text, ""),
        field("power_address", "Power address", true, Bmc, Text, ""),
        field("power_user", "Power user", false, Bmc, Text, ""),
        field("power_pass", "Power password", false, Bmc, Secret, ""),
    ] },
    PowerType { name: "eaton", description: "Eaton PDU", chassis: true, can_probe: false, fields: &[
        field("power_address", "IP for Eaton PDU", true, Bmc, Text, ""),
        field("node_outlet", "Eaton PDU node outlet number (1-24)", true, Node, Text, ""),
        field("power_on_delay", "Power ON outlet delay (seconds)", false, Bmc, Text, "5"),
    ] },
    PowerType { name: "wedge", description: "Facebook's Wedge", chassis: false, can_probe: false, fields: &[
        field("power_address", "IP address", true, Bmc, Text, ""),
        field("power_user", "Power user", false, Bmc, Text, ""),
        field("power_pass", "Power password", false, Bmc, Secret, ""),
    ] },
    PowerType { name: "mscm", description: "HP Moonshot - iLO Chassis Manager", chassis: true, can_probe: true, fields: &[
        field("power_address", "IP for MSCM CLI API", true, Bmc, Text, ""),
        field("power_user", "MSCM CLI API user", false, Bmc, Text, ""),
        field("power_pass", "MSCM CLI API password", false, Bmc, Secret, ""),
        field("node_id", "Node ID - Must adhere to cXnY format (X=cartridge number, Y=node number).", true, Node, Text, ""),
    ] },
    PowerType { name: "moonshot", description: "HP Moonshot - iLO4 (IPMI)", chassis: true, can_probe: false, fields: &[
        field("power_address", "Power address", true, Bmc, Text, ""),
        field("power_user", "Power user", false, Bmc, Text, ""),
        field("power_pass", "Power password", false, Bmc, Secret, ""),
        field("power_hwaddress", "Power hardware address", true, Node, Text, ""),
    ] },
    PowerType { name: "hmc", description: "IBM Hardware Management Console (HMC) for PowerPC", chassis: true, can_probe: false, fields: &[
        field("power_address", "IP for HMC", true, Bmc, Text, ""),
        field("power_user", "HMC username", false, Bmc, Text, ""),
        field("power_pass", "HMC password", false, Bmc, Secret, ""),
        field("server_name", "HMC Managed System server name", true, Node, Text, ""),
        field("lpar", "HMC logical partition", true, Node, Text, ""),
    ] },
    PowerType { name: "hmcz", description: "IBM Hardware Management Console (HMC) for Z", chassis: true, can_probe: true, fields: &[
        field("power_address", "HMC Address", true, Bmc, Text, ""),
        field("power_user", "HMC username", true, Bmc, Text, ""),
        field("power_pass", "HMC password", true, Bmc, Secret, ""),
        field("power_partition_name", "HMC partition name", true, Node, Text, ""),
        field("power_verify_ssl", "Verify certificate presented by the HMC during SSL/TLS handshake", true, Bmc, One(YES_NO), "y"),
    ] },
    PowerType { name: "ipmi", description: "IPMI", chassis: false, can_probe: false, fields: &[
        field("power_driver", "Power driver", true, Bmc, One(&[("LAN", "LAN [IPMI 1.5]"), ("LAN_2_0", "LAN_2_0 [IPMI 2.0]")]), "LAN_2_0"),
        field("power_boot_type", "Power boot type", false, Bmc, One(&[("auto", "Automatic"), ("legacy", "Legacy boot"), ("efi", "EFI boot")]), "auto"),
        field("power_address", "IP address", true, Bmc, Text, ""),
        field("power_user", "Power user", false, Bmc, Text, ""),
        field("power_pass", "Power password", false, Bmc, Secret, ""),
        field("k_g", "K_g BMC key", false, Bmc, Secret, ""),
        field("cipher_suite_id", "Cipher Suite ID", false, Bmc, One(&[("17", "17 - HMAC-SHA256::HMAC_SHA256_128::AES-CBC-128"), ("3", "3 - HMAC-SHA1::HMAC-SHA1-96::AES-CBC-128"), ("", "freeipmi-tools default"), ("8", "8 - HMAC-MD5::HMAC-MD5-128::AES-CBC-128"), ("12", "12 - HMAC-MD5::MD5-128::AES-CBC-128")]), "3"),
        field("privilege_level", "Privilege Level", false, Bmc, One(&[("USER", "User"), ("OPERATOR", "Operator"), ("ADMIN", "Administrator")]), "OPERATOR"),
        field("workaround_flags", "Workaround Flags", false, Bmc, Many(&[("opensesspriv", "Opensesspriv"), ("authcap", "Authcap"), ("idzero", "Idzero"), ("unexpectedauth", "Unexpectedauth"), ("forcepermsg", "Forcepermsg"), ("endianseq", "Endianseq"), ("intel20", "Intel20"), ("supermicro20", "Supermicro20"), ("sun20", "Sun20"), ("nochecksumcheck", "Nochecksumcheck"), ("integritycheckvalue", "Integritycheckvalue"), ("ipmiping", "Ipmiping"), ("", "None")]), "opensesspriv"),
        field("mac_address", "Power MAC", false, Node, Text, ""),
        field("power_off_mode", "Power off mode", false, Bmc, One(&[("soft", "Soft power off"), ("hard", "Power off")]), "hard"),
    ] },
    PowerType { name: "amt", description: "Intel AMT", chassis: false, can_probe: false, fields: &[
        field("power_user", "AMT user", false, Bmc, Text, "admin"),
        field("power_pass", "Power password", false, Bmc, Secret, ""),
        field("port", "HTTP or HTTPS", false, Bmc, One(&[("16992", "http"), ("16993", "https")]), "16992"),
        field("power_address", "Power address", true, Bmc, Text, ""),
    ] },
    PowerType { name: "lxd", description: "LXD (virtual systems)", chassis: true, can_probe: false, fields: &[
        field("power_address", "LXD address", true, Bmc, Text, ""),
        field("instance_name", "Instance name", true, Node, Text, ""),
        field("project", "LXD project", true, Bmc, Text, "default"),
        field("password", "LXD password (optional)", false, Bmc, Secret, ""),
        field("certificate", "LXD certificate (optional)", false, Bmc, Text, ""),
        field("key", "LXD private key (optional)", false, Bmc, Secret, ""),
    ] },
    PowerType { name: "manual", description: "Manual", chassis: false, can_probe: false, fields: &[
    ] },
    PowerType { name: "msftocs", description: "Microsoft OCS - Chassis Manager", chassis: true, can_probe: true, fields: &[
        field("power_address", "Power address", true, Bmc, Text, ""),
        field("power_port", "Power port", false, Bmc, Text, ""),
        field("power_user", "Power user", false, Bmc, Text, ""),
        field("power_pass", "Power password", false, Bmc, Secret, ""),
        field("blade_id", "Blade ID (Typically 1-24)", true, Node, Text, ""),
    ] },
    PowerType { name: "openbmc", description: "OpenBMC Power Driver", chassis: false, can_probe: false, fields: &[
        field("power_address", "OpenBMC address", true, Bmc, Text, ""),
        field("power_user", "OpenBMC user", true, Bmc, Text, ""),
        field("power_pass", "OpenBMC password", true, Bmc, Secret, ""),
    ] },
    PowerType { name: "nova", description: "OpenStack Nova", chassis: true, can_probe: false, fields: &[
        field("nova_id", "Host UUID", true, Node, Text, ""),
        field("os_tenantname", "Tenant name", true, Bmc, Text, ""),
        field("os_username", "Username", true, Bmc, Text, ""),
        field("os_password", "Password", true, Bmc, Secret, ""),
        field("os_authurl", "Auth URL", true, Bmc, Text, ""),
    ] },
    PowerType { name: "proxmox", description: "Proxmox", chassis: true, can_probe: true, fields: &[
        field("power_address", "Proxmox host name or IP", true, Bmc, Text, ""),
        field("power_user", "Proxmox username, including realm", true, Bmc, Text, ""),
        field("power_pass", "Proxmox password, required if a token name and secret aren't given", false, Bmc, Secret, ""),
        field("power_token_name", "Proxmox API token name", false, Bmc, Text, ""),
        field("power_token_secret", "Proxmox API token secret", false, Bmc, Secret, ""),
        field("power_vm_name", "Node ID", true, Node, Text, ""),
        field("power_verify_ssl", "Verify SSL connections with system CA certificates", true, Bmc, One(YES_NO), "n"),
    ] },
    PowerType { name: "raritan", description: "Raritan PDU", chassis: true, can_probe: false, fields: &[
        field("power_address", "IP for Raritan PDU", true, Bmc, Text, ""),
        field("node_outlet", "Raritan PDU node outlet number", true, Node, Text, ""),
        field("power_on_delay", "Power ON outlet delay (seconds)", false, Bmc, Text, "5"),
    ] },
    PowerType { name: "redfish", description: "Redfish", chassis: true, can_probe: false, fields: &[
        field("power_address", "Redfish address", true, Bmc, Text, ""),
        field("power_user", "Redfish user", true, Bmc, Text, ""),
        field("power_pass", "Redfish password", true, Bmc, Secret, ""),
        field("node_id", "Node ID", false, Node, Text, ""),
    ] },
    PowerType { name: "sm15k", description: "SeaMicro 15000", chassis: true, can_probe: true, fields: &[
        field("system_id", "System ID", true, Node, Text, ""),
        field("power_address", "Power address", true, Bmc, Text, ""),
        field("power_user", "Power user", false, Bmc, Text, ""),
        field("power_pass", "Power password", false, Bmc, Secret, ""),
        field("power_control", "Power control type", true, Bmc, One(&[("ipmi", "IPMI"), ("restapi", "REST API v0.9"), ("restapi2", "REST API v2.0")]), "ipmi"),
    ] },
    PowerType { name: "vmware", description: "VMware", chassis: true, can_probe: true, fields: &[
        field("power_vm_name", "VM Name (if UUID unknown)", false, Node, Text, ""),
        field("power_uuid", "VM UUID (if known)", false, Node, Text, ""),
        field("power_address", "VMware IP", true, Bmc, Text, ""),
        field("power_user", "VMware username", true, Bmc, Text, ""),
        field("power_pass", "VMware password", true, Bmc, Secret, ""),
        field("power_port", "VMware API port (optional)", false, Bmc, Text, ""),
        field("power_protocol", "VMware API protocol (optional)", false, Bmc, Text, ""),
    ] },
    PowerType { name: "virsh", description: "Virsh (virtual systems)", chassis: true, can_probe: true, fields: &[
        field("power_address", "Address", true, Bmc, Text, ""),
        field("power_pass", "Password (optional)", false, Bmc, Secret, ""),
        field("power_id", "Virsh VM ID", true, Node, Text, ""),
    ] },
    PowerType { name: "webhook", description: "Webhook", chassis: false, can_probe: false, fields: &[
        field("power_on_uri", "URI to power on the node", true, Bmc, Text, ""),
        field("power_off_uri", "URI to power off the node", true, Bmc, Text, ""),
        field("power_query_uri", "URI to query the nodes power status", true, Bmc, Text, ""),
        field("power_on_regex", "Regex to confirm the node is on", true, Bmc, Text, "status.*\\:.*running"),
        field("power_off_regex", "Regex to confirm the node is off", true, Bmc, Text, "status.*\\:.*stopped"),
        field("power_user", "Power user", false, Bmc, Text, ""),
        field("power_pass", "Power password", false, Bmc, Secret, ""),
        field("power_token", "Power token, will be used in place of power_user and power_pass", false, Bmc, Secret, ""),
        field("power_verify_ssl", "Verify SSL connections with system CA certificates", true, Bmc, One(YES_NO), "n"),
    ] },
];

/// The kind of this name.
pub(crate) fn power_type(name: &str) -> Option<&'static PowerType> {
    POWER_TYPES.iter().find(|kind| kind.name == name)
}

impl Field {
    /// What it is when nobody said.
    pub(crate) fn default_value(&self) -> Value {
        if matches!(self.input, Many(_)) { json!([self.default]) } else { json!(self.default) }
    }

    /// It takes several values.
    pub(crate) fn is_list(&self) -> bool {
        matches!(self.input, Many(_))
    }

    /// The words it takes; none means any.
    pub(crate) fn choices(&self) -> &'static [(&'static str, &'static str)] {
        match self.input {
            One(choices) | Many(choices) => choices,
            Text | Secret => &[],
        }
    }

    fn view(&self) -> Value {
        let field_type = match self.input {
            Text => "string",
            Secret => "password",
            One(_) => "choice",
            Many(_) => "multiple_choice",
        };
        let choices: Vec<Value> = self.choices().iter().map(|(word, label)| json!([word, label])).collect();
        json!({
            "name": self.name, "label": self.label, "required": self.required, "field_type": field_type,
            "choices": choices, "default": self.default_value(),
            "scope": if matches!(self.scope, Bmc) { "bmc" } else { "node" },
            "secret": matches!(self.input, Secret),
        })
    }
}

/// The answer of `describe_power_types`.
pub(crate) fn describe() -> Value {
    let all = POWER_TYPES.iter().map(|kind| {
        let pod = matches!(kind.name, "lxd" | "virsh");
        let mut view = json!({
            "driver_type": if pod { "pod" } else { "power" }, "name": kind.name, "description": kind.description,
            "fields": kind.fields.iter().map(Field::view).collect::<Vec<_>>(), "missing_packages": [],
            "chassis": kind.chassis, "can_probe": kind.can_probe, "queryable": kind.name != "manual",
        });
        if pod {
            view["defaults"] = json!({"cores": 1, "memory": 2048, "storage": 8});
        }
        view
    });
    all.collect()
}
