//! *resolve*: manifests to a [`SiteDesign`], pure.
//!
//! [`inherit`](self) merges descriptions by one rule set and remembers where each value came from; `profiles` walks the
//! chains; `node`, `network`, `storage` and `kernel` turn an effective description into a [`NodeDesign`]; `rules` look
//! at the whole and say what is wrong. Nothing here waits, asks or fails: what cannot be resolved is a finding.

mod boot;
mod context;
mod effective;
mod hash;
mod inherit;
mod kernel;
mod manifests;
mod network;
mod node;
mod profiles;
mod rules;
mod select;
mod storage;

pub use context::Context;
pub use effective::effective_node;
pub use hash::{canonical_hash, deploy_hash};
pub use manifests::Manifests;
pub use rules::{RULES, Rule};
pub use select::{select, selects};

use crate::model::{Finding, SiteDesign};
use std::{collections::BTreeMap, sync::Arc};

/// Resolves a site.
pub fn resolve(manifests: &Manifests) -> SiteDesign {
    let context = Context::build(manifests);
    let findings = merge_alike(rules::check(&context));
    let Context { part, nodes, .. } = context;
    let node_hashes: BTreeMap<String, String> =
        nodes.iter().map(|(name, node)| (name.clone(), deploy_hash(node))).collect();
    let part_hash = canonical_hash(&part);
    let hash = canonical_hash(&(&part_hash, &nodes));
    let nodes = nodes.into_iter().map(|(name, node)| (name, Arc::new(node))).collect();
    SiteDesign { part: Arc::new(part), nodes, node_hashes, findings, part_hash, hash }
}

/// One finding for one mistake, however many nodes inherit it: those that differ in their nodes alone become one.
fn merge_alike(mut findings: Vec<Finding>) -> Vec<Finding> {
    findings.sort();
    let mut merged: Vec<Finding> = Vec::with_capacity(findings.len());
    for finding in findings {
        match merged.last_mut() {
            Some(last)
                if last.object == finding.object
                    && last.rule == finding.rule
                    && last.field == finding.field
                    && last.message == finding.message =>
            {
                last.nodes.extend(finding.nodes);
                last.nodes.sort();
                last.nodes.dedup();
            }
            _ => merged.push(finding),
        }
    }
    merged
}
