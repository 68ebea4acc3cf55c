//! Where programs are: ours beside the test, others in the folder that `hack/tools/install` names.

use crate::{TestbedError, error::io};
use std::{
    env,
    path::{Path, PathBuf},
    process::Stdio,
};
use tokio::{process::Command, sync::OnceCell};

/// Path of a program that `hack/tools/install --for kubernetes` makes, such as `kubectl`. The first call may build it,
/// once on a machine, for minutes; its progress is on standard error. `SLIPWAY_TOOLS` names another folder.
pub async fn tool(name: &str) -> Result<PathBuf, TestbedError> {
    static FOLDER: OnceCell<PathBuf> = OnceCell::const_new();
    let folder = match env::var_os("SLIPWAY_TOOLS") {
        Some(folder) if !folder.is_empty() => PathBuf::from(folder),
        _ => FOLDER.get_or_try_init(install).await?.clone(),
    };
    existing(folder.join(name), "run `make tools`")
}

/// The project's folder, with `crds/`, `config/` and the rest.
pub fn project_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

async fn install() -> Result<PathBuf, TestbedError> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tools/install");
    let mut command = Command::new(&script);
    command.args(["--for", "kubernetes"]).stdin(Stdio::null()).stderr(Stdio::inherit()).kill_on_drop(true);
    let output = command.output().await.map_err(io(format!("run {}", script.display())))?;
    if !output.status.success() {
        return Err(TestbedError::Tools { script, status: output.status });
    }
    Ok(PathBuf::from(String::from_utf8_lossy(&output.stdout).lines().last().unwrap_or_default()))
}

/// Path of a program of this workspace, built into the same profile as the running test: `target/<profile>/NAME`.
pub fn target_binary(name: &str) -> Result<PathBuf, TestbedError> {
    let test = env::current_exe().map_err(io("find the running program"))?;
    let folders = test.ancestors().skip(1).take(2);
    let found = folders.map(|folder| folder.join(name)).find(|path| path.is_file());
    found.map_or_else(|| existing(test.with_file_name(name), "run `cargo build --workspace`"), Ok)
}

fn existing(path: PathBuf, hint: &'static str) -> Result<PathBuf, TestbedError> {
    if path.is_file() { Ok(path) } else { Err(TestbedError::Missing { path, hint }) }
}
