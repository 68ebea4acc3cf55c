//! A program that a test started: its logs, its signals, what it uses.

use crate::{TestbedError, error::io, eventually, guard::Guard, resources};
use serde_json::Value;
use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    time::Duration,
};

/// Bytes of a log that are shown when something failed.
const TAIL: usize = 4000;

/// A running program. Dropped, it is killed and waited for; it also ends when the process that holds this dies.
pub struct Process {
    name: String,
    child: Child,
    stdout: PathBuf,
    stderr: PathBuf,
    guard: Guard,
}

impl Process {
    /// Starts `command`. Its standard output and error go to `NAME.stdout` and `NAME.stderr` in the folder `logs`; its
    /// standard input is a pipe that stays open while the program is to run.
    pub fn spawn(name: &str, mut command: Command, logs: &Path) -> Result<Self, TestbedError> {
        let [stdout, stderr] = ["stdout", "stderr"].map(|kind| logs.join(format!("{name}.{kind}")));
        let create = |path: &Path| File::create(path).map_err(io(format!("write {}", path.display())));
        command.stdin(Stdio::piped()).stdout(create(&stdout)?).stderr(create(&stderr)?);
        let mut child = command.spawn().map_err(io(format!("start {name} ({})", command.get_program().display())))?;
        match Guard::watch(child.id()) {
            Ok(guard) => Ok(Self { name: name.to_owned(), child, stdout, stderr, guard }),
            Err(error) => {
                let _ = child.kill();
                let _ = child.wait();
                Err(error)
            }
        }
    }

    /// Process ID.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Process ID and that of the shell which guards it: both are gone after drop.
    pub fn pids(&self) -> [u32; 2] {
        [self.child.id(), self.guard.pid()]
    }

    /// How it ended, if it did.
    pub fn status(&mut self) -> Result<Option<ExitStatus>, TestbedError> {
        self.child.try_wait().map_err(io(format!("ask for {}", self.name)))
    }

    /// An error with its last words, if it ended.
    pub fn check_running(&mut self) -> Result<(), TestbedError> {
        match self.status()? {
            None => Ok(()),
            Some(status) => Err(TestbedError::Ended { program: self.name.clone(), status, log: self.log_tail() }),
        }
    }

    /// Kills it at once (SIGKILL), as a crash or the kernel would, and waits for its end.
    pub fn kill9(&mut self) -> Result<ExitStatus, TestbedError> {
        self.child.kill().and_then(|()| self.child.wait()).map_err(io(format!("kill {}", self.name)))
    }

    /// Asks it to end (SIGTERM) and waits for that until the deadline.
    pub async fn terminate(&mut self, deadline: Duration) -> Result<ExitStatus, TestbedError> {
        self.signal("TERM").await?;
        self.wait(deadline).await
    }

    /// Sends a signal by its name without `SIG`, such as `STOP`.
    pub async fn signal(&mut self, signal: &str) -> Result<(), TestbedError> {
        // Asking first keeps the PID ours: the system gives it away only after we have waited for the process.
        if self.status()?.is_none() {
            let mut kill = tokio::process::Command::new("sh");
            kill.args(["-c", "kill -s \"$1\" \"$2\"", "kill", signal, &self.pid().to_string()]);
            kill.stdin(Stdio::null()).status().await.map_err(io(format!("send SIG{signal} to {}", self.name)))?;
        }
        Ok(())
    }

    /// Waits until it ends by itself.
    pub async fn wait(&mut self, deadline: Duration) -> Result<ExitStatus, TestbedError> {
        let what = format!("the end of {}", self.name);
        let child = &mut self.child;
        let ended = eventually(deadline, &what, || {
            let status = child.try_wait();
            async move { status.map_err(|error| error.to_string())?.ok_or_else(|| "it runs".to_owned()) }
        });
        ended.await
    }

    /// Waits for the first line on standard output, by which our programs tell that they are ready, and reads it as
    /// JSON. Fails at once when the program ends instead.
    pub async fn wait_ready_line(&mut self, deadline: Duration) -> Result<Value, TestbedError> {
        let what = format!("the first line of {}", self.name);
        let line = eventually(deadline, &what, || {
            // An end before the line is final: it is handed out as a value.
            let ended = self.check_running();
            let output = self.stdout();
            async move {
                match (output.split_once('\n'), ended) {
                    (Some((line, _)), _) => Ok(Ok(line.to_owned())),
                    (None, Err(error)) => Ok(Err(error)),
                    (None, Ok(())) => Err("no line"),
                }
            }
        })
        .await??;
        serde_json::from_str(&line).map_err(|source| TestbedError::Json { what: format!("'{line}'"), source })
    }

    /// Everything written to standard output so far.
    pub fn stdout(&self) -> String {
        text(&self.stdout)
    }

    /// Everything written to standard error so far.
    pub fn stderr(&self) -> String {
        text(&self.stderr)
    }

    /// The end of standard error, or of standard output if that is empty: for messages about failures.
    pub fn log_tail(&self) -> String {
        let log = Some(self.stderr()).filter(|text| !text.trim().is_empty()).unwrap_or_else(|| self.stdout());
        let from = log.ceil_char_boundary(log.len().saturating_sub(TAIL));
        log[from..].to_owned()
    }

    /// Highest resident memory so far, in units of 1024 bytes. Only while it runs.
    pub fn peak_rss_kib(&self) -> Result<u64, TestbedError> {
        resources::peak_rss_kib(self.pid())
    }

    /// Processor time so far, user and system, in seconds. Only while it runs.
    pub fn cpu_seconds(&self) -> Result<f64, TestbedError> {
        resources::cpu_seconds(self.pid())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.kill9();
    }
}

fn text(path: &Path) -> String {
    fs::read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
}
