//! Users, their API keys and their SSH keys.

use serde_json::{Value, json};

use super::Region;

/// The administrator whose key the lab hands out.
pub(crate) const ADMIN: &str = "admin";

/// A user.
#[derive(Clone, Debug)]
pub(crate) struct User {
    pub(crate) name: String,
    pub(crate) email: String,
    pub(crate) superuser: bool,
    pub(crate) tokens: Vec<Token>,
}

/// An API key.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    pub(crate) name: String,
    pub(crate) consumer: String,
    pub(crate) key: String,
    pub(crate) secret: String,
}

/// A public key for the deployed system.
#[derive(Clone, Debug)]
pub(crate) struct SshKey {
    pub(crate) id: u64,
    pub(crate) user: String,
    pub(crate) key: String,
}

/// Whoever signed a request.
#[derive(Clone, Debug, Default)]
pub(crate) struct Caller {
    pub(crate) name: String,
    pub(crate) superuser: bool,
}

impl User {
    pub(crate) fn new(name: &str, email: &str, superuser: bool) -> Self {
        Self { name: name.to_owned(), email: email.to_owned(), superuser, tokens: Vec::new() }
    }

    pub(crate) fn view(&self) -> Value {
        json!({
            "is_superuser": self.superuser, "username": self.name, "email": self.email, "is_local": true,
            "resource_uri": format!("/MAAS/api/2.0/users/{}/", self.name),
        })
    }
}

impl Token {
    /// The key as clients are given it.
    pub(crate) fn credentials(&self) -> String {
        format!("{}:{}:{}", self.consumer, self.key, self.secret)
    }
}

impl SshKey {
    pub(crate) fn view(&self) -> Value {
        json!({
            "key": self.key, "keysource": "", "id": self.id,
            "resource_uri": format!("/MAAS/api/2.0/account/prefs/sshkeys/{}/", self.id),
        })
    }
}

impl Region {
    pub(crate) fn user_view(&self, name: &str) -> Value {
        self.users.get(name).map_or(Value::Null, User::view)
    }

    /// Gives a user a new API key.
    pub(crate) fn new_token(&mut self, user: &str, name: &str) -> Option<Token> {
        let token = Token {
            name: name.to_owned(),
            consumer: self.dice.letters("consumer", 18),
            key: self.dice.letters("token", 18),
            secret: self.dice.letters("secret", 32),
        };
        self.users.get_mut(user)?.tokens.push(token.clone());
        Some(token)
    }
}
