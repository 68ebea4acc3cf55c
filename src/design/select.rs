//! Which nodes a selector means (Drydock's node filters, as documented, and label selectors).

use crate::{
    api::{
        Rack,
        selector::{Combine, LabelSelector, NodeFilter, NodeSelector},
    },
    model::Candidate,
};
use std::{collections::BTreeMap, sync::Arc};

/// Whether a selector means this node.
pub fn selects(selector: &NodeSelector, node: Candidate<'_>, racks: &BTreeMap<String, Arc<Rack>>) -> bool {
    if selector.label_selector.as_ref().is_some_and(|labels| !carries(labels, node.labels)) {
        return false;
    }
    selector.filters.is_empty()
        || combine(selector.combine, selector.filters.iter().map(|filter| filter_matches(filter, node, racks)))
}

/// Whether two nodes that are described alike may be told apart by it: by their names or their labels.
pub(super) fn is_personal(selector: &NodeSelector) -> bool {
    selector.label_selector.is_some() || selector.filters.iter().any(|filter| !filter.names.is_empty())
}

fn filter_matches(filter: &NodeFilter, node: Candidate<'_>, racks: &BTreeMap<String, Arc<Rack>>) -> bool {
    let labels = node.rack.and_then(|r| racks.get(r)).and_then(|r| r.metadata.labels.as_ref());
    let mut criteria = Vec::new();
    if !filter.names.is_empty() {
        criteria.push(filter.names.iter().any(|name| name == node.name));
    }
    if !filter.tags.is_empty() {
        criteria.push(combine(filter.combine, filter.tags.iter().map(|t| node.tags.contains(t))));
    }
    if !filter.labels.is_empty() {
        criteria.push(combine(filter.combine, filter.labels.iter().map(|(k, v)| node.owner_data.get(k) == Some(v))));
    }
    if !filter.racks.is_empty() {
        criteria.push(node.rack.is_some_and(|rack| filter.racks.iter().any(|name| name == rack)));
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

/// Whether labels fit a selector, as the API server understands one.
fn carries(selector: &LabelSelector, labels: &BTreeMap<String, String>) -> bool {
    use crate::api::selector::LabelOperator::{DoesNotExist, Exists, In, NotIn};
    selector.match_labels.iter().all(|(key, value)| labels.get(key) == Some(value))
        && selector.match_expressions.iter().all(|expression| {
            let value = labels.get(&expression.key);
            match expression.operator {
                In => value.is_some_and(|value| expression.values.contains(value)),
                // As in Kubernetes, an object without the label fits, too.
                NotIn => value.is_none_or(|value| !expression.values.contains(value)),
                Exists => value.is_some(),
                DoesNotExist => value.is_none(),
            }
        })
}
