//! Package archives that deployed machines use.

use serde_json::{Value, json};

/// A package repository.
#[derive(Clone, Debug)]
pub(crate) struct Repository {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) url: String,
    pub(crate) distributions: Vec<String>,
    pub(crate) disabled_pockets: Vec<String>,
    pub(crate) disabled_components: Vec<String>,
    pub(crate) disable_sources: bool,
    pub(crate) components: Vec<String>,
    pub(crate) arches: Vec<String>,
    pub(crate) key: String,
    pub(crate) enabled: bool,
}

impl Repository {
    pub(crate) fn new(id: u64, name: &str, url: &str) -> Self {
        Self {
            id,
            name: name.to_owned(),
            url: url.to_owned(),
            distributions: Vec::new(),
            disabled_pockets: Vec::new(),
            disabled_components: Vec::new(),
            disable_sources: false,
            components: Vec::new(),
            arches: Vec::new(),
            key: String::new(),
            enabled: false,
        }
    }

    /// One of the two archives that every region has.
    pub(crate) fn archive(id: u64, name: &str, url: &str, arches: &[&str]) -> Self {
        let arches = arches.iter().map(|arch| (*arch).to_owned()).collect();
        Self { arches, disable_sources: true, enabled: true, ..Self::new(id, name, url) }
    }

    /// It is one of the two archives that every region has.
    pub(crate) fn is_default(&self) -> bool {
        self.id <= 2
    }

    pub(crate) fn view(&self) -> Value {
        json!({
            "name": self.name, "url": self.url, "distributions": self.distributions,
            "disabled_pockets": self.disabled_pockets, "disabled_components": self.disabled_components,
            "disable_sources": self.disable_sources, "components": self.components, "arches": self.arches,
            "key": self.key, "enabled": self.enabled, "id": self.id,
            "resource_uri": format!("/MAAS/api/2.0/package-repositories/{}/", self.id),
        })
    }
}
