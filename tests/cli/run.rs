//! Runs the program, and what it runs on.

use serde_json::Value;
use std::{
    io::Write,
    path::Path,
    process::{Command, Stdio},
};

/// A complete site.
pub const SAMPLE: &str = "config/samples/two-racks";

/// What a run gave.
pub struct Run {
    pub stdout: String,
    pub stderr: String,
    pub code: Option<i32>,
}

/// Runs the program from the folder of the sources.
pub fn slipway(args: &[&str], input: impl AsRef<[u8]>) -> Run {
    slipway_in(Path::new(env!("CARGO_MANIFEST_DIR")), args, input)
}

/// Runs the program from a folder.
pub fn slipway_in(folder: &Path, args: &[&str], input: impl AsRef<[u8]>) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_slipway"));
    command.args(args).current_dir(folder).env_remove("CLICOLOR_FORCE");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // A run that does not read its input has closed it, which is no fault.
    let _ = child.stdin.take().unwrap().write_all(input.as_ref());
    let output = child.wait_with_output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Run { stdout: text(output.stdout), stderr: text(output.stderr), code: output.status.code() }
}

/// What `validate` finds in a stream.
pub fn findings(input: &str) -> Vec<Value> {
    let run = slipway(&["validate", "-", "-o", "json"], input);
    serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {}{}", run.stdout, run.stderr))
}

/// The findings about single objects: those that need no other object to be seen.
pub fn violations(input: &str) -> Vec<Value> {
    findings(input).into_iter().filter(|finding| finding["rule"] == "SLW1013").collect()
}

/// `line:column field` of a finding.
pub fn place(finding: &Value) -> String {
    format!("{}:{} {}", finding["line"], finding["column"], finding["field"].as_str().unwrap())
}

/// The sample as one stream.
pub fn sample() -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(SAMPLE);
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    files.iter().map(|file| std::fs::read_to_string(file).unwrap()).collect::<Vec<_>>().join("\n---\n")
}

/// A manifest in block style, its spec from line 5 on.
pub fn manifest(kind: &str, name: &str, spec: &str) -> String {
    format!("apiVersion: slipway.dev/v1alpha1\nkind: {kind}\nmetadata: {{name: {name}}}\nspec:\n{spec}")
}
