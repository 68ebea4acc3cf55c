//! Paths of fields, written out only where something is wrong.

use std::fmt;

/// A field and the fields around it.
#[derive(Clone, Copy)]
pub(super) enum Path<'a> {
    /// The object itself.
    Root,
    /// A field of a map.
    Field(&'a Path<'a>, &'a str),
    /// An entry of a list, by what it is known by.
    Entry(&'a Path<'a>, &'a str),
    /// An entry of a list, by its index.
    Index(&'a Path<'a>, usize),
}

impl Path<'_> {
    /// Whether it leads through a field whose name fits.
    pub(super) fn any(&self, fits: &dyn Fn(&str) -> bool) -> bool {
        match self {
            Self::Root => false,
            Self::Field(parent, name) => fits(name) || parent.any(fits),
            Self::Entry(parent, _) | Self::Index(parent, _) => parent.any(fits),
        }
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => Ok(()),
            Self::Field(Self::Root, name) => f.write_str(name),
            Self::Field(parent, name) => write!(f, "{parent}.{name}"),
            Self::Entry(parent, name) => write!(f, "{parent}[{name}]"),
            Self::Index(parent, index) => write!(f, "{parent}[{index}]"),
        }
    }
}
