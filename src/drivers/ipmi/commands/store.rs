//! What BMCs keep in stores: sensor records (SDR), the event log (SEL), the inventory of parts (FRU) (IPMI 2.0 chapters
//! 31, 33, 34), and the sensors' readings (chapter 35). All of it as bytes; `sdr`, `sel` and `fru` read them.

use super::tells_nothing;
use ipmi_rs_core::connection::{IpmiCommand, Message, NetFn, NotEnoughData};

/// A store of records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordStore {
    /// Sensor Data Record repository.
    Sdr,
    /// System Event Log.
    Sel,
}

/// Reserve SDR Repository (§33.11), Reserve SEL (§31.4). Parts of records are read under a reservation, which the BMC
/// cancels when records change.
#[derive(Debug, Clone, Copy)]
pub struct Reserve(pub RecordStore);

impl From<Reserve> for Message {
    fn from(Reserve(store): Reserve) -> Self {
        let number = match store {
            RecordStore::Sdr => 0x22,
            RecordStore::Sel => 0x42,
        };
        Message::new_request(NetFn::Storage, number, Vec::new())
    }
}

impl IpmiCommand for Reserve {
    type Output = u16;
    type Error = NotEnoughData;

    fn parse_success_response(data: &[u8]) -> Result<u16, NotEnoughData> {
        data.first_chunk().map(|id| u16::from_le_bytes(*id)).ok_or(NotEnoughData)
    }
}

fn entries(data: &[u8]) -> Result<u16, NotEnoughData> {
    match *data {
        [_version, low, high, ..] => Ok(u16::from_le_bytes([low, high])),
        _ => Err(NotEnoughData),
    }
}

/// Get SDR Repository Info (§33.9): how many records there are.
#[derive(Debug, Clone, Copy)]
pub struct GetSdrInfo;

impl From<GetSdrInfo> for Message {
    fn from(_: GetSdrInfo) -> Self {
        Message::new_request(NetFn::Storage, 0x20, Vec::new())
    }
}

impl IpmiCommand for GetSdrInfo {
    type Output = u16;
    type Error = NotEnoughData;

    fn parse_success_response(data: &[u8]) -> Result<u16, NotEnoughData> {
        entries(data)
    }
}

/// Get SEL Info (§31.2): how many entries there are.
#[derive(Debug, Clone, Copy)]
pub struct GetSelInfo;

impl From<GetSelInfo> for Message {
    fn from(_: GetSelInfo) -> Self {
        Message::new_request(NetFn::Storage, 0x40, Vec::new())
    }
}

impl IpmiCommand for GetSelInfo {
    type Output = u16;
    type Error = NotEnoughData;

    fn parse_success_response(data: &[u8]) -> Result<u16, NotEnoughData> {
        entries(data)
    }
}

/// A part of a record, and the ID of the record after it; 0xFFFF after the last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordChunk {
    /// The next record's ID.
    pub next: u16,
    /// The bytes asked for, or fewer.
    pub data: Vec<u8>,
}

fn chunk(data: &[u8]) -> Result<RecordChunk, NotEnoughData> {
    let (next, data) = data.split_first_chunk().ok_or(NotEnoughData)?;
    Ok(RecordChunk { next: u16::from_le_bytes(*next), data: data.to_vec() })
}

fn record(number: u8, reservation: u16, record: u16, offset: u8, count: u8) -> Message {
    let [r0, r1] = reservation.to_le_bytes();
    let [i0, i1] = record.to_le_bytes();
    Message::new_request(NetFn::Storage, number, vec![r0, r1, i0, i1, offset, count])
}

/// Get SDR (§33.12). Record 0 is the first one; 0xFF bytes are all there are.
#[derive(Debug, Clone, Copy)]
pub struct GetSdr {
    /// The reservation; 0 is enough from offset 0.
    pub reservation: u16,
    /// Which record.
    pub record: u16,
    /// From where in it.
    pub offset: u8,
    /// How many bytes.
    pub count: u8,
}

impl From<GetSdr> for Message {
    fn from(get: GetSdr) -> Self {
        record(0x23, get.reservation, get.record, get.offset, get.count)
    }
}

impl IpmiCommand for GetSdr {
    type Output = RecordChunk;
    type Error = NotEnoughData;

    fn parse_success_response(data: &[u8]) -> Result<RecordChunk, NotEnoughData> {
        chunk(data)
    }
}

/// Get SEL Entry (§31.5), the whole of it: sixteen bytes. Entry 0 is the oldest, 0xFFFF the newest.
#[derive(Debug, Clone, Copy)]
pub struct GetSelEntry(pub u16);

impl From<GetSelEntry> for Message {
    fn from(GetSelEntry(entry): GetSelEntry) -> Self {
        record(0x43, 0, entry, 0, 0xff)
    }
}

impl IpmiCommand for GetSelEntry {
    type Output = RecordChunk;
    type Error = NotEnoughData;

    fn parse_success_response(data: &[u8]) -> Result<RecordChunk, NotEnoughData> {
        chunk(data)
    }
}

/// Clear SEL (§31.9), begun. Its reservation shows that nobody has added anything meanwhile.
#[derive(Debug, Clone, Copy)]
pub struct ClearSel {
    /// From [`Reserve`].
    pub reservation: u16,
}

impl From<ClearSel> for Message {
    fn from(clear: ClearSel) -> Self {
        let [low, high] = clear.reservation.to_le_bytes();
        Message::new_request(NetFn::Storage, 0x47, vec![low, high, b'C', b'L', b'R', 0xaa])
    }
}

tells_nothing!(ClearSel);

/// Get FRU Inventory Area Info (§34.1).
#[derive(Debug, Clone, Copy)]
pub struct GetFruArea(pub u8);

/// How large an inventory area is, and how it is addressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FruArea {
    /// Bytes in it.
    pub size: u16,
    /// Offsets and counts are in words of two bytes.
    pub by_words: bool,
}

impl From<GetFruArea> for Message {
    fn from(GetFruArea(device): GetFruArea) -> Self {
        Message::new_request(NetFn::Storage, 0x10, vec![device])
    }
}

impl IpmiCommand for GetFruArea {
    type Output = FruArea;
    type Error = NotEnoughData;

    fn parse_success_response(data: &[u8]) -> Result<FruArea, NotEnoughData> {
        let [low, high, access, ..] = *data else { return Err(NotEnoughData) };
        Ok(FruArea { size: u16::from_le_bytes([low, high]), by_words: access & 1 == 1 })
    }
}

/// Read FRU Data (§34.2).
#[derive(Debug, Clone, Copy)]
pub struct ReadFru {
    /// Which inventory device; 0 is the BMC's own, which describes the machine.
    pub device: u8,
    /// From where, in bytes or words.
    pub offset: u16,
    /// How many bytes or words.
    pub count: u8,
}

/// A part of an inventory area.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FruChunk(pub Vec<u8>);

impl From<ReadFru> for Message {
    fn from(read: ReadFru) -> Self {
        let [low, high] = read.offset.to_le_bytes();
        Message::new_request(NetFn::Storage, 0x11, vec![read.device, low, high, read.count])
    }
}

impl IpmiCommand for ReadFru {
    type Output = FruChunk;
    type Error = NotEnoughData;

    fn parse_success_response(data: &[u8]) -> Result<FruChunk, NotEnoughData> {
        // The count is told in units of the device; what came is what counts.
        let (_count, data) = data.split_first().ok_or(NotEnoughData)?;
        Ok(FruChunk(data.to_vec()))
    }
}

/// Get Sensor Reading (§35.14).
#[derive(Debug, Clone, Copy)]
pub struct GetSensorReading(pub u8);

/// A reading as bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SensorReading {
    /// The raw value.
    pub raw: u8,
    /// The sensor is scanned and its reading is there.
    pub is_valid: bool,
    /// Thresholds crossed (six bits), or states told (fifteen); `None` where the BMC leaves that out.
    pub states: Option<u16>,
}

impl From<GetSensorReading> for Message {
    fn from(GetSensorReading(sensor): GetSensorReading) -> Self {
        Message::new_request(NetFn::SensorEvent, 0x2d, vec![sensor])
    }
}

impl IpmiCommand for GetSensorReading {
    type Output = SensorReading;
    type Error = NotEnoughData;

    fn parse_success_response(data: &[u8]) -> Result<SensorReading, NotEnoughData> {
        let [raw, flags, rest @ ..] = data else { return Err(NotEnoughData) };
        let states = match *rest {
            [] => None,
            [low] => Some([low, 0]),
            [low, high, ..] => Some([low, high & 0x7f]),
        };
        let is_valid = flags & 0x20 == 0 && flags & 0x40 != 0;
        Ok(SensorReading { raw: *raw, is_valid, states: states.map(u16::from_le_bytes) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_laid_out_as_the_specification_says() {
        let get = GetSdr { reservation: 0x0201, record: 0x0403, offset: 5, count: 6 };
        assert_eq!(Message::from(get).data(), [1, 2, 3, 4, 5, 6]);
        assert_eq!(Message::from(ClearSel { reservation: 7 }).data(), [7, 0, b'C', b'L', b'R', 0xaa]);
        assert_eq!(Message::from(ReadFru { device: 0, offset: 0x0102, count: 16 }).data(), [0, 2, 1, 16]);
        assert_eq!(Message::from(GetSelEntry(0xffff)).data(), [0, 0, 0xff, 0xff, 0, 0xff]);
    }

    #[test]
    fn a_sensor_that_is_not_scanned_has_no_reading() {
        let valid = |data: &[u8]| GetSensorReading::parse_success_response(data).unwrap().is_valid;
        assert!(valid(&[30, 0xc0, 0xc0]) && valid(&[30, 0x40]));
        assert!(!valid(&[0, 0xe0, 0x00]) && !valid(&[0, 0x00, 0x00]));
    }
}
