//! The rules about who is on which link and network.

use crate::rules_manifests::{SITE, document, finds, finds_nothing, manifests, site_where, site_with, the_only};
use slipway::model::Severity;

const NO_NODES: &str = "{kind: BaremetalNode, metadata: {name: n1}, delete: true}\n---\n\
                        {kind: BaremetalNode, metadata: {name: n2}, delete: true}";

#[test]
fn slw1045_every_link_has_somebody_on_it() {
    let rule = "SLW1045";
    finds_nothing(&manifests(SITE), rule);
    let spare = "{kind: NetworkLink, metadata: {name: spare}, spec: {allowedNetworks: [spare]}}\n---\n\
                 {kind: Network, metadata: {name: spare}, spec: {cidr: 10.7.0.0/24}}";
    finds(&site_with(spare), rule, "NetworkLink/spare", "spec", &[]);
    assert_eq!(the_only(&site_with(spare)).severity, Severity::Warning);
    finds_nothing(&site_with(&format!("{spare}\n---\n{NO_NODES}")), rule);
    let unmanaged = spare.replace("spec: {allowed", "spec: {unmanaged: true, allowed");
    finds(&site_with(&unmanaged), rule, "NetworkLink/spare", "spec", &[]);
    // The interface was meant to be on it, which a rule of its own says.
    let misspelt = document("HostProfile", "defaults").replace("link: pxe", "link: spair");
    finds_nothing(&site_with(&format!("{spare}\n---\n{misspelt}")), rule);
}

#[test]
fn slw1046_every_network_runs_on_a_link() {
    let rule = "SLW1046";
    finds_nothing(&manifests(SITE), rule);
    let spare = "{kind: Network, metadata: {name: spare}, spec: {cidr: 10.7.0.0/24}}";
    finds(&site_with(spare), rule, "Network/spare", "spec", &[]);
    assert_eq!(the_only(&site_with(spare)).severity, Severity::Warning);
    finds_nothing(&site_with(&format!("{spare}\n---\n{NO_NODES}")), rule);
    finds_nothing(&site_with(&spare.replace("24}", "24, routeDomain: far}")), rule);
    finds_nothing(&site_with("{kind: NetworkLink, metadata: {name: oob}, delete: true}"), rule);
    // The network is misspelt elsewhere, which other rules say.
    finds_nothing(&site_where("NetworkLink", "bond0", "[oam, storage]", "[oam, stoarge]"), rule);
    finds_nothing(&site_where("NetworkLink", "bond0", "[oam, storage]", "[oam]"), rule);
}
