//! Plain types between the layers: what `design` makes, `drivers` observe, `plan` decides on.

mod permit;
mod power;

pub use permit::{LeaseLost, Permit, PermitHolder};
pub use power::{BmcIdentity, BootDevice, FirmwareType, Power, PowerAction};
