//! What is wrong, with its place: a finding of the design, a violation of a schema, or a file that cannot be read.

use crate::{manifest::yaml::Place, model::Severity};
use std::{fmt, rc::Rc};

/// The rule that every object can be read. A schema's violations are its findings.
pub const READABLE: &str = "SLW1013";

/// Something to mend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where it stands; nothing for what stands in no file.
    pub place: Option<InFile>,
    /// How bad it is.
    pub severity: Severity,
    /// Id of the rule.
    pub rule: &'static str,
    /// Kind and name of the object, where it is known.
    pub object: Option<String>,
    /// Path of the field in it; empty where it is none.
    pub field: String,
    /// What was found and what was expected.
    pub message: String,
    /// What to do.
    pub hint: String,
    /// The nodes that are not acted on because of it; empty: the whole site.
    pub nodes: Vec<String>,
}

/// A place in a file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct InFile {
    /// The file as it was named, or `-`.
    pub file: Rc<str>,
    /// Line and column in it.
    pub at: Place,
}

impl fmt::Display for InFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.at)
    }
}

impl Problem {
    /// Something that cannot be read.
    pub fn unreadable(place: Option<InFile>, message: String, hint: impl Into<String>) -> Self {
        Self {
            place,
            severity: Severity::Error,
            rule: READABLE,
            object: None,
            field: String::new(),
            message,
            hint: hint.into(),
            nodes: Vec::new(),
        }
    }

    /// `file:line:column: ` where it stands in a file, else nothing.
    pub fn prefix(&self) -> String {
        self.place.as_ref().map(|place| format!("{place}: ")).unwrap_or_default()
    }

    /// Object, field and message in one line.
    pub fn sentence(&self) -> String {
        match (&self.object, self.field.as_str()) {
            (Some(object), "") => format!("{object}: {}", self.message),
            (Some(object), field) => format!("{object} {field}: {}", self.message),
            (None, _) => self.message.clone(),
        }
    }
}
