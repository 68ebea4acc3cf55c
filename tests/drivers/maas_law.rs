//! The law of lowering: from every prefix of every list, the last answer lost or not, observing, lowering and running again
//! ends in the same machine as a run without trouble.

use crate::maas_lab::{Site, other_node};
use serde_json::{Value, json};
use slipway::{
    drivers::Provisioner,
    model::{Aspect, MachineAction, MachineStatus},
};

const ASPECTS: [Aspect; 5] =
    [Aspect::Registration, Aspect::Networking, Aspect::Storage, Aspect::Platform, Aspect::Mark];

/// What can be seen of a machine and of the site, without MAAS's numbers.
async fn state(site: &Site, id: &str) -> Value {
    let machine = site.region(&format!("machines/{id}/")).await;
    let keep = |key: &str| machine[key].clone();
    let sorted = |list: Value, by: &str| {
        let mut list = list.as_array().cloned().unwrap_or_default();
        list.sort_by_key(|item| item[by].to_string());
        list
    };
    let mut tags = keep("tag_names").as_array().cloned().unwrap_or_default();
    tags.sort_by_key(Value::to_string);
    json!({
        "hostname": keep("hostname"), "domain": keep("domain"), "zone": keep("zone"), "tags": tags,
        "owner_data": keep("owner_data"), "boot_disk": machine["boot_disk"]["name"],
        "interfaces": sorted(keep("interface_set"), "name"),
        "disks": sorted(keep("physicalblockdevice_set"), "name"),
        "volumes": sorted(keep("virtualblockdevice_set"), "name"),
        "groups": site.region(&format!("nodes/{id}/volume-groups/")).await,
        "known_tags": sorted(site.region("tags/").await, "name"),
    })
}

/// Where a run starts.
#[derive(Clone, Copy, PartialEq)]
enum From {
    /// As MAAS leaves a machine that was just commissioned.
    Commissioning,
    /// As another design has left it.
    OtherDesign,
}

/// A machine on a prepared site, where only `aspect` is missing of what comes before it.
async fn begin(aspect: Aspect, from: From) -> (Site, String) {
    let mut site = Site::start().await;
    site.prepare_site().await;
    let act = async |site: &Site, action: MachineAction| {
        site.maas.perform(&action, &site.subject(), &site.permit).await.unwrap_or_else(|e| panic!("{action}: {e:?}"));
    };
    act(&site, MachineAction::Create).await;
    if aspect != Aspect::Registration {
        act(&site, MachineAction::Apply(Aspect::Registration)).await;
        act(&site, MachineAction::Commission).await;
        site.wait("Ready", |machine| machine.status == MachineStatus::Ready).await;
    }
    if from == From::OtherDesign {
        let design = std::mem::replace(&mut site.design, other_node());
        act(&site, MachineAction::Apply(aspect)).await;
        site.design = design;
    }
    if aspect == Aspect::Mark {
        act(&site, MachineAction::Allocate).await;
    }
    let id = site.machine().await.id;
    (site, id)
}

async fn finish(site: &Site, aspect: Aspect) {
    site.maas.perform(&MachineAction::Apply(aspect), &site.subject(), &site.permit).await.unwrap();
    let left = site.maas.calls(aspect, &site.subject()).await.unwrap();
    assert!(left.is_empty(), "{aspect:?}: one run is enough: {left:?}");
}

async fn law(aspect: Aspect, from: From) -> Value {
    let (site, id) = begin(aspect, from).await;
    let calls = site.maas.calls(aspect, &site.subject()).await.unwrap();
    assert!(!calls.is_empty(), "{aspect:?}");
    finish(&site, aspect).await;
    let undisturbed = state(&site, &id).await;
    for count in 0..calls.len() {
        let (site, id) = begin(aspect, from).await;
        let calls = site.maas.calls(aspect, &site.subject()).await.unwrap();
        site.maas.run(&calls[..count], &site.permit).await.unwrap();
        finish(&site, aspect).await;
        let texts: Vec<String> = calls[..count].iter().map(ToString::to_string).collect();
        assert_eq!(state(&site, &id).await, undisturbed, "{aspect:?} after {texts:#?}");
    }
    undisturbed
}

#[tokio::test]
async fn every_prefix_of_every_list_ends_in_the_same_machine() {
    for aspect in ASPECTS {
        law(aspect, From::Commissioning).await;
    }
}

#[tokio::test]
async fn from_another_design_too() {
    for aspect in [Aspect::Networking, Aspect::Storage] {
        let from_other = law(aspect, From::OtherDesign).await;
        let (site, id) = begin(aspect, From::Commissioning).await;
        finish(&site, aspect).await;
        assert_eq!(from_other, state(&site, &id).await, "{aspect:?}: wherever it starts from");
    }
}

/// The lab carries the last write out and never answers.
#[tokio::test]
async fn a_lost_answer_changes_nothing() {
    let aspect = Aspect::Networking;
    let (site, id) = begin(aspect, From::Commissioning).await;
    let calls = site.maas.calls(aspect, &site.subject()).await.unwrap().len();
    finish(&site, aspect).await;
    let undisturbed = state(&site, &id).await;
    for count in 1..=calls {
        let (site, id) = begin(aspect, From::Commissioning).await;
        let fault = json!({"kind": "holdAfterWrite", "count": count, "answer": "Lost"});
        site.control(reqwest::Method::POST, "/faults", fault).await;
        let action = MachineAction::Apply(aspect);
        let subject = site.subject();
        let attempt = site.maas.perform(&action, &subject, &site.permit);
        let clear = async {
            // The hold trips with write `count`; the journal of faults tells when.
            loop {
                let faults = site.control(reqwest::Method::GET, "/faults", json!({})).await;
                if faults.as_array().is_some_and(|all| all.iter().any(|fault| fault["tripped"] == true)) {
                    break;
                }
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            outcome = attempt => assert!(outcome.is_err(), "the answer was lost"),
            () = clear => {}
        }
        site.control(reqwest::Method::DELETE, "/faults", json!({})).await;
        finish(&site, aspect).await;
        assert_eq!(state(&site, &id).await, undisturbed, "answer {count} of {calls} lost");
    }
}
