//! Takes a long JSON list apart while it arrives, so that a region's 10,000 machines (350 MB of JSON) are never all in
//! memory.

/// Cuts a JSON array into its elements, whatever the pieces in which it arrives.
#[derive(Debug, Default)]
pub(super) struct Splitter {
    element: Vec<u8>,
    depth: u32,
    in_string: bool,
    escaped: bool,
}

impl Splitter {
    /// Takes the next piece and hands every element that it completes to `each`.
    pub fn feed(&mut self, piece: &[u8], each: &mut (dyn FnMut(&[u8]) + Send)) {
        for &byte in piece {
            let inside = self.depth > 0;
            if self.in_string {
                self.in_string = self.escaped || byte != b'"';
                self.escaped = !self.escaped && byte == b'\\';
            } else {
                match byte {
                    b'"' => self.in_string = true,
                    b'{' | b'[' => self.depth += 1,
                    b'}' | b']' => self.depth = self.depth.saturating_sub(1),
                    _ => {}
                }
            }
            // The array itself is depth 1; its elements are objects.
            if inside && (self.depth > 1 || !self.element.is_empty() || self.in_string) {
                self.element.push(byte);
            }
            if self.depth == 1 && byte == b'}' && !self.in_string {
                each(&self.element);
                self.element.clear();
            }
        }
    }

    /// Bytes that are held: those of one unfinished element.
    pub fn held(&self) -> usize {
        self.element.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_come_out_whole_whatever_the_pieces() {
        let list = br#" [{"a": "}]\"{", "b": [{"c": 1}, []]}, {"a": "\\"},{}] "#;
        for size in 1..list.len() {
            let mut found: Vec<serde_json::Value> = Vec::new();
            let mut splitter = Splitter::default();
            for piece in list.chunks(size) {
                splitter.feed(piece, &mut |element| found.push(serde_json::from_slice(element).unwrap()));
            }
            assert_eq!(serde_json::Value::from(found), serde_json::from_slice::<serde_json::Value>(list).unwrap());
            assert_eq!(splitter.held(), 0);
        }
    }
}
