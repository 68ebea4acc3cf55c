//! Domains, and what resolves in them beside the nodes.

use std::net::IpAddr;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Region, times};

/// A domain.
#[derive(Clone, Debug)]
pub(crate) struct Domain {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) authoritative: bool,
    pub(crate) ttl: Option<u64>,
}

/// A name in a domain, with addresses.
#[derive(Clone, Debug)]
pub(crate) struct DnsResource {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) domain: u64,
    pub(crate) ttl: Option<u64>,
    pub(crate) addresses: Vec<ReservedAddress>,
}

/// An address that a user holds.
#[derive(Clone, Debug)]
pub(crate) struct ReservedAddress {
    pub(crate) ip: IpAddr,
    pub(crate) owner: String,
    pub(crate) created: Timestamp,
}

/// A record that is no address.
#[derive(Clone, Debug)]
pub(crate) struct DnsRecord {
    pub(crate) id: u64,
    pub(crate) resource: u64,
    pub(crate) rrtype: String,
    pub(crate) rrdata: String,
    pub(crate) ttl: Option<u64>,
}

impl Region {
    pub(crate) fn domain_named(&self, name: &str) -> Option<u64> {
        self.domains.values().find(|domain| domain.name == name).map(|domain| domain.id)
    }

    pub(crate) fn domain_name(&self, id: u64) -> &str {
        self.domains.get(id).map_or("", |domain| &domain.name)
    }

    pub(crate) fn domain_view(&self, id: u64) -> Value {
        let Some(domain) = self.domains.get(id) else { return Value::Null };
        let mut records = 0;
        for resource in self.dns_resources.values().filter(|resource| resource.domain == id) {
            records += resource.addresses.len();
            records += self.dns_records.values().filter(|record| record.resource == resource.id).count();
        }
        json!({
            "authoritative": domain.authoritative, "ttl": domain.ttl, "resource_record_count": records, "id": id,
            "is_default": id == self.default_domain, "name": domain.name,
            "resource_uri": format!("/MAAS/api/2.0/domains/{id}/"),
        })
    }

    fn fqdn(&self, resource: &DnsResource) -> String {
        let domain = self.domain_name(resource.domain);
        if resource.name == "@" { domain.to_owned() } else { format!("{}.{domain}", resource.name) }
    }

    pub(crate) fn dns_resource_view(&self, id: u64) -> Value {
        let Some(resource) = self.dns_resources.get(id) else { return Value::Null };
        let addresses = resource.addresses.iter().map(|address| {
            json!({
                "created": times::iso(address.created), "ip": address.ip.to_string(), "alloc_type": 4,
                "subnet": self.subnet_of(address.ip).map_or(Value::Null, |id| self.subnet_view(id)),
                "interface_set": [], "owner": self.user_view(&address.owner), "alloc_type_name": "User reserved",
                "resource_uri": "/MAAS/api/2.0/ipaddresses/",
            })
        });
        let records = self.dns_records.values().filter(|record| record.resource == id);
        json!({
            "address_ttl": resource.ttl, "ip_addresses": addresses.collect::<Vec<_>>(), "id": id,
            "fqdn": self.fqdn(resource),
            "resource_records": records.map(|record| self.dns_record_view(record.id)).collect::<Vec<_>>(),
            "resource_uri": format!("/MAAS/api/2.0/dnsresources/{id}/"),
        })
    }

    pub(crate) fn dns_record_view(&self, id: u64) -> Value {
        let Some(record) = self.dns_records.get(id) else { return Value::Null };
        let fqdn = self.dns_resources.get(record.resource).map(|resource| self.fqdn(resource));
        json!({
            "ttl": record.ttl, "rrtype": record.rrtype, "rrdata": record.rrdata, "id": id, "fqdn": fqdn,
            "resource_uri": format!("/MAAS/api/2.0/dnsresourcerecords/{id}/"),
        })
    }

    /// The name and domain that a full name stands for: the longest domain that ends it.
    pub(crate) fn split_fqdn(&self, fqdn: &str) -> Option<(String, u64)> {
        let domains = self.domains.values().filter_map(|domain| {
            if fqdn == domain.name {
                return Some((domain.name.len(), "@".to_owned(), domain.id));
            }
            let name = fqdn.strip_suffix(&domain.name)?.strip_suffix('.')?;
            Some((domain.name.len(), name.to_owned(), domain.id))
        });
        domains.max_by_key(|(length, ..)| *length).map(|(_, name, id)| (name, id))
    }
}
