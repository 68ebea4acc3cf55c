//! What a recorded exchange says of the state before it: which states a machine must have been in, and what must have
//! gone wrong on it.

use serde_json::{Value, json};

use crate::exchange::Exchange;

/// The states in one of which the machine must be; none means any.
pub(crate) fn states(exchange: &Exchange) -> Vec<&str> {
    let text = exchange.text();
    for (start, end) in [("in the '", "' state"), ("is in state ", "."), ("Invalid transition: ", " ->")] {
        if let Some(state) = text.split(start).nth(1).and_then(|rest| rest.split(end).next()) {
            return vec![state];
        }
    }
    let shown: Vec<&str> =
        exchange.shown("status_name").filter(|_| exchange.shown("system_id").is_some()).into_iter().collect();
    let pieces: Vec<&str> = exchange.path().trim_matches('/').split('/').collect();
    if exchange.method == "GET" {
        return if matches!(pieces[..], ["machines", _]) && exchange.op().is_none() { shown } else { Vec::new() };
    }
    if exchange.status >= 400 {
        return if text.contains("non-broken") || text.contains("not in 'Failed testing'") {
            Vec::new()
        } else {
            refused(exchange)
        };
    }
    match (&pieces[..], exchange.op()) {
        (["machines", _], Some("commission")) => vec!["New", "Failed commissioning", "Ready", "Broken"],
        (["machines", _], Some("deploy")) => vec!["Ready", "Allocated"],
        (["machines", _], Some("release")) => vec![
            "Allocated",
            "Reserved",
            "Deployed",
            "Broken",
            "Failed deployment",
            "Failed disk erasing",
            "Releasing failed",
            "Ready",
            "Deploying",
        ],
        (["machines", _], Some("mark_fixed")) => vec!["Broken"],
        (["machines", _], Some("override_failed_testing")) => vec!["Failed testing"],
        (["machines", _], Some("exit_rescue_mode")) => vec!["Rescue mode"],
        (["machines"], Some("allocate")) | (["machines", _], Some("set_storage_layout")) => vec!["Ready"],
        (["machines", _], Some("test" | "rescue_mode" | "mark_broken")) => Vec::new(),
        (
            ["machines", _],
            Some(
                "restore_networking_configuration" | "restore_storage_configuration" | "restore_default_configuration",
            ),
        ) => {
            vec!["Ready", "Failed testing"]
        }
        (["machines", _], _) => shown,
        (["nodes", _, "interfaces", ..], _) => {
            vec!["New", "Ready", "Failed testing", "Allocated", "Broken", "Deployed"]
        }
        (["nodes", _, ..], _) => vec!["Ready", "Allocated"],
        _ => Vec::new(),
    }
}

/// The states in which an operation is refused as it was.
fn refused(exchange: &Exchange) -> Vec<&'static str> {
    let said = exchange.body.to_string();
    if said.contains("Commission is not available") {
        return vec![
            "Commissioning",
            "Allocated",
            "Deploying",
            "Deployed",
            "Failed testing",
            "Testing",
            "Failed deployment",
            "Releasing",
            "Rescue mode",
        ];
    }
    if said.contains("not Ready") || said.contains("is not New, Ready") {
        return vec!["Deployed", "Deploying", "Commissioning", "Allocated", "Failed deployment", "Broken", "Testing"];
    }
    Vec::new()
}

/// What must go wrong on the machine for the state that the exchange shows.
pub(crate) fn faults(exchange: &Exchange, all: &[Exchange]) -> Vec<Value> {
    let Some(machine) = exchange.machine().or_else(|| exchange.shown("system_id")) else { return Vec::new() };
    let wanted = states(exchange);
    let has = |state: &str| wanted.len() == 1 && wanted[0] == state;
    let shows = |state: &str| exchange.body.to_string().contains(state);
    let mut faults = Vec::new();
    if has("Failed commissioning") || (wanted.is_empty() && shows("\"Failed\"") && shows("\"Commissioning\"")) {
        faults
            .push(json!({"kind": "commissionFails", "machine": machine, "script": failing(machine, all), "count": 1}));
    }
    if has("Failed testing") || (wanted.is_empty() && shows("Failed testing")) {
        faults.push(json!({"kind": "testFails", "machine": machine, "count": 1}));
    }
    if has("Failed deployment") || (wanted.is_empty() && shows("Failed deployment")) {
        faults.push(json!({"kind": "deployFails", "machine": machine, "count": 1}));
    }
    if has("Failed disk erasing") || has("Releasing failed") {
        faults.push(json!({"kind": "eraseFails", "machine": machine, "count": 1}));
    }
    faults
}

/// The script that failed in a commissioning of this machine.
fn failing(machine: &str, all: &[Exchange]) -> Value {
    let of_machine = all.iter().filter(|one| one.machine() == Some(machine));
    let sets = of_machine.flat_map(|one| match &one.body {
        Value::Array(sets) => sets.iter().collect::<Vec<_>>(),
        set => vec![set],
    });
    let commissionings = sets.filter(|set| set["type_name"] == json!("Commissioning"));
    let mut results = commissionings.flat_map(|set| set["results"].as_array().into_iter().flatten());
    results.find(|one| one["status_name"] == json!("Failed")).map_or(Value::Null, |one| one["name"].clone())
}
