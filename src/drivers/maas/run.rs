//! Performs a list of calls in order, takes ids from answers, and stops at the first refusal, unknown outcome or lost
//! lease. No progress is kept: whoever runs again observes and lowers again.

use super::{
    Error,
    call::{Call, Id, Method, Name, Value},
    client::{Client, Form, decode},
};
use crate::{drivers::ErrorClass, model::Permit};
use secrecy::ExposeSecret;
use std::collections::BTreeMap;

/// Runs `calls`, all or as far as they go.
pub async fn run(client: &Client, calls: &[Call], permit: &Permit) -> Result<(), Error> {
    let mut made = BTreeMap::new();
    for call in calls {
        let body = match send_with(client, call, &made, permit).await {
            Err(error) if call.or_exists && error.is_duplicate() => continue,
            // Nothing is wrong: it comes by itself, and is asked for again.
            Err(Error::Refused { status: 400, text, .. }) if call.unless.is_some_and(|words| text.contains(words)) => {
                return Err(Error::Conflict(format!("MAAS is not ready to {call}: {text}")));
            }
            // What shall be gone and is gone needs no more.
            Err(error) if call.method == Method::Delete && error.class() == ErrorClass::Missing => continue,
            other => other?,
        };
        if !call.makes.is_empty() {
            let answer: serde_json::Value = decode(&call.to_string(), &body)?;
            for (name, pointer) in &call.makes {
                let id = answer
                    .pointer(pointer)
                    .and_then(serde_json::Value::as_u64)
                    .ok_or_else(|| Error::Unreadable { what: call.to_string(), why: format!("no id at {pointer}") })?;
                made.insert(name.clone(), id);
            }
        }
    }
    Ok(())
}

/// Sends one call that stands alone.
pub async fn send(client: &Client, call: &Call, permit: &Permit) -> Result<Vec<u8>, Error> {
    send_with(client, call, &BTreeMap::new(), permit).await
}

async fn send_with(
    client: &Client,
    call: &Call,
    made: &BTreeMap<Name, u64>,
    permit: &Permit,
) -> Result<Vec<u8>, Error> {
    let path = call.path.iter().map(|part| resolve(part, made)).collect::<Result<String, _>>()?;
    let form = call.form.iter().map(|(name, value)| Ok((name.clone(), resolve(value, made)?)));
    let form: Form = form.collect::<Result<_, Error>>()?;
    tracing::info!(%call, "writing to MAAS");
    match call.method {
        Method::Post => client.post(&path, call.op, &form, permit).await,
        Method::Put => client.put(&path, &form, permit).await,
        Method::Delete => client.delete(&path, permit).await,
    }
}

fn resolve(value: &Value, made: &BTreeMap<Name, u64>) -> Result<String, Error> {
    match value {
        Value::Text(text) => Ok(text.clone()),
        Value::Secret(secret) => Ok(secret.expose_secret().to_owned()),
        Value::Id(Id::Known(id)) => Ok(id.to_string()),
        Value::Id(Id::Made(name)) => {
            made.get(name).map(u64::to_string).ok_or_else(|| Error::Conflict(format!("{name:?} was not made")))
        }
    }
}
