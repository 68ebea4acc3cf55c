//! Names of machines are such as DNS takes.

use super::{NodeView, Report, Rule, SiteView, at, own};

pub(super) const RULE: Rule = Rule {
    id: "SLW1037",
    name: "host-name",
    title: "The name of a machine with its domain is one of DNS: 253 characters, labels of 63",
    why: "MAAS refuses any other name, and the machine keeps the one that MAAS made up for it.",
    fix: "Name the node by letters, digits and hyphens, which do not begin or end a label; shorten the domain of its \
          primary network (`dns.domain`) where both are too long together.",
    drydock: Some("DD3003"),
    node: Some(names),
    site: Some(domains),
    ..Rule::BLANK
};

/// The longest name in DNS, without the dot at its end (RFC 1035).
const LONGEST: usize = 253;
/// The longest label.
const LONGEST_LABEL: usize = 63;

fn names(view: &NodeView<'_>, report: &mut Report<'_>) {
    let name = &*view.own.name;
    let domain = view.class.map_or("", |class| &class.design.domain);
    if !is_name(name) {
        report.error(
            own("metadata.name"),
            format!("`{name}` is no host name"),
            "use letters, digits and hyphens, at most 63, with a letter or digit at either end",
        );
    } else if name.len() + 1 + domain.len() > LONGEST && is_name(domain) {
        report.error(
            own("metadata.name"),
            format!(
                "`{name}.{domain}` has {} characters, and a host name at most {LONGEST}",
                name.len() + 1 + domain.len()
            ),
            "shorten the node's name, or dns.domain of its primary network",
        );
    }
}

fn domains(view: &SiteView<'_>, report: &mut Report<'_>) {
    for (name, network) in view.networks() {
        let domain = network.spec.dns.as_ref().and_then(|dns| dns.domain.as_ref());
        if let Some(domain) = domain.filter(|domain| !is_name(domain)) {
            report.error_on(
                view.on_network(name),
                at("Network", name, "spec.dns.domain"),
                format!("`{domain}` is no domain"),
                "write labels of letters, digits and hyphens with dots between them, such as example.com",
            );
        }
    }
}

fn is_name(text: &str) -> bool {
    text.len() <= LONGEST && text.split('.').all(is_label)
}

fn is_label(label: &str) -> bool {
    let is_end = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric());
    label.len() <= LONGEST_LABEL
        && is_end(label.bytes().next())
        && is_end(label.bytes().last())
        && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}
