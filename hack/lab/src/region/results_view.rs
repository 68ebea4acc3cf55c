//! Results of scripts as MAAS shows them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::node::Node;
use super::results::{ScriptResult, ScriptSet, SetKind, runtime, status_name};
use super::times;

impl ScriptSet {
    pub(crate) fn view(&self, node: &Node, output: bool, filters: &[String], hardware: Option<u8>) -> Value {
        let (started, ended) = (self.started(), self.ended());
        let status = self.status();
        json!({
            "id": self.id, "system_id": node.system_id, "type": self.kind.number(), "type_name": self.kind.name(),
            "status": status, "status_name": status_name(status), "started": started.map(times::long),
            "ended": ended.map(times::long), "runtime": runtime(started, ended),
            "last_ping": self.last_ping.map(times::long),
            "results": self.chosen(filters, hardware).into_iter().map(|one| one.view(node, output)).collect::<Vec<_>>(),
            "resource_uri": format!("/MAAS/api/2.0/nodes/{}/results/{}/", node.system_id, self.id),
        })
    }
}

#[allow(clippy::cast_precision_loss, reason = "microseconds of this century fit")]
fn float(at: Option<Timestamp>) -> Value {
    at.map_or_else(|| json!(""), |at| json!(at.as_microsecond() as f64 / 1e6))
}

impl ScriptResult {
    fn view(&self, node: &Node, output: bool) -> Value {
        let status = i64::from(self.status);
        let mut view = json!({
            "id": self.id, "created": times::long(self.created), "updated": times::long(self.updated),
            "name": self.name, "status": status, "status_name": status_name(status), "exit_status": self.exit_status,
            "started": self.started.map(times::long), "ended": self.ended.map(times::long),
            "runtime": runtime(self.started, self.ended), "starttime": float(self.started),
            "endtime": float(self.ended), "estimated_runtime": self.estimate(node), "parameters": self.parameters,
            "script_id": self.script, "script_revision_id": self.revision, "suppressed": self.suppressed,
        });
        if output {
            let combined = format!("{}{}", self.stdout, self.stderr);
            for (key, text) in
                [("output", &combined), ("stdout", &self.stdout), ("stderr", &self.stderr), ("result", &self.result)]
            {
                view[key] = json!(STANDARD.encode(text));
            }
        }
        view
    }

    /// The old, flat form.
    pub(crate) fn flat_view(&self, node: &Node, kind: SetKind) -> Value {
        json!({
            "created": times::iso(self.created), "updated": times::iso(self.updated), "id": self.id,
            "name": self.name, "script_result": self.exit_status, "result_type": kind.number(),
            "node": {"system_id": node.system_id}, "data": STANDARD.encode(format!("{}{}", self.stdout, self.stderr)),
            "resource_uri": "/MAAS/api/2.0/commissioning-scripts/",
        })
    }
}
