//! Everything random in the lab. A draw depends on the seed, on whose draw it is and on how often it was made, never
//! on the order in which tasks happen to run: the same seed gives the same machines, delays and faults.

use std::collections::HashMap;

/// The seeded source.
#[derive(Clone, Debug)]
pub(crate) struct Dice {
    seed: u64,
    drawn: HashMap<String, u64>,
}

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed, drawn: HashMap::new() }
    }

    /// The next number of this purpose.
    pub(crate) fn draw(&mut self, purpose: &str) -> u64 {
        let count = self.drawn.entry(purpose.to_owned()).or_default();
        *count += 1;
        let mut hash = 0xcbf2_9ce4_8422_2325_u64 ^ mix(self.seed);
        for byte in purpose.bytes() {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        mix(hash ^ mix(*count))
    }

    /// The next number of this purpose, between 0 and 1.
    #[allow(clippy::cast_precision_loss)]
    pub(crate) fn unit(&mut self, purpose: &str) -> f64 {
        (self.draw(purpose) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// An index below `len` (which must not be 0).
    pub(crate) fn index(&mut self, purpose: &str, len: usize) -> usize {
        usize::try_from(self.draw(purpose) % len.max(1) as u64).unwrap_or(0)
    }

    /// Lower-case letters and digits.
    pub(crate) fn word(&mut self, purpose: &str, len: usize) -> String {
        self.from(b"abcdefghkmnpqrstwxy3467", purpose, len)
    }

    /// Letters of both cases, and digits.
    pub(crate) fn letters(&mut self, purpose: &str, len: usize) -> String {
        self.from(b"ABCDEFGHJKLMNPQRSTUVWXYZabcdefghjkmnpqrstuvwxyz23456789", purpose, len)
    }

    fn from(&mut self, letters: &[u8], purpose: &str, len: usize) -> String {
        (0..len).map(|_| char::from(letters[self.index(purpose, letters.len())])).collect()
    }

    /// A version 4 UUID.
    pub(crate) fn uuid(&mut self, purpose: &str) -> String {
        let (a, b) = (self.draw(purpose), self.draw(purpose));
        format!(
            "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
            a >> 32,
            (a >> 16) & 0xffff,
            a & 0xfff,
            0x8000 | ((b >> 48) & 0x3fff),
            b & 0xffff_ffff_ffff
        )
    }
}

fn mix(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
