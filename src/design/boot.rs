//! What a node gets at first boot.
//!
//! Files, units and packages whose content stands in the manifest go into the deployment's user data. What has to be
//! fetched or rendered does not yet: a rule says so.

use crate::{
    api::{
        BootAction,
        boot_action::{Asset, AssetType, PipelineStep},
    },
    model::BootAsset,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// Name under which the kernel package of a kernel parameter is listed.
pub const KERNEL_PACKAGE: &str = "kernel_package";

/// The assets of boot actions, the package that a kernel parameter asks for, and what the hardware needs.
pub(super) fn assets<'a>(
    actions: impl Iterator<Item = (&'a String, &'a Arc<BootAction>)>,
    kernel_package: Option<String>,
    drivers: Vec<BootAsset>,
) -> Vec<BootAsset> {
    let mut assets: Vec<BootAsset> =
        actions.flat_map(|(name, action)| action.spec.assets.iter().flat_map(|asset| inline(name, asset))).collect();
    let kernel = kernel_package.map(|package| BootAsset::Package {
        action: KERNEL_PACKAGE.into(),
        name: package,
        version: String::new(),
    });
    assets.extend(kernel);
    assets.extend(drivers);
    assets
}

/// Whether an asset's content can be made from the manifest alone.
pub(super) fn is_inline(asset: &Asset) -> bool {
    asset.location.is_none() && !asset.data_pipeline.contains(&PipelineStep::Template) && content(asset).is_some()
}

fn inline(action: &str, asset: &Asset) -> Vec<BootAsset> {
    if !is_inline(asset) {
        return Vec::new();
    }
    match (asset.kind, &asset.path, content(asset)) {
        (AssetType::PackageList, ..) => asset
            .packages
            .iter()
            .map(|(name, version)| BootAsset::Package {
                action: action.into(),
                name: name.clone(),
                version: version.clone(),
            })
            .collect(),
        (kind, Some(path), Some(content)) => {
            let permissions = asset.permissions.as_deref().unwrap_or("600");
            vec![file(action, path, permissions, content, kind == AssetType::Unit)]
        }
        _ => Vec::new(),
    }
}

/// A file of an action.
pub(super) fn file(action: &str, path: &str, permissions: &str, content: Vec<u8>, unit: bool) -> BootAsset {
    BootAsset::File {
        action: action.into(),
        path: path.into(),
        permissions: permissions.into(),
        digest: format!("{:x}", HexDigest(&content)),
        content,
        unit,
    }
}

/// The content after its pipeline; absent where a step cannot be done.
fn content(asset: &Asset) -> Option<Vec<u8>> {
    let mut bytes = asset.data.clone().unwrap_or_default().into_bytes();
    for step in &asset.data_pipeline {
        bytes = match step {
            PipelineStep::Base64Encode => STANDARD.encode(&bytes).into_bytes(),
            PipelineStep::Base64Decode => STANDARD.decode(bytes.trim_ascii()).ok()?,
            PipelineStep::Utf8Encode => bytes,
            PipelineStep::Utf8Decode => String::from_utf8(bytes).ok()?.into_bytes(),
            PipelineStep::Template => return None,
        };
    }
    Some(bytes)
}

/// SHA-256 in hexadecimal.
struct HexDigest<'a>(&'a [u8]);

impl std::fmt::LowerHex for HexDigest<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        Sha256::digest(self.0).iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}
