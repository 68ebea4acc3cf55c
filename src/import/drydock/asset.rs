//! Assets of boot actions.

use crate::{
    api::boot_action::{Asset, AssetType, PipelineStep},
    import::fields::{Fields, text},
};
use serde_json::Value;
use std::collections::BTreeMap;

/// All assets, with names of their own. An asset that nothing of ours can stand for is warned of.
pub(super) fn assets(fields: &mut Fields<'_>) -> Vec<Asset> {
    let mut assets: Vec<Asset> = Vec::new();
    for (at, (place, value)) in fields.list("assets").into_iter().enumerate() {
        let mut entry = Fields::new(place, value);
        let Some(mut asset) = asset(&mut entry) else {
            entry.rest();
            continue;
        };
        let base = asset.path.as_deref().and_then(|path| path.rsplit('/').find(|part| !part.is_empty()));
        let base = base.map_or_else(|| format!("asset-{}", at + 1), str::to_owned);
        asset.name = unique(&assets, &base);
        assets.push(asset);
    }
    assets
}

fn unique(assets: &[Asset], base: &str) -> String {
    let mut name = base.to_owned();
    let mut number = 1;
    while assets.iter().any(|asset| asset.name == name) {
        number += 1;
        name = format!("{base}-{number}");
    }
    name
}

fn asset(fields: &mut Fields<'_>) -> Option<Asset> {
    let types = [("unit", AssetType::Unit), ("file", AssetType::File), ("pkg_list", AssetType::PackageList)];
    let Some(kind) = fields.choice("type", &types) else {
        fields.place.warn("an asset needs a type: unit, file or pkg_list; not carried over");
        return None;
    };
    let is_list = kind == AssetType::PackageList;
    let (mut path, mut permissions) = (fields.text("path"), permissions(fields));
    if is_list {
        for (key, given) in [("path", path.take()), ("permissions", permissions.take())] {
            if given.is_some() {
                fields.at(key).warn("means nothing for a list of packages; not carried over");
            }
        }
    } else if !path.as_ref().is_some_and(|path| path.starts_with('/') && path.len() > 1) {
        fields.place.warn("a file or unit needs an absolute path; not carried over");
        return None;
    }
    let location = fields.text("location");
    let (data, packages) = data(fields, is_list);
    if is_list && packages.is_empty() && location.is_none() {
        fields.place.warn("a list of packages needs data or a location; not carried over");
        return None;
    }
    Some(Asset {
        name: String::new(),
        kind,
        path,
        permissions,
        data,
        location,
        packages,
        location_pipeline: pipeline(fields, "location_pipeline"),
        data_pipeline: pipeline(fields, "data_pipeline"),
    })
}

/// Three octal digits; a leading zero is no digit more.
fn permissions(fields: &mut Fields<'_>) -> Option<String> {
    let is_number = fields.peek("permissions").is_some_and(Value::is_number);
    let text = fields.text("permissions")?;
    let digits = if text.len() == 4 { text.strip_prefix('0').unwrap_or(&text) } else { &text };
    if digits.len() == 3 && digits.bytes().all(|b| (b'0'..=b'7').contains(&b)) {
        if is_number {
            fields
                .at("permissions")
                .warn(format!("a number, taken for the octal digits {digits}; Drydock wants quotes"));
        }
        return Some(digits.to_owned());
    }
    fields.at("permissions").warn(format!("found `{text}`, expected three octal digits; 600 instead"));
    None
}

/// The content, or the packages and their versions.
fn data(fields: &mut Fields<'_>, is_list: bool) -> (Option<String>, BTreeMap<String, String>) {
    let place = fields.at("data");
    match fields.take("data") {
        Some(Value::Object(packages)) if is_list => {
            let version = |(name, version): (String, Value)| match version {
                Value::Null => Some((name, String::new())),
                version => text(&place.at(&name), &version).map(|version| (name, version)),
            };
            (None, packages.into_iter().filter_map(version).collect())
        }
        Some(_) if is_list => {
            place.warn("expected a map of packages to versions; not carried over");
            (None, BTreeMap::new())
        }
        Some(value) => (text(&place, &value), BTreeMap::new()),
        None => (None, BTreeMap::new()),
    }
}

fn pipeline(fields: &mut Fields<'_>, key: &str) -> Vec<PipelineStep> {
    let step = |(place, value): (_, Value)| {
        let step = match value.as_str() {
            Some("template") => PipelineStep::Template,
            Some("base64_encode") => PipelineStep::Base64Encode,
            Some("base64_decode") => PipelineStep::Base64Decode,
            Some("utf8_encode") => PipelineStep::Utf8Encode,
            Some("utf8_decode") => PipelineStep::Utf8Decode,
            _ => {
                let place: crate::import::notes::Place<'_> = place;
                place.warn("no step that is known; not carried over");
                return None;
            }
        };
        Some(step)
    };
    fields.list(key).into_iter().filter_map(step).collect()
}
