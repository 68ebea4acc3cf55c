//! The labels of one Node, by server-side apply: what is applied is all that Slipway wants there, so what the design has
//! dropped goes, and what others have put there is theirs.

use super::KubernetesError;
use crate::model::{LabelChange, Permit};
use k8s_openapi::api::core::v1::Node;
use kube::{
    Api, Client, ResourceExt,
    api::{Patch, PatchParams},
    core::PartialObjectMeta,
};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};
use tokio::time::timeout;

/// Whose the labels are. Nothing else on a Node is written under this name.
const MANAGER: &str = "slipway-node-labels";
/// How long one request may take.
const DEADLINE: Duration = Duration::from_secs(15);

/// Brings the labels of a Node that are ours to `wanted`.
pub(super) async fn relabel(
    client: &Client,
    secret: &str,
    names: &[String],
    wanted: &BTreeMap<String, String>,
    permit: &Permit,
) -> Result<LabelChange, KubernetesError> {
    let nodes: Api<Node> = Api::all(client.clone());
    let before = find(&nodes, secret, names).await?;
    let node = before.name_any();
    let untouched = LabelChange { node: node.clone(), ..LabelChange::default() };
    let ours = ours(&before);
    let has_all = wanted.iter().all(|(key, value)| before.labels().get(key) == Some(value));
    if has_all && ours.iter().eq(wanted.keys()) {
        return Ok(untouched);
    }
    // With its UID, an apply to a Node that is gone makes none.
    let body = json!({
        "apiVersion": "v1", "kind": "Node",
        "metadata": {"name": node, "uid": before.metadata.uid, "labels": wanted},
    });
    permit.check().map_err(KubernetesError::Lease)?;
    let written =
        timeout(DEADLINE, nodes.patch_metadata(&node, &PatchParams::apply(MANAGER), &Patch::Apply(&body))).await;
    let after = written
        .map_err(|_| KubernetesError::Late(DEADLINE))?
        .map_err(|error| KubernetesError::of(error, "label", &node, secret))?;
    let (before, after) = (before.labels(), after.labels());
    let changed = |(key, value): &(&String, &String)| before.get(*key) != Some(value);
    let set = wanted.iter().filter(changed).map(|(key, value)| (key.clone(), value.clone())).collect();
    let removed = ours.into_iter().filter(|key| !after.contains_key(key)).collect();
    Ok(LabelChange { set, removed, ..untouched })
}

/// The first of these that is there, by its metadata alone. A role may be for Nodes by their names, and leave out one under
/// which no kubelet registers.
async fn find(nodes: &Api<Node>, secret: &str, names: &[String]) -> Result<PartialObjectMeta<Node>, KubernetesError> {
    let (mut forbidden, mut is_absent) = (None, false);
    for name in names {
        let found = timeout(DEADLINE, nodes.get_metadata_opt(name)).await;
        match found.map_err(|_| KubernetesError::Late(DEADLINE))? {
            Ok(Some(found)) => return Ok(found),
            Ok(None) => is_absent = true,
            Err(error) => match KubernetesError::of(error, "get", name, secret) {
                error @ KubernetesError::Forbidden { .. } => forbidden = Some(error),
                error => return Err(error),
            },
        }
    }
    Err(forbidden.filter(|_| !is_absent).unwrap_or_else(|| KubernetesError::NoNode(names.join(" or "))))
}

/// The labels that Slipway has put there.
fn ours(node: &PartialObjectMeta<Node>) -> BTreeSet<String> {
    let entries = node.managed_fields().iter();
    let entries = entries
        .filter(|entry| entry.manager.as_deref() == Some(MANAGER) && entry.operation.as_deref() == Some("Apply"));
    let fields = entries.filter_map(|entry| entry.fields_v1.as_ref()?.0.pointer("/f:metadata/f:labels"));
    let keys = fields.filter_map(Value::as_object).flat_map(|labels| labels.keys());
    keys.filter_map(|key| key.strip_prefix("f:")).map(str::to_owned).collect()
}
