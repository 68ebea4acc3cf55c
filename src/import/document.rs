//! Documents of a YAML stream.

use super::ImportError;
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

/// Reads a stream: its documents, and what could not be read of it. A document with a fault costs only itself, broken
/// syntax the rest of the stream.
pub fn read(origin: &str, text: &str) -> (Vec<Document>, Vec<ImportError>) {
    // Sites of thousands of nodes are one stream, so only single documents are limited. `!name` without quotes is a YAML
    // tag on nothing: a subtraction would be lost, so tags are refused. `y` and `off` stay the text they are, where YAML
    // 1.1 would make booleans of them; `Fields::flag` knows the words. Snippets could show credentials.
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! { max_reader_input_bytes: None, max_documents: usize::MAX },
        leading_zero_numbers_as_strings: true,
        underscored_numbers_as_strings: true,
        reject_unsupported_tags: true,
        strict_booleans: true,
        with_snippet: false,
    };
    let (mut documents, mut errors) = (Vec::new(), Vec::new());
    let mut bytes = text.as_bytes();
    for (at, result) in serde_saphyr::read_with_options::<_, Value>(&mut bytes, options).enumerate() {
        let (origin, index) = (origin.to_owned(), at + 1);
        match result {
            Ok(value) => documents.push(Document { origin, index, value }),
            Err(error) => errors.push(ImportError::Unreadable { origin, index, reason: error.to_string() }),
        }
    }
    (documents, errors)
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
        assert!(text.starts_with("a.yaml, document 2: cannot be read as YAML"), "{text}");
        assert!(!text.contains("s3cret"), "{text}");
    }

    #[test]
    fn broken_syntax_costs_the_rest_of_the_stream() {
        let (documents, errors) = read("-", "a: 1\n---\nb: [\n---\nc: 3\n");
        assert_eq!((documents.len(), errors.len()), (1, 1));
    }
}
