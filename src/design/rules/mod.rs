//! The rules of a design, one file each: id, what it checks, why it matters, and how to mend what it finds.
//!
//! A rule looks where its mistake is made: at what alike nodes inherit (`class`), at what one node has for itself
//! (`node`), or at the site (`site`). The first two are asked once and remembered while nothing they saw has changed.

mod actions;
mod address_outside;
mod adopted_twice;
mod alias_pattern;
mod allowed_networks;
mod automatic_tag;
mod bond_devices;
mod bonding;
mod boot_action_nobody;
mod boot_assets;
mod boot_layout;
mod boot_storage;
mod bridges;
mod caches;
mod cidr_host_bits;
mod cpu_sets;
mod deprecated;
mod device_twice;
mod dhcp_relay;
mod dhcp_server;
mod disk_sizes;
mod dns_records;
mod draft;
mod duplicate_address;
mod duplicate_bmc;
mod duplicate_mac;
mod gateway_in_range;
mod gateway_outside;
mod holders;
mod host_name;
mod huge_pages;
mod huge_pages_memory;
mod interface_devices;
mod kernel_params;
mod libraries;
mod missing_address;
mod mount_points;
mod mtu;
mod mtu_of_network;
mod network_on_links;
mod network_without_link;
mod networks_overlap;
mod no_boot_action;
mod no_dhcp_range;
mod node_label;
mod not_supported;
mod oob_credentials;
mod out_of_band;
mod owner_data_key;
mod package_version;
mod place;
mod primary_network;
mod profile_cycle;
mod rack_local_network;
mod rack_position;
mod raid_level;
mod range_outside;
mod ranges_overlap;
mod references;
mod region_owner;
mod repeated;
mod reserved_addresses;
mod rollout_groups;
mod rollout_windows;
mod route_domain;
mod script_shebang;
mod software_raids;
mod space_of_vlan;
mod ssh_key;
mod static_outside_range;
mod storage_layout;
mod storage_sizes;
mod template;
mod trunking;
mod two_gateways;
mod unattached_address;
mod unknown_alias;
mod unknown_image;
mod unknown_link;
mod unknown_network;
mod unknown_rack;
mod unreadable;
mod unset;
mod unused_link;
mod view;
mod vlan_clash;
mod volume_groups;

pub(super) use draft::{Affected, Draft};
pub(super) use view::{NodeView, SiteView};

use super::{class::HostClass, shared::Shared};
use crate::model::Finding;
use draft::Report;
use place::{at, inherited, own};
use view::ClassView;

/// A rule.
#[derive(Debug)]
pub struct Rule {
    /// Its id, never used again for another.
    pub id: &'static str,
    /// A short name, for lists and tools. Example: `duplicate-address`.
    pub name: &'static str,
    /// What must hold, in one sentence.
    pub title: &'static str,
    /// What happens where it does not hold.
    pub why: &'static str,
    /// How to mend it.
    pub fix: &'static str,
    /// The code of the same rule in Drydock, where there is one.
    pub drydock: Option<&'static str>,
    class: Option<fn(&ClassView<'_>, &mut Report<'_>)>,
    node: Option<fn(&NodeView<'_>, &mut Report<'_>)>,
    site: Option<fn(&SiteView<'_>, &mut Report<'_>)>,
}

impl Rule {
    /// A rule that looks nowhere yet.
    const BLANK: Self =
        Self { id: "", name: "", title: "", why: "", fix: "", drydock: None, class: None, node: None, site: None };
}

/// Every rule, by id.
pub const RULES: &[Rule] = &[
    references::RULE,
    profile_cycle::RULE,
    missing_address::RULE,
    duplicate_address::RULE,
    address_outside::RULE,
    mtu::RULE,
    boot_storage::RULE,
    trunking::RULE,
    bonding::RULE,
    allowed_networks::RULE,
    unset::RULE,
    out_of_band::RULE,
    unreadable::RULE,
    kernel_params::RULE,
    not_supported::RULE,
    storage_layout::RULE,
    interface_devices::RULE,
    boot_assets::RULE,
    unknown_network::RULE,
    unknown_link::RULE,
    unknown_rack::RULE,
    duplicate_bmc::RULE,
    duplicate_mac::RULE,
    mtu_of_network::RULE,
    vlan_clash::RULE,
    network_on_links::RULE,
    huge_pages::RULE,
    deprecated::RULE,
    device_twice::RULE,
    volume_groups::RULE,
    mount_points::RULE,
    storage_sizes::RULE,
    libraries::RULE,
    disk_sizes::RULE,
    unknown_alias::RULE,
    unknown_image::RULE,
    host_name::RULE,
    repeated::RULE,
    cidr_host_bits::RULE,
    range_outside::RULE,
    ranges_overlap::RULE,
    gateway_outside::RULE,
    gateway_in_range::RULE,
    two_gateways::RULE,
    unused_link::RULE,
    network_without_link::RULE,
    networks_overlap::RULE,
    static_outside_range::RULE,
    no_dhcp_range::RULE,
    dhcp_relay::RULE,
    route_domain::RULE,
    unattached_address::RULE,
    rack_position::RULE,
    primary_network::RULE,
    oob_credentials::RULE,
    boot_layout::RULE,
    bond_devices::RULE,
    cpu_sets::RULE,
    huge_pages_memory::RULE,
    owner_data_key::RULE,
    boot_action_nobody::RULE,
    no_boot_action::RULE,
    package_version::RULE,
    template::RULE,
    automatic_tag::RULE,
    raid_level::RULE,
    alias_pattern::RULE,
    rollout_groups::RULE,
    ssh_key::RULE,
    rack_local_network::RULE,
    dhcp_server::RULE,
    reserved_addresses::RULE,
    space_of_vlan::RULE,
    dns_records::RULE,
    region_owner::RULE,
    script_shebang::RULE,
    software_raids::RULE,
    bridges::RULE,
    caches::RULE,
    rollout_windows::RULE,
    node_label::RULE,
    adopted_twice::RULE,
];

/// What the rules say of a class of nodes.
pub(super) fn check_class(shared: &Shared, class: &HostClass) -> Vec<Draft> {
    let view = ClassView { shared, class };
    let mut drafts = Vec::new();
    for (rule, check) in RULES.iter().filter_map(|rule| Some((rule, rule.class?))) {
        check(&view, &mut Report::new(rule.id, &mut drafts));
    }
    drafts
}

/// What the rules say of one node alone.
pub(super) fn check_node(view: NodeView<'_>, drafts: &mut Vec<Draft>) {
    for (rule, check) in RULES.iter().filter_map(|rule| Some((rule, rule.node?))) {
        check(&view, &mut Report::new(rule.id, drafts));
    }
}

/// Everything that is wrong with a site.
pub(super) fn findings(view: &SiteView<'_>) -> Vec<Finding> {
    let mut drafts = Vec::new();
    for (rule, check) in RULES.iter().filter_map(|rule| Some((rule, rule.site?))) {
        check(view, &mut Report::new(rule.id, &mut drafts));
    }
    draft::findings(view, drafts)
}
