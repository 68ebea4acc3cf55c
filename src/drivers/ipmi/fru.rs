//! The inventory of parts that a BMC keeps (Platform Management FRU Information Storage Definition 1.0).
//!
//! Checksums are not looked at: vendors' tools write fields and leave them wrong, and `ipmitool` prints such areas too.

use super::text;

/// What an inventory area says of the machine.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Fru {
    pub(super) chassis: Chassis,
    pub(super) board: Board,
    pub(super) product: Product,
}

/// Chassis info area (§10).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Chassis {
    pub(super) part_number: Option<String>,
    pub(super) serial: Option<String>,
}

/// Board info area (§11).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Board {
    pub(super) manufacturer: Option<String>,
    pub(super) product: Option<String>,
    pub(super) serial: Option<String>,
    pub(super) part_number: Option<String>,
}

/// Product info area (§12).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Product {
    pub(super) manufacturer: Option<String>,
    pub(super) name: Option<String>,
    pub(super) part_number: Option<String>,
    pub(super) version: Option<String>,
    pub(super) serial: Option<String>,
    pub(super) asset_tag: Option<String>,
}

/// Bytes of the common header (§8).
pub(super) const HEADER: usize = 8;

/// Where the areas begin, in bytes; `None` where one is missing or the header is none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Areas {
    pub(super) chassis: Option<usize>,
    pub(super) board: Option<usize>,
    pub(super) product: Option<usize>,
}

impl Areas {
    /// From the common header.
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        let header = bytes.first_chunk::<HEADER>()?;
        if header[0] & 0x0f != 1 {
            return None;
        }
        let at = |place: u8| (place != 0).then(|| usize::from(place) * 8);
        Some(Self { chassis: at(header[2]), board: at(header[3]), product: at(header[4]) })
    }

    /// The areas that are there.
    pub(super) fn present(self) -> impl Iterator<Item = usize> {
        [self.chassis, self.board, self.product].into_iter().flatten()
    }
}

/// How long an area is, in bytes, by its first two.
pub(super) fn area_length(bytes: &[u8]) -> usize {
    bytes.get(1).map_or(0, |eighths| usize::from(*eighths) * 8)
}

/// Reads the whole: `bytes` from offset 0 on, with what was not read as zeros or missing.
pub(super) fn parse(bytes: &[u8]) -> Option<Fru> {
    let areas = Areas::parse(bytes)?;
    let area = |at: Option<usize>| {
        let from = bytes.get(at?..)?;
        // An area that claims to be longer than the device is read as far as it goes.
        Some(&from[..area_length(from).min(from.len())])
    };
    // Behind version and length: the chassis' type; language and date of manufacture; language.
    let mut chassis = Texts::behind(area(areas.chassis), 3);
    let mut board = Texts::behind(area(areas.board), 6);
    let mut product = Texts::behind(area(areas.product), 3);
    Some(Fru {
        chassis: Chassis { part_number: chassis.next(), serial: chassis.next() },
        board: Board {
            manufacturer: board.next(),
            product: board.next(),
            serial: board.next(),
            part_number: board.next(),
        },
        product: Product {
            manufacturer: product.next(),
            name: product.next(),
            part_number: product.next(),
            version: product.next(),
            serial: product.next(),
            asset_tag: product.next(),
        },
    })
}

/// The texts of an area, one after the other.
struct Texts<'a>(&'a [u8]);

impl<'a> Texts<'a> {
    fn behind(area: Option<&'a [u8]>, skipped: usize) -> Self {
        Self(area.and_then(|area| area.get(skipped..)).unwrap_or_default())
    }

    /// The next text; `None` where it is empty, or there is none.
    fn next(&mut self) -> Option<String> {
        let (text, rest) = text::take(self.0).unwrap_or_default();
        self.0 = rest;
        (!text.is_empty()).then_some(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn area(head: &[u8], texts: &[&str]) -> Vec<u8> {
        let mut out = vec![1, 0];
        out.extend(head);
        for text in texts {
            out.push(0xc0 | u8::try_from(text.len()).unwrap());
            out.extend(text.bytes());
        }
        out.push(0xc1);
        out.resize(out.len().next_multiple_of(8), 0);
        out[1] = u8::try_from(out.len() / 8).unwrap();
        out
    }

    fn device() -> Vec<u8> {
        let chassis = area(&[23], &["", "CH-1"]);
        let board = area(&[25, 0, 0, 0], &["DELL", "PowerEdge R650", "BOARD-1", "0XYZ"]);
        let product = area(&[25], &["DELL", "PowerEdge R650", "", "01", "ABC1234", ""]);
        let (c, b) = (chassis.len(), board.len());
        let place = |bytes: usize| u8::try_from(bytes / 8).unwrap();
        let header = vec![1, 0, 1, place(8 + c), place(8 + c + b), 0, 0, 0];
        [header, chassis, board, product].concat()
    }

    #[test]
    fn the_three_areas_are_read() {
        let fru = parse(&device()).unwrap();
        assert_eq!(fru.chassis, Chassis { part_number: None, serial: Some("CH-1".into()) });
        assert_eq!(fru.board.product.as_deref(), Some("PowerEdge R650"));
        assert_eq!(fru.product.serial.as_deref(), Some("ABC1234"));
        assert_eq!(fru.product.asset_tag, None);
    }

    #[test]
    fn what_is_cut_off_is_missing() {
        let whole = device();
        for length in 0..whole.len() {
            if let Some(fru) = parse(&whole[..length]) {
                assert!(fru.product.serial.is_none_or(|serial| serial == "ABC1234"));
            }
        }
        assert_eq!(parse(&[0xff; 64]), None, "never written");
    }
}
