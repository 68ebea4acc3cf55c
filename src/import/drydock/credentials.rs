//! Accounts of BMCs: who gives which half, and the Secrets that hold them.

use super::envelope::{Envelope, HOST_PROFILE};
use crate::{api::reference::SecretReference, import::SiteAnswers};
use k8s_openapi::{api::core::v1::Secret, apimachinery::pkg::apis::meta::v1::ObjectMeta};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// An account's name and its credential, as far as one description gives them.
#[derive(Clone, Default)]
pub(super) struct Account {
    /// `oob.account`.
    pub name: Option<String>,
    /// `oob.credential`.
    pub credential: Option<String>,
}

impl Account {
    /// What `data.oob` gives.
    fn of(oob: &Value) -> Self {
        let given = |key: &str| match &oob[key] {
            Value::String(text) if text != "!" => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        };
        Self { name: given("account"), credential: given("credential") }
    }
}

/// What each host profile gives: Drydock inherits the two halves each for itself, our one reference cannot.
pub(super) struct Accounts(BTreeMap<String, (Account, Option<String>)>);

impl Accounts {
    /// Looks through the host profiles.
    pub fn of(envelopes: &[Envelope]) -> Self {
        let profiles = envelopes.iter().filter(|e| e.kind == HOST_PROFILE);
        let entry = |e: &Envelope| {
            let parent = e.data["host_profile"].as_str().map(str::to_owned);
            (e.name.clone(), (Account::of(&e.data["oob"]), parent))
        };
        Self(profiles.map(entry).collect())
    }

    /// Completes what a description gives by what it inherits.
    pub fn complete(&self, mut account: Account, parent: Option<&str>) -> Account {
        let mut next = parent;
        let mut seen = BTreeSet::new();
        while let Some((inherited, parent)) = next.filter(|name| seen.insert(*name)).and_then(|name| self.0.get(name)) {
            account.name = account.name.or_else(|| inherited.name.clone());
            account.credential = account.credential.or_else(|| inherited.credential.clone());
            next = parent.as_deref();
        }
        account
    }
}

/// The Secrets of an import; the same account is in one of them, however many use it.
#[derive(Default)]
pub(super) struct Secrets {
    by_name: BTreeMap<String, BTreeMap<String, String>>,
}

impl Secrets {
    /// Starts with the API key, where it is given.
    pub fn new(answers: &SiteAnswers) -> Self {
        let key = answers.maas_api_key.iter().map(|key| ("apiKey".to_owned(), key.clone())).collect();
        Self { by_name: BTreeMap::from([(answers.maas_secret.clone(), key)]) }
    }

    /// The Secret with this account: one that is there, or a new one named after its first user.
    pub fn share(&mut self, user: &str, name: String, credential: String) -> SecretReference {
        let data = BTreeMap::from([("username".to_owned(), name), ("password".to_owned(), credential)]);
        if let Some((name, _)) = self.by_name.iter().find(|(_, known)| **known == data) {
            return SecretReference { name: name.clone() };
        }
        // A profile and a node may have the same name and different accounts.
        let mut name = format!("{user}-bmc");
        let mut number = 1;
        while self.by_name.contains_key(&name) {
            number += 1;
            name = format!("{user}-bmc-{number}");
        }
        self.by_name.insert(name.clone(), data);
        SecretReference { name }
    }

    /// The objects. A name that was only kept free has none.
    pub fn into_objects(self) -> Vec<Secret> {
        let made = self.by_name.into_iter().filter(|(_, data)| !data.is_empty());
        made.map(|(name, data)| Secret {
            metadata: ObjectMeta { name: Some(name), ..ObjectMeta::default() },
            string_data: Some(data),
            ..Secret::default()
        })
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_account_is_in_one_secret() {
        let mut secrets = Secrets::new(&SiteAnswers { maas_secret: "cp-bmc".into(), ..SiteAnswers::default() });
        let mut share = |user: &str, credential: &str| secrets.share(user, "root".into(), credential.into()).name;
        assert_eq!(share("cp", "a"), "cp-bmc-2", "the name of the API key's Secret is taken");
        assert_eq!(share("dp", "a"), "cp-bmc-2");
        assert_eq!(share("dp", "b"), "dp-bmc");
        assert_eq!(share("dp", "c"), "dp-bmc-2");
        let names: Vec<_> = secrets.into_objects().into_iter().filter_map(|s| s.metadata.name).collect();
        assert_eq!(names, ["cp-bmc-2", "dp-bmc", "dp-bmc-2"]);
    }
}
