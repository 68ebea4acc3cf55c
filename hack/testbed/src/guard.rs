//! Ends a process when the one that started it is gone, even by SIGKILL.
//!
//! The guard is a small shell that reads a pipe whose other end only we hold. When we are gone the read returns, and
//! the guard kills the process, if PID and start time still name the same one.

use crate::{TestbedError, error::io, resources};
use std::process::{Child, Command, Stdio};

const SCRIPT: &str = r#"
trap "" INT TERM HUP
read -r _
stat=$(cat "/proc/$1/stat" 2>/dev/null) || exit 0
set -- "$1" "$2" ${stat##*) }
[ "$2" = "${22}" ] && kill -9 "$1"
"#;

pub(crate) struct Guard(Child);

impl Guard {
    pub(crate) fn watch(pid: u32) -> Result<Self, TestbedError> {
        let start = resources::start_time(pid)?;
        let mut command = Command::new("sh");
        command.args(["-c", SCRIPT, "guard", &pid.to_string(), &start]);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().map(Self).map_err(io("start a guard"))
    }

    pub(crate) fn pid(&self) -> u32 {
        self.0.id()
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
