//! Where a mistake is to be mended.

pub(super) use crate::model::pointer::segment;
use crate::model::{ObjectKey, pointer::segments};

/// Where a mistake is to be mended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A field of an object.
    Object(ObjectKey, String),
    /// The value at this JSON Pointer of an effective description: in whichever object gave it.
    Inherited(String),
    /// A field of the node's own object.
    Own(String),
}

/// A field of an object.
pub(super) fn at(kind: &'static str, name: &str, field: impl Into<String>) -> Place {
    Place::Object(ObjectKey::new(kind, name), field.into())
}

/// The object that gave a node the value at a JSON Pointer.
pub(super) fn inherited(pointer: impl Into<String>) -> Place {
    Place::Inherited(pointer.into())
}

/// A field of the node itself.
pub(super) fn own(field: impl Into<String>) -> Place {
    Place::Own(field.into())
}

/// A JSON Pointer into a description as the path of a manifest's field: `/interfaces/bond0/link` is
/// `spec.interfaces[bond0].link`.
pub(super) fn field(pointer: &str) -> String {
    const LISTS: [&str; 6] = ["interfaces", "disks", "partitions", "volumeGroups", "logicalVolumes", "softwareRaids"];
    let mut path = String::from("spec");
    let mut in_list = false;
    for segment in segments(pointer) {
        if in_list {
            path.extend(["[", &segment, "]"]);
            in_list = false;
        } else {
            path.push('.');
            path.push_str(&segment);
            in_list = LISTS.contains(&segment.as_str());
        }
    }
    path
}
