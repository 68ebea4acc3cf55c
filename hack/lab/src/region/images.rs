//! Where images come from, and which ones the region has.

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::{Region, times};
use crate::spec::ImageSpec;

/// The keyring of Ubuntu's own image server.
pub(crate) const KEYRING: &str = "/usr/share/keyrings/ubuntu-cloudimage-keyring.gpg";

/// Kernels that every image serves beside its own.
const OLD_SUBARCHES: &str = "generic,hwe-p,hwe-q,hwe-r,hwe-s,hwe-t,hwe-u,hwe-v,hwe-w";

/// An image server.
#[derive(Clone, Debug)]
pub(crate) struct BootSource {
    pub(crate) id: u64,
    pub(crate) url: String,
    pub(crate) keyring_filename: String,
    pub(crate) keyring_data: String,
    /// MAAS has read its index.
    pub(crate) readable: bool,
    pub(crate) created: Timestamp,
    pub(crate) updated: Timestamp,
}

/// What to sync from an image server.
#[derive(Clone, Debug)]
pub(crate) struct Selection {
    pub(crate) id: u64,
    pub(crate) source: u64,
    pub(crate) os: String,
    pub(crate) release: String,
    pub(crate) arches: Vec<String>,
    pub(crate) subarches: Vec<String>,
    pub(crate) labels: Vec<String>,
}

/// An image: synced, or uploaded when it has a base.
#[derive(Clone, Debug)]
pub(crate) struct BootResource {
    pub(crate) id: u64,
    pub(crate) uploaded: bool,
    /// `ubuntu/noble`, or the bare name of an upload.
    pub(crate) name: String,
    /// `ga-24.04`, `generic`.
    pub(crate) kernel: String,
    pub(crate) arch: String,
    pub(crate) subarches: String,
    pub(crate) title: String,
    pub(crate) base_image: String,
    pub(crate) last_deployed: Option<Timestamp>,
    pub(crate) version: String,
    pub(crate) label: String,
    pub(crate) files: Vec<ImageFile>,
}

/// A file of an image.
#[derive(Clone, Debug)]
pub(crate) struct ImageFile {
    pub(crate) filename: String,
    pub(crate) filetype: String,
    pub(crate) sha256: String,
    pub(crate) size: u64,
    pub(crate) received: u64,
}

impl BootSource {
    pub(crate) fn new(id: u64, url: &str) -> Self {
        let now = Timestamp::now();
        let (url, keyring_filename) = (url.to_owned(), KEYRING.to_owned());
        Self { id, url, keyring_filename, keyring_data: String::new(), readable: true, created: now, updated: now }
    }

    pub(crate) fn view(&self) -> Value {
        json!({
            "created": times::iso(self.created), "updated": times::iso(self.updated), "url": self.url,
            "keyring_filename": self.keyring_filename, "keyring_data": self.keyring_data, "id": self.id,
            "resource_uri": format!("/MAAS/api/2.0/boot-sources/{}/", self.id),
        })
    }
}

impl Selection {
    pub(crate) fn view(&self) -> Value {
        json!({
            "os": self.os, "release": self.release, "arches": self.arches, "subarches": self.subarches,
            "labels": self.labels, "id": self.id, "boot_source_id": self.source,
            "resource_uri": format!("/MAAS/api/2.0/boot-sources/{}/selections/{}/", self.source, self.id),
        })
    }
}

impl ImageFile {
    /// A file whose content nobody will read.
    fn placeholder(name: &str, of: &str) -> Self {
        let (size, sha256) = (1000, hex(&Sha256::digest(format!("{of}/{name}"))));
        Self { filename: name.to_owned(), filetype: name.to_owned(), sha256, size, received: size }
    }

    fn complete(&self) -> bool {
        self.received >= self.size
    }
}

impl BootResource {
    pub(crate) fn complete(&self) -> bool {
        self.files.iter().all(ImageFile::complete)
    }

    /// `ubuntu/noble`, `custom/noble-site`.
    pub(crate) fn release(&self) -> String {
        if self.uploaded && !self.name.contains('/') { format!("custom/{}", self.name) } else { self.name.clone() }
    }

    pub(crate) fn view(&self, region: &Region, with_sets: bool) -> Value {
        let mut view = json!({
            "id": self.id, "type": if self.uploaded { "Uploaded" } else { "Synced" }, "name": self.name,
            "architecture": format!("{}/{}", self.arch, self.kernel), "subarches": self.subarches,
            "title": self.title, "resource_uri": format!("/MAAS/api/2.0/boot-resources/{}/", self.id),
        });
        if region.version.since(3, 5) {
            view["last_deployed"] = json!(self.last_deployed.map(times::iso));
        }
        if self.uploaded {
            view["base_image"] = json!(self.base_image);
        } else if region.version.since(3, 7) {
            view["platform"] = json!("generic");
            view["supported_platforms"] = json!("generic");
        }
        if with_sets {
            view["sets"] = self.sets_view();
        }
        view
    }

    #[allow(clippy::cast_precision_loss, reason = "progress need not be exact")]
    fn sets_view(&self) -> Value {
        let mut files = Map::new();
        for file in &self.files {
            let mut view = json!({
                "filename": file.filename, "filetype": file.filetype, "sha256": file.sha256, "size": file.size,
                "filename_on_disk": file.sha256.get(..12), "complete": file.complete(),
            });
            if !file.complete() {
                view["progress"] = json!(file.received as f64 / file.size.max(1) as f64);
                view["upload_uri"] = json!(format!("/MAAS/api/2.0/boot-resources/{}/upload/{}/", self.id, self.id));
            }
            files.insert(file.filename.clone(), view);
        }
        let size: u64 = self.files.iter().map(|file| file.size).sum();
        let set = json!({
            "version": self.version, "label": self.label, "size": size, "complete": self.complete(), "files": files,
        });
        let mut sets = Map::new();
        sets.insert(self.version.clone(), set);
        Value::Object(sets)
    }
}

/// The number of an Ubuntu release that image servers have.
pub(crate) fn series(release: &str) -> Option<&'static str> {
    const SERIES: [(&str, &str); 5] =
        [("trusty", "14.04"), ("xenial", "16.04"), ("focal", "20.04"), ("jammy", "22.04"), ("noble", "24.04")];
    if release == "bionic" {
        return Some("18.04");
    }
    SERIES.iter().find(|(name, _)| *name == release).map(|(_, number)| *number)
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// `24.04` of `ga-24.04`.
fn number_of(kernel: &str) -> &str {
    kernel.split('-').nth(1).unwrap_or_default()
}

impl Region {
    /// An image was synced: one boot resource for each of its kernels.
    pub(crate) fn sync(&mut self, image: &ImageSpec) {
        let number = image.kernels.first().map_or("", |kernel| number_of(kernel));
        let own = image.subarches.clone().unwrap_or_else(|| format!("{OLD_SUBARCHES},ga-{number}"));
        for kernel in &image.kernels {
            let subarches = if own.ends_with(kernel) && kernel.starts_with("ga-") || kernel == &format!("ga-{number}") {
                own.clone()
            } else {
                format!("{own},{kernel}")
            };
            let of = format!("{}/{kernel}", image.name);
            let files = ["boot-kernel", "boot-initrd", "squashfs"].map(|name| ImageFile::placeholder(name, &of));
            self.boot_resources.add(|id| BootResource {
                id,
                uploaded: false,
                name: image.name.clone(),
                kernel: kernel.clone(),
                arch: "amd64".to_owned(),
                subarches,
                title: format!("{number} LTS"),
                base_image: String::new(),
                last_deployed: None,
                version: image.serial.clone(),
                label: image.label.clone(),
                files: files.to_vec(),
            });
        }
    }

    /// An import has ended: what is selected is there, what was given up is not.
    pub(crate) fn imported(&mut self) {
        let wanted: Vec<String> = self
            .selections
            .values()
            .filter(|one| self.boot_sources.get(one.source).is_some_and(|source| source.readable))
            .map(|one| format!("{}/{}", one.os, one.release))
            .collect();
        for name in std::mem::take(&mut self.deselected) {
            if !wanted.contains(&name) {
                self.boot_resources.retain(|one| one.uploaded || one.name != name);
            }
        }
        for name in wanted {
            let known = self.boot_resources.values().any(|one| one.name == name);
            let number = name.strip_prefix("ubuntu/").and_then(series);
            if let Some(number) = number.filter(|_| !known) {
                self.sync(&ImageSpec::of(&name, number));
            }
        }
        self.importing = false;
    }

    /// Some image is there, so that machines can boot from the network.
    pub(crate) fn has_images(&self) -> bool {
        self.boot_resources.values().any(|resource| !resource.uploaded)
    }

    /// The releases of Ubuntu that can be deployed, the newest first: `noble`.
    pub(crate) fn releases(&self) -> Vec<String> {
        let mut all: Vec<(&str, &str)> = self
            .boot_resources
            .values()
            .filter_map(|resource| Some((number_of(&resource.kernel), resource.name.strip_prefix("ubuntu/")?)))
            .collect();
        all.sort_unstable();
        all.dedup_by_key(|(_, name)| *name);
        all.into_iter().rev().map(|(_, name)| name.to_owned()).collect()
    }

    /// Everything that can be deployed, in order: `custom/noble-site`, `ubuntu/noble`.
    pub(crate) fn deployable(&self) -> Vec<String> {
        let complete = self.boot_resources.values().filter(|resource| resource.complete());
        let mut all: Vec<String> = complete.map(BootResource::release).collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// The kernels of an image: `ga-24.04`.
    pub(crate) fn kernels(&self, release: &str) -> Vec<&str> {
        let own = self.boot_resources.values().filter(|resource| resource.release() == release);
        own.map(|resource| resource.kernel.as_str()).collect()
    }
}
