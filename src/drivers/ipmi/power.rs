//! Switching a machine: the power is read first, each command is sent once, and an off is verified by reading.

use super::{
    bmc::IpmiBmc,
    commands::{ChassisControl, GetChassisStatus},
    error::{IpmiError, Operation},
    fleet::{How, Lease},
};
use crate::{
    drivers::ErrorClass,
    model::{Permit, Power, PowerAction},
};
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

/// What every command that switches is (IPMI 2.0 §28.3).
const CHASSIS_CONTROL: Operation = Operation::Command { netfn: 0x00, number: 0x02 };

/// One machine's switch, in hand.
pub(super) struct Switch<'a> {
    pub(super) bmc: &'a IpmiBmc,
    /// Its line.
    pub(super) lease: Lease<'a>,
    /// The right to change anything, looked at before each command.
    pub(super) permit: &'a Permit,
    /// A command was sent, or may have been, and has not been seen to have had its effect.
    pub(super) is_under_way: bool,
}

impl Switch<'_> {
    /// A cycle is built from its parts: BMCs refuse their own one when off (0xD5), or accept it without effect.
    pub(super) async fn change(&mut self, action: PowerAction) -> Result<(), IpmiError> {
        let before = self.lease.execute(GetChassisStatus, How::READ).await?;
        if before != Power::Off {
            match action {
                PowerAction::On => {}
                PowerAction::Off | PowerAction::Cycle => self.switch_off().await?,
                PowerAction::SoftOff => self.shut_down().await?,
            }
        }
        let on_is_due = match action {
            PowerAction::On => before != Power::On,
            PowerAction::Off | PowerAction::SoftOff => false,
            PowerAction::Cycle => true,
        };
        if on_is_due {
            self.switch_on().await?;
        }
        Ok(())
    }

    /// Sends the command, once, and reads until it has had its effect: what follows needs a machine that is off.
    async fn switch_off(&mut self) -> Result<(), IpmiError> {
        let unknown = match self.send(ChassisControl::PowerDown).await {
            Ok(()) => None,
            Err(error @ IpmiError::NoAnswer(..)) => Some(error),
            Err(error) => return Err(error),
        };
        let outcome = self.await_power(Power::Off, self.bmc.config().timing.settle).await;
        match (outcome, unknown) {
            // Nothing happened and nobody said it would: the command may never have arrived.
            (Err(IpmiError::NotReached { .. }), Some(unanswered)) => Err(unanswered),
            (outcome, _) => outcome,
        }
    }

    /// Sends the command, once, and does not wait: what the machine does next shows whether it runs, and it may be off
    /// again before anybody looks. Only where nothing answered, the power is read.
    async fn switch_on(&mut self) -> Result<(), IpmiError> {
        self.bmc.reassert_boot(&mut self.lease, self.permit).await?;
        let unanswered = match self.send(ChassisControl::PowerUp).await {
            Err(error @ IpmiError::NoAnswer(..)) => error,
            outcome => return outcome,
        };
        match self.lease.execute(GetChassisStatus, How::READ).await {
            Ok(Power::On) => Ok(()),
            _ => Err(unanswered),
        }
    }

    /// Asks the operating system first. Systems that do not listen are common, and so are BMCs that cannot ask.
    async fn shut_down(&mut self) -> Result<(), IpmiError> {
        let asked = self.send(ChassisControl::SoftShutdown).await;
        let waited = match asked {
            Ok(()) | Err(IpmiError::NoAnswer(..)) => {
                self.await_power(Power::Off, self.bmc.config().timing.shutdown).await
            }
            Err(error @ IpmiError::Completion { .. }) => Err(error),
            Err(error) => return Err(error),
        };
        match waited {
            Ok(()) => Ok(()),
            Err(error) => {
                tracing::info!(address = %self.bmc.config().address, %error, "not shut down, so powered down");
                self.switch_off().await
            }
        }
    }

    /// Sends a command that switches, once.
    async fn send(&mut self, control: ChassisControl) -> Result<(), IpmiError> {
        let outcome = self.lease.execute(control, How::once(self.permit)).await;
        self.is_under_way |= outcome.as_ref().map_or_else(|error| error.is_unknown(CHASSIS_CONTROL), |()| true);
        outcome
    }

    /// BMCs answer before the power has changed, and some are deaf for a while after.
    async fn await_power(&mut self, wanted: Power, within: Duration) -> Result<(), IpmiError> {
        let timing = self.bmc.config().timing;
        let deadline = Instant::now() + within;
        loop {
            let failure = match self.lease.execute(GetChassisStatus, How::READ).await {
                Ok(power) if power == wanted => {
                    self.is_under_way = false;
                    return Ok(());
                }
                Ok(_) => IpmiError::NotReached { wanted, waited: within },
                Err(error) if error.class() == ErrorClass::Unreachable => error,
                Err(error) => return Err(error),
            };
            let next = Instant::now() + timing.poll;
            if next >= deadline {
                return Err(failure);
            }
            sleep_until(next).await;
        }
    }
}
