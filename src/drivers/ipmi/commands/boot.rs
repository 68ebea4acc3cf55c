//! System boot options: where the next boot comes from (IPMI 2.0 §28.12, §28.13, table 28-14).

use super::tells_nothing;
use crate::model::{BootDevice, FirmwareType};
use ipmi_rs_core::connection::{IpmiCommand, Message, NetFn, NotEnoughData};

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

    /// Parameter 5: boot from `device`. The kind of boot is always stated: BMCs fall back to legacy without it.
    pub fn flags(device: BootDevice, firmware: FirmwareType, endurance: Endurance) -> Self {
        let uefi = if firmware == FirmwareType::Uefi { UEFI } else { 0 };
        let persistent = if endurance == Endurance::EachBoot { PERSISTENT } else { 0 };
        Self { parameter: BOOT_FLAGS, data: vec![VALID | persistent | uefi, selector(device), 0, 0, 0] }
    }

    /// Parameter 5 for a Supermicro board that is to boot from disk by UEFI: its selector is not that of IPMI 2.0, which
    /// means a legacy disk there (as Ironic's `_vendor_aware_boot_device_map` has it).
    pub fn supermicro_uefi_disk(endurance: Endurance) -> Self {
        let mut option = Self::flags(BootDevice::Disk, FirmwareType::Uefi, endurance);
        option.data[1] = SUPERMICRO_UEFI_DISK;
        option
    }
}

/// How long boot flags hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Endurance {
    /// For the next boot.
    NextBoot,
    /// Until they are changed. Many BMCs take it and do not keep to it.
    EachBoot,
}

/// Number of the boot flags among the boot options.
pub const BOOT_FLAGS: u8 = 5;
const VALID: u8 = 0x80;
const PERSISTENT: u8 = 0x40;
const UEFI: u8 = 0x20;
const SUPERMICRO_UEFI_DISK: u8 = 0x24;
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

tells_nothing!(SetBootOption);

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
                self.parameter == BOOT_FLAGS && state & VALID != 0 && {
                    let target = target & SELECTOR;
                    target == selector(device) || device == BootDevice::Disk && target == SUPERMICRO_UEFI_DISK
                }
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn one_shot_uefi_network_boot_is_what_ironic_sends() {
        let message = Message::from(SetBootOption::flags(BootDevice::Pxe, FirmwareType::Uefi, Endurance::NextBoot));
        assert_eq!((message.netfn_raw(), message.cmd()), (0x00, 0x08));
        assert_eq!(message.data(), [0x05, 0xa0, 0x04, 0, 0, 0]);
        assert_eq!(Message::from(SetBootOption::keep_without_reset()).data(), [0x03, 0x08]);
        let each = SetBootOption::flags(BootDevice::Disk, FirmwareType::Uefi, Endurance::EachBoot);
        assert_eq!(Message::from(each).data(), [0x05, 0xe0, 0x08, 0, 0, 0]);
        let supermicro = SetBootOption::supermicro_uefi_disk(Endurance::NextBoot);
        assert_eq!(Message::from(supermicro).data(), [0x05, 0xa0, 0x24, 0, 0, 0]);
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
            if let Ok(option) = GetBootOption::parse_success_response(&data) {
                let _ = option.names(BootDevice::None);
            }
        }
    }
}
