//! Commissioning: the scripts and tests that the hardware profile names, and whether they were run.

use crate::{
    drivers::maas::{call::Call, wire},
    model::{CommissioningDesign, ScriptRun},
};

/// What was run on a machine: `GET nodes/{id}/results/current-commissioning/` and `…/current-testing/`.
#[derive(Debug, Clone, Copy)]
pub struct Ran<'a> {
    /// By the last commissioning.
    pub scripts: &'a [wire::ScriptResult],
    /// By the last testing.
    pub tests: &'a [wire::ScriptResult],
}

/// The call that commissions a machine as designed.
pub fn call(design: &CommissioningDesign, machine: &wire::Machine) -> Call {
    let path = ["machines/".into(), machine.system_id.as_str().into(), "/".into()];
    let call = Call::post(path, says(design))
        .op("commission")
        // The BMC's accounts are the design's, not MAAS's to make.
        .with("skip_bmc_config", true)
        .with("enable_ssh", false);
    let names = |runs: &[ScriptRun]| runs.iter().map(|run| run.name.as_str()).collect::<Vec<_>>().join(",");
    // With no names MAAS runs all scripts that the site has added, and its default tests.
    let scripts = Some(names(&design.scripts)).filter(|names| !names.is_empty());
    let tests = design.tests.as_deref().map(|runs| if runs.is_empty() { "none".to_owned() } else { names(runs) });
    let call = call.maybe("commissioning_scripts", scripts).maybe("testing_scripts", tests);
    let parameters = design.scripts.iter().chain(design.tests.iter().flatten()).flat_map(|run| {
        run.parameters.iter().map(move |(name, value)| (format!("{}_{name}", run.name), value.as_str()))
    });
    parameters.fold(call, |call, (name, value)| call.with(&name, value))
}

/// The call, where the machine was commissioned otherwise than designed.
pub fn lower(design: &CommissioningDesign, machine: &wire::Machine, ran: Ran<'_>) -> Vec<Call> {
    let scripts = design.scripts.iter().filter(|run| !was_run(run, ran.scripts));
    let tests = design.tests.iter().flatten().filter(|run| !was_run(run, ran.tests));
    if scripts.chain(tests).next().is_none() { Vec::new() } else { vec![call(design, machine)] }
}

fn says(design: &CommissioningDesign) -> String {
    let all: Vec<String> = design.scripts.iter().chain(design.tests.iter().flatten()).map(one).collect();
    if all.is_empty() {
        "commission the machine".into()
    } else {
        format!("commission the machine with {}", all.join(", "))
    }
}

fn one(run: &ScriptRun) -> String {
    let parameters: Vec<String> = run.parameters.iter().map(|(name, value)| format!(" {name}={value}")).collect();
    format!("{}{}", run.name, parameters.concat())
}

/// Whether a script was run with these parameters. One that MAAS skipped, for the lack of its hardware, was tried.
fn was_run(run: &ScriptRun, results: &[wire::ScriptResult]) -> bool {
    results.iter().filter(|result| result.name == run.name).any(|result| {
        run.parameters.iter().all(|(name, value)| result.parameter(name).as_deref() == Some(value.as_str()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(name: &str, parameters: &[(&str, &str)]) -> ScriptRun {
        let parameters = parameters.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        ScriptRun { name: name.into(), parameters }
    }

    fn results(json: serde_json::Value) -> Vec<wire::ScriptResult> {
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn what_was_run_otherwise_is_run_again() {
        let machine = wire::Machine { system_id: "abc123".into(), ..wire::Machine::default() };
        let design = CommissioningDesign {
            scripts: vec![run("45-raid", &[("level", "1")])],
            tests: None,
            ..CommissioningDesign::default()
        };
        let lowered = |json: serde_json::Value| {
            let scripts = results(json);
            lower(&design, &machine, Ran { scripts: &scripts, tests: &[] }).len()
        };
        assert_eq!(lowered(serde_json::json!([])), 1);
        assert_eq!(lowered(serde_json::json!([{"name": "45-raid", "parameters": {}}])), 1);
        let typed = serde_json::json!([{"name": "45-raid", "parameters": {"level": {"type": "string", "value": 1}}}]);
        assert_eq!(lowered(typed), 0);
        assert_eq!(lowered(serde_json::json!([{"name": "45-raid", "parameters": {"level": "1"}}])), 0);
        let said = lower(&design, &machine, Ran { scripts: &[], tests: &[] })[0].to_string();
        assert_eq!(said, "commission the machine with 45-raid level=1");
        let nothing = CommissioningDesign::default();
        assert!(lower(&nothing, &machine, Ran { scripts: &[], tests: &[] }).is_empty(), "nothing is asked for");
    }

    #[test]
    fn tests_are_left_to_maas_named_or_skipped() {
        let machine = wire::Machine::default();
        let form = |tests: Option<Vec<ScriptRun>>| {
            let call = call(&CommissioningDesign { tests, ..CommissioningDesign::default() }, &machine);
            call.form.iter().map(|(name, value)| format!("{name}={value:?}")).collect::<Vec<_>>().join(" ")
        };
        assert!(!form(None).contains("testing_scripts"));
        assert!(form(Some(Vec::new())).contains(r#"testing_scripts=Text("none")"#));
        let tests = vec![run("memtester", &[("runtime", "60")]), run("fio", &[])];
        let named = form(Some(tests));
        assert!(named.contains(r#"testing_scripts=Text("memtester,fio")"#), "{named}");
        assert!(named.contains(r#"memtester_runtime=Text("60")"#), "{named}");
    }
}
