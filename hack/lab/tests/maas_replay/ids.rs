//! What the recorded ids are called in the lab. Learnt from pairs of a recorded answer and the lab's.

use std::collections::BTreeMap;

use serde_json::Value;

/// Recorded ids by kind, with the lab's ids for the same things.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ids(BTreeMap<(&'static str, String), String>);

/// What kind of thing the piece of a path after this one names; `None` for pieces that name nothing.
fn kind_after(before: &[&str]) -> Option<&'static str> {
    match before {
        ["fabrics", _, "vlans"] | [] => None,
        ["nodes", _, "devices"] => Some("pci"),
        [.., last] => Some(match *last {
            "machines" | "nodes" | "devices" | "rackcontrollers" | "regioncontrollers" => "node",
            "interfaces" => "interface",
            "blockdevices" => "disk",
            "partition" => "partition",
            "raid" | "volume-group" | "bcache" | "vmfs-datastore" => "group",
            "bcache-cache-set" => "cache_set",
            "fabrics" => "fabric",
            "vlans" => "vlan",
            "subnets" => "subnet",
            "spaces" => "space",
            "ipranges" => "range",
            "reservedips" => "reserved",
            "static-routes" => "route",
            "domains" => "domain",
            "dnsresources" => "dns",
            "dnsresourcerecords" => "record",
            "package-repositories" => "repository",
            "boot-sources" => "source",
            "selections" => "selection",
            "boot-resources" => "image",
            "resourcepool" => "pool",
            "notifications" => "notification",
            "results" => "set",
            "sshkeys" => "key",
            _ => return None,
        }),
    }
}

/// What kind of id stands at a key of an object; `parent` is the key that the object stands at.
pub(crate) fn kind_at(parent: &str, object: &Value, key: &str) -> Option<&'static str> {
    Some(match key {
        "system_id" | "node" | "primary_rack" | "secondary_rack" => "node",
        "fabric_id" => "fabric",
        "device_id" => "disk",
        "boot_source_id" => "source",
        "script_id" => "script",
        "script_revision_id" => "revision",
        "current_commissioning_result_id" | "current_testing_result_id" | "current_installation_result_id" => "set",
        "link_id" => "link",
        "id" => {
            if let Some(uri) = object.get("resource_uri").and_then(Value::as_str) {
                let pieces: Vec<&str> = uri.trim_matches('/').split('/').skip(3).collect();
                let (_, before) = pieces.split_last()?;
                match before {
                    ["scripts"] => "script",
                    ["zones"] => "zone",
                    ["commissioning-scripts"] | [] => "result",
                    _ => kind_after(before)?,
                }
            } else {
                match parent {
                    "links" => "link",
                    "history" => "revision",
                    "results" => "result",
                    "events" => "event",
                    "value" => "disk",
                    "raids" | "volume_groups" | "bcaches" => "group",
                    "cache_sets" => "cache_set",
                    _ if object.get("keysource").is_none() && object.get("key").is_some() => "key",
                    _ => return None,
                }
            }
        }
        _ => return None,
    })
}

/// What kind of thing a parameter of a request names.
#[allow(clippy::match_same_arms, reason = "a plain id names a node only after the questions where it does not")]
fn kind_of_param(path: &str, op: Option<&str>, key: &str) -> Option<&'static str> {
    let first = path.split('/').next().unwrap_or_default();
    if first == "static-routes" && matches!(key, "source" | "destination") {
        return Some("subnet");
    }
    Some(match key {
        "system_id" | "machines" | "nodes" | "add" | "remove" | "destinations" | "source" | "primary_rack"
        | "secondary_rack" => "node",
        "subnet" => "subnet",
        "vlan" | "relay_vlan" => "vlan",
        "fabric" => "fabric",
        "space" => "space",
        "parents" | "parent" => "interface",
        "link_id" => "link",
        "id" if op == Some("unlink_subnet") => "link",
        "id" if op == Some("delete_logical_volume") => "disk",
        "id" => "node",
        "block_devices"
        | "spare_devices"
        | "add_block_devices"
        | "remove_block_devices"
        | "cache_device"
        | "root_device"
        | "backing_device" => "disk",
        "partitions" | "spare_partitions" | "add_partitions" | "remove_partitions" | "cache_partition"
        | "backing_partition" => "partition",
        "cache_set" => "cache_set",
        "after" | "before" => "event",
        "revision" | "to" => "revision",
        _ => return None,
    })
}

impl Ids {
    pub(crate) fn get(&self, kind: &'static str, recorded: &str) -> Option<&str> {
        self.0.get(&(kind, recorded.to_owned())).map(String::as_str)
    }

    /// Notes a pair. Says whether it agrees with what was known.
    pub(crate) fn learn(&mut self, kind: &'static str, recorded: &str, lab: &str) -> bool {
        let known = self.0.entry((kind, recorded.to_owned())).or_insert_with(|| lab.to_owned());
        known == lab
    }

    /// The lab's name for a recorded thing; unknown ones keep theirs.
    fn name<'a>(&'a self, kind: &'static str, recorded: &'a str) -> &'a str {
        self.get(kind, recorded).unwrap_or(recorded)
    }

    /// A recorded path with the lab's ids.
    pub(crate) fn path(&self, path: &str) -> String {
        let Some(rest) = path.strip_prefix("/MAAS/api/2.0/") else { return path.to_owned() };
        let (rest, query) = rest.split_once('?').map_or((rest, None), |(rest, query)| (rest, Some(query)));
        let pieces: Vec<&str> = rest.split('/').collect();
        let named = pieces.iter().enumerate().map(|(at, piece)| match kind_after(&pieces[..at]) {
            Some(kind) => self.name(kind, piece),
            None => piece,
        });
        let mut out = format!("/MAAS/api/2.0/{}", named.collect::<Vec<_>>().join("/"));
        if let Some(query) = query {
            let op = query.split('&').find_map(|pair| pair.strip_prefix("op="));
            let pairs = query.split('&').map(|pair| match pair.split_once('=') {
                Some((key, value)) => match kind_of_param(rest, op, key) {
                    Some(kind) => format!("{key}={}", self.name(kind, value)),
                    None => pair.to_owned(),
                },
                None => pair.to_owned(),
            });
            out.push('?');
            out.push_str(&pairs.collect::<Vec<_>>().join("&"));
        }
        out
    }

    /// A recorded parameter with the lab's ids.
    pub(crate) fn param(&self, path: &str, op: Option<&str>, key: &str, value: &str) -> String {
        match kind_of_param(path, op, key) {
            Some(kind) => self.name(kind, value).to_owned(),
            None => value.to_owned(),
        }
    }

    /// The recorded things that a request names and of which nothing is known.
    pub(crate) fn unknown(
        &self,
        url: &str,
        path: &str,
        op: Option<&str>,
        params: &[(String, String)],
    ) -> Vec<(&'static str, String)> {
        let rest = url.split('?').next().unwrap_or_default().strip_prefix("/MAAS/api/2.0/").unwrap_or_default();
        let pieces: Vec<&str> = rest.split('/').filter(|piece| !piece.is_empty()).collect();
        let in_path = pieces.iter().enumerate().filter_map(|(at, piece)| {
            let kind = kind_after(&pieces[..at])?;
            let is_id = kind == "node" || piece.chars().all(|letter| letter.is_ascii_digit());
            is_id.then(|| (kind, (*piece).to_owned()))
        });
        let in_params = params.iter().filter_map(|(key, value)| Some((kind_of_param(path, op, key)?, value.clone())));
        let real = |(kind, id): &(&'static str, String)| match *kind {
            "node" => id.len() == 6 && id.chars().all(|letter| letter.is_ascii_alphanumeric()),
            "event" => false,
            _ => !id.is_empty() && id.chars().all(|letter| letter.is_ascii_digit()),
        };
        in_path.chain(in_params).filter(real).filter(|(kind, id)| self.get(kind, id).is_none()).collect()
    }

    /// A text with the lab's system ids for the recorded ones.
    pub(crate) fn text(&self, text: &str) -> String {
        let mut out = text.to_owned();
        for ((kind, recorded), lab) in &self.0 {
            if *kind == "node" {
                out = out.replace(recorded.as_str(), lab);
            }
        }
        out
    }

    /// Notes what two resource URIs tell of each other.
    pub(crate) fn learn_uri(&mut self, recorded: &str, lab: &str) {
        let pieces =
            |uri: &'_ str| -> Vec<String> { uri.trim_matches('/').split('/').skip(3).map(str::to_owned).collect() };
        let (recorded, lab) = (pieces(recorded), pieces(lab));
        if recorded.len() != lab.len() {
            return;
        }
        for at in 0..recorded.len() {
            let before: Vec<&str> = recorded[..at].iter().map(String::as_str).collect();
            if let Some(kind) = kind_after(&before) {
                self.learn(kind, &recorded[at], &lab[at]);
            }
        }
    }
}
