//! The light by which a person finds the machine: `LocationIndicatorActive`, or `IndicatorLED` before it.

use super::{bmc::RedfishBmc, client::Resource, error::RedfishError};
use crate::model::Permit;
use serde_json::{Value, json};

impl RedfishBmc {
    pub(super) async fn try_identify(&self, on: bool, permit: &Permit) -> Result<(), RedfishError> {
        let (places, system) = self.system().await?;
        let mut bearers = vec![system];
        for chassis in &places.chassis {
            bearers.extend(self.client().follow(Some(chassis)).await?);
        }
        let mut refusal = RedfishError::Lacks("has no light to switch".into());
        for (bearer, body) in bearers.iter().flat_map(|bearer| ways(bearer, on).into_iter().map(move |b| (bearer, b))) {
            // A system may show a light that only its chassis can switch.
            match self.client().patch(&bearer.path, &body, permit).await {
                Ok(_) => return Ok(()),
                Err(error @ RedfishError::Refused { .. }) if matches!(error.status(), Some(400 | 405 | 501)) => {
                    refusal = error;
                }
                Err(error) => return Err(error),
            }
        }
        Err(refusal)
    }
}

/// What to write to switch the light of a resource, the newer way first.
fn ways(bearer: &Resource, on: bool) -> Vec<Value> {
    let mut ways = Vec::new();
    if bearer.body.get("LocationIndicatorActive").is_some() {
        ways.push(json!({"LocationIndicatorActive": on}));
    }
    if bearer.body.get("IndicatorLED").is_some() {
        // A light that blinks is found among those that are lit; some can only be lit.
        let words: &[&str] = if on { &["Blinking", "Lit"] } else { &["Off"] };
        ways.extend(words.iter().map(|word| json!({"IndicatorLED": word})));
    }
    ways
}
