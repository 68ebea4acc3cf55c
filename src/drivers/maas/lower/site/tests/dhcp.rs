//! Who answers DHCP, and what waits for an approval.

use super::*;

#[test]
fn dhcp_is_turned_on_after_its_range_by_a_rack_that_is_there() {
    let mut design = design(&[("a", "10.0.0.0/24", None)]);
    let range = (RangeType::Dhcp, "10.0.0.10".parse().unwrap(), "10.0.0.20".parse().unwrap());
    if let Some(network) = design.networks.get_mut("a") {
        network.ranges = vec![range];
    }
    let mut seen = seen();
    let (_, conflicts) = texts(&design, &seen);
    assert_eq!(conflicts.len(), 1, "no rack on that VLAN: {conflicts:?}");
    let on = |id| Interface { vlan: Some(vlan(id, 0, 0)), ..Interface::default() };
    let rack = |name: &str, id| Rack {
        system_id: name.into(),
        hostname: name.into(),
        interface_set: vec![on(id)],
        ..Rack::default()
    };
    seen.racks = vec![rack("elsewhere", 5002), rack("here", 5001)];
    let (calls, conflicts) = texts(&design, &seen);
    assert!(conflicts.is_empty());
    let last = ["create dynamic range 10.0.0.10 - 10.0.0.20 in a", "turn on DHCP for a, by rack controller here"];
    assert_eq!(calls[calls.len() - 2..], last);
}

#[test]
fn dhcp_goes_off_only_where_it_was_turned_on_and_after_an_approval() {
    let mut design = with_range("10.0.0.10", "10.0.0.20");
    let seen = served();
    assert_eq!(texts(&design, &seen), (Vec::new(), Vec::new()));
    let dhcp = DhcpDesign { external: Some(address("10.0.0.2")), ..DhcpDesign::default() };
    network(&mut design, "a").dhcp = Some(dhcp.clone());
    let (calls, conflicts) = texts(&design, &seen);
    assert!(calls.is_empty(), "{calls:?}");
    assert!(conflicts[0].contains("Slipway did not turn it on: turn it off in MAAS"), "{conflicts:?}");
    let ours = lowered(&design, &seen, &["Dhcp/data/0"]);
    let calls: Vec<(String, bool)> = ours.calls.iter().map(|call| (call.to_string(), call.is_destructive())).collect();
    assert_eq!(calls, [("turn off DHCP for a: the design has a server of your own at 10.0.0.2".to_owned(), true)]);
    assert!(permitted(&ours, &[]).is_empty() && permitted(&ours, &["something else".to_owned()]).is_empty());
    assert_eq!(permitted(&ours, &[calls[0].0.clone()]).len(), 1);
    // Off, the range is nobody's to give.
    let mut seen = seen;
    seen.fabrics[0].vlans[0].dhcp_on = false;
    seen.subnets[0].vlan.dhcp_on = false;
    let (calls, _) = texts_of(&design, &seen, &["Dhcp/data/0"]);
    assert_eq!(calls, ["set dynamic range 10.0.0.10 - 10.0.0.20 in a: type reserved (is dynamic)"]);
    // Unless the network says so all the same.
    network(&mut design, "a").dhcp = Some(DhcpDesign { mode: DhcpMode::Always, ..dhcp });
    let (calls, _) = texts(&design, &seen);
    assert_eq!(calls, ["turn on DHCP for a, by rack controller one"]);
}

#[test]
fn dhcp_moves_after_an_approval_and_not_beside_a_server_that_nobody_declared() {
    let mut design = with_range("10.0.0.10", "10.0.0.20");
    let dhcp = |rack: &str| Some(DhcpDesign { primary_rack: Some(rack.into()), ..DhcpDesign::default() });
    let mut seen = served();
    network(&mut design, "a").dhcp = dhcp("one");
    assert_eq!(texts(&design, &seen), (Vec::new(), Vec::new()));
    network(&mut design, "a").dhcp = dhcp("two");
    let moved = lowered(&design, &seen, &[]);
    assert_eq!(
        moved.calls[0].to_string(),
        "move DHCP of a to rack controller two (is one), with none beside it (is none)"
    );
    assert!(moved.calls[0].is_destructive());
    network(&mut design, "a").dhcp = dhcp("three");
    let (_, conflicts) = texts(&design, &seen);
    assert_eq!(conflicts, ["network a: dhcp.primaryRack names three, which is no rack controller of this region"]);
    network(&mut design, "a").dhcp = None;
    let vlan = &mut seen.fabrics[0].vlans[0];
    (vlan.dhcp_on, vlan.external_dhcp) = (false, Some("10.0.0.7".into()));
    let (calls, conflicts) = texts(&design, &seen);
    assert!(calls.is_empty() && conflicts[0].contains("not its own at 10.0.0.7"), "{calls:?} {conflicts:?}");
}
