//! Reading a BMC's stores: record by record, in parts where it gives no more, and never for ever.

use super::{
    commands::{FruChunk, GetFruArea, GetSdr, GetSelEntry, GetSelInfo, ReadFru, RecordChunk, RecordStore, Reserve},
    error::IpmiError,
    fleet::{How, Lease},
    fru::{self, Areas, Fru},
    sdr::{self, Record},
    sel,
};
use crate::model::BmcEvent;
use std::collections::{HashSet, VecDeque};

/// Records of a repository that are read at most: the largest machines have some hundreds.
const MOST_RECORDS: usize = 2048;
/// Entries of a log that are looked at when it can only be read from its beginning.
const MOST_ENTRIES: usize = 8192;
/// Missing entry numbers in a row after which a log is read from its beginning.
const LONGEST_GAP: u16 = 8;
/// Reservations that may be lost while one record is read.
const RESERVATIONS: u32 = 4;
/// Bytes asked for at once where a whole record is too much; every BMC gives as many.
const PART: u8 = 16;
/// Bytes asked for at once of an inventory area; halved while the BMC refuses.
const FRU_PART: u8 = 64;
/// Bytes of an inventory area that are read at most.
const LARGEST_FRU: usize = 4096;
/// Ends lists of records (IPMI 2.0 §33.12, §31.5).
const NO_MORE: u16 = 0xffff;

/// Whether a refusal means "not so many bytes at once".
fn is_too_much(error: &IpmiError) -> bool {
    // 0xC8, 0xC9 and 0xCA say so; others answer "length invalid", "unspecified" or their own buffers' limits.
    matches!(error, IpmiError::Completion { code: 0xc3 | 0xc4 | 0xc7..=0xca | 0xff, .. })
}

fn lost_reservation(error: &IpmiError) -> bool {
    matches!(error, IpmiError::Completion { code: 0xc5, .. })
}

/// The store has nothing there.
fn is_absent(error: &IpmiError) -> bool {
    matches!(error, IpmiError::Completion { code: 0xc9 | 0xcb, .. })
}

/// All records of the repository.
pub(super) async fn records(lease: &mut Lease<'_>) -> Result<Vec<Record>, IpmiError> {
    let (mut records, mut seen) = (Vec::new(), HashSet::new());
    let mut reader = RecordReader { lease, reservation: None, in_parts: false };
    let mut id = 0;
    while seen.insert(id) && records.len() < MOST_RECORDS {
        let chunk = match reader.read(id).await {
            Ok(chunk) => chunk,
            // An empty repository.
            Err(error) if id == 0 && is_absent(&error) => break,
            Err(error) => return Err(error),
        };
        records.extend(sdr::parse(&chunk.data));
        if chunk.next == NO_MORE {
            break;
        }
        id = chunk.next;
    }
    Ok(records)
}

struct RecordReader<'a, 'l> {
    lease: &'a mut Lease<'l>,
    reservation: Option<u16>,
    /// The BMC has refused a whole record once.
    in_parts: bool,
}

impl RecordReader<'_, '_> {
    async fn read(&mut self, record: u16) -> Result<RecordChunk, IpmiError> {
        if !self.in_parts {
            let whole = GetSdr { reservation: 0, record, offset: 0, count: 0xff };
            match self.lease.execute(whole, How::READ).await {
                Err(error) if is_too_much(&error) => self.in_parts = true,
                outcome => return outcome,
            }
        }
        for _ in 1..RESERVATIONS {
            match self.read_in_parts(record).await {
                Err(error) if lost_reservation(&error) => self.reservation = None,
                outcome => return outcome,
            }
        }
        self.read_in_parts(record).await
    }

    async fn read_in_parts(&mut self, record: u16) -> Result<RecordChunk, IpmiError> {
        let reservation = match self.reservation {
            Some(reservation) => reservation,
            None => self.lease.execute(Reserve(RecordStore::Sdr), How::READ).await?,
        };
        self.reservation = Some(reservation);
        let header = u8::try_from(sdr::HEADER).unwrap_or(PART);
        let mut whole = self.lease.execute(GetSdr { reservation, record, offset: 0, count: header }, How::READ).await?;
        let length = sdr::HEADER + whole.data.get(4).map_or(0, |length| usize::from(*length));
        while whole.data.len() < length {
            let Ok(offset) = u8::try_from(whole.data.len()) else { break };
            let count = u8::try_from(length - whole.data.len()).unwrap_or(PART).min(PART);
            let part = self.lease.execute(GetSdr { reservation, record, offset, count }, How::READ).await?;
            if part.data.is_empty() {
                break;
            }
            whole.data.extend(part.data);
        }
        Ok(whole)
    }
}

/// The newest entries of the log, newest first.
pub(super) async fn entries(lease: &mut Lease<'_>, limit: usize) -> Result<Vec<BmcEvent>, IpmiError> {
    let held = usize::from(lease.execute(GetSelInfo, How::READ).await?);
    let wanted = limit.min(held);
    if wanted == 0 {
        return Ok(Vec::new());
    }
    let newest = match lease.execute(GetSelEntry(0xffff), How::READ).await {
        Ok(chunk) => chunk,
        Err(error) if is_absent(&error) => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let id = newest.data.first_chunk().map_or(0, |id| u16::from_le_bytes(*id));
    let mut events: Vec<BmcEvent> = sel::parse(&newest.data).into_iter().collect();
    let mut gap = 0;
    let mut id = id.checked_sub(1);
    while let Some(entry) = id.filter(|entry| *entry > 0 && gap < LONGEST_GAP)
        && events.len() < wanted
    {
        match lease.execute(GetSelEntry(entry), How::READ).await {
            Ok(chunk) => {
                gap = 0;
                events.extend(sel::parse(&chunk.data));
            }
            Err(error) if is_absent(&error) => gap += 1,
            Err(error) => return Err(error),
        }
        id = entry.checked_sub(1);
    }
    if events.len() < wanted { from_the_oldest(lease, wanted).await } else { Ok(events) }
}

/// The same for a BMC whose entries' numbers do not follow one another.
async fn from_the_oldest(lease: &mut Lease<'_>, wanted: usize) -> Result<Vec<BmcEvent>, IpmiError> {
    let (mut newest, mut id, mut seen) = (VecDeque::new(), 0, HashSet::new());
    while seen.insert(id) && seen.len() < MOST_ENTRIES {
        let chunk = lease.execute(GetSelEntry(id), How::READ).await?;
        newest.extend(sel::parse(&chunk.data));
        if newest.len() > wanted {
            newest.pop_front();
        }
        if chunk.next == NO_MORE {
            break;
        }
        id = chunk.next;
    }
    Ok(newest.into_iter().rev().collect())
}

/// The inventory of the machine, device 0; `None` where there is none.
pub(super) async fn inventory(lease: &mut Lease<'_>) -> Result<Option<Fru>, IpmiError> {
    let area = match lease.execute(GetFruArea(0), How::READ).await {
        Ok(area) => area,
        Err(IpmiError::Completion { .. }) => return Ok(None),
        Err(error) => return Err(error),
    };
    let size = usize::from(area.size).min(LARGEST_FRU);
    let mut reader = FruReader { lease, unit: if area.by_words { 2 } else { 1 }, part: FRU_PART, bytes: vec![0; size] };
    reader.read(0, fru::HEADER).await?;
    let Some(areas) = Areas::parse(&reader.bytes) else { return Ok(None) };
    for at in areas.present() {
        reader.read(at, 2).await?;
        let length = fru::area_length(reader.bytes.get(at..).unwrap_or_default());
        reader.read(at + 2, length.saturating_sub(2)).await?;
    }
    Ok(fru::parse(&reader.bytes))
}

struct FruReader<'a, 'l> {
    lease: &'a mut Lease<'l>,
    /// Bytes in what the device counts in.
    unit: usize,
    /// Bytes to ask for at once.
    part: u8,
    bytes: Vec<u8>,
}

impl FruReader<'_, '_> {
    /// Reads a range, as far as the device has it.
    async fn read(&mut self, from: usize, length: usize) -> Result<(), IpmiError> {
        let end = (from + length).min(self.bytes.len());
        let mut at = from;
        while at < end {
            let count = (end - at).min(usize::from(self.part)).next_multiple_of(self.unit);
            let start = at - at % self.unit;
            let (Ok(offset), Ok(count)) = (u16::try_from(start / self.unit), u8::try_from(count / self.unit)) else {
                return Ok(());
            };
            match self.lease.execute(ReadFru { device: 0, offset, count }, How::READ).await {
                Ok(FruChunk(data)) if data.len() > at - start => {
                    let read = data.len().min(self.bytes.len() - start);
                    self.bytes[start..start + read].copy_from_slice(&data[..read]);
                    at = start + read;
                }
                // It has no more.
                Ok(_) => return Ok(()),
                Err(error) if is_too_much(&error) && self.part > 8 => self.part /= 2,
                Err(error) if is_absent(&error) => return Ok(()),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}
