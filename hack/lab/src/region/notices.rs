//! Notices that MAAS shows its users.

use serde_json::{Value, json};

/// A notification.
#[derive(Clone, Debug)]
#[allow(clippy::struct_excessive_bools, reason = "they are MAAS's own independent switches")]
pub(crate) struct Notification {
    pub(crate) id: u64,
    pub(crate) ident: Option<String>,
    pub(crate) users: bool,
    pub(crate) admins: bool,
    pub(crate) message: String,
    pub(crate) context: Value,
    pub(crate) category: String,
    pub(crate) dismissable: bool,
    pub(crate) dismissed: bool,
}

impl Notification {
    pub(crate) fn new(id: u64, message: &str) -> Self {
        Self {
            id,
            ident: None,
            users: false,
            admins: false,
            message: message.to_owned(),
            context: json!({}),
            category: "info".to_owned(),
            dismissable: true,
            dismissed: false,
        }
    }

    /// A warning that MAAS itself gives its administrators.
    pub(crate) fn warning(id: u64, ident: &str, message: &str) -> Self {
        let (ident, category) = (Some(ident.to_owned()), "warning".to_owned());
        Self { ident, admins: true, category, ..Self::new(id, message) }
    }

    pub(crate) fn view(&self) -> Value {
        json!({
            "ident": self.ident, "user": null, "users": self.users, "admins": self.admins, "message": self.message,
            "context": self.context, "category": self.category, "dismissable": self.dismissable, "id": self.id,
            "resource_uri": format!("/MAAS/api/2.0/notifications/{}/", self.id),
        })
    }
}
