//! Owner data of machines that become Nodes is such as labels are.

use super::{ClassView, Report, Rule, inherited, place::segment};
use crate::model::NodeLabels;

pub(super) const RULE: Rule = Rule {
    id: "SLW1081",
    name: "node-label",
    title: "Where a site becomes a cluster, owner data is such as labels of Nodes are, and none that Kubernetes keeps for itself",
    why: "RelabelNodes leaves out what is no label, and tells it: no selector finds the Node by it.",
    fix: "Write key and value as Kubernetes takes them: letters, digits, `-`, `_` and `.`, at most 63, the key after a domain of \
          your own where it needs one (`example.com/tier`); or leave it, if nobody looks for it on a Node. What \
          `kubernetes.io` and `k8s.io` mean is set by kubelet or by `kubectl label`.",
    class: Some(check),
    ..Rule::BLANK
};

fn check(view: &ClassView<'_>, report: &mut Report<'_>) {
    let (Some(site), Some(metadata)) = (&view.catalog().site, &view.host().metadata) else { return };
    if site.spec.cluster.is_none() {
        return;
    }
    for (key, why) in NodeLabels::of(&metadata.owner_data).left_out {
        report.warning(
            inherited(format!("/metadata/ownerData/{}", segment(&key))),
            format!("`{key}` is not put on the Node: {why}"),
            "write it as Kubernetes takes labels, under a domain of your own; or leave it, if nobody looks for it on a Node",
        );
    }
}
