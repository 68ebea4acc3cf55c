//! Users.

use serde_json::Value;

use super::form::Errors;
use super::reply::{Answer, Reply};
use super::request::Request;
use super::route::{LIST, no_such};
use crate::region::people::User;
use crate::world::World;

pub(super) fn list(world: &mut World, request: &Request) -> Answer {
    let region = &mut world.region;
    match request.asked() {
        ("GET", Some("whoami")) => Ok(Reply::json(&region.user_view(&request.caller.name))),
        ("GET", None) => Ok(Reply::json(&region.users.values().map(User::view).collect::<Value>())),
        ("POST", None) => {
            request.admins_only()?;
            let data = request.data();
            let mut errors = Errors::default();
            let (name, email) = (errors.required(data, "username"), errors.required(data, "email"));
            errors.required(data, "password");
            let letters = |letter: char| letter.is_alphanumeric() || "@.+-_".contains(letter);
            let text =
                "Enter a valid username. This value may contain only letters, numbers, and @/./+/-/_ characters.";
            errors.unless(name.chars().all(letters), "username", text);
            errors.unless(email.is_empty() || email.contains('@'), "email", "Enter a valid email address.");
            errors.finish()?;
            // A name or an address that is taken looks like a conflict that may go away.
            if region.users.values().any(|user| user.name == name || user.email == email) {
                return Err(Reply::conflict_page());
            }
            let superuser = data.parsed("is_superuser") == Some(true);
            let user = User::new(name, email, superuser);
            let view = user.view();
            region.users.insert(name.to_owned(), user);
            Ok(Reply::json(&view))
        }
        _ => Err(no_such(request, LIST)),
    }
}

pub(super) fn item(world: &mut World, request: &Request, name: &str) -> Answer {
    let region = &mut world.region;
    if !region.users.contains_key(name) {
        return Err(Reply::missing("User"));
    }
    match request.asked() {
        ("GET", None) => Ok(Reply::json(&region.user_view(name))),
        ("DELETE", None) => {
            request.admins_only()?;
            if name == request.caller.name {
                return Err(Reply::sentence(400, "An administrator cannot self-delete."));
            }
            let heir = request.query.filled("transfer_resources_to").map(str::to_owned);
            if let Some(heir) = &heir
                && !region.users.contains_key(heir)
            {
                return Err(Reply::missing("User"));
            }
            let owned = |owner: &Option<String>| owner.as_deref() == Some(name);
            if heir.is_none() && region.nodes.values().any(|node| owned(&node.owner)) {
                let text = format!("User {name} cannot be deleted: 1 node(s) are still allocated");
                return Err(Reply::sentence(400, text));
            }
            for node in region.nodes.values_mut().filter(|node| owned(&node.owner)) {
                node.owner.clone_from(&heir);
            }
            region.users.remove(name);
            region.ssh_keys.retain(|key| key.user != name);
            Ok(Reply::deleted())
        }
        _ => Err(no_such(request, "GET, DELETE")),
    }
}
