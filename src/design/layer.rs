//! A description with everything laid over everything, and where each value came from.
//!
//! It is kept by the sections of [`HostDescription`], and shared: a child that says nothing of a section has its parent's.

use super::{
    inherit::{Provenance, forget, merge, remove},
    source::Source,
};
use crate::{api::host::HostDescription, model::pointer::segments};
use serde_json::{Map, Value};
use std::{collections::BTreeMap, sync::Arc};

/// One section of a description, such as `interfaces`.
#[derive(Debug, Clone, Default)]
struct Section {
    value: Value,
    provenance: Provenance,
}

/// A description and where each of its values came from.
#[derive(Debug, Clone, Default)]
pub(super) struct Layer {
    /// The description, everything inherited.
    pub host: HostDescription,
    sections: BTreeMap<String, Arc<Section>>,
}

impl Layer {
    /// Takes away what `pointers` name; gives back those that named nothing.
    pub fn unset(&mut self, pointers: &[String]) -> Result<Vec<String>, serde_json::Error> {
        let mut useless = Vec::new();
        for pointer in pointers {
            let segments: Vec<String> = segments(pointer).collect();
            if self.take_away(pointer, &segments)? {
                continue;
            }
            useless.push(pointer.clone());
        }
        Ok(useless)
    }

    fn take_away(&mut self, pointer: &str, segments: &[String]) -> Result<bool, serde_json::Error> {
        let Some((name, rest)) = segments.split_first() else { return Ok(false) };
        if rest.is_empty() {
            let was_there = self.sections.remove(name).is_some();
            return self.read(name).map(|()| was_there);
        }
        let Some(section) = self.sections.get_mut(name) else { return Ok(false) };
        let section = Arc::make_mut(section);
        if !remove(&mut section.value, rest) {
            return Ok(false);
        }
        forget(pointer, &mut section.provenance);
        self.read(name).map(|()| true)
    }

    /// Lays `child`, which comes from `source`, over this description; its `unset` is no part of what is inherited.
    pub fn overlay(&mut self, child: &HostDescription, source: &Source) -> Result<(), serde_json::Error> {
        let Value::Object(child) = serde_json::to_value(child)? else { return Ok(()) };
        for (name, value) in child.into_iter().filter(|(name, _)| name != "unset") {
            let (path, section) = (format!("/{name}"), Arc::make_mut(self.sections.entry(name.clone()).or_default()));
            merge(&mut section.value, value, &path, source, &mut section.provenance);
            self.read(&name)?;
        }
        Ok(())
    }

    /// Reads a section into the description. Every part was read from a manifest, so only a fault of ours is an error.
    fn read(&mut self, name: &str) -> Result<(), serde_json::Error> {
        let mut only = Map::new();
        if let Some(section) = self.sections.get(name) {
            only.insert(name.to_owned(), section.value.clone());
        }
        let read: HostDescription = serde_json::from_value(Value::Object(only))?;
        match name {
            "hardwareProfile" => self.host.hardware_profile = read.hardware_profile,
            "primaryNetwork" => self.host.primary_network = read.primary_network,
            "lock" => self.host.lock = read.lock,
            "deadlines" => self.host.deadlines = read.deadlines,
            "retries" => self.host.retries = read.retries,
            "oob" => self.host.oob = read.oob,
            "interfaces" => self.host.interfaces = read.interfaces,
            "storage" => self.host.storage = read.storage,
            "platform" => self.host.platform = read.platform,
            "metadata" => self.host.metadata = read.metadata,
            "extra" => self.host.extra = read.extra,
            _ => {}
        }
        Ok(())
    }

    /// Where the value at a JSON Pointer came from: the nearest known source on the way up.
    pub fn source(&self, pointer: &str) -> Option<&Source> {
        let section = self.sections.get(pointer.split('/').nth(1)?)?;
        let mut path = pointer;
        while !path.is_empty() {
            let below = format!("{path}/");
            let inside = || section.provenance.range(below.clone()..).next().filter(|(p, _)| p.starts_with(&below));
            if let Some(source) = section.provenance.get(path).or_else(|| inside().map(|(_, source)| source)) {
                return Some(source);
            }
            path = path.rfind('/').map_or("", |at| &path[..at]);
        }
        None
    }

    /// JSON Pointer of each value to where it came from.
    pub fn provenance(&self) -> impl Iterator<Item = (&str, &Source)> {
        self.sections
            .values()
            .flat_map(|section| section.provenance.iter().map(|(path, source)| (path.as_str(), source)))
    }

    /// Where each entry of an inherited map came from, all given by one object.
    pub fn give_extra(&mut self, extra: &BTreeMap<String, String>, source: &Source) -> Result<(), serde_json::Error> {
        let child = HostDescription { extra: extra.clone(), ..HostDescription::default() };
        self.overlay(&child, source)
    }

    /// The whole description as in a manifest.
    pub fn value(&self) -> Value {
        self.sections.iter().map(|(name, section)| (name.clone(), section.value.clone())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::host::{HostMetadata, Interface};

    #[test]
    fn a_child_that_says_nothing_of_a_section_shares_its_parents() {
        let interfaces = vec![Interface { name: "pxe".into(), link: Some("pxe".into()), ..Interface::default() }];
        let parent = HostDescription { interfaces, ..HostDescription::default() };
        let metadata = Some(HostMetadata { rack: Some("r1".into()), ..HostMetadata::default() });
        let child = HostDescription { metadata, ..HostDescription::default() };
        let mut below = Layer::default();
        below.overlay(&parent, &Source::HostProfile("p".into())).unwrap();
        let mut layer = below.clone();
        layer.overlay(&child, &Source::Node).unwrap();
        assert!(Arc::ptr_eq(&layer.sections["interfaces"], &below.sections["interfaces"]));
        assert_eq!(layer.host, HostDescription { metadata: child.metadata.clone(), ..parent });
        assert_eq!(layer.source("/interfaces/pxe/devices"), Some(&Source::HostProfile("p".into())));
        assert_eq!(layer.source("/metadata/rack"), Some(&Source::Node));
        assert_eq!(layer.source("/storage"), None);
        assert_eq!(layer.unset(&["/metadata/rack".into(), "/oob/network".into()]).unwrap(), ["/oob/network"]);
        assert_eq!(layer.host.metadata, Some(HostMetadata::default()));
        assert_eq!(layer.source("/metadata/rack"), None);
        layer.unset(&["/interfaces".into()]).unwrap();
        assert!(layer.host.interfaces.is_empty());
    }
}
