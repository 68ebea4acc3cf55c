//! Commissioning, testing and release scripts.
//!
//! MAAS keeps a comment with each version of a script. It carries the mark and a hash of the content, so that scripts are
//! compared without fetching them, and one that somebody has changed by hand is noticed.

use super::{
    LoweredSite, Ownership, SiteSeen,
    claim::Claim,
    edit::Edit,
    fingerprint::fingerprint,
    version::{RELEASE_SCRIPTS, Version},
};
use crate::{
    api::maas::{Script, ScriptType},
    drivers::maas::{
        call::{Call, Value},
        wire,
    },
    model::SitePart,
};

pub(super) fn lower(design: &SitePart, seen: &SiteSeen, ownership: Ownership<'_>, lowered: &mut LoweredSite) {
    for script in &design.scripts {
        // What could not be read from its ConfigMap has been told already.
        let Some(content) = &script.content else { continue };
        let known = seen.scripts.iter().find(|known| known.name == script.name);
        match call(script, content, known, &seen.version, ownership) {
            Ok(call) => lowered.calls.extend(call),
            Err(conflict) => lowered.conflicts.push(format!("script {}: {conflict}", script.name)),
        }
    }
}

fn call(
    script: &Script,
    content: &str,
    known: Option<&wire::Script>,
    version: &str,
    ownership: Ownership<'_>,
) -> Result<Option<Call>, String> {
    let (kind, number) = match script.kind {
        ScriptType::Commissioning => ("commissioning", 0),
        ScriptType::Testing => ("testing", 2),
        ScriptType::Release => ("release", 3),
    };
    if script.kind == ScriptType::Release && Version::parse(version).is_some_and(|version| version < RELEASE_SCRIPTS) {
        return Err(format!("release scripts need MAAS {RELEASE_SCRIPTS} or newer, and this is {version}"));
    }
    let hash = format!("content {}", fingerprint(content));
    let timeout = script.timeout.map(|timeout| timeout.0.as_secs());
    let Some(known) = known else {
        let call = Call::post(["scripts/".into()], format!("create {kind} script {}", script.name))
            .with("name", script.name.as_str())
            .with("type", kind)
            .with("script", content)
            .with("comment", ownership.mark(Some(&hash)))
            .maybe("timeout", timeout)
            .maybe("tags", joined(&script.tags))
            .maybe("for_hardware", joined(&script.for_hardware));
        return Ok(Some(call));
    };
    if known.default {
        return Err("MAAS has one of its own by this name; give yours another".to_owned());
    }
    if known.kind != number {
        return Err(format!("MAAS has a script by this name that is no {kind} script; rename or remove one of them"));
    }
    let comment = match ownership.claim(known.comment()) {
        Claim::Made => ownership.mark(Some(&hash)),
        Claim::Others(other) if known.comment().ends_with(&hash) => {
            tracing::debug!(script = script.name, other, "shared with another Site");
            return Ok(None);
        }
        Claim::Others(other) => {
            return Err(format!(
                "another Site, {other}, has a script by this name with other content; give yours another"
            ));
        }
        Claim::Nobodys | Claim::Kept => format!("Kept by Slipway: {}, {hash}", ownership.us.mark()),
    };
    let path = || ["scripts/".into(), Value::segment(&script.name)];
    let mut edit = Edit::of(path(), format!("script {}", script.name));
    if known.comment() != comment {
        edit = edit.put("script", "another", &hash, Value::Text(content.to_owned()));
        edit = edit.along("comment", comment);
    }
    let found: Vec<&String> = known.tags.iter().filter(|tag| script.tags.contains(tag)).collect();
    if found.len() < script.tags.len() {
        edit = edit.put("tags", &known.tags.join(","), &script.tags.join(","), Value::Text(script.tags.join(",")));
    }
    let mut hardware = (known.for_hardware.clone(), script.for_hardware.clone());
    hardware.0.sort();
    hardware.1.sort();
    if !script.for_hardware.is_empty() && hardware.0 != hardware.1 {
        let (found, wanted) = (hardware.0.join(","), hardware.1.join(","));
        edit = edit.put("for_hardware", &found, &wanted, Value::Text(wanted.clone()));
    }
    if let Some(timeout) = timeout.filter(|timeout| seconds(&known.timeout) != Some(*timeout)) {
        edit = edit.put("timeout", &known.timeout, &timeout.to_string(), timeout.into());
    }
    Ok(edit.call())
}

fn joined(list: &[String]) -> Option<String> {
    (!list.is_empty()).then(|| list.join(","))
}

/// `0:20:00`, or `1 day, 0:20:00`, in seconds.
fn seconds(text: &str) -> Option<u64> {
    let (days, clock) = text.split_once(", ").unwrap_or(("0", text));
    let days: u64 = days.split(' ').next()?.parse().ok()?;
    let parts = clock.split(':').map(|part| part.parse::<u64>().ok()).collect::<Option<Vec<_>>>()?;
    let [hours, minutes, seconds] = parts.as_slice() else { return None };
    Some(days * 86_400 + hours * 3600 + minutes * 60 + seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timeouts_are_read_as_maas_writes_them() {
        assert_eq!(seconds("0:20:00"), Some(1200));
        assert_eq!(seconds("1 day, 2:00:01"), Some(93_601));
        assert_eq!(seconds(""), None);
    }
}
