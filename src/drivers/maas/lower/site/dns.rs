//! DNS domains and their records.

use super::{LoweredSite, Ownership, SiteSeen, edit::Edit, fingerprint::fingerprint};
use crate::{
    drivers::maas::{
        call::{Call, Id, Name, Value},
        wire::DnsResource,
    },
    model::{RecordDesign, SitePart},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
};

/// The key by which a domain is recorded.
pub(super) fn domain_key(name: &str) -> String {
    format!("Domain/{name}")
}

/// The key by which the addresses of a name are recorded.
pub(super) fn addresses_key(fqdn: &str) -> String {
    format!("DnsResource/{fqdn}")
}

/// The key by which a record that is no address is recorded.
pub(super) fn record_key(fqdn: &str, kind: &str, data: &str) -> String {
    let data = if data.len() > 64 { fingerprint(data) } else { data.to_owned() };
    format!("DnsRecord/{fqdn}/{kind}/{data}")
}

/// The domains that are to be there: those of networks and nodes, and the default one.
fn names(design: &SitePart) -> BTreeSet<&str> {
    let default =
        design.config.iter().filter(|_| design.owns_region).filter_map(|config| config.default_domain.as_deref());
    design.domains.iter().map(String::as_str).chain(default).collect()
}

/// Creates domains that are missing. One that holds records of ours answers for itself.
pub(super) fn domains(design: &SitePart, seen: &SiteSeen, ownership: Ownership<'_>, lowered: &mut LoweredSite) {
    for name in names(design) {
        lowered.designed.insert(domain_key(name));
        let suffix = format!(".{name}");
        let has_records = design.records.iter().any(|record| record.fqdn == name || record.fqdn.ends_with(&suffix));
        let Some(known) = seen.domains.iter().find(|known| known.name == name) else {
            lowered.calls.push(
                Call::post(["domains/".into()], format!("create domain {name}"))
                    .with("name", name)
                    .with("authoritative", has_records)
                    .makes(Name::Domain(name.to_owned()), "/id")
                    .or_exists()
                    .recorded(domain_key(name)),
            );
            continue;
        };
        if has_records && !known.authoritative {
            if ownership.is_recorded(&domain_key(name)) {
                let path = ["domains/".into(), Id::Known(known.id).into(), "/".into()];
                lowered.calls.extend(Edit::of(path, format!("domain {name}")).set("authoritative", false, true).call());
            } else {
                lowered.conflicts.push(format!(
                    "domain {name}: the design has records of it, and MAAS does not answer for it (authoritative is false); \
                     Slipway did not make it: make it authoritative in MAAS, or take the records out"
                ));
            }
        }
    }
}

/// Brings records to the design. A name that somebody else made is given nothing, and loses nothing.
pub(super) fn records(design: &SitePart, seen: &SiteSeen, ownership: Ownership<'_>, lowered: &mut LoweredSite) {
    let mut addresses: BTreeMap<&str, (BTreeSet<IpAddr>, Option<u32>)> = BTreeMap::new();
    for record in &design.records {
        if record.kind.is_address() {
            let (all, ttl) = addresses.entry(&record.fqdn).or_default();
            all.extend(record.data.iter().filter_map(|data| data.parse::<IpAddr>().ok()));
            *ttl = ttl.or(record.ttl);
        }
    }
    // The addresses of a name come first: MAAS takes a name once, and other records add to it.
    for (fqdn, (wanted, ttl)) in addresses {
        lowered.designed.insert(addresses_key(fqdn));
        let known = seen.dns_resources.iter().find(|known| known.fqdn == fqdn);
        let found = known.map(ips).unwrap_or_default();
        let text = |all: &BTreeSet<IpAddr>| all.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
        match known {
            Some(known) if !found.is_empty() && !ownership.is_recorded(&addresses_key(fqdn)) => {
                if !wanted.is_subset(&found) {
                    lowered.conflicts.push(format!(
                        "record {fqdn}: the design has {}, MAAS has {}, which Slipway did not make; remove it in MAAS, or write \
                         its addresses into the design",
                        text(&wanted),
                        text(&ips(known))
                    ));
                }
            }
            Some(known) => {
                let path = ["dnsresources/".into(), Id::Known(known.id).into(), "/".into()];
                let ttl_now = known.address_ttl.map(|ttl| ttl.to_string()).unwrap_or_default();
                let edit = Edit::of(path, format!("record {fqdn}"))
                    .set("ip_addresses", text(&found), text(&wanted))
                    .maybe("address_ttl", ttl_now, ttl);
                lowered.calls.extend(edit.call().map(|call| call.recorded(addresses_key(fqdn))));
            }
            None => lowered.calls.push(
                Call::post(["dnsresources/".into()], format!("create record {fqdn}: {}", text(&wanted)))
                    .with("fqdn", fqdn)
                    .with("ip_addresses", text(&wanted))
                    .maybe("address_ttl", ttl)
                    .recorded(addresses_key(fqdn)),
            ),
        }
    }
    design.records.iter().filter(|record| !record.kind.is_address()).for_each(|record| others(record, seen, lowered));
}

/// The addresses of a name.
pub(super) fn ips(resource: &DnsResource) -> BTreeSet<IpAddr> {
    resource.ip_addresses.iter().filter_map(|address| address.ip.as_deref()?.parse().ok()).collect()
}

fn others(record: &RecordDesign, seen: &SiteSeen, lowered: &mut LoweredSite) {
    let kind = record.kind.name();
    let known = seen.dns_resources.iter().filter(|known| known.fqdn == record.fqdn).flat_map(|k| &k.resource_records);
    let known: Vec<_> = known.filter(|known| known.rrtype == kind).collect();
    for data in &record.data {
        let key = record_key(&record.fqdn, kind, data);
        lowered.designed.insert(key.clone());
        match known.iter().find(|known| known.rrdata == *data) {
            None => lowered.calls.push(
                Call::post(["dnsresourcerecords/".into()], format!("create record {} {kind} {data}", record.fqdn))
                    .with("fqdn", record.fqdn.as_str())
                    .with("rrtype", kind)
                    .with("rrdata", data.as_str())
                    .maybe("ttl", record.ttl)
                    .recorded(key),
            ),
            Some(known) => {
                let path = ["dnsresourcerecords/".into(), Value::Id(Id::Known(known.id)), "/".into()];
                let ttl = known.ttl.map(|ttl| ttl.to_string()).unwrap_or_default();
                let edit = Edit::of(path, format!("record {} {kind} {data}", record.fqdn));
                lowered.calls.extend(edit.maybe("ttl", ttl, record.ttl).call());
            }
        }
    }
}
