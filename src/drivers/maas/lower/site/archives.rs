//! Package archives.

use super::{LoweredSite, SiteSeen, edit::Edit};
use crate::{
    api::{maas::UnlistedKind, site::Repository},
    drivers::maas::{
        call::{Call, Id},
        lower::sorted,
        wire,
    },
    model::SitePart,
};

/// Ubuntu's own archives, which every region has.
const UBUNTU: [&str; 2] = ["main_archive", "ports_archive"];
/// Components of Ubuntu's archives that can be disabled; `main` cannot.
const COMPONENTS: [&str; 3] = ["restricted", "universe", "multiverse"];
/// Pockets of Ubuntu's archives that can be disabled.
const POCKETS: [&str; 3] = ["updates", "security", "backports"];

/// The key by which an archive is recorded.
pub(super) fn key(name: &str) -> String {
    format!("PackageRepository/{name}")
}

pub(super) fn lower(design: &SitePart, seen: &SiteSeen, lowered: &mut LoweredSite) {
    for repository in &design.repositories {
        lowered.designed.insert(key(&repository.name));
        let known = seen.repositories.iter().find(|known| known.name == repository.name);
        lowered.calls.extend(archive(repository, known));
    }
    if !design.owns_region || !design.remove_unlisted.contains(&UnlistedKind::PackageRepositories) {
        return;
    }
    let listed = |known: &str| UBUNTU.contains(&known) || design.repositories.iter().any(|listed| listed.name == known);
    for known in seen.repositories.iter().filter(|known| !listed(&known.name)) {
        let path = ["package-repositories/".into(), Id::Known(known.id).into(), "/".into()];
        let says = format!("remove archive {} {}, which the design does not list", known.name, known.url);
        lowered.calls.push(Call::delete(path, says).destroys());
    }
}

fn archive(design: &Repository, known: Option<&wire::Repository>) -> Option<Call> {
    let ubuntu = UBUNTU.contains(&design.name.as_str());
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
                .maybe("key", key)
                .recorded(self::key(&design.name));
        return Some(lists.iter().fold(call, |call, (name, list)| with_list(call, name, list)));
    };
    let path = ["package-repositories/".into(), Id::Known(known.id).into(), "/".into()];
    let mut edit = Edit::of(path, format!("archive {}", design.name)).set("url", &known.url, &design.url);
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
            edit = edit.list(name, found, &list);
        }
    }
    if let Some(key) = key.filter(|key| known.key.trim() != *key) {
        edit = edit.put("key", "another", "the designed one", key.into());
    }
    edit.call()
}

/// Lists are repeated parameters; an empty one is sent as one empty value, which clears it.
fn with_list(call: Call, name: &str, list: &[String]) -> Call {
    if list.is_empty() {
        return if name.starts_with("disabled") { call.with(name, "") } else { call };
    }
    list.iter().fold(call, |call, value| call.with(name, value.as_str()))
}
