//! JSON Pointers (RFC 6901) into descriptions, entries of lists by name.

/// A name as one segment of a pointer: `/dev/sda` is `~1dev~1sda`.
pub fn segment(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// The names that a pointer leads through.
pub fn segments(pointer: &str) -> impl Iterator<Item = String> {
    pointer.split('/').skip(1).map(|segment| segment.replace("~1", "/").replace("~0", "~"))
}
