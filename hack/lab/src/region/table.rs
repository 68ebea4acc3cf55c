//! Rows with ids that are never given twice, as a database sequence gives them.

use std::collections::BTreeMap;

/// A table of the region.
#[derive(Clone, Debug)]
pub(crate) struct Table<T> {
    rows: BTreeMap<u64, T>,
    next: u64,
}

impl<T> Table<T> {
    /// An empty table whose first id is `first`.
    pub(crate) fn starting_at(first: u64) -> Self {
        Self { rows: BTreeMap::new(), next: first }
    }

    /// Adds the row that is made for the next id.
    pub(crate) fn add(&mut self, row: impl FnOnce(u64) -> T) -> u64 {
        let id = self.next;
        self.next += 1;
        self.rows.insert(id, row(id));
        id
    }

    pub(crate) fn get(&self, id: u64) -> Option<&T> {
        self.rows.get(&id)
    }

    pub(crate) fn get_mut(&mut self, id: u64) -> Option<&mut T> {
        self.rows.get_mut(&id)
    }

    pub(crate) fn remove(&mut self, id: u64) -> Option<T> {
        self.rows.remove(&id)
    }

    pub(crate) fn retain(&mut self, keep: impl Fn(&T) -> bool) {
        self.rows.retain(|_, row| keep(row));
    }

    pub(crate) fn contains(&self, id: u64) -> bool {
        self.rows.contains_key(&id)
    }

    pub(crate) fn values(&self) -> impl DoubleEndedIterator<Item = &T> {
        self.rows.values()
    }

    pub(crate) fn values_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.rows.values_mut()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (u64, &T)> {
        self.rows.iter().map(|(id, row)| (*id, row))
    }

    /// The row that a path names by its id.
    pub(crate) fn find(&self, text: &str) -> Option<u64> {
        text.parse().ok().filter(|id| self.rows.contains_key(id))
    }
}
