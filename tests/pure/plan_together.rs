//! Plans of several nodes under one approval.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use slipway::{
    api::{
        BaremetalNode, Site, SiteTask,
        baremetal_node::{BaremetalNodeStatus, NodePlan},
        memory::NodeMemory,
        node_plans::ApprovedPlans,
    },
    model::Orders,
    plan::{approved_together, limits, orders, together, waits_for_approval},
};

fn node(name: &str, plan: Option<(&str, &[&str])>) -> BaremetalNode {
    let plan = plan.map(|(hash, destructive)| NodePlan {
        hash: hash.into(),
        destructive: destructive.iter().map(|&action| action.into()).collect(),
        message: String::new(),
    });
    let status = Some(BaremetalNodeStatus { plan, ..BaremetalNodeStatus::default() });
    let metadata = ObjectMeta { name: Some(name.into()), ..ObjectMeta::default() };
    BaremetalNode { metadata, spec: serde_saphyr::from_str("{}").unwrap(), status }
}

fn three() -> [BaremetalNode; 3] {
    [node("b", Some(("h2", &["Release", "Erase"]))), node("a", Some(("h1", &["Release"]))), node("c", None)]
}

#[test]
fn one_hash_stands_for_all_that_wait_whatever_their_order() {
    let waiting = together(&three()).unwrap();
    assert_eq!(waiting.shown.nodes, 2);
    assert_eq!(waiting.shown.first, ["a", "b"]);
    let says = format!(
        "2 wait for approval (Erase 1, Release 2): approve with slipway.dev/approve: \"{} by <user>\"",
        waiting.shown.hash
    );
    assert_eq!(waits_for_approval(&waiting.shown), says);
    let mut reversed = three();
    reversed.reverse();
    assert_eq!(together(&reversed), Some(waiting.clone()));
    let mut other = three();
    other[0] = node("b", Some(("h3", &["Release", "Erase"])));
    assert_ne!(together(&other).unwrap().shown.hash, waiting.shown.hash);
    assert_eq!(together(&[node("c", None)]), None);
}

#[test]
fn what_was_approved_stays_so_while_nodes_take_it_up_and_until_it_is_withdrawn() {
    let waiting = together(&three()).unwrap();
    let annotation = format!("{} by ann", waiting.shown.hash);
    let approved = approved_together(Some(&annotation), None, Some(&waiting)).unwrap();
    assert_eq!((approved.by.as_str(), approved.plans.as_slice()), ("ann", &["h1".to_owned(), "h2".to_owned()][..]));
    let rest = together(&three()[..1]);
    assert_ne!(rest.as_ref().unwrap().shown.hash, waiting.shown.hash);
    for waiting in [rest.as_ref(), None] {
        assert_eq!(approved_together(Some(&annotation), Some(&approved), waiting), Some(approved.clone()));
    }
    for text in [None, Some("another by ann"), Some("nonsense")] {
        assert_eq!(approved_together(text, Some(&approved), rest.as_ref()), None, "{text:?}");
    }
}

fn asked(site: &Site, task: Option<&SiteTask>, node: &BaremetalNode) -> Orders {
    orders(site, task, node, &NodeMemory::default(), limits(site, None, |duration| duration))
}

#[test]
fn a_node_takes_up_what_it_shows_and_nothing_else() {
    let yaml = "{metadata: {name: s}, spec: {provisioner: {maas: {url: http://maas/MAAS, credentialsRef: {name: m}}}}}";
    let mut site: Site = serde_saphyr::from_str(yaml).unwrap();
    let mut task: SiteTask =
        serde_saphyr::from_str("{metadata: {name: t, uid: u1}, spec: {action: DestroyNodes}}").unwrap();
    let list = ApprovedPlans { hash: "all".into(), by: "ann".into(), plans: vec!["h1".into()] };
    let [b, a, c] = three();
    task.status = Some(serde_saphyr::from_str("{}").unwrap());
    task.status.as_mut().unwrap().approved = Some(list.clone());
    assert_eq!(asked(&site, Some(&task), &a).approval.map(|approval| approval.hash).as_deref(), Some("h1"));
    for node in [&b, &c] {
        assert_eq!(asked(&site, Some(&task), node).approval, None);
    }
    assert_eq!(asked(&site, None, &a).approval, None, "another's task approves nothing");
    site.status = Some(serde_saphyr::from_str("{}").unwrap());
    site.status.as_mut().unwrap().approved = Some(list);
    assert_eq!(asked(&site, None, &a).approval.map(|approval| approval.by).as_deref(), Some("ann"));
}
