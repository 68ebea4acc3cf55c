use super::{
    super::survey::{Survey, Surveyed},
    Answers, Exported, export,
};
use crate::drivers::maas::wire;
use serde_json::{Value, json};

const DEPLOYED: u64 = 6;

/// A region with one fabric, one subnet and these machines.
fn exported(machines: Vec<Value>) -> Exported {
    let vlan = json!({"id": 1, "vid": 0, "name": "untagged", "mtu": 1500, "fabric_id": 1});
    let subnet = json!({"id": 7, "name": "oam", "cidr": "10.0.0.0/24", "gateway_ip": "10.0.0.1", "vlan": vlan});
    let read = |value: Value| serde_json::from_value(value).unwrap();
    let machines = machines.into_iter().map(|machine| Surveyed {
        machine: serde_json::from_value(machine).unwrap(),
        power: power(),
        ..Surveyed::default()
    });
    let survey = Survey {
        us: "admin".into(),
        machines: machines.collect(),
        fabrics: vec![read(json!({"id": 1, "name": "oam", "vlans": [vlan]}))],
        subnets: vec![serde_json::from_value(subnet).unwrap()],
        ..Survey::default()
    };
    let answers =
        Answers { site: "s".into(), url: "http://m/MAAS".into(), maas_secret: "k".into(), trust_secret: None };
    export(&survey, &answers)
}

fn power() -> wire::PowerParameters {
    serde_json::from_value(json!({
        "power_address": "10.9.0.5", "power_user": "root", "power_pass": "calvin", "power_driver": "LAN_2_0",
        "power_boot_type": "efi", "privilege_level": "OPERATOR", "cipher_suite_id": "17",
        "workaround_flags": ["opensesspriv"],
    }))
    .unwrap()
}

fn machine(name: &str, change: &Value) -> Value {
    let vlan = json!({"id": 1, "vid": 0, "mtu": 1500, "fabric_id": 1});
    let subnet = json!({"id": 7, "cidr": "10.0.0.0/24", "gateway_ip": "10.0.0.1"});
    let link = json!({"id": 3, "mode": "static", "ip_address": "10.0.0.20", "subnet": subnet});
    let mut machine = json!({
        "system_id": format!("id-{name}"), "hostname": name, "status": DEPLOYED, "owner": "admin", "osystem": "ubuntu",
        "distro_series": "noble", "power_type": "ipmi", "bios_boot_method": "uefi",
        "interface_set": [{"id": 1, "name": "eno1", "type": "physical", "vlan": vlan, "links": [link]}],
    });
    for (field, value) in change.as_object().unwrap() {
        machine[field] = value.clone();
    }
    machine
}

fn said(exported: &Exported) -> Vec<String> {
    exported.notes.iter().map(ToString::to_string).collect()
}

#[test]
fn machines_that_are_alike_share_their_profiles() {
    let exported = exported(vec![
        machine("a", &json!({})),
        machine("b", &json!({})),
        machine("c", &json!({"tag_names": ["gpu"]})),
    ]);
    assert_eq!((exported.nodes.len(), exported.hardware_profiles.len(), exported.host_profiles.len()), (3, 1, 2));
    let node = &exported.nodes[0].spec;
    assert_eq!(node.adopt.as_ref().unwrap().provider_id.as_deref(), Some("id-a"));
    let addresses: Vec<String> =
        node.addresses.iter().map(|entry| format!("{} {}", entry.network, entry.address.unwrap())).collect();
    assert_eq!(addresses, ["oob 10.9.0.5", "oam 10.0.0.20"]);
    let host = &exported.host_profiles[0].spec.host;
    assert_eq!(host.primary_network.as_deref(), Some("oam"));
    assert_eq!(host.platform.as_ref().unwrap().image.as_deref(), Some("ubuntu/noble"));
    assert_eq!(exported.secrets.len(), 1, "one account, one Secret");
    assert!(!format!("{:?}", exported.secrets).contains("calvin"), "a password never prints");
}

#[test]
fn what_cannot_be_adopted_is_left_out_and_told_by_name() {
    let cases = [
        ("new", json!({"status": 0}), "it is New"),
        ("bob", json!({"owner": "bob"}), "it belongs to `bob`, and the API key to `admin`"),
        ("marked", json!({"tag_names": ["slipway_c2_east_n1"]}), "a node of Slipway has it already"),
        ("blank", json!({"osystem": ""}), "without an operating system"),
        ("virtual", json!({"power_type": "virsh"}), "its power type is `virsh`"),
        ("Upper", json!({}), "is no DNS label"),
    ];
    for (name, change, why) in cases {
        let exported = exported(vec![machine(name, &change)]);
        assert!(exported.nodes.is_empty(), "{name}");
        let said = said(&exported);
        assert!(
            said.iter().any(|line| line.contains(&format!("machine {name} (id-{name})")) && line.contains(why)),
            "{said:?}"
        );
    }
    let twice = exported(vec![machine("a", &json!({})), machine("a", &json!({"system_id": "other"}))]);
    assert!(said(&twice).iter().any(|line| line.contains("id-a has the same host name")), "{:?}", said(&twice));
}

#[test]
fn an_interface_that_a_design_cannot_say_is_left_out_as_a_whole() {
    let vlan = json!({"id": 9, "vid": 41, "mtu": 1500, "fabric_id": 1});
    let eno1 = machine("a", &json!({}))["interface_set"][0].clone();
    let eno2 =
        json!({"id": 2, "name": "eno2", "type": "physical", "vlan": vlan, "links": [{"id": 4, "mode": "link_up"}]});
    let exported = exported(vec![machine("a", &json!({"interface_set": [eno1, eno2]}))]);
    let names: Vec<&str> =
        exported.host_profiles[0].spec.host.interfaces.iter().map(|interface| interface.name.as_str()).collect();
    assert_eq!(names, ["eno1"]);
    assert!(said(&exported).iter().any(|line| line.contains("interface eno2 is left out")), "{:?}", said(&exported));
}
