//! Documents of a YAML stream.

use super::ImportError;
use crate::manifest::yaml;
use serde_json::Value;

/// One document, with where it stood.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// File, or `-`.
    pub origin: String,
    /// Number of the document in it, from 1.
    pub index: usize,
    /// What it says.
    pub value: Value,
}

/// Reads a stream: its documents, and what could not be read of it. A document with a fault costs itself alone, wherever
/// the syntax lets the next one be found.
pub fn read(origin: &str, text: &str) -> (Vec<Document>, Vec<ImportError>) {
    let (documents, faults) = yaml::read(text);
    let document = |read: yaml::Document| Document { origin: origin.to_owned(), index: read.index, value: read.value };
    let error = |fault: yaml::Fault| ImportError::Unreadable {
        origin: origin.to_owned(),
        index: fault.index,
        reason: format!("line {}, column {}: {}; {}", fault.place.line, fault.place.column, fault.message, fault.hint),
    };
    (documents.into_iter().map(document).collect(), faults.into_iter().map(error).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_stream_is_read_document_by_document() {
        let (documents, errors) =
            read("a.yaml", "---\na: 1\n---\n# nothing\n---\nb: ['!x', '0644', 0644, true, off, y, 2.5]\n");
        let values: Vec<&Value> = documents.iter().map(|d| &d.value).collect();
        assert_eq!(values, [&json!({"a": 1}), &json!({"b": ["!x", "0644", "0644", true, "off", "y", 2.5]})]);
        assert_eq!(errors, []);
    }

    #[test]
    fn a_fault_costs_its_document_alone_and_shows_no_content() {
        let (documents, errors) = read("a.yaml", "a: 1\n---\ncredential: s3cret\nb: !name\n---\nc: 3\n");
        assert_eq!(documents.len(), 2, "{documents:?}");
        let text = errors[0].to_string();
        assert!(text.starts_with("a.yaml, document 2: cannot be read as YAML: line 4, column 4: "), "{text}");
        assert!(!text.contains("s3cret"), "{text}");
    }

    #[test]
    fn broken_syntax_costs_its_document_alone_too() {
        let (documents, errors) = read("-", "a: 1\n---\nb: [\n---\nc: 3\n");
        assert_eq!((documents.len(), errors.len()), (2, 1));
    }
}
