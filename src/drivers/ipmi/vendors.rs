//! Manufacturers by their IANA enterprise numbers (IPMI 2.0 §20.1): those that make machines and their BMCs.

/// Enterprise numbers and the names that people use.
const NAMES: [(u32, &str); 32] = [
    (2, "IBM"),
    (9, "Cisco"),
    (11, "HP"),
    (42, "Sun"),
    (111, "Oracle"),
    (116, "Hitachi"),
    (119, "NEC"),
    (186, "Toshiba"),
    (343, "Intel"),
    (674, "Dell"),
    (2011, "Huawei"),
    (2623, "ASUS"),
    (5703, "NVIDIA"),
    (5771, "Cisco"),
    (6653, "Tyan"),
    (7244, "Quanta"),
    (9237, "Newisys"),
    (10297, "Advantech"),
    (10368, "Fujitsu"),
    (10418, "Avocent"),
    (10437, "Peppercon"),
    (10876, "Supermicro"),
    (15000, "Kontron"),
    (15370, "Gigabyte"),
    (19046, "Lenovo"),
    (20301, "IBM"),
    (20974, "American Megatrends"),
    (37945, "Inspur"),
    (40092, "Wiwynn"),
    (40981, "Meta"),
    (47196, "HPE"),
    (49622, "ASRock Rack"),
];

/// Supermicro, by both numbers that its boards give.
pub(super) fn is_supermicro(number: u32) -> bool {
    matches!(number, 10876 | 47488)
}

/// The manufacturer's name; `IANA` and the number where it is none of those.
pub(super) fn name(number: u32) -> String {
    if is_supermicro(number) {
        return "Supermicro".to_owned();
    }
    let found = NAMES.binary_search_by_key(&number, |(id, _)| *id).ok().and_then(|at| NAMES.get(at));
    found.map_or_else(|| format!("IANA {number}"), |(_, name)| (*name).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found() {
        assert!(NAMES.is_sorted_by_key(|(number, _)| *number));
        assert_eq!([674, 47196, 47488, 99999].map(name), ["Dell", "HPE", "Supermicro", "IANA 99999"]);
    }
}
