//! Node filters.

use super::{
    Job,
    envelope::{BAREMETAL_NODE, RACK},
};
use crate::{
    api::selector::{Combine, NodeFilter, NodeSelector},
    import::{fields::Fields, names::tag},
};

const COMBINE: [(&str, Combine); 2] = [("intersection", Combine::Intersection), ("union", Combine::Union)];

/// `node_filter`.
pub(super) fn selector(job: &Job<'_>, mut fields: Fields<'_>) -> NodeSelector {
    let combine = combine(&mut fields, "filter_set_type");
    let filters = fields.list("filter_set");
    let filters: Vec<NodeFilter> =
        filters.into_iter().map(|(place, value)| filter(job, Fields::new(place, value))).collect();
    if filters.is_empty() {
        fields.at("filter_set").warn("it is empty, which Drydock fails on: ours selects every node");
    }
    NodeSelector { combine, filters, label_selector: None }
}

fn combine(fields: &mut Fields<'_>, key: &str) -> Option<Combine> {
    let combine = fields.choice(key, &COMBINE);
    if combine.is_none() {
        fields.at(key).warn("there is none, which Drydock fails on: it counts as intersection");
    }
    combine
}

fn filter(job: &Job<'_>, mut fields: Fields<'_>) -> NodeFilter {
    let combine = combine(&mut fields, "filter_type");
    let refer = |fields: &mut Fields<'_>, key: &str, kind| -> Vec<String> {
        let place = fields.at(key);
        fields.texts(key).iter().map(|name| job.names.refer(&place, kind, name)).collect()
    };
    let names = refer(&mut fields, "node_names", BAREMETAL_NODE);
    let racks = refer(&mut fields, "rack_names", RACK);
    let place = fields.at("node_tags");
    let tags: Vec<String> = fields.texts("node_tags").iter().map(|text| tag(&place, text)).collect();
    let labels = fields.text_map("node_labels");
    let rack_labels = fields.text_map("rack_labels");
    if combine != Some(Combine::Union) {
        for (key, several) in [("node_tags", tags.len() > 1), ("node_labels", labels.len() > 1)] {
            if several {
                let why = "Drydock selects nodes with any of them; with intersection ours, as documented, needs all";
                fields.at(key).warn(why);
            }
        }
    }
    let filter = NodeFilter { combine, names, tags, labels, racks, rack_labels };
    let is_empty = NodeFilter { combine: filter.combine, ..NodeFilter::default() } == filter;
    if is_empty {
        fields.place.warn("it has no criterion: ours matches no node");
    }
    filter
}
