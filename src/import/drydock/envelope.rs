//! Which documents are Drydock's, of which kind, and by which name.
//!
//! What Deckhand needs for itself (the envelope's labels, layering, substitutions, storage policy) ends here: it has done
//! its work once Deckhand has rendered the documents.

use crate::import::{Document, ImportError, fields::describe};
use serde_json::Value;
use std::collections::BTreeMap;

pub(super) const REGION: &str = "Region";
pub(super) const RACK: &str = "Rack";
pub(super) const NETWORK_LINK: &str = "NetworkLink";
pub(super) const NETWORK: &str = "Network";
pub(super) const HARDWARE_PROFILE: &str = "HardwareProfile";
pub(super) const HOST_PROFILE: &str = "HostProfile";
pub(super) const BAREMETAL_NODE: &str = "BaremetalNode";
pub(super) const BOOT_ACTION: &str = "BootAction";

const KINDS: [&str; 8] =
    [REGION, RACK, NETWORK_LINK, NETWORK, HARDWARE_PROFILE, HOST_PROFILE, BAREMETAL_NODE, BOOT_ACTION];

/// One of Drydock's documents.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Envelope {
    /// Its kind.
    pub kind: &'static str,
    /// Its own name.
    pub name: String,
    /// Its content.
    pub data: Value,
}

/// Finds Drydock's documents, and says in a line each what was passed over.
pub(super) fn sort(documents: Vec<Document>, errors: &mut Vec<ImportError>) -> (Vec<Envelope>, Vec<String>) {
    let mut envelopes = Vec::new();
    let mut others: BTreeMap<String, usize> = BTreeMap::new();
    let (mut layered, mut parents) = (0_usize, 0_usize);
    for document in documents {
        let metadata = &document.value["metadata"];
        let layering = &metadata["layeringDefinition"];
        let is_abstract = layering["abstract"] == true;
        let is_layered = !metadata["substitutions"].is_null() || !layering["parentSelector"].is_null();
        match open(document) {
            Ok(Opened::Ours(_)) if is_abstract => parents += 1,
            Ok(Opened::Ours(envelope)) => {
                layered += usize::from(is_layered);
                envelopes.push(envelope);
            }
            Ok(Opened::Other(namespace)) => *others.entry(namespace).or_default() += 1,
            Err(error) => errors.push(error),
        }
    }
    let mut remarks = Vec::new();
    if !others.is_empty() {
        let each: Vec<String> = others.iter().map(|(namespace, count)| format!("{namespace} {count}")).collect();
        remarks.push(format!("documents of other namespaces were skipped: {}", each.join(", ")));
    }
    if parents > 0 {
        remarks.push(format!("abstract documents of Deckhand were skipped: {parents}"));
    }
    if layered > 0 {
        remarks.push(format!(
            "Deckhand's layering and substitutions are not carried out, so import what Deckhand has rendered; documents that use them: {layered}"
        ));
    }
    (envelopes, remarks)
}

/// What a document turned out to be.
enum Opened {
    Ours(Envelope),
    /// Of another namespace.
    Other(String),
}

fn open(document: Document) -> Result<Opened, ImportError> {
    let Document { origin, index, mut value } = document;
    let refuse = |document: String, field: &str, found: String, expected: &str| ImportError::Field {
        document,
        field: field.into(),
        found,
        expected: expected.into(),
    };
    // `schema: drydock/Kind/v1` with `data`, or the older `apiVersion: drydock/v1` and `kind` with `spec`.
    let word = |value: &Value, key: &str| value[key].as_str().unwrap_or_default().to_owned();
    let (schema, api_version) = (word(&value, "schema"), word(&value, "apiVersion"));
    let parts: Vec<&str> = schema.split('/').collect();
    let (namespace, kind, version, content) = if let [namespace, kind, version] = parts[..] {
        (namespace.to_owned(), kind.to_owned(), version.to_owned(), "data")
    } else {
        let (namespace, version) = api_version.split_once('/').unwrap_or(("(other)", ""));
        (namespace.to_owned(), word(&value, "kind"), version.to_owned(), "spec")
    };
    if namespace != "drydock" {
        return Ok(Opened::Other(namespace));
    }
    let name = match &value["metadata"]["name"] {
        Value::String(name) if !name.is_empty() => name.clone(),
        Value::Number(name) => name.to_string(),
        other => {
            let place = format!("{origin}, document {index} ({kind})");
            return Err(refuse(place, "metadata.name", describe(other).into(), "a name"));
        }
    };
    let place = format!("{kind}/{name}");
    let field = if content == "data" { "schema" } else { "kind" };
    let Some(kind) = KINDS.into_iter().find(|known| *known == kind) else {
        return Err(refuse(place, field, format!("kind `{kind}`"), &format!("one of {}", KINDS.join(", "))));
    };
    if !version.starts_with("v1") {
        return Err(refuse(place, field, format!("version `{version}`"), "v1"));
    }
    match value[content].take() {
        data @ (Value::Object(_) | Value::Null) => Ok(Opened::Ours(Envelope { kind, name, data })),
        other => Err(refuse(place, content, describe(&other).into(), "a map")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::read;

    #[test]
    fn both_forms_are_read_and_others_are_counted() {
        let text = "
schema: drydock/Rack/v1
metadata: {name: r1}
data: {labels: {}}
---
apiVersion: drydock/v1
kind: Network
metadata: {name: oam, region: a}
spec: {cidr: 10.0.0.0/24}
---
schema: promenade/Docker/v1
metadata: {name: x}
---
apiVersion: v1
kind: Pod
---
schema: drydock/Rack/v1
metadata: {name: parent, layeringDefinition: {abstract: true}}
---
schema: drydock/HostProfile/v1
metadata: {name: h, substitutions: []}
";
        let (documents, mut errors) = read("-", text);
        let (envelopes, remarks) = sort(documents, &mut errors);
        let names: Vec<(&str, &str)> = envelopes.iter().map(|e| (e.kind, e.name.as_str())).collect();
        assert_eq!(names, [("Rack", "r1"), ("Network", "oam"), ("HostProfile", "h")]);
        assert_eq!(remarks.len(), 3);
        assert_eq!(remarks[0], "documents of other namespaces were skipped: (other) 1, promenade 1");
        assert_eq!(errors, []);
    }

    #[test]
    fn what_cannot_be_opened_is_an_error_with_its_place() {
        let text = "
schema: drydock/Toaster/v1
metadata: {name: t}
---
schema: drydock/Rack/v2
metadata: {name: r}
---
schema: drydock/Rack/v1
data: {}
---
schema: drydock/Rack/v1
metadata: {name: r}
data: [1]
";
        let (documents, mut errors) = read("a.yaml", text);
        let (envelopes, _) = sort(documents, &mut errors);
        assert_eq!(envelopes, []);
        let texts: Vec<String> = errors.iter().map(ToString::to_string).collect();
        assert!(texts[0].starts_with("Toaster/t schema: found kind `Toaster`, expected one of Region"), "{}", texts[0]);
        assert_eq!(texts[1], "Rack/r schema: found version `v2`, expected v1; the document is left out");
        assert!(texts[2].starts_with("a.yaml, document 3 (Rack) metadata.name: found nothing"), "{}", texts[2]);
        assert_eq!(texts[3], "Rack/r data: found a list, expected a map; the document is left out");
    }
}
