//! The typed commands that `ipmi-rs-core` lacks, or reads less tolerantly than real BMCs need.
//!
//! Each implements [`IpmiCommand`](ipmi_rs_core::connection::IpmiCommand), so any transport of that crate could carry
//! them. Numbers and layouts are from the IPMI 2.0 specification; each command names its section.

mod boot;
mod chassis;
mod controller;
mod dcmi;
mod store;

pub use boot::{BOOT_FLAGS, BootOption, Endurance, GetBootOption, SetBootOption};
pub use chassis::{ChassisControl, ChassisIdentify, GetChassisStatus};
pub use controller::{GetSystemGuid, ResetController, SystemGuid};
pub use dcmi::{GetPowerReading, PowerReading};
pub use store::{
    ClearSel, FruArea, FruChunk, GetFruArea, GetSdr, GetSdrInfo, GetSelEntry, GetSelInfo, GetSensorReading, ReadFru,
    RecordChunk, RecordStore, Reserve, SensorReading,
};

/// A command that answers with its completion code alone.
macro_rules! tells_nothing {
    ($command:ty) => {
        impl ipmi_rs_core::connection::IpmiCommand for $command {
            type Output = ();
            type Error = ipmi_rs_core::connection::NotEnoughData;

            fn parse_success_response(_: &[u8]) -> Result<(), Self::Error> {
                Ok(())
            }
        }
    };
}
use tells_nothing;
