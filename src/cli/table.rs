//! Tables, as `kubectl` prints them: columns as wide as their widest entry, three blanks between.

use std::io::{self, Write};

/// Prints a header and rows. The last column may be as wide as it likes.
pub fn print(out: &mut impl Write, header: &[&str], rows: &[Vec<String>]) -> io::Result<()> {
    let widths: Vec<usize> = header
        .iter()
        .enumerate()
        .map(|(at, title)| {
            let cells = rows.iter().filter_map(|row| row.get(at)).map(|cell| cell.chars().count());
            cells.chain([title.len()]).max().unwrap_or_default()
        })
        .collect();
    let mut line = |cells: &mut dyn Iterator<Item = &str>| -> io::Result<()> {
        let mut text = String::new();
        for (cell, width) in cells.zip(&widths) {
            text.push_str(cell);
            let blanks = width.saturating_sub(cell.chars().count()) + 3;
            text.extend(std::iter::repeat_n(' ', blanks));
        }
        writeln!(out, "{}", text.trim_end())
    };
    line(&mut header.iter().copied())?;
    for row in rows {
        line(&mut row.iter().map(String::as_str))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_entry() {
        let mut out = Vec::new();
        print(&mut out, &["A", "LONG"], &[vec!["abc".into(), "x".into()], vec!["ü".into(), String::new()]]).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "A     LONG\nabc   x\nü\n");
    }
}
