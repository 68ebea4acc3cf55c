//! Who approves is who says so: the admission policy of `config/admission` on a real API server, asked by ServiceAccounts with
//! and without the verb `approve`, while the operator goes about its work.

use crate::{
    ground::{Ground, root, scenario_apart},
    scene::{PATIENCE, Scene, two_racks},
};
use http::Request;
use kube::{
    Client, Config,
    config::{KubeConfigOptions, Kubeconfig},
};
use serde_json::{Value, json};
use slipway_testbed::{Kubectl, eventually};

/// Somebody who may edit designs, and perhaps approve.
struct Person {
    client: Client,
    kubectl: Kubectl,
    name: String,
    namespace: String,
}

impl Person {
    /// A ServiceAccount that may edit everything, with other roles.
    async fn new(ground: &Ground, namespace: &str, account: &str, roles: &[&str]) -> Self {
        let kubectl = |args: Vec<String>| async move {
            ground.control_plane.kubectl(&args.iter().map(String::as_str).collect::<Vec<_>>()).await.unwrap()
        };
        let words = |text: String| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        kubectl(words(format!("create serviceaccount {account} -n {namespace}"))).await;
        for role in roles {
            let bind = "create rolebinding --clusterrole";
            kubectl(words(format!(
                "{bind} {role} --serviceaccount={namespace}:{account} -n {namespace} {account}-{role}"
            )))
            .await;
        }
        let path = ground.control_plane.kubeconfig_for(namespace, account).await.unwrap();
        let kubectl = ground.control_plane.kubectl_as(&path);
        let kubeconfig = Kubeconfig::read_from(path).unwrap();
        let config = Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await.unwrap();
        let name = format!("system:serviceaccount:{namespace}:{account}");
        Self { client: Client::try_from(config).unwrap(), kubectl, name, namespace: namespace.to_owned() }
    }

    /// What the API server says against a request; nothing: it is done.
    async fn asks(&self, method: &str, what: &str, body: &Value) -> Option<(u16, String)> {
        let uri = format!("/apis/slipway.dev/v1alpha1/namespaces/{}/{what}", self.namespace);
        let kind = if method == "PATCH" { "application/merge-patch+json" } else { "application/json" };
        let request = Request::builder().method(method).uri(uri).header("Content-Type", kind);
        match self.client.request::<Value>(request.body(body.to_string().into_bytes()).unwrap()).await {
            Ok(_) => None,
            Err(kube::Error::Api(status)) => Some((status.code, status.message.clone())),
            Err(error) => panic!("{error}"),
        }
    }

    async fn patches(&self, what: &str, body: &Value) -> Option<(u16, String)> {
        self.asks("PATCH", what, body).await
    }

    /// It is done.
    async fn may(&self, what: &str, body: &Value) {
        let refused = self.patches(what, body).await;
        assert_eq!(refused, None, "{} patches {what} {body}", self.name);
    }

    /// Approves by kubectl, as a person would, and prints what is said.
    async fn approves(&self, node: &str, text: &str, may: bool) {
        let annotation = format!("slipway.dev/approve={text}");
        let args = ["annotate", "--overwrite", "baremetalnode", node, &annotation];
        let said = self.kubectl.output(&args, "").await.unwrap();
        let both = [said.stdout, said.stderr].concat();
        let (both, account) = (String::from_utf8_lossy(&both), self.name.rsplit(':').next().unwrap());
        println!("{account}$ kubectl annotate --overwrite baremetalnode {node} slipway.dev/approve=\"{text}\"\n{both}");
        assert_eq!(said.status.success(), may);
    }

    /// It is refused, and says this.
    async fn may_not(&self, what: &str, body: &Value, code: u16, says: &[&str]) {
        let refused = self.patches(what, body).await;
        let fits = |(is, text): &(u16, String)| *is == code && says.iter().all(|part| text.contains(part));
        assert!(refused.as_ref().is_some_and(fits), "{} patches {what} {body}: {refused:?}", self.name);
    }
}

fn annotated(key: &str, value: Option<&str>) -> Value {
    json!({"metadata": {"annotations": {key: value}}})
}

fn approve(text: Option<&str>) -> Value {
    annotated("slipway.dev/approve", text)
}

#[test]
fn only_who_may_approve_approves_and_in_their_own_name() {
    scenario_apart(|ground, turn| async move {
        let mut scene = Scene::two_racks(ground, turn).await;
        scene.start_operator();
        scene.apply(&two_racks(), json!({"mode": "OnTask"})).await;
        scene.until("sites", "harbour", "ApprovalGuarded", "False", "PolicyAbsent").await;
        let one = json!({"filters": [{"names": ["r01-u10"]}]});
        scene.task("deploy", json!({"action": "DeployNodes", "nodeSelector": one})).await;
        scene.until("sitetasks", "deploy", "Ready", "True", "Success").await;

        let edits = "{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: edits-designs}, \
                     rules: [{apiGroups: [slipway.dev], resources: ['*'], verbs: [get, create, update, patch, delete]}]}";
        ground.control_plane.apply(edits).await.unwrap();
        let namespace = scene.namespace.clone();
        let editor = Person::new(ground, &namespace, "editor", &["edits-designs"]).await;
        let approver = Person::new(ground, &namespace, "approver", &["slipway-approver"]).await;
        let both = Person::new(ground, &namespace, "both", &["edits-designs", "slipway-approver"]).await;

        // Without the policy whoever may edit may approve; the Site says so, and then that it is not so any more.
        editor.may("baremetalnodes/r02-u13", &approve(Some("1-abc by the king"))).await;
        editor.may("baremetalnodes/r02-u13", &approve(None)).await;
        let config = root().join("config").display().to_string();
        ground.control_plane.kubectl(&["apply", "-k", &config]).await.unwrap();
        // What is not changed is not refused: another text each time.
        eventually(PATIENCE, "the policy in force", || async {
            let text = format!("1-abc by king {}", jiff::Timestamp::now());
            editor.patches("baremetalnodes/r02-u13", &approve(Some(&text))).await.ok_or("not yet")
        })
        .await
        .unwrap();
        scene.until("sites", "harbour", "ApprovalGuarded", "True", "Guarded").await;
        approver.may("baremetalnodes/r02-u13", &approve(None)).await;

        let policy = ["validatingadmissionpolicy", "slipway-approvals"];
        eventually(PATIENCE, "its types checked", || async {
            let policy = ground.control_plane.get(&policy).await.map_err(|error| error.to_string())?;
            let checked = policy["status"]["typeChecking"].as_object().cloned().ok_or("not yet")?;
            if checked.is_empty() { Ok(()) } else { Err(json!(checked).to_string()) }
        })
        .await
        .unwrap();

        each_rule_both_ways(&editor, &approver).await;
        creation_is_guarded(&editor, &both).await;

        // The operator is not hindered: what is approved is done.
        let task = json!({
            "apiVersion": "slipway.dev/v1alpha1", "kind": "SiteTask", "metadata": {"name": "destroy"},
            "spec": {"action": "DestroyNodes", "nodeSelector": one},
        });
        assert_eq!(editor.asks("POST", "sitetasks", &task).await, None, "asking for it is not approving it");
        scene.until("baremetalnodes", "r01-u10", "Stalled", "True", "ApprovalRequired").await;
        let node = scene.object("baremetalnodes", "r01-u10").await;
        let hash = node["status"]["plan"]["hash"].as_str().unwrap();
        editor.approves("r01-u10", &format!("{hash} by {}", editor.name), false).await;
        editor.approves("r01-u10", &format!("{hash} by {}", approver.name), false).await;
        approver.approves("r01-u10", &format!("{hash} by {}", editor.name), false).await;
        approver.approves("r01-u10", &format!("{hash} by {}", approver.name), true).await;
        scene.until("sitetasks", "destroy", "Ready", "True", "Success").await;
        scene.end().await;
    });
}

/// What is set, changed and removed, by who may and by who may not.
async fn each_rule_both_ways(editor: &Person, approver: &Person) {
    const NODE: &str = "baremetalnodes/r02-u13";
    const SITE: &str = "sites/harbour";
    let needs = |what: &'static str| ["verb approve", "slipway-approver", what];
    let mine = format!("1-abc by {}", approver.name);
    let other = format!("2-def by {}", approver.name);
    for what in [NODE, SITE] {
        editor.may_not(what, &approve(Some(&mine)), 403, &needs("annotation slipway.dev/approve")).await;
        approver.may(what, &approve(Some(&mine))).await;
        editor.may_not(what, &approve(Some(&other)), 403, &needs("annotation slipway.dev/approve")).await;
        editor.may_not(what, &approve(None), 403, &needs("annotation slipway.dev/approve")).await;
        // What stands there already hinders nobody in anything else.
        editor.may(what, &annotated("example.com/note", Some("fine"))).await;
        approver.may(what, &approve(Some(&other))).await;
        for wrong in
            ["1-abc", "1-abc by", "1-abc by somebody", " by somebody", "1 abc by somebody", "by somebody by somebody"]
        {
            let ends = format!("end it with \" by {}\"", approver.name);
            let wrong = wrong.replace("somebody", &editor.name);
            approver.may_not(what, &approve(Some(&wrong)), 422, &["\"<hash> by <user>\"", &ends]).await;
        }
        let padded = format!("1-abc by  {}", approver.name);
        approver.may_not(what, &approve(Some(&padded)), 422, &["<hash> by <user>"]).await;
        approver.may(what, &approve(None)).await;
    }
    let confirm = |value: Option<&str>| annotated("slipway.dev/confirm-deletion", value);
    for (value, next) in [(Some("r02-u13"), Some("other")), (Some("other"), None)] {
        editor.may_not(NODE, &confirm(value), 403, &needs("annotation slipway.dev/confirm-deletion")).await;
        approver.may(NODE, &confirm(value)).await;
        editor.may_not(NODE, &confirm(next), 403, &needs("annotation slipway.dev/confirm-deletion")).await;
        approver.may(NODE, &confirm(None)).await;
    }
    let spec = |field: &str, value: Option<&str>| json!({"spec": {field: value}});
    for (what, field, one, two) in [
        (SITE, "approval", "Always", "Never"),
        (SITE, "deletionPolicy", "Release", "Retain"),
        (NODE, "deletionPolicy", "Release", "ReleaseAndErase"),
    ] {
        let says = if field == "approval" { needs("spec.approval") } else { needs("spec.deletionPolicy") };
        editor.may_not(what, &spec(field, Some(one)), 403, &says).await;
        approver.may(what, &spec(field, Some(one))).await;
        editor.may_not(what, &spec(field, Some(two)), 403, &says).await;
        editor.may_not(what, &spec(field, None), 403, &says).await;
        approver.may(what, &spec(field, Some(two))).await;
        approver.may(what, &spec(field, None)).await;
    }
    // Other fields are everybody's who may edit.
    editor.may(SITE, &json!({"spec": {"retries": 2}})).await;
    editor.may(NODE, &json!({"spec": {"metadata": {"tags": ["spare"]}}})).await;
}

/// Whatever is guarded is guarded in what is made, too.
async fn creation_is_guarded(editor: &Person, both: &Person) {
    let node = |name: &str, annotations: Value, spec: Value| {
        json!({
            "apiVersion": "slipway.dev/v1alpha1", "kind": "BaremetalNode",
            "metadata": {"name": name, "annotations": annotations}, "spec": spec,
        })
    };
    let mine = json!({"slipway.dev/approve": format!("1-abc by {}", both.name)});
    for (name, annotations, spec) in [
        ("made-a", mine.clone(), json!({})),
        ("made-b", json!({"slipway.dev/confirm-deletion": "made-b"}), json!({})),
        ("made-c", json!({}), json!({"deletionPolicy": "Release"})),
    ] {
        let refused = editor.asks("POST", "baremetalnodes", &node(name, annotations.clone(), spec.clone())).await;
        assert!(refused.as_ref().is_some_and(|(code, _)| *code == 403), "{name}: {refused:?}");
        assert_eq!(both.asks("POST", "baremetalnodes", &node(name, annotations, spec)).await, None, "{name}");
    }
    let theirs = json!({"slipway.dev/approve": format!("1-abc by {}", editor.name)});
    let refused = both.asks("POST", "baremetalnodes", &node("made-d", theirs, json!({}))).await;
    assert!(refused.as_ref().is_some_and(|(code, _)| *code == 422), "{refused:?}");
    assert_eq!(editor.asks("POST", "baremetalnodes", &node("made-e", json!({}), json!({}))).await, None);
    for name in ["made-a", "made-b", "made-c", "made-e"] {
        assert_eq!(editor.asks("DELETE", &format!("baremetalnodes/{name}"), &json!({})).await, None);
    }
    let site = |spec: Value| json!({"apiVersion": "slipway.dev/v1alpha1", "kind": "Site", "metadata": {"name": "second"}, "spec": spec});
    let maas = json!({"maas": {"url": "http://maas", "credentialsRef": {"name": "maas"}}});
    let refused = editor.asks("POST", "sites", &site(json!({"provisioner": maas, "approval": "Never"}))).await;
    assert!(refused.as_ref().is_some_and(|(code, text)| *code == 403 && text.contains("spec.approval")), "{refused:?}");
    assert_eq!(editor.asks("POST", "sites", &site(json!({"provisioner": maas}))).await, None);
    assert_eq!(editor.asks("DELETE", "sites/second", &json!({})).await, None);
    let task = json!({
        "apiVersion": "slipway.dev/v1alpha1", "kind": "SiteTask",
        "metadata": {"name": "approved", "annotations": {"slipway.dev/approve": format!("1-abc by {}", editor.name)}},
        "spec": {"action": "ValidateDesign"},
    });
    let refused = editor.asks("POST", "sitetasks", &task).await;
    assert!(refused.as_ref().is_some_and(|(code, text)| *code == 403 && text.contains("sitetasks")), "{refused:?}");
}
