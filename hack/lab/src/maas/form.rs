//! What MAAS's forms have in common: errors by field, and the words of the usual ones.

use super::reply::Reply;
use super::request::Params;

/// A value that is none of the choices, in a field that shows names.
pub(super) const CHOICE: &str = "Select a valid choice. That choice is not one of the available choices.";

/// The same, in a field that shows the value.
pub(super) fn no_choice(value: &str) -> String {
    format!("Select a valid choice. {value} is not one of the available choices.")
}

/// The errors of a form, in the order in which they were found.
#[derive(Debug, Default)]
pub(super) struct Errors(Vec<(String, String)>);

impl Errors {
    pub(super) fn add(&mut self, field: &str, message: impl Into<String>) {
        self.0.push((field.to_owned(), message.into()));
    }

    /// Adds an error unless the test holds.
    pub(super) fn unless(&mut self, holds: bool, field: &str, message: impl Into<String>) {
        if !holds {
            self.add(field, message);
        }
    }

    /// The value of a field that must be given.
    pub(super) fn required<'a>(&mut self, data: &'a Params, field: &str) -> &'a str {
        data.filled(field).unwrap_or_else(|| {
            self.add(field, "This field is required.");
            ""
        })
    }

    /// Refuses when there are errors.
    pub(super) fn finish(self) -> Result<(), Reply> {
        if self.0.is_empty() {
            return Ok(());
        }
        let errors: Vec<(&str, String)> = self.0.iter().map(|(field, text)| (field.as_str(), text.clone())).collect();
        Err(Reply::fields(&errors))
    }
}

/// The MTU that Linux and Ethernet agree on.
pub(super) fn check_mtu(errors: &mut Errors, data: &Params) {
    let Some(text) = data.filled("mtu") else { return };
    match text.parse::<i64>() {
        Ok(mtu) if mtu < 552 => errors.add("mtu", "Ensure this value is greater than or equal to 552."),
        Ok(mtu) if mtu > 65535 => errors.add("mtu", "Ensure this value is less than or equal to 65535."),
        Ok(_) => {}
        Err(_) => errors.add("mtu", "Enter a whole number."),
    }
}

/// The words of a list that is written with commas or spaces, or as a repeated key.
pub(super) fn words(data: &Params, field: &str) -> Vec<String> {
    let all = data.all(field).join(" ");
    all.split([',', ' ']).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// A name of Unicode letters, digits, underscores, hyphens and spaces that starts with none of the last two.
pub(super) fn model_name(name: &str) -> bool {
    let letter = |letter: char| letter.is_alphanumeric() || letter == '_';
    name.starts_with(letter) && name.chars().all(|one| letter(one) || matches!(one, ' ' | '-'))
}
