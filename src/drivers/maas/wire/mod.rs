//! What is read of MAAS's answers: only the fields that are used, and tolerantly. A field that is missing or null takes
//! its default, an unknown one is ignored, since every release of MAAS has its own set of keys.

mod machine;
mod network;
mod results;
mod site;
mod storage;

pub use machine::{
    BootResource, Event, Events, Gateways, IndexNode, Machine, Named, NodeDevice, PhysicalDevice, PowerParameters,
    Rack, Service, Tag, serial,
};
pub use network::{
    Fabric, Interface, IpRange, Link, NodeSummary, Params, Place, ReservedIp, StaticRoute, Subnet, UsedAddress,
    UsingNode, Vlan,
};
pub use results::{ScriptResult, ScriptSet};
pub use site::{
    BootSource, DnsResource, DnsResourceRecord, Domain, NamedAddress, Repository, Script, ScriptVersion, Selection,
    SshKey,
};
pub use storage::{Bcache, BlockDevice, CacheSet, Filesystem, Member, Partition, Raid, VolumeGroup};

use serde::{Deserialize, Deserializer};

/// Null counts as absent.
fn or_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(deserializer: D) -> Result<T, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// A number, or a string of digits: some parameters come back as they were sent.
fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    let value = serde_json::Value::deserialize(deserializer)?;
    Ok(value.as_u64().or_else(|| value.as_str().and_then(|text| text.parse().ok())))
}
