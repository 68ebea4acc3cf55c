//! What an import has to say: warnings, each with its document and field.

use super::ImportError;
use std::{cell::RefCell, fmt};

/// Something that was not carried over, or not as it stood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// Kind and name of the document.
    pub document: String,
    /// Path of the field in it.
    pub field: String,
    /// What was not carried over, and why.
    pub why: String,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.document, self.field, self.why)
    }
}

/// The warnings so far. Shared by all readers of a document, hence the cell.
#[derive(Debug, Default)]
pub(super) struct Notes(RefCell<Vec<Warning>>);

impl Notes {
    /// A place in a document.
    pub fn place(&self, document: &str) -> Place<'_> {
        Place { notes: self, document: document.to_owned(), path: String::new() }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.borrow().len()
    }

    /// Forgets all but the first `len`: those of a document that is left out would only distract from its error.
    pub fn truncate(&self, len: usize) {
        self.0.borrow_mut().truncate(len);
    }

    /// All of them.
    pub fn into_warnings(self) -> Vec<Warning> {
        self.0.into_inner()
    }
}

/// A field of a document, for what there is to say of it.
#[derive(Debug, Clone)]
pub(super) struct Place<'a> {
    notes: &'a Notes,
    document: String,
    path: String,
}

impl Place<'_> {
    /// A field below.
    pub fn at(&self, key: &str) -> Self {
        let path = if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) };
        Self { path, ..self.clone() }
    }

    /// An entry of this list.
    pub fn index(&self, index: usize) -> Self {
        Self { path: format!("{}[{index}]", self.path), ..self.clone() }
    }

    /// Says what is not carried over, or not as it stands.
    pub fn warn(&self, why: impl Into<String>) {
        let warning = Warning { document: self.document.clone(), field: self.path.clone(), why: why.into() };
        self.notes.0.borrow_mut().push(warning);
    }

    /// Why the whole document cannot be imported.
    pub fn refuse(&self, found: impl Into<String>, expected: impl Into<String>) -> ImportError {
        ImportError::Field {
            document: self.document.clone(),
            field: self.path.clone(),
            found: found.into(),
            expected: expected.into(),
        }
    }
}
