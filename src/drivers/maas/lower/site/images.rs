//! Where images come from, which are selected, and whether they are there.

use super::{LoweredSite, SiteSeen, edit::Edit};
use crate::{
    api::maas::{BootSource, BootSourceSelection, UnlistedKind},
    drivers::maas::{
        call::{Call, Id},
        lower::sorted,
        wire,
    },
    model::SitePart,
};
use std::collections::BTreeSet;

/// The keyring with which Ubuntu's images are signed.
const KEYRING: &str = "/usr/share/keyrings/ubuntu-cloudimage-keyring.gpg";
/// What MAAS answers before it has read a source's index.
const NO_INDEX: &str = "has no available images for download";

/// The key by which a boot source is recorded.
pub(super) fn source_key(url: &str) -> String {
    format!("BootSource/{}", url.trim_end_matches('/'))
}

/// The key by which a selection is recorded.
pub(super) fn selection_key(url: &str, os: &str, release: &str) -> String {
    format!("BootSourceSelection/{} {os}/{release}", url.trim_end_matches('/'))
}

fn same_url(one: &str, other: &str) -> bool {
    one.trim_end_matches('/') == other.trim_end_matches('/')
}

/// The boot source at a URL.
fn known<'a>(url: &str, seen: &'a [wire::BootSource]) -> Option<&'a wire::BootSource> {
    seen.iter().find(|known| same_url(&known.url, url))
}

/// Whether the selections of boot sources matter: some are designed, or recorded as made.
pub fn has_selections(design: &SitePart, made: &BTreeSet<String>) -> bool {
    design.boot_sources.iter().any(|source| !source.selections.is_empty())
        || made.iter().any(|key| key.starts_with("BootSourceSelection/"))
}

/// Brings boot sources and selections to the design, and has missing images imported.
pub(super) fn sources(design: &SitePart, seen: &SiteSeen, lowered: &mut LoweredSite) {
    let mut is_missing = false;
    for source in &design.boot_sources {
        lowered.designed.insert(source_key(&source.url));
        for selection in &source.selections {
            lowered.designed.insert(selection_key(&source.url, &selection.os, &selection.release));
        }
        let keyring = source.keyring_filename.as_deref().unwrap_or(KEYRING);
        let Some(known) = known(&source.url, &seen.boot_sources) else {
            lowered.calls.push(
                Call::post(["boot-sources/".into()], format!("create boot source {}", source.url))
                    .with("url", source.url.as_str())
                    .with("keyring_filename", keyring)
                    .recorded(source_key(&source.url)),
            );
            if !source.selections.is_empty() {
                lowered.waiting.push(format!("images are selected once MAAS has read the index of {}", source.url));
            }
            continue;
        };
        let wanted = source.keyring_filename.as_deref().filter(|keyring| known.keyring_filename != *keyring);
        let path = ["boot-sources/".into(), Id::Known(known.id).into(), "/".into()];
        let edit = Edit::of(path, format!("boot source {}", source.url));
        // MAAS asks for the URL whatever is changed.
        let edit = edit.maybe("keyring_filename", &known.keyring_filename, wanted).along("url", known.url.as_str());
        lowered.calls.extend(edit.call());
        for selection in &source.selections {
            is_missing |= select(source, known, selection, seen, lowered);
        }
    }
    if is_missing && !seen.is_importing {
        lowered.calls.push(Call::post(["boot-resources/".into()], "import the selected images").op("import"));
    }
    if !design.owns_region || !design.remove_unlisted.contains(&UnlistedKind::BootSources) {
        return;
    }
    let listed = |known: &str| design.boot_sources.iter().any(|source| same_url(&source.url, known));
    for known in seen.boot_sources.iter().filter(|known| !listed(&known.url)) {
        let path = ["boot-sources/".into(), Id::Known(known.id).into(), "/".into()];
        let says = format!("remove boot source {}, which the design does not list", known.url);
        lowered.calls.push(Call::delete(path, says).destroys());
    }
}

/// Brings a selection to the design. Gives back whether it is there and images of it are missing.
fn select(
    source: &BootSource,
    known: &wire::BootSource,
    selection: &BootSourceSelection,
    seen: &SiteSeen,
    lowered: &mut LoweredSite,
) -> bool {
    let BootSourceSelection { os, release, .. } = selection;
    let or = |list: &[String], default: &str| if list.is_empty() { vec![default.to_owned()] } else { list.to_vec() };
    let arches = or(&selection.arches, "amd64");
    let lists = [
        ("arches", arches.clone()),
        ("subarches", or(&selection.subarches, "*")),
        ("labels", or(&selection.labels, "*")),
    ];
    let found = seen.selections.iter().find(|s| s.boot_source_id == known.id && s.os == *os && s.release == *release);
    let Some(found) = found else {
        let path = ["boot-sources/".into(), Id::Known(known.id).into(), "/selections/".into()];
        let call = Call::post(path, format!("select {os}/{release} for {} from {}", arches.join(" "), source.url))
            .with("os", os.as_str())
            .with("release", release.as_str());
        let call = lists.iter().fold(call, |call, (name, list)| call.with_all(name, list));
        lowered.calls.push(call.unless(NO_INDEX).recorded(selection_key(&source.url, os, release)));
        // The import is asked for once it is selected.
        lowered.waiting.push(format!("{os}/{release} is imported once it is selected"));
        return false;
    };
    let path = [
        "boot-sources/".into(),
        Id::Known(known.id).into(),
        "/selections/".into(),
        Id::Known(found.id).into(),
        "/".into(),
    ];
    let mut edit = Edit::of(path, format!("selection {os}/{release} of {}", source.url));
    for (name, list) in &lists {
        let found = match *name {
            "arches" => &found.arches,
            "subarches" => &found.subarches,
            _ => &found.labels,
        };
        if sorted(found) != sorted(list) {
            edit = edit.list(name, found, list);
        }
    }
    lowered.calls.extend(edit.along("os", os.as_str()).along("release", release.as_str()).call());
    let image = format!("{os}/{release}");
    let has = |arch: &String| {
        let prefix = format!("{arch}/");
        seen.images.iter().any(|known| known.name == image && known.architecture.starts_with(&prefix))
    };
    let missing: Vec<&str> = arches.iter().filter(|arch| *arch != "*" && !has(arch)).map(String::as_str).collect();
    if !missing.is_empty() {
        lowered.waiting.push(format!("{image} for {} is being imported", missing.join(" ")));
    }
    !missing.is_empty()
}

/// Says which images are wanted, and come from nowhere.
pub(super) fn wanted(design: &SitePart, seen: &SiteSeen, lowered: &mut LoweredSite) {
    let has = |name: &str| seen.images.iter().any(|image| image.series() == name);
    let selects = |name: &str| {
        let mut selections = design.boot_sources.iter().flat_map(|source| &source.selections);
        selections.any(|selection| format!("{}/{}", selection.os, selection.release) == name)
    };
    for name in design.images.iter().filter(|name| !has(name) && !selects(name)) {
        lowered.conflicts.push(format!(
            "image {name} is not in MAAS, and no boot source of the design selects it; select it in \
             spec.provisioner.maas.bootSources, or upload it"
        ));
    }
}
