//! The typed commands that `ipmi-rs-core` lacks: chassis, boot options, and the session's own.
//!
//! Each implements [`IpmiCommand`], so any transport of that crate could carry them. Numbers and layouts are from the
//! IPMI 2.0 specification, chapters 22 and 28.

use super::Privilege;
use crate::model::{BootDevice, FirmwareType, Power};
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

impl IpmiCommand for ChassisControl {
    type Output = ();
    type Error = NotEnoughData;

    fn parse_success_response(_: &[u8]) -> Result<(), NotEnoughData> {
        Ok(())
    }
}

/// Set System Boot Options (§28.12): one parameter of table 28-14.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetBootOption {
    parameter: u8,
    data: Vec<u8>,
}

impl SetBootOption {
    /// Parameter 0: marks the options as being changed, or as complete again.
    pub fn in_progress(changing: bool) -> Self {
        Self { parameter: 0, data: vec![u8::from(changing)] }
    }

    /// Parameter 3: keep the boot flags although no Chassis Control follows within 60 s.
    pub fn keep_without_reset() -> Self {
        Self { parameter: 3, data: vec![0x08] }
    }

    /// Parameter 4: the firmware has not seen the new flags yet.
    pub fn unacknowledged() -> Self {
        Self { parameter: 4, data: vec![0x01, 0x01] }
    }

    /// Parameter 5: boot once from `device`. The kind of boot is always stated: BMCs fall back to legacy without it.
    pub fn flags(device: BootDevice, firmware: FirmwareType) -> Self {
        let uefi = if firmware == FirmwareType::Uefi { UEFI } else { 0 };
        Self { parameter: BOOT_FLAGS, data: vec![VALID | uefi, selector(device), 0, 0, 0] }
    }
}

/// Number of the boot flags among the boot options.
pub const BOOT_FLAGS: u8 = 5;
const VALID: u8 = 0x80;
const UEFI: u8 = 0x20;
/// Bits 5..2 of the second byte of the boot flags.
const SELECTOR: u8 = 0x3c;

fn selector(device: BootDevice) -> u8 {
    match device {
        BootDevice::None => 0x00,
        BootDevice::Pxe => 0x04,
        BootDevice::Disk => 0x08,
        BootDevice::Setup => 0x18,
    }
}

impl From<SetBootOption> for Message {
    fn from(option: SetBootOption) -> Self {
        Message::new_request(NetFn::Chassis, 0x08, [vec![option.parameter], option.data].concat())
    }
}

impl IpmiCommand for SetBootOption {
    type Output = ();
    type Error = NotEnoughData;

    fn parse_success_response(_: &[u8]) -> Result<(), NotEnoughData> {
        Ok(())
    }
}

/// Get System Boot Options (§28.13) for one parameter number.
#[derive(Debug, Clone, Copy)]
pub struct GetBootOption(pub u8);

impl From<GetBootOption> for Message {
    fn from(GetBootOption(parameter): GetBootOption) -> Self {
        Message::new_request(NetFn::Chassis, 0x09, vec![parameter, 0, 0])
    }
}

impl IpmiCommand for GetBootOption {
    type Output = BootOption;
    type Error = NotEnoughData;

    fn parse_success_response(data: &[u8]) -> Result<BootOption, NotEnoughData> {
        let [_version, number, data @ ..] = data else { return Err(NotEnoughData) };
        Ok(BootOption { parameter: number & 0x7f, data: data.to_vec() })
    }
}

/// A boot option as read back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BootOption {
    /// Which parameter.
    pub parameter: u8,
    /// Its bytes.
    pub data: Vec<u8>,
}

impl BootOption {
    /// Whether these are boot flags that hold `device`, and hold it as valid. Flags that are not valid are stale: the
    /// firmware ignores them.
    pub fn names(&self, device: BootDevice) -> bool {
        match self.data.as_slice() {
            [state, target, ..] => {
                self.parameter == BOOT_FLAGS && state & VALID != 0 && target & SELECTOR == selector(device)
            }
            _ => false,
        }
    }
}

/// Set Session Privilege Level (§22.18). A session starts at User whatever was asked for at login.
#[derive(Debug, Clone, Copy)]
pub struct SetSessionPrivilege(pub Privilege);

impl From<SetSessionPrivilege> for Message {
    fn from(SetSessionPrivilege(privilege): SetSessionPrivilege) -> Self {
        Message::new_request(NetFn::App, 0x3b, vec![privilege as u8])
    }
}

impl IpmiCommand for SetSessionPrivilege {
    type Output = ();
    type Error = NotEnoughData;

    fn parse_success_response(_: &[u8]) -> Result<(), NotEnoughData> {
        Ok(())
    }
}

/// Close Session (§22.19), by the BMC's session ID. BMCs have few sessions: one not closed is missed by the next login.
#[derive(Debug, Clone, Copy)]
pub struct CloseSession(pub u32);

impl From<CloseSession> for Message {
    fn from(CloseSession(id): CloseSession) -> Self {
        Message::new_request(NetFn::App, 0x3c, id.to_le_bytes().to_vec())
    }
}

impl IpmiCommand for CloseSession {
    type Output = ();
    type Error = NotEnoughData;

    fn parse_success_response(_: &[u8]) -> Result<(), NotEnoughData> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn one_shot_uefi_network_boot_is_what_ironic_sends() {
        let message = Message::from(SetBootOption::flags(BootDevice::Pxe, FirmwareType::Uefi));
        assert_eq!((message.netfn_raw(), message.cmd()), (0x00, 0x08));
        assert_eq!(message.data(), [0x05, 0xa0, 0x04, 0, 0, 0]);
        assert_eq!(Message::from(SetBootOption::keep_without_reset()).data(), [0x03, 0x08]);
    }

    #[test]
    fn stale_flags_are_not_read_as_set() {
        let read = |data: &[u8]| GetBootOption::parse_success_response(data).unwrap().names(BootDevice::Pxe);
        assert!(read(&[1, 5, 0xa0, 0x04, 0, 0, 0]));
        assert!(!read(&[1, 5, 0x20, 0x04, 0, 0, 0]), "the valid bit is missing");
        assert!(!read(&[1, 5, 0xa0, 0x08, 0, 0, 0]), "another device");
        assert!(!read(&[1, 5, 0xa0]));
    }

    proptest! {
        #[test]
        fn answers_survive_anything(data: Vec<u8>) {
            let _ = GetChassisStatus::parse_success_response(&data);
            if let Ok(option) = GetBootOption::parse_success_response(&data) {
                let _ = option.names(BootDevice::None);
            }
        }
    }
}
