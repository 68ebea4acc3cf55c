//! The custom resources of group `slipway.dev`, one file a kind, and the CRDs made from them.

// The derives repeat `type_ = "string"` for each print column, which clippy takes for a duplicated attribute.
#![allow(clippy::duplicated_attributes)]

pub mod annotation;
pub mod baremetal_node;
pub mod boot_action;
pub mod cache;
pub mod cluster;
pub mod commissioning;
mod crd;
mod descriptions;
pub mod device_alias;
pub mod effective;
pub mod hardware_expectation;
pub mod hardware_inventory;
pub mod hardware_profile;
pub mod host;
pub mod host_profile;
pub mod maas;
pub mod memory;
pub mod network;
pub mod network_link;
pub mod next_service;
pub mod node_plans;
pub mod rack;
pub mod raid;
pub mod redfish;
pub mod reference;
pub mod rollout;
pub mod selector;
pub mod site;
pub mod site_status;
pub mod site_task;
mod site_task_status;
pub mod status;
pub mod storage;
pub mod values;

pub use baremetal_node::BaremetalNode;
pub use boot_action::BootAction;
pub use crd::crds;
pub use hardware_inventory::HardwareInventory;
pub use hardware_profile::HardwareProfile;
pub use host_profile::HostProfile;
pub use network::Network;
pub use network_link::NetworkLink;
pub use rack::Rack;
pub use site::Site;
pub use site_task::SiteTask;

/// API group of all kinds.
pub const GROUP: &str = "slipway.dev";
