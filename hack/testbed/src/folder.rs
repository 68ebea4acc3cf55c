//! A temporary folder that goes even when nobody drops it: tests hold what they share in statics, which never end.
//!
//! As with [`crate::guard`], a small shell reads a pipe whose other end only we hold, and removes the folder when the read
//! returns. Programs that are killed at the same moment may still write a last file, so it looks more than once.

use crate::{TestbedError, error::io};
use std::{
    path::Path,
    process::{Child, Command, Stdio},
};
use tempfile::TempDir;

const SCRIPT: &str = r#"
trap "" INT TERM HUP
read -r _
for _ in 1 2 3 4 5 6 7 8 9 10; do
    rm -rf -- "$1" && break
    sleep 0.1
done
"#;

pub(crate) struct Folder {
    folder: TempDir,
    remover: Child,
}

impl Folder {
    pub(crate) fn new() -> Result<Self, TestbedError> {
        let folder = tempfile::Builder::new().prefix("slipway-testbed-").tempdir();
        let folder = folder.map_err(io("make a temporary folder"))?;
        let mut command = Command::new("sh");
        command.args(["-c", SCRIPT, "remover"]).arg(folder.path());
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let remover = command.spawn().map_err(io("start a shell that removes a folder"))?;
        Ok(Self { folder, remover })
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = self.remover.kill();
        let _ = self.remover.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eventually;
    use std::time::Duration;

    #[tokio::test]
    async fn it_goes_with_who_holds_it_however_that_ends() {
        let mut folder = Folder::new().unwrap();
        let path = folder.path().to_owned();
        std::fs::write(path.join("file"), "text").unwrap();
        // What the system does with our end of the pipe when we are killed.
        drop(folder.remover.stdin.take());
        let gone = || async { if path.exists() { Err("it is there") } else { Ok(()) } };
        eventually(Duration::from_secs(30), "the folder to be gone", gone).await.unwrap();
    }
}
