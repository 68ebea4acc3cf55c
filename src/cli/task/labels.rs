//! Label selectors as `kubectl -l` takes them.

use crate::api::selector::{LabelOperator, LabelRequirement, LabelSelector};

/// Reads `a=b,c!=d,e in (f,g),h notin (i),j,!k`.
pub fn selector(text: &str) -> Result<LabelSelector, String> {
    let mut selector = LabelSelector::default();
    for part in parts(text) {
        let part = part.trim();
        let named = |key: &str| {
            let key = key.trim();
            let fits = !key.is_empty() && !key.contains([' ', '(', ')', '=', '!', ',']);
            if fits {
                Ok(key.to_owned())
            } else {
                Err(format!(
                    "`{part}` is no requirement on a label; write key=value, key!=value, key in (a,b), key or !key"
                ))
            }
        };
        if let Some((key, rest)) = part.split_once(" in ").or_else(|| part.split_once(" notin ")) {
            let values = rest.trim().strip_prefix('(').and_then(|rest| rest.strip_suffix(')'));
            let values = values.ok_or_else(|| format!("`{part}`: values stand in brackets, as in `{key} in (a,b)`"))?;
            let operator = if part.contains(" notin ") { LabelOperator::NotIn } else { LabelOperator::In };
            let values = values.split(',').map(|value| value.trim().to_owned()).collect();
            selector.match_expressions.push(LabelRequirement { key: named(key)?, operator, values });
        } else if let Some((key, value)) = part.split_once("!=") {
            let values = vec![value.trim().to_owned()];
            selector.match_expressions.push(LabelRequirement {
                key: named(key)?,
                operator: LabelOperator::NotIn,
                values,
            });
        } else if let Some((key, value)) = part.split_once("==").or_else(|| part.split_once('=')) {
            selector.match_labels.insert(named(key)?, value.trim().to_owned());
        } else {
            let (key, operator) = match part.strip_prefix('!') {
                Some(key) => (key, LabelOperator::DoesNotExist),
                None => (part, LabelOperator::Exists),
            };
            selector.match_expressions.push(LabelRequirement { key: named(key)?, operator, values: Vec::new() });
        }
    }
    Ok(selector)
}

/// What stands between the commas that are outside of brackets.
fn parts(text: &str) -> Vec<&str> {
    let (mut parts, mut start, mut depth) = (Vec::new(), 0, 0_i32);
    for (at, letter) in text.char_indices() {
        match letter {
            '(' => depth += 1,
            ')' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn selectors_are_read_as_kubectl_reads_them() {
        let read = selector("rack=r01,tier!=test,zone in (a, b),row notin (c),gpu,!spare").unwrap();
        assert_eq!(read.match_labels.into_iter().collect::<Vec<_>>(), [("rack".into(), "r01".into())]);
        let told: Vec<_> =
            read.match_expressions.into_iter().map(|r| (r.key, r.operator, r.values.join(" "))).collect();
        let expected = [
            ("tier", LabelOperator::NotIn, "test"),
            ("zone", LabelOperator::In, "a b"),
            ("row", LabelOperator::NotIn, "c"),
            ("gpu", LabelOperator::Exists, ""),
            ("spare", LabelOperator::DoesNotExist, ""),
        ];
        assert_eq!(told, expected.map(|(key, operator, values)| (key.to_owned(), operator, values.to_owned())));
        for wrong in ["", "=a", "a in b", "a b", "a,,b"] {
            assert!(selector(wrong).is_err(), "{wrong}");
        }
    }
}
