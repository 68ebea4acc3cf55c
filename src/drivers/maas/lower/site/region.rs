//! What belongs to the region as a whole: domains, zones, tags, SSH keys, package archives.

use super::{LoweredSite, SiteSeen};
use crate::{
    api::site::Repository,
    drivers::maas::{
        call::{Call, Id, Value},
        lower::sorted,
        wire,
    },
    model::SitePart,
};

/// Components of Ubuntu's archives that can be disabled; `main` cannot.
const COMPONENTS: [&str; 3] = ["restricted", "universe", "multiverse"];
/// Pockets of Ubuntu's archives that can be disabled.
const POCKETS: [&str; 3] = ["updates", "security", "backports"];

pub(super) fn lower(design: &SitePart, seen: &SiteSeen, lowered: &mut LoweredSite) {
    let calls = &mut lowered.calls;
    for domain in design.domains.iter().filter(|domain| !seen.domains.iter().any(|known| known.name == **domain)) {
        calls.push(
            Call::post(["domains/".into()], format!("create domain {domain}"))
                .with("name", domain.as_str())
                .with("authoritative", false)
                .or_exists(),
        );
    }
    for zone in design.zones.iter().filter(|zone| !seen.zones.iter().any(|known| known.name == **zone)) {
        calls
            .push(Call::post(["zones/".into()], format!("create zone {zone}")).with("name", zone.as_str()).or_exists());
    }
    tags(design, seen, calls);
    for key in &design.ssh_keys {
        if !seen.ssh_keys.iter().any(|known| blob(&known.key) == blob(key)) {
            let says = format!("add SSH key {}", key.split_whitespace().nth(2).unwrap_or("without comment"));
            calls.push(Call::post(["account/prefs/sshkeys/".into()], says).with("key", key.trim()).or_exists());
        }
    }
    for repository in &design.repositories {
        let known = seen.repositories.iter().find(|known| known.name == repository.name);
        calls.extend(archive(repository, known));
    }
}

fn tags(design: &SitePart, seen: &SiteSeen, calls: &mut Vec<Call>) {
    for tag in &design.tag_definitions {
        match seen.tags.iter().find(|known| known.name == tag.name) {
            None => calls.push(
                Call::post(["tags/".into()], format!("create tag {} by {}", tag.name, tag.xpath))
                    .with("name", tag.name.as_str())
                    .with("definition", tag.xpath.as_str()),
            ),
            Some(known) if known.definition != tag.xpath => calls.push(
                Call::put(
                    ["tags/".into(), Value::segment(&tag.name), "/".into()],
                    format!("define tag {} by {}", tag.name, tag.xpath),
                )
                .with("definition", tag.xpath.as_str()),
            ),
            Some(_) => {}
        }
    }
    let defined = |tag: &str| design.tag_definitions.iter().any(|definition| definition.name == tag);
    for tag in design.tags.iter().filter(|tag| !defined(tag) && !seen.tags.iter().any(|known| known.name == **tag)) {
        calls.push(Call::post(["tags/".into()], format!("create tag {tag}")).with("name", tag.as_str()).or_exists());
    }
}

/// Type and key of an SSH key, without its comment.
fn blob(key: &str) -> Vec<&str> {
    key.split_whitespace().take(2).collect()
}

fn archive(design: &Repository, known: Option<&wire::Repository>) -> Option<Call> {
    let ubuntu = ["main_archive", "ports_archive"].contains(&design.name.as_str());
    let arches = if design.arches.is_empty() && !ubuntu { vec!["amd64".to_owned()] } else { design.arches.clone() };
    let but = |all: [&str; 3], wanted: &[String]| -> Vec<String> {
        // Nothing said: nothing disabled.
        let listed = |name: &str| wanted.is_empty() || wanted.iter().any(|wanted| wanted == name);
        all.into_iter().filter(|name| !listed(name)).map(str::to_owned).collect()
    };
    let mut lists = vec![("distributions", design.distributions.clone()), ("arches", arches)];
    if ubuntu {
        lists.push(("disabled_components", but(COMPONENTS, &design.components)));
    } else {
        lists.push(("components", design.components.clone()));
    }
    lists.push(("disabled_pockets", but(POCKETS, &design.pockets)));
    let key = design.key.as_deref().map(str::trim).filter(|key| !key.is_empty());
    let Some(known) = known else {
        let call =
            Call::post(["package-repositories/".into()], format!("create archive {} {}", design.name, design.url))
                .with("name", design.name.as_str())
                .with("url", design.url.as_str())
                .maybe("key", key);
        return Some(lists.iter().fold(call, |call, (name, list)| with_list(call, name, list)));
    };
    let mut changes: Vec<(&str, Vec<String>)> = Vec::new();
    for (name, list) in lists {
        let found = match name {
            "distributions" => &known.distributions,
            "arches" => &known.arches,
            "components" => &known.components,
            "disabled_components" => &known.disabled_components,
            _ => &known.disabled_pockets,
        };
        // An empty list in the design leaves alone what is there; what was disabled is enabled again only if pockets or
        // components are listed.
        let silent = match name {
            "disabled_components" => design.components.is_empty(),
            "disabled_pockets" => design.pockets.is_empty(),
            _ => list.is_empty(),
        };
        if !silent && sorted(found) != sorted(&list) {
            changes.push((name, list));
        }
    }
    let url = (known.url != design.url).then_some(design.url.as_str());
    let key = key.filter(|key| known.key.trim() != *key);
    if changes.is_empty() && url.is_none() && key.is_none() {
        return None;
    }
    let path = ["package-repositories/".into(), Id::Known(known.id).into(), "/".into()];
    let call =
        Call::put(path, format!("set archive {} {}", design.name, design.url)).maybe("url", url).maybe("key", key);
    Some(changes.iter().fold(call, |call, (name, list)| with_list(call, name, list)))
}

/// Lists are repeated parameters; an empty one is sent as one empty value, which clears it.
fn with_list(call: Call, name: &str, list: &[String]) -> Call {
    if list.is_empty() {
        return if name.starts_with("disabled") { call.with(name, "") } else { call };
    }
    list.iter().fold(call, |call, value| call.with(name, value.as_str()))
}
