//! A stream, document by document.

use super::{Fault, Marks, Place, build::Builder};
use granit_parser::{Event, Parser};
use serde_json::Value;

/// Bound on how deep lists and maps may nest.
pub(super) const DEPTH: usize = 64;

/// One document.
#[derive(Debug, Clone)]
pub struct Document {
    /// Number of the document in the stream, from 1. Those that say nothing are not counted.
    pub index: usize,
    /// What it says.
    pub value: Value,
    /// Where it says so.
    pub marks: Marks,
}

/// Reads a stream: its documents, and what is wrong with those that are not among them.
pub fn read(text: &str) -> (Vec<Document>, Vec<Fault>) {
    let options = granit_parser::options! {
        emit_comments: false,
        flow_nesting_limit: DEPTH,
        block_nesting_limit: DEPTH,
    };
    let mut parser = Parser::new_from_str_with_options(text, options);
    let (mut documents, mut faults) = (Vec::new(), Vec::new());
    let mut index = 0;
    loop {
        let result = match parser.next_event() {
            None | Some(Ok((Event::StreamEnd, _))) => break,
            Some(Ok((Event::DocumentStart(..), _))) => {
                index += 1;
                let mut builder = Builder::new(&mut parser, index);
                let result = builder.document();
                faults.append(&mut builder.faults);
                result
            }
            Some(Ok(_)) => continue,
            // Between two documents: what stands there is counted as one.
            Some(Err(error)) => {
                index += 1;
                Err(error)
            }
        };
        match result {
            Ok(Some((value, marks))) => documents.push(Document { index, value, marks }),
            Ok(None) => index -= usize::from(faults.last().is_none_or(|fault| fault.index != index)),
            Err(error) => {
                faults.push(Fault::of_syntax(index, text, &error));
                if !matches!(parser.proceed_next_document(), Ok(true)) {
                    break;
                }
            }
        }
    }
    (documents, faults)
}

/// The place of a byte in a text.
pub fn place_in(text: &[u8], byte: usize) -> Place {
    let before = &text[..byte.min(text.len())];
    let line = before.split(|byte| *byte == b'\n').count();
    let start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1);
    Place::new(line, String::from_utf8_lossy(&before[start..]).chars().count() + 1)
}
