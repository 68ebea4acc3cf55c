//! What is wrong with a stream, in words for whoever wrote it rather than for whoever wrote the parser.

use super::Place;
use granit_parser::{ErrorKind, ScanError};

/// A mistake that costs its document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Number of the document in the stream, from 1.
    pub index: usize,
    /// Where it stands.
    pub place: Place,
    /// What was found, and what was expected.
    pub message: String,
    /// What to do.
    pub hint: String,
}

impl Fault {
    /// A fault of the syntax.
    pub(super) fn of_syntax(index: usize, text: &str, error: &ScanError) -> Self {
        let place = Place::at(error.marker());
        let place = if is_tab(error) { first_tab(text, place).unwrap_or(place) } else { place };
        let (message, hint) = in_words(error);
        let hint = seen_in(text, place.line).map_or(hint, str::to_owned);
        Self { index, place, message, hint }
    }
}

/// The cause that the lines themselves tell: what people feed to a reader of YAML that is none yet.
fn seen_in(text: &str, line: u32) -> Option<&'static str> {
    let mut near = text.lines().skip(before(line).saturating_sub(1)).take(2);
    near.find_map(|line| {
        if ["<<<<<<<", "=======", ">>>>>>>"].iter().any(|marker| line.starts_with(marker)) {
            Some("resolve the merge conflict first")
        } else if line.contains("{{") {
            Some("this looks like a template: render it first, and validate what it gives")
        } else {
            None
        }
    })
}

/// How many lines are above one.
fn before(line: u32) -> usize {
    usize::try_from(line).unwrap_or(usize::MAX).saturating_sub(1)
}

fn is_tab(error: &ScanError) -> bool {
    matches!(
        error.kind(),
        ErrorKind::TabNotAllowed
            | ErrorKind::TabInBlockIndentation
            | ErrorKind::TabAtBlockScalarStart
            | ErrorKind::TabInIndentation
            | ErrorKind::TabInPlainScalar
    )
}

/// The tab in the indentation that the parser stopped near: it names the end of the line above, or what follows.
fn first_tab(text: &str, near: Place) -> Option<Place> {
    let mut lines = text.lines().enumerate().skip(before(near.line)).take(2);
    let indent = |line: &str| line.chars().take_while(|c| c.is_whitespace()).position(|c| c == '\t');
    lines.find_map(|(at, line)| Some(Place::new(at + 1, indent(line)? + 1)))
}

fn in_words(error: &ScanError) -> (String, String) {
    use ErrorKind as Kind;
    let (message, hint) = match error.kind() {
        _ if is_tab(error) => ("found a tab, expected spaces", "indent with spaces only"),
        Kind::UnclosedFlowCollection { open } | Kind::MismatchedFlowCollectionEnd { open, .. } => {
            let close = if *open == '[' { ']' } else { '}' };
            return (format!("found `{open}` that is not closed, expected `{close}`"), format!("add the `{close}`"));
        }
        Kind::UnexpectedEofFlowSequence | Kind::ExpectedFlowSequenceSeparator => {
            ("expected `,` or `]` in a list in brackets", "add the comma or the bracket")
        }
        Kind::UnexpectedEofFlowMapping
        | Kind::UnexpectedEofImplicitFlowMapping
        | Kind::ExpectedFlowMappingSeparator => {
            ("expected `,` or `}` in a map in braces", "add the comma or the brace; text with a comma needs quotes")
        }
        Kind::MisplacedFlowCollectionEnd => {
            ("found a closing bracket that nothing opened", "take it out, or put the text in quotes")
        }
        Kind::UnclosedQuotedScalar | Kind::DocumentIndicatorInQuotedScalar => {
            ("found a quote that is not closed before the document ends", "add the closing quote")
        }
        Kind::InvalidTrailingSingleQuotedScalar | Kind::InvalidTrailingDoubleQuotedScalar => {
            ("found text after a closing quote, expected the end of the value", "put the whole value in quotes")
        }
        Kind::InvalidQuotedScalarIndent | Kind::InvalidFlowScalarIndent => {
            ("found a continued line that is not indented", "indent it deeper than its key, or close the quote before")
        }
        Kind::UnknownQuotedScalarEscape
        | Kind::InvalidQuotedScalarHexEscape
        | Kind::InvalidUnicodeEscape
        | Kind::UnpairedLowSurrogate
        | Kind::MissingLowSurrogate => (
            "found a backslash in double quotes that begins no escape YAML knows",
            "use single quotes, or write the backslash twice",
        ),
        Kind::MappingValueNotAllowed | Kind::InvalidColonPlacement | Kind::MappingKeyNotAllowed => (
            "found a `key:` where no key can stand",
            "check the indentation of this line and the one above; text that holds `: ` needs quotes",
        ),
        Kind::ExpectedBlockMappingKey
        | Kind::ExpectedBlockSequenceEntry
        | Kind::InvalidIndentation
        | Kind::InvalidBlockScalarIndent
        | Kind::BlockSequenceEntryNotAllowed
        | Kind::BlockEntryInFlowCollection
        | Kind::UnexpectedEofBlockMapping
        | Kind::UnexpectedEofBlockSequence => (
            "found an indentation that fits nothing above it, expected a key or `- ` in line with its neighbours",
            "line it up with the entries it belongs to",
        ),
        Kind::SimpleKeyExpected | Kind::InvalidSimpleKey => {
            ("found a line that is no `key: value`", "add the `:`, or indent the line if it goes on with a text")
        }
        Kind::ExpectedDocumentStart | Kind::InvalidDocumentEnd => {
            ("found more after the end of the document", "separate documents by a line `---`")
        }
        Kind::UnexpectedCharacter { character: character @ ('@' | '`' | '%' | '|' | '>' | '&' | '*' | '!') } => {
            return (format!("found `{character}`, with which no value can begin"), "put the value in quotes".into());
        }
        Kind::UnexpectedCharacter { character } => {
            return (
                format!("found a character that cannot stand here (U+{:04X})", u32::from(*character)),
                "put the value in quotes; if the file is not text, take it out".into(),
            );
        }
        Kind::UnknownAnchor => (
            "found an alias of an anchor that is not in this document",
            "write the value out; text that begins with `*` needs quotes",
        ),
        Kind::CommentNotSeparated | Kind::CommentInterceptedScalar => {
            ("found a comment where none can stand", "put a space before `#`; text that holds ` #` needs quotes")
        }
        Kind::RecursionLimitExceeded => ("nested deeper than any manifest is", "write it flatter"),
        Kind::BomInsideDocument => ("found a byte-order mark inside a document", "take it out"),
        _ => return (error.info(), "see the lines above; quotes around a value often help".into()),
    };
    (message.into(), hint.into())
}
