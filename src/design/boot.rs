//! What a node gets at first boot.
//!
//! Files, units and packages whose content stands in the manifest go into the deployment's user data. What has to be
//! fetched or rendered does not yet: a rule says so.

use super::{Manifests, select::selects};
use crate::{
    api::boot_action::{Asset, AssetType, PipelineStep},
    model::{BootAsset, NodeDesign},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};

/// Name under which the kernel package of a kernel parameter is listed.
const KERNEL_PACKAGE: &str = "kernel_package";

/// The assets of all boot actions that are for this node.
pub(super) fn assets(manifests: &Manifests, node: &NodeDesign, kernel_package: Option<String>) -> Vec<BootAsset> {
    let mut assets = Vec::new();
    for (name, action) in &manifests.boot_actions {
        let is_for = action.spec.node_selector.as_ref().is_none_or(|s| selects(s, node, &manifests.racks));
        if is_for {
            assets.extend(action.spec.assets.iter().flat_map(|asset| inline(name, asset)));
        }
    }
    let kernel = kernel_package.map(|package| BootAsset::Package {
        action: KERNEL_PACKAGE.into(),
        name: package,
        version: String::new(),
    });
    assets.extend(kernel);
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
        (kind, Some(path), Some(content)) => vec![BootAsset::File {
            action: action.into(),
            path: path.clone(),
            permissions: asset.permissions.clone().unwrap_or_else(|| "600".into()),
            digest: format!("{:x}", HexDigest(&content)),
            content,
            unit: kind == AssetType::Unit,
        }],
        _ => Vec::new(),
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
