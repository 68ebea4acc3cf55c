//! Commands to the management controller itself (IPMI 2.0 chapters 20 and 22).

use super::tells_nothing;
use ipmi_rs_core::connection::{IpmiCommand, Message, NetFn, NotEnoughData};
use std::fmt;

/// Get System GUID (§22.14): the UUID of the machine, not of the BMC.
#[derive(Debug, Clone, Copy)]
pub struct GetSystemGuid;

impl From<GetSystemGuid> for Message {
    fn from(_: GetSystemGuid) -> Self {
        Message::new_request(NetFn::App, 0x37, Vec::new())
    }
}

impl IpmiCommand for GetSystemGuid {
    type Output = SystemGuid;
    type Error = NotEnoughData;

    fn parse_success_response(data: &[u8]) -> Result<SystemGuid, NotEnoughData> {
        data.first_chunk().copied().map(SystemGuid).ok_or(NotEnoughData)
    }
}

/// The sixteen bytes of a GUID as a BMC sends them.
///
/// Their order is not agreed on. IPMI 2.0 (§20.8) wants all bytes reversed; most BMCs send what SMBIOS holds, with the
/// first three fields little-endian; a few send them as they are printed. Version and variant (RFC 9562 §4) tell which it
/// is, for they are at different places in each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SystemGuid(pub [u8; 16]);

impl SystemGuid {
    /// The bytes in the order in which a UUID is printed; `None` for all zeros or all ones, which stand for no GUID.
    pub fn ordered(self) -> Option<[u8; 16]> {
        let sent = self.0;
        if sent.iter().all(|byte| *byte == 0) || sent.iter().all(|byte| *byte == 0xff) {
            return None;
        }
        let mut smbios = sent;
        smbios[0..4].reverse();
        smbios[4..6].reverse();
        smbios[6..8].reverse();
        let mut ipmi = sent;
        ipmi.reverse();
        // What SMBIOS holds is the commonest, and what is taken when no order makes sense.
        let orders = [smbios, ipmi, sent];
        Some(orders.into_iter().find(is_sound).unwrap_or(smbios))
    }
}

/// Version 1 to 8 and the variant of RFC 9562.
fn is_sound(uuid: &[u8; 16]) -> bool {
    (1..=8).contains(&(uuid[6] >> 4)) && uuid[8] & 0xc0 == 0x80
}

impl fmt::Display for SystemGuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(bytes) = self.ordered() else { return f.write_str("none") };
        for (place, byte) in bytes.iter().enumerate() {
            if matches!(place, 4 | 6 | 8 | 10) {
                f.write_str("-")?;
            }
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}

/// Cold Reset (§20.2) and Warm Reset (§20.3) of the BMC; the machine runs on. Never sent but at a person's wish.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResetController {
    /// As after a loss of power.
    Cold = 0x02,
    /// Settings and sensors are kept.
    Warm = 0x03,
}

impl From<ResetController> for Message {
    fn from(reset: ResetController) -> Self {
        Message::new_request(NetFn::App, reset as u8, Vec::new())
    }
}

tells_nothing!(ResetController);

#[cfg(test)]
mod tests {
    use super::*;

    const PRINTED: [u8; 16] =
        [0x4c, 0x4c, 0x45, 0x44, 0x00, 0x4b, 0x4a, 0x10, 0x80, 0x43, 0xb4, 0xc0, 0x4f, 0x4e, 0x46, 0x32];

    #[test]
    fn a_guid_prints_alike_in_whichever_order_it_came() {
        let text = "4c4c4544-004b-4a10-8043-b4c04f4e4632";
        let mut smbios = PRINTED;
        smbios[0..4].reverse();
        smbios[4..6].reverse();
        smbios[6..8].reverse();
        let mut ipmi = PRINTED;
        ipmi.reverse();
        assert_eq!([smbios, ipmi].map(|bytes| SystemGuid(bytes).to_string()), [text, text]);
        // As printed: here the version's place in the SMBIOS order holds 1 as well, and that order is taken first.
        let mut clear = PRINTED;
        clear[7] = 0xf0;
        assert_eq!(SystemGuid(clear).to_string(), "4c4c4544-004b-4af0-8043-b4c04f4e4632");
        assert_eq!(SystemGuid([0; 16]).ordered(), None);
        assert_eq!(SystemGuid([0xff; 16]).ordered(), None);
    }
}
