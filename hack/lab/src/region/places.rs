//! Where machines belong: zones, resource pools and tags.

use serde_json::{Value, json};

use super::Region;

/// A zone.
#[derive(Clone, Debug)]
pub(crate) struct Zone {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) description: String,
}

/// A resource pool.
#[derive(Clone, Debug)]
pub(crate) struct Pool {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) description: String,
}

/// A tag; one with a definition is given by MAAS itself.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tag {
    pub(crate) name: String,
    pub(crate) definition: String,
    pub(crate) comment: String,
    pub(crate) kernel_opts: String,
}

impl Zone {
    pub(crate) fn view(&self) -> Value {
        json!({
            "name": self.name, "description": self.description, "id": self.id,
            "resource_uri": format!("/MAAS/api/2.0/zones/{}/", self.name),
        })
    }
}

impl Pool {
    pub(crate) fn view(&self) -> Value {
        json!({
            "name": self.name, "description": self.description, "id": self.id,
            "resource_uri": format!("/MAAS/api/2.0/resourcepool/{}/", self.id),
        })
    }
}

impl Tag {
    pub(crate) fn view(&self) -> Value {
        json!({
            "name": self.name, "definition": self.definition, "comment": self.comment,
            "kernel_opts": self.kernel_opts, "resource_uri": format!("/MAAS/api/2.0/tags/{}/", self.name),
        })
    }
}

/// Whether a tag's definition is an XPath expression.
pub(crate) fn is_xpath(definition: &str) -> bool {
    matches!(sxd_xpath::Factory::new().build(definition), Ok(Some(_)))
}

/// Whether an XPath expression finds something in a document.
pub(crate) fn finds(definition: &str, document: &str) -> bool {
    let Ok(Some(xpath)) = sxd_xpath::Factory::new().build(definition) else { return false };
    let Ok(package) = sxd_document::parser::parse(document) else { return false };
    let context = sxd_xpath::Context::new();
    xpath.evaluate(&context, package.as_document().root()).is_ok_and(|value| value.boolean())
}

impl Region {
    pub(crate) fn zone_named(&self, name: &str) -> Option<u64> {
        self.zones.values().find(|zone| zone.name == name).map(|zone| zone.id)
    }

    pub(crate) fn pool_named(&self, name: &str) -> Option<u64> {
        self.pools.values().find(|pool| pool.name == name).map(|pool| pool.id)
    }

    pub(crate) fn zone_name(&self, id: u64) -> &str {
        self.zones.get(id).map_or("", |zone| &zone.name)
    }

    pub(crate) fn pool_name(&self, id: u64) -> &str {
        self.pools.get(id).map_or("", |pool| &pool.name)
    }

    /// A tag of this name, made when there is none.
    pub(crate) fn tag_mut(&mut self, name: &str) -> &mut Tag {
        let known = self.tags.iter().position(|tag| tag.name == name);
        let at = known.unwrap_or_else(|| {
            self.tags.push(Tag { name: name.to_owned(), ..Tag::default() });
            self.tags.len() - 1
        });
        &mut self.tags[at]
    }

    pub(crate) fn tag(&self, name: &str) -> Option<&Tag> {
        self.tags.iter().find(|tag| tag.name == name)
    }

    /// Gives and takes the tags with definitions: of one tag, or of all; on one machine, or on all.
    pub(crate) fn evaluate_tags(&mut self, only: Option<&str>, machine: Option<&str>) {
        let defined = self.tags.iter().filter(|tag| !tag.definition.is_empty());
        let defined: Vec<(String, String)> = defined
            .filter(|tag| only.is_none_or(|name| tag.name == name))
            .map(|tag| (tag.name.clone(), tag.definition.clone()))
            .collect();
        for node in self.nodes.values_mut() {
            let Some(inventory) = &node.inventory else { continue };
            if machine.is_some_and(|id| id != node.system_id) {
                continue;
            }
            for (name, definition) in &defined {
                if finds(definition, &inventory.lshw) {
                    node.tags.insert(name.clone());
                } else {
                    node.tags.remove(name);
                }
            }
        }
    }
}
