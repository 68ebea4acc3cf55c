//! *Lower*: what is designed and what is observed to the list of calls that lead from one to the other. Pure.
//!
//! Things are matched by MAC, interface name, VLAN id, CIDR or mount point, never by remembered numbers. Law: from every
//! prefix of every list, the last answer lost or not, lowering again ends in the same machine. An empty list means done.

pub mod adoption;
pub mod commissioning;
#[cfg(test)]
pub(crate) mod fixtures;
pub mod lock;
pub mod mark;
pub mod networking;
pub mod platform;
pub mod power;
pub mod registration;
pub mod site;
pub mod storage;

use super::{call::Call, wire};
use crate::model::Inventory;

/// Why a design cannot be lowered to calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Obstacle {
    /// This hardware cannot carry it out: names the alias and what there is instead.
    Impossible(String),
    /// Something that is made elsewhere is missing, such as a fabric of the site.
    Unprepared(String),
}

impl From<Obstacle> for super::Error {
    fn from(obstacle: Obstacle) -> Self {
        match obstacle {
            Obstacle::Impossible(text) => Self::Impossible(text),
            Obstacle::Unprepared(text) => Self::Conflict(text),
        }
    }
}

/// The calls of one aspect, or why there can be none.
pub type Lowered = Result<Vec<Call>, Obstacle>;

/// What was observed for one machine.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'a> {
    /// The machine.
    pub machine: &'a wire::Machine,
    /// Its hardware, once it is commissioned.
    pub inventory: Option<&'a Inventory>,
}

/// Ensures that a tag is there and on the machine.
pub(crate) fn tag_calls(tag: &str, comment: &str, machine: &wire::Machine, tags: &[wire::Tag]) -> Vec<Call> {
    if machine.tag_names.iter().any(|name| name == tag) {
        return Vec::new();
    }
    let mut calls = Vec::new();
    if !tags.iter().any(|known| known.name == tag) {
        calls.push(
            // Nodes are prepared side by side: the same tag may come from two of them.
            Call::post(["tags/".into()], format!("create tag {tag}"))
                .with("name", tag)
                .with("comment", comment)
                .or_exists(),
        );
    }
    calls.push(attach(tag, machine));
    calls
}

/// Puts a tag on the machine.
pub(crate) fn attach(tag: &str, machine: &wire::Machine) -> Call {
    Call::post(["tags/".into(), super::call::Value::segment(tag), "/".into()], format!("tag the machine {tag}"))
        .op("update_nodes")
        .with("add", machine.system_id.as_str())
}

/// Lists as one line, for comparison: their order has no meaning.
pub(crate) fn sorted(list: &[String]) -> Vec<&str> {
    let mut list: Vec<&str> = list.iter().map(String::as_str).collect();
    list.sort_unstable();
    list
}

#[cfg(test)]
mod tests;
