//! DNS records are such as a name server takes.

use super::{Report, Rule, SiteView, at};
use crate::api::network::{DnsRecord, DnsRecordType};
use std::{
    collections::BTreeSet,
    net::{Ipv4Addr, Ipv6Addr},
};

pub(super) const RULE: Rule = Rule {
    id: "SLW1074",
    name: "dns-record",
    title: "A DNS record says what its type asks for, and an alias stands alone",
    why: "MAAS refuses it, and with it everything that is to be written after; or its name servers stop answering for the \
          domain.",
    fix: "Write an address for `A` and `AAAA`, a number before the name for `MX`, three for `SRV`; give a name that is a `CNAME` \
          no other record.",
    site: Some(check),
    ..Rule::BLANK
};

fn check(view: &SiteView<'_>, report: &mut Report<'_>) {
    for (name, network) in view.networks() {
        let records = network.spec.dns.iter().flat_map(|dns| &dns.records);
        let aliases = records.clone().filter(|record| record.kind == DnsRecordType::Cname);
        let aliases: BTreeSet<&str> = aliases.map(|record| record.name.as_str()).collect();
        let mut seen = BTreeSet::new();
        for record in records {
            let alone = seen.insert(&record.name) || !aliases.contains(record.name.as_str());
            if let Some((message, hint)) = wrong(record, alone) {
                let place = at("Network", name, format!("spec.dns.records[{}]", record.name));
                report.error_on(view.on_network(name), place, message, hint);
            }
        }
    }
}

fn wrong(record: &DnsRecord, alone: bool) -> Option<(String, &'static str)> {
    let (kind, data) = (record.kind.name(), record.data.trim());
    let words: Vec<&str> = data.split_whitespace().collect();
    let numbers = |count: usize| words.iter().take(count).all(|word| word.parse::<u16>().is_ok());
    let fits = match record.kind {
        DnsRecordType::A => data.parse::<Ipv4Addr>().is_ok(),
        DnsRecordType::Aaaa => data.parse::<Ipv6Addr>().is_ok(),
        DnsRecordType::Cname | DnsRecordType::Ns => words.len() == 1,
        DnsRecordType::Mx => words.len() == 2 && numbers(1),
        DnsRecordType::Srv => words.len() == 4 && numbers(3),
        DnsRecordType::Sshfp => words.len() == 3 && numbers(2),
        DnsRecordType::Txt => !data.is_empty(),
    };
    if !fits {
        return Some((format!("`{data}` is no {kind} record"), expected(record.kind)));
    }
    (!alone).then(|| {
        (format!("`{}` is an alias (CNAME) and has another record", record.name), "give an alias no other record")
    })
}

fn expected(kind: DnsRecordType) -> &'static str {
    match kind {
        DnsRecordType::A => "write an IPv4 address, such as 10.23.21.5",
        DnsRecordType::Aaaa => "write an IPv6 address, such as fd00::5",
        DnsRecordType::Cname | DnsRecordType::Ns => "write one name, such as registry.example.com",
        DnsRecordType::Mx => "write priority and name, such as `10 mail.example.com`",
        DnsRecordType::Srv => "write priority, weight, port and name, such as `0 5 443 web.example.com`",
        DnsRecordType::Sshfp => "write algorithm, type and fingerprint, as ssh-keygen -r prints them",
        DnsRecordType::Txt => "write some text",
    }
}
