//! What a site borrows.

use crate::rules_manifests::{SITE, found, manifests, site_with};
use slipway::{
    design::{Library, Manifests, resolve},
    model::{ObjectKey, Severity},
};
use std::sync::Arc;

/// A site that borrows these objects.
fn borrowing(mut site: Manifests, lent: &str, lends: bool) -> Manifests {
    let mut spec = (*site.site.clone().unwrap()).clone();
    spec.spec.libraries = vec!["standards".into()];
    site.site = Some(Arc::new(spec));
    site.libraries.insert("standards".into(), Library { lends, objects: Arc::new(manifests(lent)) });
    site
}

const PROFILE: &str = "{kind: HostProfile, metadata: {name: defaults}, spec: {hardwareProfile: nowhere}}";

#[test]
fn what_the_site_has_itself_wins() {
    assert_eq!(resolve(&borrowing(manifests(SITE), PROFILE, true)).findings[..], []);
}

#[test]
fn slw1033_what_is_not_lent_is_not_borrowed() {
    let rule = "SLW1033";
    assert_eq!(found(&borrowing(manifests(SITE), PROFILE, true), rule), []);
    let mut without =
        borrowing(site_with("{kind: HostProfile, metadata: {name: defaults}, delete: true}"), PROFILE, false);
    let at = ("Site/east".to_owned(), "spec.libraries[standards]".to_owned(), Vec::new());
    assert_eq!(found(&without, rule), std::slice::from_ref(&at));
    without.libraries.clear();
    assert_eq!(found(&without, rule), [at]);
}

#[test]
fn what_is_wrong_with_a_lent_object_is_the_borrowers_to_see() {
    let site = borrowing(site_with("{kind: HostProfile, metadata: {name: defaults}, delete: true}"), PROFILE, true);
    let design = resolve(&site);
    let finding = design.findings.iter().find(|finding| finding.rule == "SLW1001").unwrap();
    assert_eq!((finding.object.to_string(), finding.severity), ("Site/east".to_owned(), Severity::Error));
    assert_eq!(finding.lent, Some(ObjectKey::new("HostProfile", "defaults")));
    assert_eq!(finding.nodes, ["n1", "n2"]);
}

#[test]
fn a_lent_link_that_nobody_is_on_is_none_of_the_sites() {
    // It would allow a network that the site has on a link of its own.
    let lent = "{kind: NetworkLink, metadata: {name: aaa}, spec: {allowedNetworks: [pxe]}}";
    let design = resolve(&borrowing(manifests(SITE), lent, true));
    assert_eq!(design.findings[..], []);
    assert_eq!(design.part_hash, resolve(&manifests(SITE)).part_hash);
}

#[test]
fn a_mistake_on_a_link_of_bmcs_stops_the_nodes_behind_it() {
    let reversed = SITE.replace(
        "cidr: 10.0.4.0/24,",
        "cidr: 10.0.4.0/24, ranges: [{type: Reserved, start: 10.0.4.9, end: 10.0.4.2}],",
    );
    let found = found(&manifests(&reversed), "SLW1040");
    let nodes: Vec<_> = found.into_iter().map(|(object, _, nodes)| (object, nodes)).collect();
    assert_eq!(nodes, [("Network/oob".to_owned(), vec!["n1".to_owned(), "n2".to_owned()])]);
}
