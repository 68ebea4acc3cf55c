//! The files of the paths that were given.

use std::{
    io::Read,
    path::{Path, PathBuf},
};

/// Bound on the depth of folders, so that a link that leads back ends.
const DEPTH: usize = 32;

/// What stands in the files of some paths: each with its name, or why it cannot be read.
pub fn contents(paths: &[String]) -> Vec<(String, std::io::Result<Vec<u8>>)> {
    let mut all = Vec::new();
    for path in paths {
        if path == "-" {
            let mut bytes = Vec::new();
            let read = std::io::stdin().read_to_end(&mut bytes).map(|_| bytes);
            all.push((path.clone(), read));
            continue;
        }
        let mut files = Vec::new();
        if let Err(error) = below(Path::new(path), DEPTH, true, &mut files) {
            all.push((path.clone(), Err(error)));
        }
        all.extend(files.into_iter().map(|file| (file.display().to_string(), std::fs::read(&file))));
    }
    all
}

/// The files of a path; of a folder those that hold manifests, in the order of their names.
fn below(path: &Path, depth: usize, named: bool, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    if !path.is_dir() {
        let known = path.extension().is_some_and(|e| e == "yaml" || e == "yml" || e == "json");
        if named && !path.exists() {
            return Err(std::io::ErrorKind::NotFound.into());
        }
        if named || known {
            files.push(path.to_owned());
        }
        return Ok(());
    }
    if depth == 0 {
        return Ok(());
    }
    let mut entries = std::fs::read_dir(path)?.map(|entry| entry.map(|e| e.path())).collect::<Result<Vec<_>, _>>()?;
    entries.sort();
    entries.iter().try_for_each(|entry| below(entry, depth - 1, false, files))
}
