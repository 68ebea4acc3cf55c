//! Plain types between the layers: what `design` makes, `drivers` observe, `plan` decides on.

pub mod bind;
mod bmc;
mod candidate;
mod device;
mod finding;
mod findings;
mod hardware;
mod identity;
mod inventory;
mod machine;
mod node_design;
mod node_labels;
mod observation;
mod orders;
mod permit;
pub mod pointer;
mod power;
mod site_design;
mod site_seen;
mod step;
mod storage_design;
mod switch_port;
mod window;

pub use bmc::{BmcEvent, BmcIdentity, FirmwareVersion, Sensor, SensorState};
pub use candidate::Candidate;
pub use device::{DeviceSelector, DeviceTraits, device_pattern};
pub use finding::{Finding, ObjectKey, Severity};
pub use findings::Findings;
pub use hardware::{Cable, CommissioningDesign, ExpectedDisk, ExpectedNic, HardwareDesign, ScriptRun};
pub use identity::NodeIdentity;
pub use inventory::{Inventory, InventoryDisk, InventoryNic, Neighbour};
pub use machine::{Machine, MachineStatus, Mark, Owner};
pub use node_design::{
    AttachmentDesign, BondDesign, BootAsset, BridgeDesign, DEFAULT_ARCHITECTURE, InterfaceDesign, NetworkServices,
    NodeDesign, OobDesign, PlatformDesign,
};
pub use node_labels::{LabelChange, NodeLabels};
pub use observation::{Observation, Sighting};
pub use orders::{Afterwards, Limits, Orders, ReleaseOrder};
pub use permit::{LeaseLost, Permit, PermitHolder};
pub use power::{BootDevice, FirmwareType, Power, PowerAction};
pub use site_design::{DhcpDesign, LinkDesign, NetworkDesign, RecordDesign, ReservedDesign, RouteDesign, SitePart};
pub use site_seen::{SiteChecks, SiteIdentity, SiteMaterial, SiteNeeds, SiteObservation};
pub use step::{Aspect, Awaited, Blocked, MachineAction, Milestone, Reason, Step};
pub use storage_design::{
    CacheDesign, DiskContent, DiskDesign, FilesystemDesign, LogicalVolumeDesign, PartitionDesign, RaidDesign,
    RaidMember, StorageDesign, VolumeGroupDesign,
};
pub use switch_port::{NativeNetwork, PortDesign, PortNeighbour, PortRole, SwitchPort};
pub use window::{Opening, opening, window_fault};
