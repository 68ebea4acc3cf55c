//! Short texts as SDR and FRU records hold them: a byte of type and length, then the text (IPMI 2.0 §43.15, FRU
//! specification §13). What cannot be printed is left out: such texts end up in status and on screens.

/// A text, and the bytes behind it; `None` at the end of a list of texts, or where bytes are missing.
pub(super) fn take(bytes: &[u8]) -> Option<(String, &[u8])> {
    let (head, rest) = bytes.split_first()?;
    if *head == END {
        return None;
    }
    let (text, rest) = rest.split_at_checked(usize::from(head & 0x3f))?;
    Some((decode(head >> 6, text), rest))
}

/// "No more texts".
const END: u8 = 0xc1;
const BCD_PLUS: [char; 16] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', ' ', '-', '.', '?', '?', '?'];

/// A text of one of the four types.
pub(super) fn decode(kind: u8, bytes: &[u8]) -> String {
    let text: String = match kind & 0x03 {
        0 => bytes
            .iter()
            .flat_map(|byte| [byte >> 4, byte & 0x0f])
            .filter_map(|n| char::from_digit(n.into(), 16))
            .collect(),
        1 => bytes.iter().flat_map(|byte| [byte >> 4, byte & 0x0f]).map(|n| BCD_PLUS[usize::from(n)]).collect(),
        2 => six_bits(bytes),
        _ => bytes.iter().map(|byte| char::from(*byte)).collect(),
    };
    printable(&text)
}

/// ASCII packed into six bits a character, least significant first, blank being 0.
fn six_bits(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len() * 4 / 3);
    for group in bytes.chunks(3) {
        let word = group.iter().rev().fold(0_u32, |word, byte| word << 8 | u32::from(*byte));
        for place in 0..group.len() * 8 / 6 {
            let six = word >> (6 * place) & 0x3f;
            out.extend(char::from_u32(six + 0x20));
        }
    }
    out
}

/// Without what cannot be printed, and without blanks around.
pub(super) fn printable(text: &str) -> String {
    let clean: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    clean.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_type_is_read() {
        // The FRU specification's own example of six-bit ASCII.
        assert_eq!(take(&[0x83, 0x29, 0xdc, 0xa6, 0xc1]), Some(("IPMI".into(), &[0xc1][..])));
        assert_eq!(decode(1, &[0x12, 0xa3, 0xb4, 0xc5]), "12 3-4.5");
        assert_eq!(decode(3, b"  R650\0\0"), "R650");
        assert_eq!(decode(0, &[0xde, 0xad]), "dead");
    }

    #[test]
    fn an_end_and_a_lack_of_bytes_are_no_text() {
        assert_eq!(take(&[0xc1, b'x']), None);
        assert_eq!(take(&[0xc5, b'x']), None);
        assert_eq!(take(&[0xc0, b'x']), Some((String::new(), &b"x"[..])));
        assert_eq!(take(&[]), None);
    }
}
