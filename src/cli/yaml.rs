//! YAML as Slipway prints it: keys in a stable order, no nulls.

use serde::Serialize;

/// One document, ending with a newline. Passes through JSON, so that keys are sorted and absent fields stay absent.
pub fn document<T: Serialize>(value: &T) -> Result<String, Box<dyn std::error::Error>> {
    let value = serde_json::to_value(value)?;
    let mut text = serde_saphyr::to_string(&value)?;
    if !text.ends_with('\n') {
        text.push('\n');
    }
    Ok(text)
}
