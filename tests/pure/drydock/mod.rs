//! The page `docs/drydock.md`: tasks and node filters of Drydock beside Slipway's. What Slipway does there is what its `orders`,
//! `decide` and `selects` say.

mod filters;
mod tasks;

use crate::safety::{page, stands};

const HEAD: &str = "\
# From Drydock's tasks to Slipway's

For those who know Drydock. A task of the same name takes nodes as far, and selects them as Drydock's documentation says. What
the columns of Slipway hold is written down by a test from what it decides.
";

#[test]
fn the_page_for_users_of_drydock_is_what_is_decided() {
    stands("docs/drydock.md", &page::page(HEAD, [tasks::chapter(), filters::chapter(), tasks::around()].into_iter()));
}
