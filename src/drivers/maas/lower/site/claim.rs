//! Whose a thing in the region is.
//!
//! Where MAAS keeps a comment or a description, it says so itself: what a Site made begins with `Slipway's: <cluster>/<namespace>`,
//! and what was there before and a Site has taken over says `Kept by Slipway: <cluster>/<namespace>` after what stood there.
//! Only the first is ever deleted; both tell other Sites to leave it alone, so that no two of them write in turns. What
//! has no such place is recorded in the Site's status before it is made.

use crate::model::SiteIdentity;
use std::collections::BTreeSet;

/// How the mark of what was made begins.
const MADE: &str = "Slipway's: ";
/// How the mark of what was taken over begins.
const KEPT: &str = "Kept by Slipway: ";

/// Who we are, and what is recorded as made by us.
#[derive(Debug, Clone, Copy)]
pub struct Ownership<'a> {
    /// The Site.
    pub us: &'a SiteIdentity,
    /// `status.made` of the Site.
    pub made: &'a BTreeSet<String>,
    /// Another cluster whose marks count as ours.
    pub take_over: Option<&'a str>,
}

/// Whose a thing is, by its mark.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Claim {
    /// It carries no mark.
    Nobodys,
    /// We made it.
    Made,
    /// It was there, and we look after it.
    Kept,
    /// Another Site's: `cluster/namespace`.
    Others(String),
}

impl Ownership<'_> {
    /// Whose a thing with this comment is.
    pub(super) fn claim(self, comment: &str) -> Claim {
        // Older words of ours name nobody.
        let marked = |rest: &str| {
            let mark = rest.split(|c: char| c.is_whitespace() || c == ',' || c == ';').next().unwrap_or_default();
            mark.split_once('/').map(|(cluster, namespace)| (cluster.to_owned(), namespace.to_owned()))
        };
        let made = comment.strip_prefix(MADE).and_then(marked).map(|mark| (mark, true));
        let kept = || comment.split_once(KEPT).and_then(|(_, rest)| marked(rest)).map(|mark| (mark, false));
        let Some(((cluster, namespace), made)) = made.or_else(kept) else { return Claim::Nobodys };
        let our_cluster = cluster == self.us.cluster || Some(cluster.as_str()) == self.take_over;
        let ours = namespace == self.us.namespace && our_cluster;
        match (ours, made) {
            (true, true) => Claim::Made,
            (true, false) => Claim::Kept,
            (false, _) => Claim::Others(format!("{cluster}/{namespace}")),
        }
    }

    /// Whether we made a thing with this comment.
    pub(super) fn has_made(self, comment: &str) -> bool {
        self.claim(comment) == Claim::Made
    }

    /// The Site that looks after a thing with this comment, where it is another.
    pub(super) fn others(self, comment: &str) -> Option<String> {
        match self.claim(comment) {
            Claim::Others(mark) => Some(mark),
            _ => None,
        }
    }

    /// The comment of what we make, with what it is for.
    pub(super) fn mark(self, what_for: Option<&str>) -> String {
        let what_for = what_for.map(|text| format!(", {text}")).unwrap_or_default();
        format!("{MADE}{}{what_for}", self.us.mark())
    }

    /// The comment that a designed thing is to have, where it has this one now.
    pub(super) fn comment(self, now: &str, what_for: Option<&str>) -> String {
        match self.claim(now) {
            Claim::Made => self.mark(what_for),
            Claim::Nobodys => format!("{now} {KEPT}{}", self.us.mark()).trim_start().to_owned(),
            Claim::Kept => {
                let before = now.split_once(KEPT).map_or("", |(before, _)| before);
                format!("{before}{KEPT}{}", self.us.mark())
            }
            Claim::Others(_) => now.to_owned(),
        }
    }

    /// Whether a thing without a mark is recorded as made by us.
    pub(super) fn is_recorded(self, key: &str) -> bool {
        self.made.contains(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_says_whose_a_thing_is() {
        let us = SiteIdentity { cluster: "c0ffee".into(), namespace: "east".into() };
        let made = BTreeSet::new();
        let ownership = Ownership { us: &us, made: &made, take_over: Some("old") };
        let table = [
            ("", Claim::Nobodys),
            ("Slipway's: the node that this machine is", Claim::Nobodys),
            ("Slipway's: c0ffee/east", Claim::Made),
            ("Slipway's: c0ffee/east, PDU of rack r01", Claim::Made),
            ("Slipway's: old/east", Claim::Made),
            ("Slipway's: old/west", Claim::Others("old/west".into())),
            ("OAM Kept by Slipway: c0ffee/east", Claim::Kept),
            ("Kept by Slipway: c0ffee/west", Claim::Others("c0ffee/west".into())),
        ];
        for (comment, claim) in table {
            assert_eq!(ownership.claim(comment), claim, "{comment}");
            let next = ownership.comment(comment, None);
            assert_eq!(ownership.comment(&next, None), next, "{comment}: written once");
        }
        assert_eq!(ownership.comment("OAM", None), "OAM Kept by Slipway: c0ffee/east");
    }
}
