//! Where an effective value comes from.

use crate::model::ObjectKey;
use std::{fmt, sync::Arc};

/// The object that gave an effective value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// The Site of this name.
    Site(Arc<str>),
    /// The Rack of this name.
    Rack(Arc<str>),
    /// The HostProfile of this name.
    HostProfile(Arc<str>),
    /// The node itself.
    Node,
}

impl Source {
    /// The object, where it is not the node itself.
    pub fn object(&self) -> Option<ObjectKey> {
        let (kind, name) = match self {
            Self::Site(name) => ("Site", name),
            Self::Rack(name) => ("Rack", name),
            Self::HostProfile(name) => ("HostProfile", name),
            Self::Node => return None,
        };
        Some(ObjectKey::new(kind, name.as_ref()))
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.object() {
            Some(object) => object.fmt(f),
            None => f.write_str("the node"),
        }
    }
}
