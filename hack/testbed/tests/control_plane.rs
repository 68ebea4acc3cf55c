//! The control plane is a real one: versions, RBAC, namespace deletion, garbage collection; and it ends.
#![allow(clippy::unwrap_used, reason = "a helper of a test fails the test as the test itself does")]

use slipway_testbed::{ControlPlane, TestbedError, eventually};
use std::{path::Path, time::Duration};

const SOON: Duration = Duration::from_mins(1);

#[tokio::test]
async fn the_control_plane_works_and_ends() {
    let cluster = ControlPlane::start().await.unwrap();
    let version = cluster.kubectl(&["get", "--raw", "/version"]).await.unwrap();
    let version: serde_json::Value = serde_json::from_str(&version).unwrap();
    let existing = cluster.pids().is_empty();
    assert!(existing || version["gitVersion"] == "v1.36.3", "{version}");

    cluster.kubectl(&["create", "namespace", "testbed"]).await.unwrap();
    rbac_is_on(&cluster).await;
    owned_objects_are_collected(&cluster).await;
    cluster.kubectl(&["delete", "namespace", "testbed", "--timeout=60s"]).await.unwrap();

    let pids = cluster.pids();
    assert!(existing || pids.len() == 6, "three programs, each with its guard: {pids:?}");
    let folder = cluster.folder().to_owned();
    cluster.stop().await;
    let left: Vec<u32> = pids.into_iter().filter(|pid| Path::new(&format!("/proc/{pid}")).exists()).collect();
    assert!(left.is_empty(), "{left:?}");
    assert!(!folder.exists());
}

async fn rbac_is_on(cluster: &ControlPlane) {
    cluster.kubectl(&["create", "serviceaccount", "nobody", "-n", "testbed"]).await.unwrap();
    let kubeconfig = cluster.kubeconfig_for("testbed", "nobody").await.unwrap();
    let nobody = cluster.kubectl_as(&kubeconfig);
    let error = nobody.run(["get", "configmaps"]).await.unwrap_err();
    assert!(error.to_string().contains("User \"system:serviceaccount:testbed:nobody\" cannot list"), "{error}");
    let bind = ["create", "rolebinding", "reader", "--clusterrole=view", "--serviceaccount=testbed:nobody"];
    cluster.kubectl(&[&bind[..], &["-n", "testbed"]].concat()).await.unwrap();
    eventually(SOON, "the right to list", || nobody.run(["get", "configmaps"])).await.unwrap();
}

async fn owned_objects_are_collected(cluster: &ControlPlane) {
    let map = |name: &str, owner: &str| {
        format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}, namespace: testbed{owner}}}\n")
    };
    cluster.apply(&map("owner", "")).await.unwrap();
    let owner = cluster.get(&["configmap", "owner", "-n", "testbed"]).await.unwrap();
    let uid = owner["metadata"]["uid"].as_str().unwrap();
    let reference = format!(", ownerReferences: [{{apiVersion: v1, kind: ConfigMap, name: owner, uid: {uid}}}]");
    cluster.apply(&map("owned", &reference)).await.unwrap();
    cluster.kubectl(&["delete", "configmap", "owner", "-n", "testbed"]).await.unwrap();
    eventually(SOON, "the owned object's end", || async {
        match cluster.get(&["configmap", "owned", "-n", "testbed"]).await {
            Err(TestbedError::Kubectl { stderr, .. }) if stderr.contains("NotFound") => Ok(()),
            other => Err(format!("{other:?}")),
        }
    })
    .await
    .unwrap();
}
