//! What Slipway made and the design does not hold any more: deleted where the Site says so, and told otherwise.
//!
//! Only what carries our mark, or is recorded as made by us, comes here. What something still uses stays. The order is one
//! that MAAS accepts: what leans on another thing goes before it.

use super::{
    LoweredSite, Ownership, SiteSeen, archives, dns, fabric, images, keys, places, ranges, region, routes, subnet,
};
use crate::{
    api::maas::PrunePolicy,
    drivers::maas::{
        call::{Call, Id, Value},
        wire::UsingNode,
    },
    model::SitePart,
};
use std::collections::BTreeSet;

/// A thing of ours that is not designed.
struct Leftover {
    what: String,
    call: Call,
    /// Who still uses it.
    used_by: Option<String>,
}

/// Whether the Site has leftovers deleted.
pub(super) fn deletes(design: &SitePart) -> bool {
    design.prune == Some(PrunePolicy::Delete)
}

pub(super) fn lower(design: &SitePart, seen: &SiteSeen, ownership: Ownership<'_>, lowered: &mut LoweredSite) {
    let mut finder = Finder {
        design,
        seen,
        ownership,
        designed: std::mem::take(&mut lowered.designed),
        found: Vec::new(),
        known: BTreeSet::new(),
    };
    finder.names();
    finder.networks();
    finder.places();
    finder.once();
    let Finder { designed, found, known, .. } = finder;
    let makes = lowered.makes();
    // What a conflict has left out may be missing among what is designed: nothing goes, and nothing is forgotten.
    let is_certain = lowered.conflicts.is_empty();
    for key in ownership.made.iter().filter(|_| is_certain) {
        if !designed.contains(key) && !known.contains(key) && !makes.contains(key) {
            lowered.gone.insert(key.clone());
        }
    }
    for leftover in found {
        match leftover.used_by {
            // Who uses what is asked for once there is something to delete.
            _ if deletes(design) && (seen.users.is_none() || !is_certain) => lowered.leftovers.push(leftover.what),
            None if deletes(design) => lowered.calls.push(leftover.call),
            None => lowered.leftovers.push(leftover.what),
            Some(user) => lowered.leftovers.push(format!("{} (stays: still used by {user})", leftover.what)),
        }
    }
    lowered.designed = designed;
}

struct Finder<'a> {
    design: &'a SitePart,
    seen: &'a SiteSeen,
    ownership: Ownership<'a>,
    /// Keys of what is designed.
    designed: BTreeSet<String>,
    found: Vec<Leftover>,
    /// Keys of what the region still has.
    known: BTreeSet<String>,
}

impl Finder<'_> {
    /// Notes a thing of the region that is recorded by a key, where it is ours and not designed.
    fn recorded(&mut self, key: String, what: String, call: impl FnOnce(String) -> Call, used_by: Option<String>) {
        if self.ownership.is_recorded(&key) {
            if !self.designed.contains(&key) {
                self.found.push(Leftover { call: call(format!("delete {what}")), what, used_by });
            }
            self.known.insert(key);
        }
    }

    fn marked(&mut self, what: String, call: impl FnOnce(String) -> Call, used_by: Option<String>) {
        self.found.push(Leftover { call: call(format!("delete {what}")), what, used_by });
    }

    fn user(&self, uses: impl Fn(&UsingNode) -> bool) -> Option<String> {
        let users: Vec<&UsingNode> = self.seen.users.iter().flatten().filter(|node| uses(node)).collect();
        let first = users.first()?;
        Some(match users.len() {
            1 => first.hostname.clone(),
            more => format!("{} and {} more", first.hostname, more - 1),
        })
    }

    /// Records, then domains.
    fn names(&mut self) {
        for resource in &self.seen.dns_resources {
            for record in &resource.resource_records {
                let key = dns::record_key(&resource.fqdn, &record.rrtype, &record.rrdata);
                let what = format!("record {} {} {}", resource.fqdn, record.rrtype, record.rrdata);
                let path = ["dnsresourcerecords/".into(), Id::Known(record.id).into(), "/".into()];
                self.recorded(key, what, |says| Call::delete(path, says), None);
            }
            if !dns::ips(resource).is_empty() {
                let path = ["dnsresources/".into(), Id::Known(resource.id).into(), "/".into()];
                let what = format!("record {}", resource.fqdn);
                self.recorded(dns::addresses_key(&resource.fqdn), what, |says| Call::delete(path, says), None);
            }
        }
    }

    /// Routes, reserved addresses, DHCP, ranges, subnets, VLANs, fabrics.
    fn networks(&mut self) {
        let seen = self.seen;
        for route in &seen.routes {
            let key = routes::key(&route.source.cidr, &route.destination.cidr, &route.gateway_ip);
            let what =
                format!("route from {} to {} by {}", route.source.cidr, route.destination.cidr, route.gateway_ip);
            let path = ["static-routes/".into(), Id::Known(route.id).into(), "/".into()];
            self.recorded(key, what, |says| Call::delete(path, says), None);
        }
        let designed: Vec<_> =
            self.design.networks.values().flat_map(|network| &network.reserved).map(|r| r.ip).collect();
        for reserved in seen.reserved_ips.iter().flatten() {
            let is_designed = reserved.ip.parse().is_ok_and(|ip| designed.contains(&ip));
            if !is_designed && self.ownership.has_made(&reserved.comment) {
                let path = ["reservedips/".into(), Id::Known(reserved.id).into(), "/".into()];
                self.marked(format!("reserved address {}", reserved.ip), |says| Call::delete(path, says), None);
            }
        }
        self.dhcp();
        for range in &seen.ipranges {
            if self.ownership.has_made(&range.comment) && !ranges::is_designed(range, self.design) {
                let what =
                    format!("{} range {} - {} of {}", range.kind, range.start_ip, range.end_ip, range.subnet.cidr);
                let path = ["ipranges/".into(), Id::Known(range.id).into(), "/".into()];
                // DHCP gives from it: it waits for the same approval as turning that off.
                let is_served = range.kind == "dynamic" && range.subnet.vlan.dhcp_on;
                let call = |says| {
                    let call = Call::delete(path, says);
                    if is_served { call.destroys() } else { call }
                };
                self.marked(what, call, None);
            }
        }
        for subnet in &seen.subnets {
            let is_designed =
                self.design.networks.values().any(|network| network.cidr.trunc().to_string() == subnet.cidr);
            if !is_designed && self.ownership.has_made(&subnet.description) {
                let user = self.user(|node| {
                    let mut links = node.interface_set.iter().flat_map(|interface| &interface.links);
                    links.any(|link| link.subnet.as_ref().is_some_and(|of| of.id == subnet.id))
                });
                let path = ["subnets/".into(), Id::Known(subnet.id).into(), "/".into()];
                self.marked(format!("subnet {} ({})", subnet.cidr, subnet.name), |says| Call::delete(path, says), user);
            }
        }
        self.vlans();
    }

    /// DHCP and relays that we have turned on, and that no network of the design asks for.
    fn dhcp(&mut self) {
        let seen = self.seen;
        for fabric in &seen.fabrics {
            for vlan in &fabric.vlans {
                let Ok(vid) = u32::try_from(vlan.vid) else { continue };
                let path = || ["vlans/".into(), Id::Known(vlan.id).into(), "/".into()];
                let place = format!("VLAN {vid} of fabric {}", fabric.name);
                if vlan.dhcp_on {
                    let call = |says| Call::put(path(), says).with("dhcp_on", false).destroys();
                    self.recorded(subnet::dhcp_key(&fabric.name, vid), format!("DHCP on {place}"), call, None);
                }
                if vlan.relay_vlan.is_some() {
                    let call = |says| Call::put(path(), says).with("relay_vlan", "").destroys();
                    self.recorded(
                        subnet::relay_key(&fabric.name, vid),
                        format!("the DHCP relay of {place}"),
                        call,
                        None,
                    );
                }
            }
        }
    }

    fn vlans(&mut self) {
        let seen = self.seen;
        for fabric in &seen.fabrics {
            for vlan in fabric.vlans.iter().filter(|vlan| vlan.vid != 0) {
                let Ok(vid) = u32::try_from(vlan.vid) else { continue };
                let user = self.attached(&[vlan.id]).or_else(|| self.holds_foreign(|of| of == vlan.id));
                let path = ["vlans/".into(), Id::Known(vlan.id).into(), "/".into()];
                let what = format!("VLAN {vid} of fabric {}", fabric.name);
                self.recorded(subnet::vlan_key(&fabric.name, vid), what, |says| Call::delete(path, says), user);
            }
            let ids: Vec<u64> = fabric.vlans.iter().map(|vlan| vlan.id).collect();
            let key = fabric::key(&fabric.name);
            let mut user = self.attached(&ids).or_else(|| self.holds_foreign(|of| ids.contains(&of)));
            // A VLAN that is not ours goes with its fabric.
            let other = fabric.vlans.iter().find(|vlan| {
                let vid = u32::try_from(vlan.vid).unwrap_or_default();
                vid != 0 && !self.ownership.is_recorded(&subnet::vlan_key(&fabric.name, vid))
            });
            user = user.or_else(|| other.map(|vlan| format!("VLAN {}, which Slipway did not make", vlan.vid)));
            let path = ["fabrics/".into(), Id::Known(fabric.id).into(), "/".into()];
            self.recorded(key, format!("fabric {}", fabric.name), |says| Call::delete(path, says), user);
        }
    }

    /// A node with an interface on one of these VLANs.
    fn attached(&self, vlans: &[u64]) -> Option<String> {
        self.user(|node| {
            let mut on = node.interface_set.iter().filter_map(|interface| interface.vlan.as_ref());
            on.any(|vlan| vlans.contains(&vlan.id))
        })
    }

    /// A subnet on such a VLAN that does not go with it.
    fn holds_foreign(&self, is_such: impl Fn(u64) -> bool) -> Option<String> {
        let is_designed = |cidr: &str| self.design.networks.values().any(|n| n.cidr.trunc().to_string() == cidr);
        let mut there = self.seen.subnets.iter().filter(|subnet| is_such(subnet.vlan.id));
        let stays = there.find(|subnet| is_designed(&subnet.cidr) || !self.ownership.has_made(&subnet.description))?;
        Some(format!("subnet {}", stays.cidr))
    }

    /// Spaces, domains, zones, pools, tags, scripts.
    fn places(&mut self) {
        let seen = self.seen;
        let spaces = places::spaces(self.design);
        for space in seen.spaces.iter().filter(|space| !spaces.contains(space.name.as_str())) {
            if self.ownership.has_made(&space.description) {
                let vlans = seen.fabrics.iter().flat_map(|fabric| &fabric.vlans);
                let user =
                    vlans.filter(|vlan| vlan.space == space.name).map(|vlan| format!("VLAN {}", vlan.vid)).next();
                let path = ["spaces/".into(), Value::Text(space.id.to_string()), "/".into()];
                self.marked(format!("space {}", space.name), |says| Call::delete(path, says), user);
            }
        }
        for domain in &seen.domains {
            let user = self.user(|node| node.domain.name == domain.name);
            let user = user.or_else(|| domain.is_default.then(|| "machines that name no domain".to_owned()));
            let path = ["domains/".into(), Id::Known(domain.id).into(), "/".into()];
            let key = dns::domain_key(&domain.name);
            self.recorded(key, format!("domain {}", domain.name), |says| Call::delete(path, says), user);
        }
        for zone in seen.zones.iter().filter(|zone| !self.design.zones.contains(&zone.name)) {
            if self.ownership.has_made(&zone.description) {
                let user = self.user(|node| node.zone.name == zone.name);
                let path = ["zones/".into(), Value::segment(&zone.name), "/".into()];
                self.marked(format!("zone {}", zone.name), |says| Call::delete(path, says), user);
            }
        }
        for pool in &seen.pools {
            let is_designed = self.design.pools.iter().any(|designed| designed.name == pool.name);
            if !is_designed && self.ownership.has_made(&pool.description) {
                let user = self.user(|node| node.pool.name == pool.name);
                let path = ["resourcepool/".into(), Value::Text(pool.id.to_string()), "/".into()];
                self.marked(format!("resource pool {}", pool.name), |says| Call::delete(path, says), user);
            }
        }
        for tag in seen.tags.iter().filter(|tag| tag.name != region::OWNER) {
            let is_defined = self.design.tag_definitions.iter().any(|definition| definition.name == tag.name);
            if !is_defined && !self.design.tags.contains(&tag.name) && self.ownership.has_made(&tag.comment) {
                // Whom a definition names, MAAS has tagged by itself.
                let user = self.user(|node| tag.definition.is_empty() && node.tag_names.contains(&tag.name));
                let path = ["tags/".into(), Value::segment(&tag.name), "/".into()];
                self.marked(format!("tag {}", tag.name), |says| Call::delete(path, says), user);
            }
        }
        for script in &seen.scripts {
            let is_designed = self.design.scripts.iter().any(|designed| designed.name == script.name);
            if !is_designed && self.ownership.has_made(script.comment()) {
                let path = ["scripts/".into(), Value::segment(&script.name)];
                self.marked(format!("script {}", script.name), |says| Call::delete(path, says), None);
            }
        }
    }

    /// What a region has only once: its owner alone deletes it.
    fn once(&mut self) {
        let seen = self.seen;
        let owner = (!self.design.owns_region).then(|| "whoever owns the region".to_owned());
        for repository in &seen.repositories {
            let path = ["package-repositories/".into(), Id::Known(repository.id).into(), "/".into()];
            let what = format!("archive {}", repository.name);
            self.recorded(archives::key(&repository.name), what, |says| Call::delete(path, says), owner.clone());
        }
        for ssh_key in &seen.ssh_keys {
            let path = ["account/prefs/sshkeys/".into(), Id::Known(ssh_key.id).into(), "/".into()];
            let what = format!("SSH key {}", keys::name(&ssh_key.key));
            self.recorded(keys::key(&ssh_key.key), what, |says| Call::delete(path, says), owner.clone());
        }
        for source in &seen.boot_sources {
            for selection in seen.selections.iter().filter(|selection| selection.boot_source_id == source.id) {
                let key = images::selection_key(&source.url, &selection.os, &selection.release);
                let path = [
                    "boot-sources/".into(),
                    Id::Known(source.id).into(),
                    "/selections/".into(),
                    Id::Known(selection.id).into(),
                    "/".into(),
                ];
                let what = format!("selection {}/{} of {}", selection.os, selection.release, source.url);
                self.recorded(key, what, |says| Call::delete(path, says), owner.clone());
            }
            let path = ["boot-sources/".into(), Id::Known(source.id).into(), "/".into()];
            let what = format!("boot source {}", source.url);
            self.recorded(images::source_key(&source.url), what, |says| Call::delete(path, says), owner.clone());
        }
    }
}
