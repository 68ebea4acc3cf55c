//! Recorded exchanges: a request to a real region, and what it answered.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::ids::kind_at;

/// A recorded request and its answer.
#[derive(Clone, Debug)]
pub(crate) struct Exchange {
    pub(crate) name: String,
    /// The number before the name: exchanges of one group were made one after another.
    pub(crate) group: u32,
    pub(crate) method: String,
    /// Path and query.
    pub(crate) url: String,
    pub(crate) params: Vec<(String, String)>,
    pub(crate) json: Option<Value>,
    /// Fields that were files.
    pub(crate) files: Vec<String>,
    pub(crate) concurrent: Option<usize>,
    pub(crate) status: u16,
    /// Of requests made at once.
    pub(crate) statuses: Vec<u16>,
    pub(crate) content_type: String,
    pub(crate) body: Value,
}

/// The folder of the recordings, when there is one.
pub(crate) fn folder() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/reference/maas-exchanges");
    let named = std::env::var_os("SLIPWAY_MAAS_EXCHANGES").map(PathBuf::from);
    named.into_iter().chain([beside]).find(|path| path.is_dir())
}

/// Reads all exchanges of a folder, by name.
pub(crate) fn read_all(folder: &Path) -> Vec<Exchange> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut all: Vec<Exchange> = entries
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .filter_map(|path| {
            let name = path.file_stem()?.to_str()?.to_owned();
            let text = std::fs::read_to_string(&path).ok()?;
            Exchange::parse(name, &serde_json::from_str(&text).ok()?)
        })
        .collect();
    all.sort_by(|a, b| a.name.cmp(&b.name));
    all
}

impl Exchange {
    fn parse(name: String, value: &Value) -> Option<Self> {
        let request = value.get("request")?;
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let pairs = request["params"].as_array().into_iter().flatten();
        let files = request["files"].as_object().into_iter().flatten().map(|(key, _)| key.clone());
        let statuses: Vec<u16> = value["statuses"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|status| u16::try_from(status.as_u64()?).ok())
            .collect();
        let status = value["status"].as_u64().and_then(|status| u16::try_from(status).ok());
        Some(Self {
            group: name.split('_').next()?.parse().ok()?,
            name,
            method: request["method"].as_str()?.to_owned(),
            url: request["url"].as_str()?.to_owned(),
            params: pairs.map(|pair| (text(&pair[0]), text(&pair[1]))).collect(),
            json: request.get("json").cloned(),
            files: files.collect(),
            concurrent: request["concurrent"].as_u64().and_then(|count| usize::try_from(count).ok()),
            status: status.or(statuses.first().copied())?,
            statuses,
            content_type: value["headers"]["Content-Type"].as_str().unwrap_or_default().to_owned(),
            body: value.get("body").cloned().unwrap_or(Value::Null),
        })
    }

    /// It changes something.
    pub(crate) fn is_write(&self) -> bool {
        self.method != "GET" && self.status < 400
    }

    /// The path below the API's base, without the query.
    pub(crate) fn path(&self) -> &str {
        let path = self.url.split('?').next().unwrap_or_default();
        path.strip_prefix("/MAAS/api/2.0/").unwrap_or(path)
    }

    pub(crate) fn op(&self) -> Option<&str> {
        let query = self.url.split('?').nth(1).unwrap_or_default();
        let in_query = query.split('&').find_map(|pair| pair.strip_prefix("op="));
        in_query.or_else(|| self.param("op"))
    }

    pub(crate) fn param(&self, key: &str) -> Option<&str> {
        self.params.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
    }

    /// The machine that the request speaks about, by its recorded system id.
    pub(crate) fn machine(&self) -> Option<&str> {
        let pieces: Vec<&str> = self.path().split('/').collect();
        let in_path = match pieces[..] {
            ["machines" | "nodes", id, ..] if id.len() == 6 => Some(id),
            _ => None,
        };
        let single = |key: &str| self.param(key).filter(|id| id.len() == 6);
        in_path.or_else(|| single("system_id")).or_else(|| single("id")).or_else(|| single("machines"))
    }

    /// The text of the answer, when it is one.
    pub(crate) fn text(&self) -> &str {
        self.body.as_str().unwrap_or_default()
    }

    /// The state of the machine that the answer shows.
    pub(crate) fn shown(&self, key: &str) -> Option<&str> {
        self.body.get(key)?.as_str()
    }

    /// The newest id of each kind that the answer shows, of kinds that are made all the time.
    pub(crate) fn newest(&self) -> BTreeMap<&'static str, u64> {
        let mut newest = BTreeMap::new();
        newest_in("", &self.body, &mut newest);
        newest
    }
}

fn newest_in(parent: &str, value: &Value, newest: &mut BTreeMap<&'static str, u64>) {
    match value {
        Value::Object(map) => {
            for (key, inner) in map {
                if let (Some(kind), Some(id)) = (kind_at(parent, value, key), inner.as_u64())
                    && matches!(kind, "link" | "partition" | "disk" | "event" | "result" | "interface")
                {
                    let known = newest.entry(kind).or_default();
                    *known = id.max(*known);
                }
                newest_in(key, inner, newest);
            }
        }
        Value::Array(list) => list.iter().for_each(|inner| newest_in(parent, inner, newest)),
        _ => {}
    }
}
