//! The page `docs/safety.md`: what is decided about a machine, told for those who review it. Every cell of it is what the
//! real `decide` says.

mod asked;
mod counted;
mod destroys;
mod forgotten;
mod held_back;
pub mod page;
mod switched;
mod waits;
mod whose;

use std::{env, fs, path::Path};

/// Names the variable with which the page is written rather than compared.
const GENERATE: &str = "SLIPWAY_GENERATE";

/// Chapters in the order of the page: what is asked first of every machine comes first.
const CHAPTERS: [fn() -> page::Chapter; 8] = [
    counted::chapter,
    whose::chapter,
    asked::chapter,
    destroys::chapter,
    forgotten::chapter,
    switched::chapter,
    held_back::chapter,
    waits::chapter,
];

#[test]
fn the_page_for_safety_reviewers_is_what_is_decided() {
    stands("docs/safety.md", &page::page(page::HEAD, CHAPTERS.iter().map(|chapter| chapter())));
}

/// A page stands as it is generated.
pub fn stands(name: &str, page: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    if env::var_os(GENERATE).is_some() {
        fs::write(&file, page).unwrap();
    }
    let stands = fs::read_to_string(&file).unwrap_or_default();
    let differs = stands.lines().zip(page.lines()).find(|(stands, is)| stands != is);
    assert!(
        stands == page,
        "{name} is not what is decided; `make generate` writes it. First difference, as it stands and as it is: {differs:#?}"
    );
}
