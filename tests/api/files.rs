//! The files in `crds/` are what the code says.

use slipway::{api::crds, cli::yaml::document};
use std::{collections::BTreeMap, fs, path::Path};

fn folder() -> BTreeMap<String, String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("crds");
    fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), fs::read_to_string(path).unwrap()))
        .collect()
}

#[test]
fn the_files_are_what_slipway_crds_writes() {
    let written: BTreeMap<String, String> =
        crds().iter().map(|crd| (format!("{}.yaml", crd.spec.names.plural), document(crd).unwrap())).collect();
    let found = folder();
    assert_eq!(found.keys().collect::<Vec<_>>(), written.keys().collect::<Vec<_>>(), "run `make generate`");
    for (name, text) in &written {
        let differs = text.lines().zip(found[name].lines()).position(|(written, found)| written != found);
        assert!(found[name] == *text, "crds/{name} is out of date, from line {differs:?}: run `make generate`");
    }
}

#[test]
fn each_fits_into_an_annotation_of_kubectl_apply() {
    for (name, text) in folder() {
        assert!(text.len() < 256 * 1024, "{name}: {} bytes", text.len());
    }
}
