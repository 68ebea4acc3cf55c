//! SSH keys of the account that Slipway uses: MAAS gives them to every machine that it deploys.

use super::{LoweredSite, SiteSeen, fingerprint::fingerprint};
use crate::{
    api::maas::UnlistedKind,
    drivers::maas::call::{Call, Id},
    model::SitePart,
};

/// The key by which an SSH key is recorded: a fingerprint.
pub(super) fn key(ssh_key: &str) -> String {
    format!("SSHKey/{}", fingerprint(&blob(ssh_key).join(" ")))
}

/// What a key is called: its comment.
pub(super) fn name(ssh_key: &str) -> &str {
    ssh_key.split_whitespace().nth(2).unwrap_or("without comment")
}

/// Type and key of an SSH key, without its comment.
fn blob(key: &str) -> Vec<&str> {
    key.split_whitespace().take(2).collect()
}

pub(super) fn lower(design: &SitePart, seen: &SiteSeen, lowered: &mut LoweredSite) {
    for ssh_key in &design.ssh_keys {
        lowered.designed.insert(key(ssh_key));
        if !seen.ssh_keys.iter().any(|known| blob(&known.key) == blob(ssh_key)) {
            let call = Call::post(["account/prefs/sshkeys/".into()], format!("add SSH key {}", name(ssh_key)));
            lowered.calls.push(call.with("key", ssh_key.trim()).or_exists().recorded(key(ssh_key)));
        }
    }
    if !design.owns_region || !design.remove_unlisted.contains(&UnlistedKind::SshKeys) {
        return;
    }
    let listed = |known: &str| design.ssh_keys.iter().any(|ssh_key| blob(ssh_key) == blob(known));
    for known in seen.ssh_keys.iter().filter(|known| !listed(&known.key)) {
        let path = ["account/prefs/sshkeys/".into(), Id::Known(known.id).into(), "/".into()];
        let says = format!("remove SSH key {}, which the design does not list", name(&known.key));
        lowered.calls.push(Call::delete(path, says).destroys());
    }
}
