//! Taking writes of unknown place into the story of their group.

use std::collections::BTreeMap;

use crate::engine::{Engine, Item, Track, knows, likeness};
use crate::exchange::Exchange;
use crate::report::Line;

/// How many places of a write are tried with what follows.
const TRIALS: usize = 6;

/// How many of the lines differ.
fn differing(lines: &[Line]) -> usize {
    lines.iter().filter(|line| !line.misses.is_empty()).count()
}

/// How many items would stand on the wrong side of an exchange at this place: ids are given in the order of the session.
fn out_of_order(ages: &[BTreeMap<&'static str, u64>], own: &BTreeMap<&'static str, u64>, at: usize) -> usize {
    let wrong = |(index, age): &(usize, &BTreeMap<&'static str, u64>)| {
        own.iter().any(|(kind, mine)| {
            age.get(kind).is_some_and(|theirs| if *index < at { theirs > mine } else { theirs < mine })
        })
    };
    ages.iter().enumerate().filter(wrong).count()
}

impl Engine {
    /// Takes writes that nobody placed into their group: where they match, and where what follows differs no more for it.
    pub(crate) async fn adopt(&mut self, group: u32, track: &mut Track) {
        let mut again = true;
        while std::mem::take(&mut again) {
            let writes: Vec<Exchange> = self
                .open
                .iter()
                .filter_map(|name| self.exchange(name))
                .filter(|one| one.is_write() && one.group == group)
                .collect();
            for write in writes {
                again |= self.adopt_one(group, track, &write).await;
            }
        }
    }

    async fn adopt_one(&mut self, group: u32, track: &mut Track, write: &Exchange) -> bool {
        let mut order: Vec<usize> =
            (0..track.places.len()).filter(|at| knows(&track.places[*at].moment, write)).collect();
        let ages: Vec<BTreeMap<&'static str, u64>> = track
            .items
            .iter()
            .map(|item| match item {
                Item::Exchange(exchange) => exchange.newest(),
                Item::Other(_) => BTreeMap::new(),
            })
            .collect();
        let own = write.newest();
        order.sort_by_key(|at| {
            let likeness = likeness(&track.places[*at].label, write);
            (out_of_order(&ages, &own, *at), std::cmp::Reverse(likeness), std::cmp::Reverse(*at))
        });
        let before = differing(&track.lines);
        let mut trials = 0;
        for at in order {
            let moment = track.places[at].moment.clone();
            let (played, after) = self.ways(&moment, write, true).await;
            if !played.matches() {
                continue;
            }
            // What follows is played again.
            let rest: Vec<Item> = track.items[at..].to_vec();
            let open = self.open.clone();
            self.open.clear();
            let again = self.play_group(group, rest, &after).await;
            self.open = open;
            let earlier: Vec<Line> = track
                .lines
                .iter()
                .filter(|line| again.lines.iter().all(|one| one.name != line.name))
                .cloned()
                .collect();
            if differing(&earlier) + differing(&again.lines) <= before {
                let label = track.places[at].label.clone();
                self.taken_in.insert(write.name.clone(), label.clone());
                self.open.remove(&write.name);
                track.items.truncate(at);
                track.places.truncate(at + 1);
                track.items.push(Item::Exchange(Box::new(write.clone())));
                track.items.extend(again.items);
                track.lines = earlier;
                track.lines.push(Line::of(write, Some(label), Vec::new()));
                track.lines.extend(again.lines);
                let mut places = again.places;
                if let Some(first) = places.first_mut() {
                    first.label = format!("after {}", write.name);
                }
                track.places.extend(places);
                track.end = again.end;
                return true;
            }
            trials += 1;
            if trials == TRIALS {
                return false;
            }
        }
        false
    }
}
