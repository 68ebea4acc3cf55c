//! A change of one thing in the region, told field by field: what is, and what is designed.

use crate::drivers::maas::call::{Call, Method, Value};

/// A `PUT` of what differs.
pub(super) struct Edit {
    path: Vec<Value>,
    what: String,
    says: Vec<String>,
    form: Vec<(String, Value)>,
}

#[allow(clippy::needless_pass_by_value, reason = "numbers, texts and flags come as they are")]
impl Edit {
    /// Nothing yet, of the thing at `path`.
    pub fn of<const N: usize>(path: [Value; N], what: impl Into<String>) -> Self {
        Self { path: path.into(), what: what.into(), says: Vec::new(), form: Vec::new() }
    }

    /// A field that is to have a value.
    pub fn set(self, field: &str, found: impl ToString, wanted: impl ToString) -> Self {
        let (found, wanted) = (found.to_string(), wanted.to_string());
        if found == wanted { self } else { self.put(field, &found, &wanted, Value::Text(wanted.clone())) }
    }

    /// A field that is to have a value, where the design says one.
    pub fn maybe(self, field: &str, found: impl ToString, wanted: Option<impl ToString>) -> Self {
        match wanted {
            Some(wanted) => self.set(field, found, wanted),
            None => self,
        }
    }

    /// A list, in which the order has a meaning or was taken out already; it is sent as one repeated parameter.
    pub fn list(mut self, field: &str, found: &[String], wanted: &[String]) -> Self {
        if found == wanted {
            return self;
        }
        self.says.push(told(field, &found.join(" "), &wanted.join(" ")));
        // One empty value clears a list.
        let values = wanted.iter().map(|value| Value::Text(value.clone()));
        let empty = wanted.is_empty().then(|| Value::Text(String::new()));
        self.form.extend(values.chain(empty).map(|value| (field.to_owned(), value)));
        self
    }

    /// A field that differs, with the value to send where that is not the text itself.
    pub fn put(mut self, field: &str, found: &str, wanted: &str, value: Value) -> Self {
        self.says.push(told(field, found, wanted));
        self.form.push((field.to_owned(), value));
        self
    }

    /// A field that goes along with the others, and is no difference by itself.
    pub fn along(mut self, field: &str, value: impl Into<Value>) -> Self {
        if !self.says.is_empty() {
            self.form.push((field.to_owned(), value.into()));
        }
        self
    }

    /// The call, where anything differs.
    pub fn call(self) -> Option<Call> {
        if self.says.is_empty() {
            return None;
        }
        let mut call = Call::new(Method::Put, [], format!("set {}: {}", self.what, self.says.join(", ")));
        call.path = self.path;
        call.form = self.form;
        Some(call)
    }
}

/// `mtu 9000 (is 1500)`.
fn told(field: &str, found: &str, wanted: &str) -> String {
    let or_none = |text: &str| if text.is_empty() { "none".to_owned() } else { text.to_owned() };
    format!("{field} {} (is {})", or_none(wanted), or_none(found))
}
