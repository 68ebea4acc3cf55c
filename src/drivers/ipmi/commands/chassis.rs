//! Chassis commands: the power, and the light by which a person finds the machine (IPMI 2.0 chapter 28).

use super::tells_nothing;
use crate::model::Power;
use ipmi_rs_core::connection::{IpmiCommand, Message, NetFn, NotEnoughData};

/// Get Chassis Status (§28.2).
#[derive(Debug, Clone, Copy)]
pub struct GetChassisStatus;

impl From<GetChassisStatus> for Message {
    fn from(_: GetChassisStatus) -> Self {
        Message::new_request(NetFn::Chassis, 0x01, Vec::new())
    }
}

impl IpmiCommand for GetChassisStatus {
    type Output = Power;
    type Error = NotEnoughData;

    fn parse_success_response(data: &[u8]) -> Result<Power, NotEnoughData> {
        let state = data.first().ok_or(NotEnoughData)?;
        Ok(if state & 1 == 1 { Power::On } else { Power::Off })
    }
}

/// Chassis Control (§28.3). Not idempotent on every BMC: send it once, then read the status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChassisControl {
    /// Off at once.
    PowerDown = 0,
    /// On.
    PowerUp = 1,
    /// The operating system is asked to shut down, by an emulated overtemperature event.
    SoftShutdown = 5,
}

impl From<ChassisControl> for Message {
    fn from(control: ChassisControl) -> Self {
        Message::new_request(NetFn::Chassis, 0x02, vec![control as u8])
    }
}

tells_nothing!(ChassisControl);

/// Chassis Identify (§28.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChassisIdentify {
    /// The light stays on.
    On,
    /// The light is on for so many seconds: what BMCs can do that have no "stays on".
    For(u8),
    /// The light is off.
    Off,
}

impl From<ChassisIdentify> for Message {
    fn from(identify: ChassisIdentify) -> Self {
        let data = match identify {
            ChassisIdentify::On => vec![0, 1],
            ChassisIdentify::For(seconds) => vec![seconds],
            ChassisIdentify::Off => vec![0],
        };
        Message::new_request(NetFn::Chassis, 0x04, data)
    }
}

tells_nothing!(ChassisIdentify);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_light_is_told_as_the_specification_says() {
        let bytes = |identify| Message::from(identify).data().to_vec();
        assert_eq!(bytes(ChassisIdentify::On), [0, 1]);
        assert_eq!(bytes(ChassisIdentify::For(255)), [255]);
        assert_eq!(bytes(ChassisIdentify::Off), [0]);
        assert!(GetChassisStatus::parse_success_response(&[]).is_err());
    }
}
