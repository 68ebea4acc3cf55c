//! `slipway ports`: what the design wants of the ports of the switches.

use crate::run::{Run, SAMPLE, sample, slipway};

fn cabled() -> String {
    let cables = |node: &str, ports: [&str; 3]| {
        let [pxe, one, two] = ports;
        let from = format!("  name: {node}\nspec:\n");
        let to = format!(
            "{from}  cabling:\n    - {{device: nic-pxe, switch: tor-r01, port: {pxe}}}\n    - {{device: nic-data1, switch: tor-r01, port: {one}}}\n    - {{device: nic-data2, switch: tor-r01, port: {two}}}\n"
        );
        (from, to)
    };
    let mut text = sample();
    for (node, ports) in [
        ("r01-u11", ["Ethernet12", "Ethernet13", "\"Ethernet14, left\""]),
        ("r01-u10", ["Ethernet2", "Ethernet3", "Ethernet4"]),
    ] {
        let (from, to) = cables(node, ports);
        assert!(text.contains(&from), "the sample has no {node}");
        text = text.replacen(&from, &to, 1);
    }
    text
}

fn fine(run: Run) -> String {
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    run.stdout
}

#[test]
fn the_ports_of_the_sample_of_two_racks() {
    insta::assert_snapshot!(fine(slipway(&["ports", "-f", SAMPLE], "")));
}

#[test]
fn the_ports_of_a_rack_of_the_production_sample() {
    let run = slipway(&["ports", "-f", "config/samples/production", "--rack", "r01", "-o", "csv"], "");
    insta::assert_snapshot!(fine(run));
}

#[test]
fn ports_that_are_cabled_stand_in_the_order_of_their_switches() {
    insta::assert_snapshot!(fine(slipway(&["ports", "-f", "-", "--rack", "r01"], cabled())));
    let run = slipway(&["ports", "-f", "-", "--rack", "r01", "-o", "csv"], cabled());
    assert!(run.stderr.contains("6 of 12 devices have no cable with a port"), "{}", run.stderr);
    let csv = fine(run);
    let quoted =
        r#"r01,tor-r01,"Ethernet14, left",r01-u11,bond0,nic-data2 (PCI 0000:31:00.1),data,802.3ad,,,41 42,9000"#;
    assert!(csv.lines().any(|line| line == quoted), "{csv}");
}

#[test]
fn ports_are_objects_for_programs() {
    let run = slipway(&["ports", "-f", "-", "--rack", "r01", "-o", "json"], cabled());
    let ports: serde_json::Value = serde_json::from_str(&fine(run)).unwrap();
    let expected = serde_json::json!({
        "rack": "r01", "switch": "tor-r01", "port": "Ethernet2", "node": "r01-u10", "interface": "pxe",
        "device": "nic-pxe (PCI 0000:04:00.0)", "link": "pxe", "mode": "single",
        "nativeNetwork": "pxe", "nativeVlan": null, "tagged": [], "mtu": 1500,
    });
    assert_eq!(ports[0], expected);
}

#[test]
fn an_unknown_rack_is_told_with_those_that_are_there() {
    let run = slipway(&["ports", "-f", SAMPLE, "--rack", "r99"], "");
    assert_eq!(run.code, Some(2));
    assert!(run.stderr.contains("there is no Rack `r99`; there are r01, r02"), "{}", run.stderr);
}
