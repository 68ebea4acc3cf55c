//! kubectl with one kubeconfig, so with one identity.

use crate::{TestbedError, error::io};
use std::{
    ffi::OsStr,
    path::{Path, PathBuf},
    process::{Output, Stdio},
    time::Duration,
};
use tokio::{io::AsyncWriteExt, process::Command, time::timeout};

/// Longest time that one kubectl may take; `kubectl wait` has its own, shorter one.
const DEADLINE: Duration = Duration::from_mins(3);

/// Runs kubectl as whoever the kubeconfig names.
#[derive(Debug, Clone)]
pub struct Kubectl {
    pub(crate) program: PathBuf,
    pub(crate) kubeconfig: PathBuf,
    /// Discovery is cached by address and port, which other runs use for other clusters.
    pub(crate) cache: PathBuf,
}

impl Kubectl {
    /// The same kubectl with another kubeconfig.
    pub fn with_kubeconfig(&self, kubeconfig: &Path) -> Self {
        Self { kubeconfig: kubeconfig.to_owned(), ..self.clone() }
    }

    /// Standard output of a kubectl that succeeds; a failure is an error that holds its standard error.
    pub async fn run<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Result<String, TestbedError> {
        self.run_with_input(args, "").await
    }

    /// As [`Kubectl::run`], with a text on standard input for `-f -`.
    pub async fn run_with_input<S: AsRef<OsStr>>(
        &self,
        args: impl IntoIterator<Item = S>,
        input: &str,
    ) -> Result<String, TestbedError> {
        let args: Vec<_> = args.into_iter().map(|arg| arg.as_ref().to_owned()).collect();
        let output = self.output(&args, input).await?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        let command = args.join(OsStr::new(" ")).to_string_lossy().into_owned();
        Err(TestbedError::Kubectl { command, stderr: String::from_utf8_lossy(&output.stderr).trim().to_owned() })
    }

    /// Whatever comes out, success or not.
    pub async fn output<S: AsRef<OsStr>>(
        &self,
        args: impl IntoIterator<Item = S>,
        input: &str,
    ) -> Result<Output, TestbedError> {
        let mut command = Command::new(&self.program);
        command.args(args).env("KUBECONFIG", &self.kubeconfig).env("KUBECACHEDIR", &self.cache).kill_on_drop(true);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(io(format!("start {}", self.program.display())))?;
        if let Some(mut stdin) = child.stdin.take() {
            // A kubectl that failed already does not read any more; its answer says why.
            let _ = stdin.write_all(input.as_bytes()).await;
        }
        let late =
            || TestbedError::Timeout { what: "kubectl".to_owned(), waited: DEADLINE, last: "it runs".to_owned() };
        timeout(DEADLINE, child.wait_with_output()).await.map_err(|_| late())?.map_err(io("wait for kubectl"))
    }
}
