//! What a scalar without quotes says: YAML 1.2's core schema, and where kubectl's older YAML says otherwise.

use serde_json::{Number, Value};

/// The value of a plain scalar. A number that could be meant as text (`0644`, `1_000`) stays text, and so do YAML 1.1's
/// words for true and false (`y`, `off`).
pub(super) fn plain(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
        "true" | "True" | "TRUE" => return Value::Bool(true),
        "false" | "False" | "FALSE" => return Value::Bool(false),
        _ => {}
    }
    match text.as_bytes().first() {
        Some(b'0'..=b'9' | b'+' | b'-' | b'.') => number(text).map_or_else(|| text.into(), Value::Number),
        _ => text.into(),
    }
}

/// A number, where the text is one.
pub(super) fn number(text: &str) -> Option<Number> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let signed = |magnitude: u64| {
        let negative = || 0_i64.checked_sub_unsigned(magnitude).map(Number::from);
        if text.starts_with('-') { negative() } else { Some(Number::from(magnitude)) }
    };
    for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] {
        if let Some(rest) = digits.strip_prefix(prefix) {
            let is_number = rest.bytes().all(|byte| char::from(byte).is_digit(radix));
            return u64::from_str_radix(rest, radix).ok().filter(|_| is_number).and_then(signed);
        }
    }
    if digits.bytes().all(|byte| byte.is_ascii_digit()) {
        if digits.len() > 1 && digits.starts_with('0') {
            return None;
        }
        if let Some(number) = digits.parse().ok().and_then(signed) {
            return Some(number);
        }
    }
    let of_float = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'E' | b'+' | b'-');
    let is_float = digits.starts_with(|c: char| c.is_ascii_digit() || c == '.') && digits.bytes().all(of_float);
    is_float.then(|| text.parse().ok()).flatten().and_then(Number::from_f64)
}

/// What kubectl, and all that shares its YAML 1.1 reader, makes of a plain scalar that is text here.
pub fn otherwise_in_kubectl(text: &str) -> Option<&'static str> {
    match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => return Some("true"),
        "n" | "N" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => return Some("false"),
        _ => {}
    }
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if !digits.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let bare = digits.replace('_', "");
    let is_octal = bare.len() > 1 && bare.starts_with('0') && bare.bytes().all(|byte| matches!(byte, b'0'..=b'7'));
    let is_grouped = bare.len() < digits.len() && (number(&bare).is_some() || is_octal);
    (is_octal || is_grouped).then_some("a number")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn numbers_are_numbers_and_what_only_looks_like_one_is_text() {
        for (text, value) in [
            ("1", json!(1)),
            ("-7", json!(-7)),
            ("+12", json!(12)),
            ("0", json!(0)),
            ("0x1F", json!(31)),
            ("0o17", json!(15)),
            ("2.5", json!(2.5)),
            ("1e3", json!(1000.0)),
            (".5", json!(0.5)),
            ("-9223372036854775808", json!(i64::MIN)),
            ("18446744073709551615", json!(u64::MAX)),
            ("0644", json!("0644")),
            ("1_000", json!("1_000")),
            ("0x", json!("0x")),
            ("10.0.0.1", json!("10.0.0.1")),
            ("1e999", json!("1e999")),
            (".inf", json!(".inf")),
            ("-", json!("-")),
            (".", json!(".")),
            ("52:54:00:00:00:01", json!("52:54:00:00:00:01")),
            ("2026-11-23", json!("2026-11-23")),
            ("off", json!("off")),
            ("~", json!(null)),
        ] {
            assert_eq!(plain(text), value, "{text}");
        }
    }

    #[test]
    fn kubectls_older_yaml_is_known() {
        for (text, reads) in
            [("On", Some("true")), ("no", Some("false")), ("0644", Some("a number")), ("1_000", Some("a number"))]
        {
            assert_eq!(otherwise_in_kubectl(text), reads, "{text}");
        }
        for text in ["online", "0899", "10.0.0.1", "worker", "", "a_b", "00:11"] {
            assert_eq!(otherwise_in_kubectl(text), None, "{text}");
        }
    }
}
