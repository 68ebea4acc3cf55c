//! DCMI's power reading: what the machine takes from its supplies now (DCMI 1.5 §6.6.1).

use ipmi_rs_core::connection::{IpmiCommand, Message, NetFn, NotEnoughData};

/// Network function "group extension", and the group DCMI in it (IPMI 2.0 table 5-1).
const GROUP: NetFn = NetFn::Reserved(0x2c);
const DCMI: u8 = 0xdc;

/// Get Power Reading, in the mode "system power statistics".
#[derive(Debug, Clone, Copy)]
pub struct GetPowerReading;

impl From<GetPowerReading> for Message {
    fn from(_: GetPowerReading) -> Self {
        Message::new_request(GROUP, 0x02, vec![DCMI, 0x01, 0x00, 0x00])
    }
}

impl IpmiCommand for GetPowerReading {
    type Output = Option<PowerReading>;
    type Error = NotEnoughData;

    /// `None` where the BMC has the command and does not measure at present.
    fn parse_success_response(data: &[u8]) -> Result<Self::Output, NotEnoughData> {
        let [DCMI, c0, c1, l0, l1, h0, h1, a0, a1, _, _, _, _, _, _, _, _, state, ..] = *data else {
            return Err(NotEnoughData);
        };
        let word = |low, high| u16::from_le_bytes([low, high]);
        let reading =
            PowerReading { current: word(c0, c1), minimum: word(l0, l1), maximum: word(h0, h1), average: word(a0, a1) };
        Ok((state & 0x40 != 0).then_some(reading))
    }
}

/// Power in watts, over the BMC's own sampling period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PowerReading {
    /// Now.
    pub current: u16,
    /// The least.
    pub minimum: u16,
    /// The most.
    pub maximum: u16,
    /// On average.
    pub average: u16,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reading_counts_while_measuring_is_active() {
        let mut data = [0xdc, 0x2c, 1, 0x64, 0, 0xf4, 1, 0x2c, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0x40];
        let reading = GetPowerReading::parse_success_response(&data).unwrap().unwrap();
        assert_eq!((reading.current, reading.minimum, reading.maximum, reading.average), (300, 100, 500, 300));
        data[17] = 0;
        assert_eq!(GetPowerReading::parse_success_response(&data).unwrap(), None);
        assert!(GetPowerReading::parse_success_response(&data[..10]).is_err());
        assert_eq!(Message::from(GetPowerReading).netfn_raw(), 0x2c);
    }
}
