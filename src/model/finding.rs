//! What is wrong with a design: data, with the object, the field and a hint.

use std::fmt;

/// Kind and name of an object of the site's namespace.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectKey {
    /// Its kind, such as `BaremetalNode`.
    pub kind: &'static str,
    /// Its name.
    pub name: String,
}

impl ObjectKey {
    /// The key of an object.
    pub fn new(kind: &'static str, name: impl Into<String>) -> Self {
        Self { kind, name: name.into() }
    }
}

impl fmt::Display for ObjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.kind, self.name)
    }
}

/// How bad a finding is. Errors come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Nothing is done to the nodes it concerns until it is mended.
    Error,
    /// Worth mending; stops nothing.
    Warning,
}

impl Severity {
    /// Its name, as reported.
    pub fn name(self) -> &'static str {
        match self {
            Self::Error => "Error",
            Self::Warning => "Warning",
        }
    }
}

/// One result of validation.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// Id of the rule, such as `SLW1003`.
    pub rule: &'static str,
    /// The object that is to be mended.
    pub object: ObjectKey,
    /// Path of the field in it, such as `spec.addresses[oam].address`.
    pub field: String,
    /// What was found and what was expected.
    pub message: String,
    /// What to do.
    pub hint: String,
    /// The nodes that cannot be acted on because of it; empty: the whole site.
    pub nodes: Vec<String>,
    /// The borrowed object that it is about, where the borrower has to see to it.
    pub lent: Option<ObjectKey>,
}

impl Finding {
    /// Whether it stops work on `node`.
    pub fn stops(&self, node: &str) -> bool {
        self.severity == Severity::Error && (self.nodes.is_empty() || self.nodes.iter().any(|n| n == node))
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {} ({}). {}", self.object, self.field, self.message, self.rule, self.hint)
    }
}
