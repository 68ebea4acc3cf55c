//! Why a document could not be imported.

/// A document, or a stream of them, that could not be imported.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ImportError {
    /// The stream is not YAML from some document on.
    #[error("{origin}, document {index}: cannot be read as YAML: {reason}")]
    Unreadable {
        /// File, or `-`.
        origin: String,
        /// Number of the document in it, from 1.
        index: usize,
        /// What the parser said.
        reason: String,
    },
    /// A field without which, or with whose value, the document cannot be imported.
    #[error("{document} {field}: found {found}, expected {expected}; the document is left out")]
    Field {
        /// Kind and name, or place, of the document.
        document: String,
        /// Path of the field in it.
        field: String,
        /// What stood there.
        found: String,
        /// What was expected.
        expected: String,
    },
    /// Two documents would become one object.
    #[error(
        "{document} metadata.name: becomes `{name}`, which is already the name of {other}; the document is left out"
    )]
    NameTaken {
        /// Kind and name of the document.
        document: String,
        /// The name of the object.
        name: String,
        /// Kind and name of the document that has it.
        other: String,
    },
}
