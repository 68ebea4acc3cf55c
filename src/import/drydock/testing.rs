//! What the tests of converters share.

use super::Drydock;
use crate::import::{DesignSource, Imported, SiteAnswers, read};

/// Imports a stream that can be read.
pub(super) fn import(text: &str) -> Imported {
    let (documents, errors) = read("test.yaml", text);
    assert_eq!(errors, []);
    let answers = SiteAnswers {
        maas_url: "http://maas.example.com:5240/MAAS".into(),
        maas_secret: "maas-credentials".into(),
        ..SiteAnswers::default()
    };
    Drydock.import(documents, &answers)
}

/// The warnings as printed.
pub(super) fn warnings(imported: &Imported) -> Vec<String> {
    imported.warnings.iter().map(ToString::to_string).collect()
}

/// The errors as printed.
pub(super) fn errors(imported: &Imported) -> Vec<String> {
    imported.errors.iter().map(ToString::to_string).collect()
}
