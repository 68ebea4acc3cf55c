//! What a BMC does in its own time: tasks (DSP0266 section 12) and, with iDRAC, jobs.

use super::{
    client::{Client, Outcome},
    error::RedfishError,
    http::Request,
    json::{list, text, word},
};
use serde_json::Value;
use tokio::time::{Instant, sleep_until};

/// How far a task is.
#[derive(Debug, PartialEq, Eq)]
enum Progress {
    Runs,
    Done,
    /// Done when the machine has booted, or somebody has done something.
    Waits,
    Failed(String),
}

impl Client {
    /// Waits until a task has ended, or waits itself for a reboot: `true` if it has ended.
    pub async fn finish(&self, outcome: Outcome, what: &str) -> Result<bool, RedfishError> {
        let Outcome::Task(monitor) = outcome else { return Ok(true) };
        let deadline = Instant::now() + self.timing.task;
        loop {
            let next = Instant::now() + self.timing.poll;
            match self.progress(&monitor, what).await {
                Ok(Progress::Done) => return Ok(true),
                Ok(Progress::Waits) => return Ok(false),
                Ok(Progress::Failed(state)) => return Err(state_error(what, state)),
                Ok(Progress::Runs) if next < deadline => {}
                Ok(Progress::Runs) => {
                    return Err(RedfishError::TaskRuns { what: what.to_owned(), waited: self.timing.task });
                }
                Err(error) if error.is_unknown() && next < deadline => {}
                Err(error) => return Err(error),
            }
            sleep_until(next).await;
        }
    }

    async fn progress(&self, monitor: &str, what: &str) -> Result<Progress, RedfishError> {
        let request = Request::get(monitor);
        let answer = self.send(&request).await?;
        match answer.status {
            // A monitor goes when its task has ended and somebody has looked (DSP0266 section 12.3).
            404 | 410 => return Ok(Progress::Done),
            200..300 => {}
            _ => return Err(self.http.refused(&request, &answer)),
        }
        let body = answer.json(request.what())?;
        let progress = progress(&body);
        if let Some(Progress::Failed(state)) = &progress {
            let said = list(&body, "Messages").iter().filter_map(|message| text(message, "Message"));
            let said: Vec<String> = said.chain(text(&body, "Message")).collect();
            return Err(RedfishError::TaskFailed {
                what: what.to_owned(),
                state: state.clone(),
                text: said.join(" ").chars().take(300).collect(),
            });
        }
        // Only the monitor itself says by its status whether the task runs.
        Ok(progress.unwrap_or(if answer.status == 202 { Progress::Runs } else { Progress::Done }))
    }
}

fn state_error(what: &str, state: String) -> RedfishError {
    RedfishError::TaskFailed { what: what.to_owned(), state, text: String::new() }
}

/// What `TaskState` (or `JobState`) and `TaskStatus` say.
fn progress(body: &Value) -> Option<Progress> {
    let state = word(body, "TaskState").or_else(|| word(body, "JobState"))?;
    Some(match state {
        // iDRAC's names stand beside those of the schema.
        "Completed" if word(body, "TaskStatus") == Some("Critical") => Progress::Failed("Completed, Critical".into()),
        "Completed" | "RebootCompleted" => Progress::Done,
        "Exception" | "Killed" | "Cancelled" | "Interrupted" | "Failed" | "CompletedWithErrors" | "RebootFailed" => {
            Progress::Failed(state.to_owned())
        }
        "Scheduled" | "UserIntervention" | "Suspended" | "Waiting" | "ReadyForExecution" => Progress::Waits,
        _ => Progress::Runs,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn states_of_tasks_and_jobs() {
        let of = |body: Value| progress(&body);
        assert_eq!(of(json!({"TaskState": "Running"})), Some(Progress::Runs));
        assert_eq!(of(json!({"TaskState": "Completed", "TaskStatus": "OK"})), Some(Progress::Done));
        assert!(matches!(of(json!({"TaskState": "Completed", "TaskStatus": "Critical"})), Some(Progress::Failed(_))));
        assert_eq!(of(json!({"JobState": "Scheduled"})), Some(Progress::Waits));
        assert!(matches!(of(json!({"TaskState": "Exception"})), Some(Progress::Failed(_))));
        assert_eq!(of(json!({"TaskState": 7})), None);
    }
}
