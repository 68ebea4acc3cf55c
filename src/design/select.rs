//! Which nodes a selector means (Drydock's node filters, as documented).

use crate::{
    api::{
        Rack,
        selector::{Combine, NodeFilter, NodeSelector},
    },
    model::{NodeDesign, SiteDesign},
};
use std::{collections::BTreeMap, sync::Arc};

/// Names of the nodes of a site that a selector means; without a selector, all.
pub fn select(selector: Option<&NodeSelector>, site: &SiteDesign, racks: &BTreeMap<String, Arc<Rack>>) -> Vec<String> {
    let nodes = site.nodes.values();
    nodes.filter(|n| selector.is_none_or(|s| selects(s, n, racks))).map(|n| n.name.clone()).collect()
}

/// Whether a selector means this node.
pub fn selects(selector: &NodeSelector, node: &NodeDesign, racks: &BTreeMap<String, Arc<Rack>>) -> bool {
    if selector.filters.is_empty() {
        return true;
    }
    combine(selector.combine, selector.filters.iter().map(|filter| filter_matches(filter, node, racks)))
}

fn filter_matches(filter: &NodeFilter, node: &NodeDesign, racks: &BTreeMap<String, Arc<Rack>>) -> bool {
    let labels = node.rack.as_ref().and_then(|r| racks.get(r)).and_then(|r| r.metadata.labels.as_ref());
    let mut criteria = Vec::new();
    if !filter.names.is_empty() {
        criteria.push(filter.names.contains(&node.name));
    }
    if !filter.tags.is_empty() {
        criteria.push(combine(filter.combine, filter.tags.iter().map(|t| node.tags.contains(t))));
    }
    if !filter.labels.is_empty() {
        criteria.push(combine(filter.combine, filter.labels.iter().map(|(k, v)| node.owner_data.get(k) == Some(v))));
    }
    if !filter.racks.is_empty() {
        criteria.push(node.rack.as_ref().is_some_and(|r| filter.racks.contains(r)));
    }
    if !filter.rack_labels.is_empty() {
        let carried = |(k, v): (&String, &String)| labels.is_some_and(|l| l.get(k) == Some(v));
        criteria.push(combine(filter.combine, filter.rack_labels.iter().map(carried)));
    }
    !criteria.is_empty() && combine(filter.combine, criteria.into_iter())
}

fn combine(how: Option<Combine>, mut parts: impl Iterator<Item = bool>) -> bool {
    match how.unwrap_or_default() {
        Combine::Intersection => parts.all(|part| part),
        Combine::Union => parts.any(|part| part),
    }
}
