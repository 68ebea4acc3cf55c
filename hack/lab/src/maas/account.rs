//! The caller's own things: API keys and SSH keys.

use serde_json::{Value, json};

use super::form::Errors;
use super::reply::{Answer, Reply};
use super::request::Request;
use super::route::{LIST, no_such};
use crate::region::people::SshKey;
use crate::world::World;

pub(super) fn account(world: &mut World, request: &Request) -> Answer {
    let (region, me) = (&mut world.region, request.caller.name.as_str());
    match request.asked() {
        ("GET", Some("list_authorisation_tokens")) => {
            let tokens = region.users.get(me).into_iter().flat_map(|user| &user.tokens);
            let all = tokens.map(|token| json!({"name": token.name, "token": token.credentials()}));
            Ok(Reply::json(&all.collect::<Value>()))
        }
        ("POST", Some("create_authorisation_token")) => {
            let name = request.form.filled("name").unwrap_or("MAAS consumer");
            let token = region.new_token(me, name).ok_or_else(|| Reply::missing("User"))?;
            Ok(Reply::json(&json!({
                "token_key": token.key, "token_secret": token.secret, "consumer_key": token.consumer,
                "name": token.name,
            })))
        }
        ("POST", Some(op @ ("delete_authorisation_token" | "update_token_name"))) => {
            let field = if op == "update_token_name" { "token" } else { "token_key" };
            let text = format!("No provided {field}!");
            let key = request.form.filled(field).ok_or_else(|| Reply::sentence(400, text))?;
            let key = key.split(':').nth(1).unwrap_or(key).to_owned();
            let user = region.users.get_mut(me).ok_or_else(|| Reply::missing("User"))?;
            if op == "delete_authorisation_token" {
                user.tokens.retain(|token| token.key != key);
                return Ok(Reply::deleted());
            }
            let name = request.form.filled("name").ok_or_else(|| Reply::sentence(400, "No provided name!"))?;
            match user.tokens.iter_mut().find(|token| token.key == key) {
                Some(token) => name.clone_into(&mut token.name),
                None => return Err(Reply::missing("Token")),
            }
            Ok(Reply::text("Accepted"))
        }
        _ => Err(no_such(request, LIST)),
    }
}

pub(super) fn ssh_keys(world: &mut World, request: &Request) -> Answer {
    let (region, me) = (&mut world.region, request.caller.name.as_str());
    match request.asked() {
        ("GET", None) => {
            let mine = region.ssh_keys.values().filter(|key| key.user == me);
            Ok(Reply::json(&mine.map(SshKey::view).collect::<Value>()))
        }
        ("POST", None) => {
            let mut errors = Errors::default();
            let key = errors.required(request.data(), "key").trim().to_owned();
            let kinds = ["ssh-", "ecdsa-", "sk-"];
            let good = key.is_empty() || (kinds.iter().any(|kind| key.starts_with(kind)) && key.contains(' '));
            errors.unless(good, "key", "Invalid SSH public key.");
            let taken = region.ssh_keys.values().any(|one| one.user == me && one.key == key);
            errors.unless(!taken, "__all__", "This key has already been added for this user.");
            errors.finish()?;
            let id = region.ssh_keys.add(|id| SshKey { id, user: me.to_owned(), key: key.clone() });
            Ok(Reply::created(&json!({"key": key, "id": id})))
        }
        ("POST", Some("import")) => {
            let source = request.form.filled("keysource");
            source.ok_or_else(|| Reply::sentence(400, "No provided keysource!"))?;
            Err(Reply::sentence(400, "Unable to import SSH keys. There are no SSH keys for the user."))
        }
        _ => Err(no_such(request, LIST)),
    }
}

pub(super) fn ssh_key(world: &mut World, request: &Request, text: &str) -> Answer {
    let region = &mut world.region;
    let id = region.ssh_keys.find(text).ok_or_else(|| Reply::missing("SSHKey"))?;
    let Some(key) = region.ssh_keys.get(id) else { return Err(Reply::missing("SSHKey")) };
    match request.asked() {
        ("GET", None) => Ok(Reply::json(&key.view())),
        ("DELETE", None) if key.user != request.caller.name => {
            Err(Reply::sentence(403, "Can't delete a key you don't own."))
        }
        ("DELETE", None) => {
            region.ssh_keys.remove(id);
            Ok(Reply::deleted())
        }
        _ => Err(no_such(request, "GET, DELETE")),
    }
}
