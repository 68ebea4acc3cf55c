//! *resolve*: manifests to a [`SiteDesign`], pure.
//!
//! A [`Catalog`] holds all but the nodes, what is borrowed with it. [`inherit`](self) merges descriptions by one rule set
//! and remembers where each value came from; `profiles` walks the chains. Nodes that are described alike are one `class`:
//! `node`, `network`, `storage` and `kernel` turn its effective description into a design once; a [`SiteNode`] adds the
//! node's own addresses. `rules` look at the whole and say what is wrong. The `resolver` keeps all that, so that a change
//! costs what it changes. Nothing here waits, asks or fails: what cannot be resolved is a finding.

mod boot;
mod catalog;
mod class;
mod class_design;
mod effective;
mod hardware;
mod hash;
mod inherit;
mod kernel;
mod layer;
mod manifests;
mod network;
mod node;
mod ports;
mod profiles;
mod resolver;
mod rules;
mod select;
mod shared;
mod site_design;
mod site_node;
mod source;
mod storage;
mod uses;

pub use boot::KERNEL_PACKAGE;
pub use catalog::Catalog;
pub use class_design::ClassDesign;
pub use effective::effective_node;
pub use hash::canonical_hash;
pub use manifests::{Library, Manifests, SecretFacts, lends};
pub use ports::ports;
pub use resolver::{Resolver, resolve};
pub use rules::{RULES, Rule};
pub use select::selects;
pub use site_design::{SiteDesign, SiteNodes};
pub use site_node::{Own, SiteNode};
pub use source::Source;
