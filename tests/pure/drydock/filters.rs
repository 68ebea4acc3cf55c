//! Which nodes a filter selects.

use crate::safety::page::{Chapter, Table};
use slipway::{
    api::{Rack, selector::NodeSelector},
    design::selects,
    model::Candidate,
};
use std::{collections::BTreeMap, sync::Arc};

/// Name, tags, owner data and rack.
type Described = (&'static str, &'static [&'static str], &'static [(&'static str, &'static str)], Option<&'static str>);

const NODES: [Described; 4] = [
    ("n1", &["master", "ssd"], &[("zone", "east"), ("tier", "gold")], Some("r01")),
    ("n2", &["master"], &[("zone", "east")], Some("r01")),
    ("n3", &["worker", "ssd"], &[("tier", "gold")], Some("r02")),
    ("n4", &[], &[], None),
];

/// A filter, and what Drydock selects by it.
const FILTERS: [(&str, &str); 14] = [
    ("{}", "all"),
    ("{filters: [{names: [n1, n4]}]}", "n1, n4"),
    ("{filters: [{names: [nobody]}]}", "none"),
    ("{filters: [{racks: [r01]}]}", "n1, n2"),
    ("{filters: [{tags: [master]}]}", "n1, n2"),
    ("{filters: [{tags: [master, ssd]}]}", "n1, n2, n3: any of them, though all are documented"),
    ("{filters: [{combine: Union, tags: [master, ssd]}]}", "n1, n2, n3"),
    ("{filters: [{labels: {zone: east, tier: gold}}]}", "n1, n2, n3: any of them, though all are documented"),
    ("{filters: [{rackLabels: {row: a}}]}", "crashed: not carried out"),
    ("{filters: [{racks: [r01], tags: [ssd]}]}", "n1"),
    ("{filters: [{combine: Union, racks: [r01], tags: [ssd]}]}", "n1, n2, n3"),
    ("{filters: [{racks: [r01]}, {tags: [ssd]}]}", "n1"),
    ("{combine: Union, filters: [{racks: [r02]}, {names: [n4]}]}", "n3, n4"),
    ("{filters: [{}]}", "crashed"),
];

pub fn chapter() -> Chapter {
    let rack = |name: &str, row: &str| -> (String, Arc<Rack>) {
        let text = format!("{{metadata: {{name: {name}, labels: {{row: {row}}}}}, spec: {{}}}}");
        (name.to_owned(), Arc::new(serde_saphyr::from_str(&text).unwrap()))
    };
    let racks: BTreeMap<String, Arc<Rack>> = [rack("r01", "a"), rack("r02", "b")].into();
    let mut table = Table::new(&["`nodeSelector`", "Drydock selected", "Slipway selects"]);
    for (text, drydock) in FILTERS {
        let selector: NodeSelector = serde_saphyr::from_str(text).unwrap();
        let selected: Vec<&str> =
            NODES.iter().filter(|node| is_selected(&selector, node, &racks)).map(|n| n.0).collect();
        let selected = match selected.len() {
            0 => "none".to_owned(),
            4 => "all".to_owned(),
            _ => selected.join(", "),
        };
        table.row(&format!("`{text}`"), vec![drydock.into(), selected]);
    }
    let mut nodes = Table::new(&["node", "tags", "owner data", "rack"]);
    for (name, tags, data, rack) in NODES {
        let data: Vec<String> = data.iter().map(|(key, value)| format!("{key}: {value}")).collect();
        nodes.row(name, vec![tags.join(", "), data.join(", "), rack.unwrap_or_default().into()]);
    }
    Chapter {
        title: "Node filters",
        text: "`node_filter` is `nodeSelector`; `filter_set_type` and `filter_type` are `combine`, `Intersection` where nothing is \
               said. Rack r01 carries the label `row: a`, r02 `row: b`. Beside the filters there is `labelSelector`, by the labels of \
               BaremetalNodes, as kubectl knows it."
            .into(),
        tables: vec![nodes, table],
    }
}

fn is_selected(selector: &NodeSelector, described: &Described, racks: &BTreeMap<String, Arc<Rack>>) -> bool {
    let (name, tags, data, rack) = *described;
    let tags: Vec<String> = tags.iter().map(|tag| (*tag).to_owned()).collect();
    let data: BTreeMap<String, String> =
        data.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    let node = Candidate { name, tags: &tags, owner_data: &data, rack, labels: &BTreeMap::new() };
    selects(selector, node, racks)
}
