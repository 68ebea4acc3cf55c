//! The keys that may log in are public ones.

use super::{Affected, Report, Rule, SiteView, at};
use base64::{Engine, engine::general_purpose::STANDARD};

pub(super) const RULE: Rule = Rule {
    id: "SLW1069",
    name: "ssh-key",
    title: "Every SSH key of the Site is a public key, as OpenSSH writes them",
    why: "MAAS refuses another, and with it everything that is to be written after; and a private key in a design is \
          known to everybody who can read it.",
    fix: "Write the content of a file such as `id_ed25519.pub`. A private key that was committed is to be replaced.",
    site: Some(check),
    ..Rule::BLANK
};

/// Types of keys that OpenSSH makes.
const TYPES: [&str; 7] = [
    "ssh-ed25519",
    "ssh-rsa",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "sk-ssh-ed25519@openssh.com",
    "sk-ecdsa-sha2-nistp256@openssh.com",
];

fn check(view: &SiteView<'_>, report: &mut Report<'_>) {
    let Some(site) = &view.catalog().site else { return };
    let name = site.metadata.name.as_deref().unwrap_or_default();
    for (index, key) in site.spec.ssh_keys.iter().enumerate() {
        if let Err((message, hint)) = judge(key) {
            report.error_on(Affected::Site, at("Site", name, format!("spec.sshKeys[{index}]")), message, hint);
        }
    }
}

/// What is wrong with a key, and what to do; nothing of the key itself is in it.
fn judge(key: &str) -> Result<(), (&'static str, &'static str)> {
    const HINT: &str = "write the one line of a file such as id_ed25519.pub: type, key and comment";
    if key.contains("PRIVATE KEY") {
        let hint = "take it out, replace the key wherever it is used, and write its public half here";
        return Err(("is a private key, which everybody who can read the design now has", hint));
    }
    let mut words = key.split_ascii_whitespace();
    let (Some(kind), Some(blob)) = (words.next(), words.next()) else {
        return Err(("is no SSH public key: it needs a type and the key", HINT));
    };
    if key.trim().lines().count() > 1 {
        return Err(("is more than one line: each key stands for itself", HINT));
    }
    if !TYPES.contains(&kind) {
        return Err((
            "is no SSH public key: it does not begin with a type that OpenSSH makes, such as ssh-ed25519",
            HINT,
        ));
    }
    let Ok(blob) = STANDARD.decode(blob) else {
        return Err(("is no SSH public key: what follows the type is not Base64, or was cut off", HINT));
    };
    let inner = blob.split_first_chunk().and_then(|(length, rest)| {
        let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
        rest.split_at_checked(length)
    });
    match inner {
        Some((inner, rest)) if inner == kind.as_bytes() && !rest.is_empty() => Ok(()),
        _ => Err(("is no SSH public key: the key is not of the type before it, or was cut off", HINT)),
    }
}
