//! Who is who, in regions of a few nodes.

use super::*;
use crate::drivers::maas::lower::fixtures::{identity, node};

fn find(nodes: serde_json::Value, power: serde_json::Value, take_over: Option<&str>) -> Found {
    look(nodes, power, take_over, None)
}

fn look(
    nodes: serde_json::Value,
    power: serde_json::Value,
    take_over: Option<&str>,
    adopt: Option<&Adoption>,
) -> Found {
    let nodes: Vec<wire::IndexNode> = serde_json::from_value(nodes).unwrap();
    let (design, identity) = (node(), identity());
    let subject = Subject {
        design: &design,
        design_hash: "d1",
        identity: &identity,
        provider_id: None,
        decided_on: None,
        generation: 0,
        take_over,
        adopt,
        bmc: None,
        cipher_suite: None,
        user_data: None,
    };
    Index::new(&nodes, &serde_json::from_value(power).unwrap()).find(&subject)
}

#[test]
fn what_is_adopted_is_found_by_what_is_said_of_it_and_by_nothing_else() {
    use serde_json::json;
    let mac = |last: &str| json!({"mac_address": format!("52:54:00:00:01:{last}")});
    let nodes = json!([
        {"system_id": "a", "hardware_info": {"system_serial": "S1"}, "interface_set": [mac("01"), mac("02")]},
        {"system_id": "b", "hardware_info": {"system_serial": "S2"}, "interface_set": [mac("12")]},
        {"system_id": "c", "hardware_info": {"system_serial": "S2"}},
        {"system_id": "d", "hardware_info": {"system_serial": "Unknown"}},
        {"system_id": "r", "node_type": 4, "hardware_info": {"system_serial": "S9"}},
    ]);
    let found = |adopt: Adoption| look(nodes.clone(), json!({}), None, Some(&adopt));
    let serial = |text: &str| found(Adoption { serial: Some(text.into()), ..Adoption::default() });
    let machine = Found::Machine("a".into());
    assert_eq!(serial("S1"), machine);
    assert_eq!(found(Adoption { provider_id: Some("a".into()), ..Adoption::default() }), machine);
    let by_mac = |mac: &str| Adoption { mac_address: Some(mac.parse().unwrap()), ..Adoption::default() };
    assert_eq!(found(by_mac("52:54:00:00:01:02")), machine);
    assert_eq!(serial("S7"), Found::Nothing, "the boot MAC alone, which leads to a, adopts nothing");
    assert_eq!(serial("Unknown"), Found::Nothing, "what MAAS does not know is no serial number");
    assert_eq!(serial("S9"), Found::Controller("r".into()));
    let Found::Conflict(text) = serial("S2") else { panic!("two machines have it") };
    assert!(text.contains("spec.adopt.serial S2 is that of b and c"), "{text}");
    let Found::Conflict(text) = found(by_mac("52:54:00:00:01:12")) else { panic!("the design is of another") };
    assert!(text.contains("spec.adopt.macAddress 52:54:00:00:01:12 is that of b"), "{text}");
}

#[test]
fn a_design_that_contradicts_what_is_adopted_is_told() {
    use serde_json::json;
    let adopt = Adoption { provider_id: Some("b".into()), ..Adoption::default() };
    let found = |mac: &str, bmc: &str| {
        let nodes = json!([{"system_id": "b", "interface_set": [{"mac_address": mac}]}]);
        look(nodes, json!({"b": {"power_address": bmc}}), None, Some(&adopt))
    };
    assert_eq!(found("52:54:00:00:01:01", "10.99.1.1"), Found::Machine("b".into()));
    let says = |mac, bmc| match found(mac, bmc) {
        Found::Conflict(text) => text,
        other => panic!("{other:?}"),
    };
    assert_eq!(
        says("52:54:00:00:01:01", "10.99.1.9"),
        "spec.adopt.providerId b is machine b, whose BMC address is 10.99.1.9, and the design says 10.99.1.1"
    );
    assert!(says("52:54:00:00:09:09", "10.99.1.1").contains("whose MAC is 52:54:00:00:09:09, and the design says"));
}

#[test]
fn any_key_finds_the_machine() {
    use serde_json::json;
    let machine = Found::Machine("a".into());
    let none = || json!({});
    let tag = json!([{"system_id": "a", "node_type": 0, "tag_names": ["slipway_c1_east_n1"]}]);
    let mac = json!([{"system_id": "a", "interface_set": [{"mac_address": "52:54:00:00:01:01"}]}, {"system_id": "b"}]);
    let power = json!({"a": {"power_address": "10.99.1.1", "power_pass": "x", "workaround_flags": ["y"]}});
    assert_eq!(find(tag, none(), None), machine);
    assert_eq!(find(mac.clone(), none(), None), machine);
    assert_eq!(find(json!([]), power.clone(), None), machine);
    assert_eq!(find(mac, power, None), machine);
    assert_eq!(find(json!([{"system_id": "b", "hostname": "n1"}]), none(), None), Found::Nothing, "a name is no key");
    let old = json!([{"system_id": "a", "tag_names": ["slipway_c9_east_n1"]}]);
    assert_eq!(find(old.clone(), none(), None), Found::Nothing);
    assert_eq!(find(old, none(), Some("c9")), machine);
}

#[test]
fn a_kept_index_is_good_while_the_region_bears_it_out() {
    let poll = Duration::from_secs(10);
    let at = Instant::now();
    let kept = |confirmed: Option<u64>| Kept {
        at,
        index: Arc::default(),
        is_outdated: false,
        confirmed: confirmed.map(|seconds| at + Duration::from_secs(seconds)),
    };
    let is_good = |kept: Kept, seconds| kept.is_good(poll, at + Duration::from_secs(seconds));
    assert!(is_good(kept(None), 9), "it was fetched just now");
    assert!(!is_good(kept(None), 11), "there may be news");
    assert!(is_good(kept(Some(40)), 50));
    assert!(!is_good(kept(Some(20)), 50), "the region is silent");
    assert!(!is_good(kept(Some(59)), 61), "what is changed by hand makes no news");
}

#[test]
fn a_record_of_nobody_beside_the_marked_one_is_a_replacement_and_one_of_somebody_is_none() {
    use serde_json::json;
    let beside = |status: u64, tags: &[&str]| {
        let nodes = json!([
            {"system_id": "a", "status": 6, "tag_names": ["slipway_c1_east_n1"]},
            {"system_id": "b", "status": status, "tag_names": tags,
             "interface_set": [{"mac_address": "52:54:00:00:01:01"}]},
        ]);
        find(nodes, json!({"a": {"power_address": "10.99.1.1"}, "b": {"power_address": "10.99.1.1"}}), None)
    };
    for (status, name) in [(0, "New"), (1, "Commissioning"), (4, "Ready")] {
        let Found::Replaced(known, others) = beside(status, &["compute"]) else { panic!("{name}") };
        assert_eq!(known, "a");
        let said = |what: &str| format!("record b ({name}), nobody's, has its {what}");
        assert_eq!(others, [said("BMC address 10.99.1.1"), said("MAC 52:54:00:00:01:01")]);
    }
    for somebodys in [beside(6, &[]), beside(10, &[]), beside(0, &["slipway_c1_east_n2"])] {
        assert!(matches!(somebodys, Found::Conflict(_)), "{somebodys:?}");
    }
}

#[test]
fn contradicting_keys_and_controllers_are_told() {
    use serde_json::json;
    let mac = json!({"mac_address": "52:54:00:00:01:01"});
    let nodes = json!([{"system_id": "a", "interface_set": [mac]}]);
    let power = json!({"b": {"power_address": "10.99.1.1"}});
    let wanted = "BMC address 10.99.1.1 is that of b, MAC 52:54:00:00:01:01 is that of a";
    assert_eq!(find(nodes, power, None), Found::Conflict(wanted.into()));
    let rack = json!([{"system_id": "r", "node_type": 4, "interface_set": [mac]}]);
    assert_eq!(find(rack, json!({}), None), Found::Controller("r".into()));
    let device = json!([{"system_id": "d", "node_type": 1, "interface_set": [mac]}]);
    assert_eq!(find(device, json!({}), None), Found::Nothing);
}
