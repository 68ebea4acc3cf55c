//! Names of objects for things of MAAS, which allows other characters.

use std::collections::BTreeMap;

/// The longest name that a host's object may have.
const LONGEST: usize = 63;

/// A name as a DNS label: lower case, with `-` for whatever is no letter or digit.
pub(super) fn label(name: &str) -> String {
    let lower = name.to_lowercase();
    let label: String =
        lower.chars().map(|c| if c.is_ascii_lowercase() || c.is_ascii_digit() { c } else { '-' }).collect();
    let mut label: String = label.trim_matches('-').chars().take(LONGEST).collect();
    while label.contains("--") {
        label = label.replace("--", "-");
    }
    label.trim_end_matches('-').to_owned()
}

/// Whether a name may stand as it is.
pub(super) fn is_label(name: &str) -> bool {
    !name.is_empty() && label(name) == name
}

/// The names that were given, each once.
#[derive(Debug, Default)]
pub(super) struct Taken(BTreeMap<String, usize>);

impl Taken {
    /// A name of its own: the wished one, or with a number behind it.
    pub fn give(&mut self, wished: &str) -> String {
        let wished = if wished.is_empty() { "unnamed" } else { wished };
        let count = self.0.entry(wished.to_owned()).or_default();
        *count += 1;
        if *count == 1 {
            return wished.to_owned();
        }
        let next = format!("{wished}-{count}");
        self.give(&next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_labels_and_stay_apart() {
        assert_eq!(label("PowerEdge R650 (x86)"), "poweredge-r650-x86");
        assert!(is_label("r01-u10") && !is_label("R01") && !is_label("") && !is_label("a-"));
        let mut taken = Taken::default();
        assert_eq!([taken.give("a"), taken.give("a"), taken.give("b"), taken.give("a")], ["a", "a-2", "b", "a-3"]);
    }
}
