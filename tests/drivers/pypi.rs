//! Programs from PyPI, in a virtual environment that `hack/tools/install` makes.

use std::{path::PathBuf, process::Stdio};
use tokio::sync::OnceCell;

/// The folder of the programs from PyPI; without them a test says that it is skipped.
pub async fn python() -> Option<PathBuf> {
    static FOLDER: OnceCell<Option<PathBuf>> = OnceCell::const_new();
    let find = || async {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/hack/tools/install");
        let mut command = tokio::process::Command::new(script);
        command.args(["--for", "python"]).stdin(Stdio::null()).stderr(Stdio::inherit()).kill_on_drop(true);
        let output = command.output().await.expect("hack/tools/install runs");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        output.status.success().then(|| PathBuf::from(text.lines().last().unwrap_or_default()))
    };
    let folder = FOLDER.get_or_init(find).await.clone();
    if folder.is_none() {
        eprintln!("skipped: the programs from PyPI are not there");
    }
    folder
}
