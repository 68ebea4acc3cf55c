//! Power: read, changed, and read again until it has changed.

use super::{bmc::RedfishBmc, error::RedfishError, json::word, places::Places};
use crate::model::{Permit, Power, PowerAction};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

/// Values of `ResetType` that power a machine on, the best first.
const ON: &[&str] = &["On", "ForceOn"];
/// Those that power it off at once.
const OFF: &[&str] = &["ForceOff"];
/// Those that ask its operating system to shut down.
const SHUT_DOWN: &[&str] = &["GracefulShutdown"];

/// `PowerState` of a system (DSP0268, `Resource.PowerState`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    On,
    Off,
    PoweringOn,
    PoweringOff,
    Unknown,
}

impl State {
    fn read(system: &Value) -> Self {
        match word(system, "PowerState") {
            // A system that is paused has power, and holds its memory.
            Some("On" | "Paused") => Self::On,
            Some("Off") => Self::Off,
            Some("PoweringOn") => Self::PoweringOn,
            Some("PoweringOff") => Self::PoweringOff,
            _ => Self::Unknown,
        }
    }

    /// What is so until the change is over: a machine on its way down still runs.
    fn power(self) -> Power {
        match self {
            Self::On | Self::PoweringOn | Self::PoweringOff => Power::On,
            Self::Off => Power::Off,
            Self::Unknown => Power::Unknown,
        }
    }
}

impl RedfishBmc {
    pub(super) async fn try_power(&self) -> Result<Power, RedfishError> {
        Ok(State::read(&self.system().await?.1.body).power())
    }

    async fn state(&self) -> Result<State, RedfishError> {
        Ok(State::read(&self.system().await?.1.body))
    }
}

/// One machine's switch, in hand.
pub(super) struct Switch<'a> {
    pub(super) bmc: &'a RedfishBmc,
    /// The right to change anything, looked at before each command.
    pub(super) permit: &'a Permit,
    /// A command was sent, or may have been, and has not been seen to have had its effect.
    pub(super) is_under_way: bool,
}

impl Switch<'_> {
    /// A cycle is built from its parts: BMCs refuse `PowerCycle` and `ForceRestart` of a machine that is off, or lack
    /// them, and a `GracefulRestart` may cut the power (dell/iDRAC-Redfish-Scripting#29).
    pub(super) async fn change(&mut self, action: PowerAction) -> Result<(), RedfishError> {
        let places = self.bmc.places().await?;
        let before = self.bmc.state().await?;
        match action {
            PowerAction::On if matches!(before, State::On | State::PoweringOn) => return Ok(()),
            // On its way down: an on is lost until it is there.
            PowerAction::On if before == State::PoweringOff => self.await_off(self.bmc.timing().settle).await?,
            PowerAction::Off | PowerAction::Cycle if before != State::Off => self.switch_off(&places).await?,
            PowerAction::SoftOff if before != State::Off => self.shut_down(&places).await?,
            _ => {}
        }
        if matches!(action, PowerAction::On | PowerAction::Cycle) {
            self.switch_on(&places).await?;
            self.bmc.clear_lasting_override(self.permit);
        }
        Ok(())
    }

    /// Sends the command, once, and reads until it has had its effect: what follows needs a machine that is off.
    async fn switch_off(&mut self, places: &Places) -> Result<(), RedfishError> {
        let sent = self.reset(places, OFF).await;
        let refusal = match sent {
            Ok(()) => None,
            // Unknown, or in a state in which it is refused (409, bmc-toolbox/bmclib#382): the power tells.
            Err(error) if error.is_unknown() || error.status() == Some(409) => Some(error),
            Err(error) => return Err(error),
        };
        match (self.await_off(self.bmc.timing().settle).await, refusal) {
            // Nothing happened and nobody said it would: the command may never have arrived.
            (Err(RedfishError::NotReached { .. }), Some(refusal)) => Err(refusal),
            (outcome, _) => outcome,
        }
    }

    /// Sends the command, once, and does not wait: what the machine does next shows whether it runs, and it may be off
    /// again before anybody looks. Only where the outcome is unknown, the power is read.
    async fn switch_on(&mut self, places: &Places) -> Result<(), RedfishError> {
        let error = match self.reset(places, ON).await {
            Err(error) if error.is_unknown() || error.status() == Some(409) => error,
            outcome => return outcome,
        };
        match self.bmc.state().await {
            Ok(State::On | State::PoweringOn) => Ok(()),
            _ => Err(error),
        }
    }

    /// Asks the operating system first. Systems that do not listen are common (metal3-io/baremetal-operator#273), and so
    /// are BMCs that cannot ask.
    async fn shut_down(&mut self, places: &Places) -> Result<(), RedfishError> {
        let waited = match self.reset(places, SHUT_DOWN).await {
            Ok(()) => self.await_off(self.bmc.timing().shutdown).await,
            Err(error) if error.is_unknown() => self.await_off(self.bmc.timing().shutdown).await,
            Err(error @ (RedfishError::Refused { .. } | RedfishError::Lacks(_))) => Err(error),
            Err(error) => return Err(error),
        };
        match waited {
            Ok(()) => Ok(()),
            Err(error) => {
                tracing::info!(address = %self.bmc.address(), %error, "not shut down, so powered down");
                self.switch_off(places).await
            }
        }
    }

    /// Resets with the first of these values that the BMC takes.
    async fn reset(&mut self, places: &Places, types: &[&str]) -> Result<(), RedfishError> {
        let told = |value: &&&str| places.reset_types.iter().any(|told| told == **value);
        let usable: Vec<&&str> =
            if places.reset_types.is_empty() { types.iter().collect() } else { types.iter().filter(told).collect() };
        let mut refusal =
            RedfishError::Lacks(format!("cannot {}; it takes {}", types.join(" or "), places.reset_types.join(", ")));
        for value in usable {
            let outcome = self.bmc.client().post(&places.reset, &json!({"ResetType": value}), self.permit).await;
            self.is_under_way |= outcome.as_ref().map_or_else(RedfishError::is_unknown, |_| true);
            match outcome {
                // Where a task does it, the power shows how far it is.
                Ok(_) => return Ok(()),
                Err(error) if matches!(error.status(), Some(400 | 501)) => refusal = error,
                Err(error) => return Err(error),
            }
        }
        Err(refusal)
    }

    /// BMCs answer before the power has changed, and some are deaf for a while after.
    async fn await_off(&mut self, within: Duration) -> Result<(), RedfishError> {
        let deadline = Instant::now() + within;
        loop {
            let failure = match self.bmc.state().await {
                Ok(State::Off) => {
                    self.is_under_way = false;
                    return Ok(());
                }
                Ok(_) => RedfishError::NotReached { wanted: Power::Off, waited: within },
                Err(error) if error.class() == crate::drivers::ErrorClass::Unreachable => error,
                Err(error) => return Err(error),
            };
            let next = Instant::now() + self.bmc.timing().poll;
            if next >= deadline {
                return Err(failure);
            }
            sleep_until(next).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_that_pass_count_as_what_is_so_until_then() {
        let power = |state: Value| State::read(&json!({"PowerState": state})).power();
        for on in ["On", "Paused", "PoweringOn", "PoweringOff"] {
            assert_eq!(power(json!(on)), Power::On, "{on}");
        }
        assert_eq!(power(json!("Off")), Power::Off);
        for unknown in [json!(null), json!(1), json!("on"), json!(["On"])] {
            assert_eq!(power(unknown), Power::Unknown);
        }
    }
}
