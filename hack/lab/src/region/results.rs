//! What scripts did on a node: sets of results, one set for each commissioning, test, installation or release.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::node::Node;
use super::scripts::Script;
use super::{Region, times};
use crate::maas::Params;

/// What a set of results belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SetKind {
    Commissioning,
    Installation,
    Testing,
    Release,
}

impl SetKind {
    pub(crate) fn number(self) -> u8 {
        match self {
            Self::Commissioning => 0,
            Self::Installation => 1,
            Self::Testing => 2,
            Self::Release => 3,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Commissioning => "Commissioning",
            Self::Installation => "Installation",
            Self::Testing => "Testing",
            Self::Release => "Release",
        }
    }
}

/// How a script fared, by MAAS's number.
pub(crate) type ResultStatus = u8;

pub(crate) const PENDING: ResultStatus = 0;
pub(crate) const RUNNING: ResultStatus = 1;
pub(crate) const PASSED: ResultStatus = 2;
pub(crate) const FAILED: ResultStatus = 3;
pub(crate) const TIMED_OUT: ResultStatus = 4;
pub(crate) const ABORTED: ResultStatus = 5;
pub(crate) const SKIPPED: ResultStatus = 9;

/// MAAS's words for a result, and for the lack of one.
pub(crate) fn status_name(status: i64) -> &'static str {
    match status {
        0 => "Pending",
        1 => "Running",
        2 => "Passed",
        3 => "Failed",
        4 => "Timed out",
        5 => "Aborted",
        6 => "Degraded",
        7 => "Installing dependencies",
        8 => "Failed installing dependencies",
        9 => "Skipped",
        10 => "Applying custom network configuration",
        11 => "Failed to apply custom network configuration",
        _ => "Unknown",
    }
}

/// The results of one piece of work.
#[derive(Clone, Debug)]
pub(crate) struct ScriptSet {
    pub(crate) id: u64,
    pub(crate) kind: SetKind,
    pub(crate) last_ping: Option<Timestamp>,
    pub(crate) results: Vec<ScriptResult>,
}

/// What one script did.
#[derive(Clone, Debug)]
pub(crate) struct ScriptResult {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) script: Option<u64>,
    pub(crate) revision: Option<u64>,
    pub(crate) hardware_type: u8,
    /// How long it may take, in seconds.
    timeout: u64,
    pub(crate) parameters: Value,
    pub(crate) status: ResultStatus,
    pub(crate) exit_status: Option<i64>,
    pub(super) created: Timestamp,
    pub(super) updated: Timestamp,
    pub(super) started: Option<Timestamp>,
    pub(super) ended: Option<Timestamp>,
    pub(crate) suppressed: bool,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) result: String,
}

/// The status of several results together; -1 when there is nothing to tell.
pub(crate) fn together<'a>(results: impl Iterator<Item = &'a ScriptResult>) -> i64 {
    let all: Vec<ResultStatus> = results.filter(|one| !one.suppressed).map(|one| one.status).collect();
    for status in [RUNNING, 7, 10, PENDING, FAILED, 8, 11, TIMED_OUT, 6, PASSED, SKIPPED] {
        if all.contains(&status) {
            return i64::from(if status == SKIPPED { PASSED } else { status });
        }
    }
    -1
}

impl ScriptSet {
    pub(super) fn status(&self) -> i64 {
        let status = together(self.results.iter());
        let aborted = self.results.iter().any(|one| one.status == ABORTED);
        if status == -1 && aborted { i64::from(ABORTED) } else { status }
    }

    pub(super) fn started(&self) -> Option<Timestamp> {
        self.results.iter().filter_map(|one| one.started).min()
    }

    pub(super) fn ended(&self) -> Option<Timestamp> {
        if self.results.iter().any(|one| one.ended.is_none()) {
            return None;
        }
        self.results.iter().filter_map(|one| one.ended).max()
    }

    /// The results of a script of this name, of this id, or that `filters` names.
    pub(crate) fn chosen<'a>(&'a self, filters: &'a [String], hardware: Option<u8>) -> Vec<&'a ScriptResult> {
        let mut kept: Vec<&ScriptResult> = self
            .results
            .iter()
            .filter(|one| {
                filters.is_empty() || filters.iter().any(|word| one.name == *word || one.id.to_string() == *word)
            })
            .filter(|one| hardware.is_none_or(|hardware| one.hardware_type == hardware))
            .collect();
        kept.sort_by(|a, b| (&a.name, a.id).cmp(&(&b.name, b.id)));
        kept
    }
}

pub(super) fn runtime(started: Option<Timestamp>, ended: Option<Timestamp>) -> String {
    match (started, ended) {
        (Some(started), Some(ended)) => {
            times::duration(u64::try_from((ended - started).get_seconds()).unwrap_or_default())
        }
        _ => String::new(),
    }
}

impl ScriptResult {
    fn of(id: u64, script: &Script, parameters: Value) -> Self {
        Self {
            name: script.name.clone(),
            script: Some(script.id),
            hardware_type: script.hardware_type,
            timeout: script.timeout,
            parameters,
            ..Self::log(id, "")
        }
    }

    /// The log of an installation.
    fn log(id: u64, name: &str) -> Self {
        let now = Timestamp::now();
        Self {
            id,
            name: name.to_owned(),
            script: None,
            revision: None,
            hardware_type: 0,
            timeout: 0,
            parameters: json!({}),
            status: PENDING,
            exit_status: None,
            created: now,
            updated: now,
            started: None,
            ended: None,
            suppressed: false,
            stdout: String::new(),
            stderr: String::new(),
            result: String::new(),
        }
    }

    /// The name in events: with the disk that was tested.
    pub(crate) fn label(&self) -> String {
        match self.parameters["storage"]["value"]["name"].as_str() {
            Some(disk) => format!("{} on {disk}", self.name),
            None => self.name.clone(),
        }
    }

    pub(crate) fn ends(&mut self, status: ResultStatus, revision: Option<u64>) {
        let now = Timestamp::now();
        self.updated = now;
        self.status = status;
        if status == ABORTED {
            return;
        }
        self.started.get_or_insert(now);
        self.ended = Some(now);
        self.revision = revision;
        self.exit_status = Some(i64::from(!matches!(status, PASSED | SKIPPED)));
    }

    pub(crate) fn starts(&mut self) {
        self.status = RUNNING;
        self.started = Some(Timestamp::now());
    }

    /// How long it will take: as long as it took, as it took before, or as it may take at most.
    pub(super) fn estimate(&self, node: &Node) -> String {
        if self.ended.is_some() {
            return runtime(self.started, self.ended);
        }
        let before = node.sets.iter().flat_map(|set| &set.results);
        let mut before = before.filter(|one| one.name == self.name && one.status == PASSED);
        let before = before.rfind(|one| one.parameters == self.parameters);
        before.map_or_else(|| times::duration(self.timeout), |one| runtime(one.started, one.ended))
    }
}

impl Region {
    /// A new set of pending results.
    pub(crate) fn new_set(&mut self, node: &str, kind: SetKind, scripts: &[u64], data: &Params) -> u64 {
        let id = self.ids.set();
        let mut scripts: Vec<Script> = scripts.iter().filter_map(|id| self.scripts.get(*id)).cloned().collect();
        scripts.sort_by_key(|script| script.id);
        let disks = self.nodes.get(node).map(testable).unwrap_or_default();
        let mut results = Vec::new();
        for script in &scripts {
            let parameters = self.parameters_of(script, data);
            for parameters in for_each_disk(&parameters, &disks) {
                results.push(ScriptResult::of(self.ids.result(), script, parameters));
            }
        }
        if kind == SetKind::Installation {
            results.push(ScriptResult::log(self.ids.result(), "/tmp/install.log"));
        }
        if let Some(node) = self.nodes.get_mut(node) {
            node.sets.push(ScriptSet { id, kind, last_ping: None, results });
            match kind {
                SetKind::Commissioning => node.commissioning_result = Some(id),
                SetKind::Testing => node.testing_result = Some(id),
                SetKind::Installation => node.installation_result = Some(id),
                SetKind::Release => {}
            }
        }
        self.forget_old_sets(node, kind);
        id
    }

    /// Keeps as many sets of a kind as the settings say.
    fn forget_old_sets(&mut self, node: &str, kind: SetKind) {
        let name = format!("max_node_{}_results", kind.name().to_lowercase());
        let keep = usize::try_from(self.config_number(&name)).unwrap_or(usize::MAX).max(1);
        let Some(node) = self.nodes.get_mut(node) else { return };
        if kind == SetKind::Testing {
            // Tests that were never begun are not kept beside newer ones.
            let newest = node.testing_result;
            let begun = |set: &ScriptSet| set.results.iter().any(|one| one.status != ABORTED);
            node.sets.retain(|set| set.kind != kind || Some(set.id) == newest || begun(set));
        }
        let count = node.sets.iter().filter(|set| set.kind == kind).count();
        for _ in keep..count {
            if let Some(at) = node.sets.iter().position(|set| set.kind == kind) {
                node.sets.remove(at);
            }
        }
    }

    /// What a script is told: what the request says, what the settings say, or its own defaults.
    fn parameters_of(&self, script: &Script, data: &Params) -> Value {
        let mut parameters = crate::maas::script_parameters(script, data);
        for name in ["maas_auto_ipmi_user", "maas_auto_ipmi_user_privilege_level", "maas_auto_ipmi_cipher_suite_id"] {
            if let Some(what) = script.parameters.get(name)
                && parameters.get(name).is_none()
            {
                let mut what = what.clone();
                what["value"] = json!(self.config_text(name));
                parameters[name] = what;
            }
        }
        parameters
    }

    /// The script that would give MAAS an account on the BMC is passed over when asked.
    pub(crate) fn skip_bmc_config(&mut self, node: &str) {
        let script = self.script_named("30-maas-01-bmc-config");
        let revision = self.revision_of(script);
        let Some(record) = self.nodes.get_mut(node).filter(|record| record.skip_bmc_config) else { return };
        let current = record.commissioning_result;
        let results = record.set_mut(current).into_iter().flat_map(|set| &mut set.results);
        for result in results.filter(|one| one.script == script) {
            result.ends(SKIPPED, revision);
        }
    }

    /// Commissioning found the disks: the storage tests that wait are one for each disk.
    pub(crate) fn spread_tests(&mut self, node: &str) {
        let Some(record) = self.nodes.get_mut(node) else { return };
        let disks = testable(record);
        let current = record.testing_result;
        let waits =
            |set: &&mut ScriptSet| Some(set.id) == current && set.results.iter().any(|one| one.status == PENDING);
        let Some(set) = record.sets.iter_mut().find(waits) else { return };
        let mut spread = Vec::new();
        for result in std::mem::take(&mut set.results) {
            for (index, parameters) in for_each_disk(&result.parameters, &disks).into_iter().enumerate() {
                let id = if index == 0 { result.id } else { self.ids.result() };
                spread.push(ScriptResult { id, parameters, ..result.clone() });
            }
        }
        set.results = spread;
    }

    /// The revision of a script that runs now.
    pub(crate) fn revision_of(&self, script: Option<u64>) -> Option<u64> {
        script.and_then(|id| self.scripts.get(id)?.history.last()).map(|revision| revision.id)
    }

    /// Work on a node was given up: what had not ended never will.
    pub(crate) fn abort_sets(&mut self, node: &str) {
        let Some(node) = self.nodes.get_mut(node) else { return };
        for result in node.sets.iter_mut().flat_map(|set| &mut set.results) {
            if matches!(result.status, PENDING | RUNNING) {
                result.ends(ABORTED, None);
            }
        }
    }
}

impl Node {
    pub(crate) fn set(&self, id: Option<u64>) -> Option<&ScriptSet> {
        self.sets.iter().find(|set| Some(set.id) == id)
    }

    pub(crate) fn set_mut(&mut self, id: Option<u64>) -> Option<&mut ScriptSet> {
        self.sets.iter_mut().find(|set| Some(set.id) == id)
    }
}

/// The disks of a node as a test is told of them.
fn testable(node: &Node) -> Vec<Value> {
    let disks = node.disks.iter().filter(|disk| disk.is_physical());
    disks
        .map(|disk| {
            json!({
                "id": disk.id, "name": disk.name, "model": disk.model, "serial": disk.serial, "id_path": disk.id_path,
            })
        })
        .collect()
}

/// The parameters once for each disk, when they are about all disks.
fn for_each_disk(parameters: &Value, disks: &[Value]) -> Vec<Value> {
    if parameters["storage"]["value"] != json!("all") || disks.is_empty() {
        return vec![parameters.clone()];
    }
    let with = |disk: &Value| {
        let mut parameters = parameters.clone();
        parameters["storage"]["value"] = disk.clone();
        parameters
    };
    disks.iter().map(with).collect()
}
