//! One binary element of a flat BSON document.

/// The binary element `name`.
pub(super) fn binary<'a>(document: &'a [u8], name: &str) -> Option<&'a [u8]> {
    const BINARY: u8 = 0x05;
    const NULL: u8 = 0x0a;
    let mut rest = document.get(4..)?;
    loop {
        let (&kind, after) = rest.split_first()?;
        let end = after.iter().position(|byte| *byte == 0)?;
        let (key, value) = (&after[..end], after.get(end + 1..)?);
        rest = match kind {
            NULL => value,
            BINARY => {
                let length = u32::from_le_bytes(value.get(..4)?.try_into().ok()?);
                // One byte of subtype stands between length and content.
                let content = value.get(5..)?.get(..usize::try_from(length).ok()?)?;
                if key == name.as_bytes() {
                    return Some(content);
                }
                value.get(5 + content.len()..)?
            }
            _ => return None,
        };
    }
}
