//! A farm of BMCs and nothing else: what clients are measured on.
//!
//! The BMCs are those of a lab; no region, no control API. Each has an address of its own, all have one port.

use std::net::Ipv4Addr;
use std::sync::Arc;

use ipnet::Ipv4Net;
use rustix::process::{Resource, getrlimit, setrlimit};
use tokio::net::UdpSocket;
use tokio::task::JoinSet;

use crate::LabError;
use crate::bmc;
use crate::spec::{BmcNetSpec, LabSpec, MachineSpec, Translate};
use crate::world::faults::Fault;
use crate::world::{Site, World};

/// Where the BMCs listen: the first one at the address after this one.
const NETWORK: Ipv4Addr = Ipv4Addr::new(127, 64, 0, 0);
const PREFIX: u8 = 12;

/// What a farm is like.
#[derive(Clone, Copy, Debug)]
pub struct FarmSpec {
    /// How many BMCs.
    pub count: u32,
    /// How long each takes for a reply, in milliseconds.
    pub delay_ms: u64,
    /// How many percent of the packets are lost, in each direction.
    pub loss_percent: u64,
    /// How many percent of the BMCs answer nothing.
    pub dead_percent: u32,
    /// The port of all; 0 lets the system choose.
    pub port: u16,
}

/// A running farm. Dropping it ends it.
#[derive(Debug)]
pub struct Farm {
    /// The port of all BMCs.
    pub port: u16,
    /// The first BMC's address; the others follow it.
    pub first: Ipv4Addr,
    /// Bound, so that nothing tells a client that nobody listens, and never read.
    _dead: Vec<UdpSocket>,
    _tasks: JoinSet<()>,
}

/// Whether the BMC with this number, from 0, is a dead one. They are spread evenly.
pub fn is_dead(number: u32, dead_percent: u32) -> bool {
    let before = |number: u32| u64::from(number) * u64::from(dead_percent) / 100;
    before(number + 1) > before(number)
}

/// Starts a farm.
pub async fn start(farm: FarmSpec) -> Result<Farm, LabError> {
    allow_many_files();
    let bmc = BmcNetSpec { translate: Translate { from: network()?, to: network()? }, port: farm.port };
    let machines = (0..farm.count).map(machine).collect::<Result<Vec<_>, _>>()?;
    let mut world = World::new(&LabSpec { bmc, machines, ..LabSpec::default() }).map_err(LabError::Spec)?;
    if farm.delay_ms > 0 {
        world.faults.add(Fault::BmcDelay { ms: farm.delay_ms, machine: None });
    }
    if farm.loss_percent > 0 {
        world.faults.add(Fault::BmcLoss { percent: farm.loss_percent, machine: None });
    }
    let site = Arc::new(Site::new(world));
    let (port, sockets) = bmc::listen(&site, farm.port).await?;
    let (mut dead, mut tasks) = (Vec::new(), JoinSet::new());
    for (number, socket) in sockets {
        if u32::try_from(number).is_ok_and(|number| is_dead(number, farm.dead_percent)) {
            dead.push(socket);
        } else {
            tasks.spawn(bmc::serve(Arc::clone(&site), number, socket));
        }
    }
    Ok(Farm { port, first: address(0), _dead: dead, _tasks: tasks })
}

/// A socket is a file, and there are as many as BMCs: the process takes as many as it may have.
fn allow_many_files() {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    if let Err(error) = setrlimit(Resource::Nofile, limit) {
        tracing::warn!(%error, "the number of open files stays as it is");
    }
}

fn network() -> Result<Ipv4Net, LabError> {
    Ipv4Net::new(NETWORK, PREFIX).map_err(|error| LabError::Spec(error.to_string()))
}

/// The address of a BMC, by its number from 0.
pub fn address(number: u32) -> Ipv4Addr {
    Ipv4Addr::from(u32::from(NETWORK).saturating_add(number).saturating_add(1))
}

fn machine(number: u32) -> Result<MachineSpec, LabError> {
    let power = if number.is_multiple_of(2) { "On" } else { "Off" };
    let text = format!("{{name: b{number}, bmc: {{address: {}}}, power: {power}}}", address(number));
    serde_saphyr::from_str(&text).map_err(|error| LabError::Spec(error.to_string()))
}
