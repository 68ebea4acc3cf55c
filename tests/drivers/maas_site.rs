//! A site in a region: from every place where a run may stop it ends in the same region, what was not recorded is not
//! made, two Sites do not write in turns, and what the design drops goes only where the Site says so.

use crate::{
    maas_lab::Site,
    maas_site_part::{SiteFacts, part, richer},
};
use serde_json::{Value, json};
use slipway::{
    api::{
        maas::{BootSource, BootSourceSelection, PrunePolicy, RegionConfig},
        network::RangeType,
        reference::SecretReference,
        site_task::CheckOutcome,
    },
    drivers::{ErrorClass, Provisioner},
    model::{SiteNeeds, SitePart},
};
use std::collections::BTreeSet;

/// Everything of a region that a site has to do with, without MAAS's numbers.
async fn state(site: &Site) -> Value {
    let mut all = serde_json::Map::new();
    for path in [
        "fabrics/",
        "spaces/",
        "subnets/",
        "ipranges/",
        "reservedips/",
        "domains/",
        "dnsresources/",
        "static-routes/",
        "tags/",
        "zones/",
        "resourcepools/",
        "package-repositories/",
        "account/prefs/sshkeys/",
    ] {
        let mut list = site.region(path).await.as_array().cloned().unwrap_or_default();
        list.iter_mut().for_each(settle);
        list.sort_by_key(Value::to_string);
        all.insert(path.to_owned(), list.into());
    }
    Value::Object(all)
}

/// Lists in which the order has no meaning, and times.
fn settle(value: &mut Value) {
    match value {
        Value::Object(map) => {
            for key in ["created", "updated", "resource_record_count"] {
                map.remove(key);
            }
            map.values_mut().for_each(settle);
        }
        Value::Array(list) => {
            list.iter_mut().for_each(settle);
            list.sort_by_key(Value::to_string);
        }
        _ => {}
    }
}

/// Looks, records and runs, until nothing is left; gives back what is recorded.
async fn finish(site: &Site, part: &SitePart, mut facts: SiteFacts) -> SiteFacts {
    for _ in 0..4 {
        facts = SiteFacts::of(&site.maas, part, facts).await;
        let lowered = site.maas.site_calls(&facts.subject(part)).await.unwrap();
        assert_eq!(lowered.conflicts, Vec::<String>::new());
        if lowered.calls.is_empty() {
            return facts;
        }
        facts.approved = lowered.calls.iter().filter(|call| call.is_destructive()).map(ToString::to_string).collect();
        site.maas.perform_site(&facts.subject(part), &site.permit).await.unwrap();
    }
    let left = site.maas.site_calls(&facts.subject(part)).await.unwrap().calls;
    assert!(left.is_empty(), "four runs are enough: {left:#?}");
    facts
}

async fn law(from: Option<&SitePart>, to: &SitePart) -> Value {
    let begin = async || {
        let site = Site::start().await;
        let facts = match from {
            Some(part) => finish(&site, part, SiteFacts::new("east")).await,
            None => SiteFacts::new("east"),
        };
        let facts = SiteFacts::of(&site.maas, to, facts).await;
        let calls = site.maas.site_calls(&facts.subject(to)).await.unwrap().calls;
        (site, facts, calls)
    };
    let (site, facts, calls) = begin().await;
    assert!(calls.len() > 3, "{calls:?}");
    let made = finish(&site, to, facts).await.made;
    let undisturbed = state(&site).await;
    for count in 0..calls.len() {
        let (site, facts, calls) = begin().await;
        site.maas.run(&calls[..count], &site.permit).await.unwrap();
        let facts = finish(&site, to, facts).await;
        let texts: Vec<String> = calls[..count].iter().map(ToString::to_string).collect();
        assert_eq!(state(&site).await, undisturbed, "after {texts:#?}");
        assert_eq!(facts.made, made, "after {texts:#?}");
    }
    undisturbed
}

#[tokio::test]
async fn every_prefix_of_the_sites_list_ends_in_the_same_site() {
    law(None, &richer()).await;
}

#[tokio::test]
async fn from_another_design_too() {
    let mut from = richer();
    from.prune = Some(PrunePolicy::Delete);
    let mut to = part();
    to.prune = Some(PrunePolicy::Delete);
    to.networks.remove("storage");
    law(Some(&from), &to).await;
}

/// The lab carries the last write out and never answers.
#[tokio::test]
async fn a_lost_answer_makes_nothing_twice() {
    let part = part();
    let site = Site::start().await;
    let facts = SiteFacts::of(&site.maas, &part, SiteFacts::new("east")).await;
    let calls = site.maas.site_calls(&facts.subject(&part)).await.unwrap().calls.len();
    finish(&site, &part, facts).await;
    let undisturbed = state(&site).await;
    for count in 1..=calls {
        let site = Site::start().await;
        let facts = SiteFacts::of(&site.maas, &part, SiteFacts::new("east")).await;
        let fault = json!({"kind": "holdAfterWrite", "count": count, "answer": "Lost"});
        site.control(reqwest::Method::POST, "/faults", fault).await;
        let subject = facts.subject(&part);
        let attempt = site.maas.perform_site(&subject, &site.permit);
        let tripped = async {
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
            () = tripped => {}
        }
        site.control(reqwest::Method::DELETE, "/faults", json!({})).await;
        finish(&site, &part, facts).await;
        assert_eq!(state(&site).await, undisturbed, "answer {count} of {calls} lost");
    }
}

#[tokio::test]
async fn what_is_not_recorded_is_not_made() {
    let site = Site::start().await;
    let nothing = SiteFacts::new("east");
    let before = state(&site).await;
    let outcome = site.maas.perform_site(&nothing.subject(&site.part), &site.permit).await.unwrap_err();
    assert_eq!(outcome.class, ErrorClass::Conflict);
    assert!(outcome.message.contains("not recorded yet"), "{outcome}");
    assert_eq!(state(&site).await, before);
}

#[tokio::test]
async fn what_the_design_drops_is_told_and_then_deleted_and_what_was_there_stays() {
    let site = Site::start().await;
    let empty = SitePart { owns_region: true, ..SitePart::default() };
    let facts = finish(&site, &empty, SiteFacts::new("east")).await;
    let before = state(&site).await;
    let mut rich = richer();
    // The default domain is in use by machines that name none, and stays.
    rich.config = None;
    // As is the space of a VLAN that was there.
    rich.networks.values_mut().for_each(|network| network.space = None);
    let facts = finish(&site, &rich, facts).await;
    let seen = site.maas.observe_site(&facts.subject(&empty)).await.unwrap();
    assert_eq!((seen.pending, seen.conflicts), (Vec::new(), Vec::new()));
    assert!(seen.leftovers.iter().any(|text| text.starts_with("subnet 10.23.21.0/24")), "{:?}", seen.leftovers);
    let pruned = SitePart { prune: Some(PrunePolicy::Delete), ..empty };
    // What turns DHCP off waits for approval, with what leans on it.
    let facts = SiteFacts::of(&site.maas, &pruned, facts).await;
    site.maas.perform_site(&facts.subject(&pruned), &site.permit).await.unwrap();
    let seen = site.maas.observe_site(&facts.subject(&pruned)).await.unwrap();
    assert!(seen.destructive.iter().any(|text| text.contains("delete DHCP on VLAN 0")), "{:?}", seen.destructive);
    let facts = finish(&site, &pruned, facts).await;
    let after = state(&site).await;
    for (kind, list) in before.as_object().unwrap() {
        let kept = |comment: &str| comment.split(" Kept by Slipway").next().unwrap_or_default().to_owned();
        let names = |list: &Value| -> BTreeSet<String> {
            let all = list.as_array().unwrap().iter();
            all.map(|item| kept(&format!("{} {} {}", item["name"], item["cidr"], item["start_ip"]))).collect()
        };
        // A fabric or subnet that was there has the design's name now; nothing of it was taken away.
        assert_eq!(names(list).len(), names(&after[kind]).len(), "{kind}: {list} became {}", after[kind]);
    }
    assert!(!facts.made.iter().any(|key| key.starts_with("Vlan/")), "{:?}", facts.made);
}

#[tokio::test]
async fn two_sites_of_one_region_do_not_write_in_turns() {
    let site = Site::start().await;
    let east = finish(&site, &site.part, SiteFacts::new("east")).await;
    let settled = state(&site).await;
    // The other has other wishes for what is there once, for a tag, and for a subnet of the first.
    let mut other = SitePart { owns_region: true, ntp_servers: vec!["10.9.9.9".into()], ..SitePart::default() };
    other.tag_definitions = site.part.tag_definitions.clone();
    other.tag_definitions[0].xpath = "//node[@class=\"network\"]".into();
    let mut pxe = site.part.networks["pxe"].clone();
    pxe.name = "boot".into();
    other.links = site.part.links.clone();
    other.links.retain(|name, _| name == "pxe");
    other.networks = [("boot".to_owned(), pxe)].into();
    let west = SiteFacts::of(&site.maas, &other, SiteFacts::new("west")).await;
    let seen = site.maas.observe_site(&west.subject(&other)).await.unwrap();
    for part in ["the region is owned by another Site, c0ffee/east", "tag nvme", "network boot"] {
        assert!(seen.conflicts.iter().any(|conflict| conflict.starts_with(part)), "{part}: {:#?}", seen.conflicts);
    }
    site.maas.perform_site(&west.subject(&other), &site.permit).await.unwrap();
    assert_eq!(state(&site).await, settled, "a conflict is left out");
    // Without the wish to own it, what differs is told, with the field to set.
    other.owns_region = false;
    let seen = site.maas.observe_site(&west.subject(&other)).await.unwrap();
    let told = |text: &String| text.contains("set ntp_servers to 10.9.9.9") && text.contains("owned by c0ffee/east");
    assert!(seen.conflicts.iter().any(told), "{:#?}", seen.conflicts);
    // And the first has nothing to do again.
    let seen = site.maas.observe_site(&east.subject(&site.part)).await.unwrap();
    assert_eq!((seen.pending, seen.conflicts), (Vec::new(), Vec::new()));
}

#[tokio::test]
async fn a_change_behind_its_back_is_told_field_by_field() {
    let site = Site::start().await;
    let facts = finish(&site, &site.part, SiteFacts::new("east")).await;
    let vlan = site.raw("fabrics/").await.as_array().unwrap().iter().find_map(|fabric| {
        fabric["vlans"].as_array().unwrap().iter().find(|vlan| vlan["vid"] == 41).map(|vlan| vlan["id"].to_string())
    });
    site.write(&format!("vlans/{}/", vlan.unwrap()), &[("mtu", "1400"), ("name", "mine")]).await;
    let seen = site.maas.observe_site(&facts.subject(&site.part)).await.unwrap();
    assert_eq!(seen.pending, ["set VLAN 41 of fabric bond0: name oam (is mine), mtu 9000 (is 1400)"]);
}

#[tokio::test]
async fn a_look_costs_the_same_whatever_the_size() {
    let cost = async |part: &SitePart| {
        let site = Site::start().await;
        let facts = finish(&site, part, SiteFacts::new("east")).await;
        let reads =
            async || site.control(reqwest::Method::GET, "/stats", json!({})).await["maasReads"].as_u64().unwrap();
        let before = reads().await;
        site.maas.observe_site(&facts.subject(part)).await.unwrap();
        reads().await - before
    };
    let mut large = part();
    let oam = large.networks["oam"].clone();
    for vid in 100..120 {
        let mut network = oam.clone();
        network.name = format!("net{vid}");
        network.vlan = Some(vid);
        network.cidr = format!("10.99.{vid}.0/24").parse().unwrap();
        (network.gateway, network.routes) = (None, Vec::new());
        network.ranges = vec![(
            RangeType::Reserved,
            format!("10.99.{vid}.1").parse().unwrap(),
            format!("10.99.{vid}.9").parse().unwrap(),
        )];
        large.networks.insert(network.name.clone(), network);
    }
    let (small, large) = (cost(&part()).await, cost(&large).await);
    assert_eq!(small, large, "requests of one look");
    assert_eq!(small, 19, "requests of one look");
}

#[tokio::test]
async fn a_check_has_a_line_for_each_thing() {
    let site = Site::start().await;
    let facts = finish(&site, &site.part, SiteFacts::new("east")).await;
    let images =
        BTreeSet::from([("ubuntu/noble".to_owned(), Some("ga-24.04".to_owned())), ("custom/none".to_owned(), None)]);
    let checks = site.maas.verify_site(&facts.subject(&site.part), &SiteNeeds { images }).await.unwrap();
    let outcome = |name: &str| checks.iter().find(|check| check.name == name).map(|check| check.outcome);
    assert_eq!(outcome("Version"), Some(CheckOutcome::Passed), "{checks:#?}");
    assert_eq!(outcome("API key"), Some(CheckOutcome::Passed), "{checks:#?}");
    assert_eq!(outcome("Image ubuntu/noble, kernel ga-24.04"), Some(CheckOutcome::Passed), "{checks:#?}");
    assert_eq!(outcome("Image custom/none"), Some(CheckOutcome::Failed), "{checks:#?}");
    assert_eq!(outcome("Import"), Some(CheckOutcome::Passed), "{checks:#?}");
    assert_eq!(outcome("Rack controller of VLAN 0 of pxe"), Some(CheckOutcome::Passed), "{checks:#?}");
}

#[tokio::test]
async fn an_older_region_is_told_what_it_cannot_do() {
    let site = Site::start_with("maas: { version: 3.5.13 }\n").await;
    let facts = SiteFacts::new("east");
    let seen = site.maas.observe_site(&facts.subject(&richer())).await.unwrap();
    let conflict = "network pxe: reservedAddresses need MAAS 3.6 or newer, and this is 3.5.13";
    assert!(seen.conflicts.iter().any(|text| text.starts_with(conflict)), "{:#?}", seen.conflicts);
    // What does not ask for it is done.
    finish(&site, &part(), SiteFacts::new("east")).await;
}

#[tokio::test]
async fn a_proxy_with_a_password_is_set_and_never_told() {
    let site = Site::start().await;
    let mut part = SitePart { owns_region: true, ..SitePart::default() };
    part.config = Some(RegionConfig {
        http_proxy_ref: Some(SecretReference { name: "proxy".into() }),
        ..RegionConfig::default()
    });
    let mut facts = SiteFacts::new("east");
    facts.material.http_proxy = Some(Ok("http://me:hunter2@proxy.example.com:3128/".to_owned().into()));
    let seen = site.maas.observe_site(&facts.subject(&part)).await.unwrap();
    assert!(
        seen.pending.contains(&"set http_proxy to the one of its Secret (is another)".to_owned()),
        "{:?}",
        seen.pending
    );
    finish(&site, &part, facts.clone()).await;
    let proxy = site.raw("maas/?op=get_config&name=http_proxy").await;
    assert_eq!(proxy, "http://me:hunter2@proxy.example.com:3128/");
    let mut other = facts;
    other.material.http_proxy = Some(Ok("not a url: hunter3".to_owned().into()));
    match site.maas.perform_site(&other.subject(&part), &site.permit).await {
        Ok(()) => {}
        Err(error) => assert!(!format!("{error} {error:?}").contains("hunter"), "{error:?}"),
    }
    let seen = site.maas.observe_site(&other.subject(&part)).await.unwrap();
    assert!(!format!("{seen:?}").contains("hunter"), "{seen:?}");
}

#[tokio::test]
async fn images_of_a_new_source_are_selected_and_imported() {
    let site = Site::start().await;
    let selection = BootSourceSelection { os: "ubuntu".into(), release: "jammy".into(), ..Default::default() };
    let known = site.raw("boot-sources/").await[0]["url"].as_str().unwrap().to_owned();
    let source = BootSource { url: known, keyring_filename: None, selections: vec![selection] };
    let part = SitePart {
        owns_region: true,
        boot_sources: vec![source],
        images: vec!["ubuntu/jammy".into()],
        ..SitePart::default()
    };
    let facts = std::sync::Mutex::new(SiteFacts::new("east"));
    let seen = slipway_testbed::eventually(std::time::Duration::from_secs(30), "images that are there", || async {
        let before = facts.lock().unwrap().clone();
        let now = SiteFacts::of(&site.maas, &part, before).await;
        *facts.lock().unwrap() = now.clone();
        let seen = site.maas.observe_site(&now.subject(&part)).await.unwrap();
        if seen.is_as_designed() {
            return Ok(seen);
        }
        // What MAAS is not ready for is no failure.
        let outcome = site.maas.perform_site(&now.subject(&part), &site.permit).await;
        assert!(outcome.as_ref().err().is_none_or(|error| error.class == ErrorClass::Conflict), "{outcome:?}");
        Err(format!("{seen:#?}"))
    });
    assert!(seen.await.unwrap().images.contains(&"ubuntu/jammy".to_owned()));
}
