//! The lab: a site in one process that speaks the real wire protocols on loopback.
//!
//! A MAAS region answers HTTP as a real one does, BMCs answer RMCP+ (IPMI 2.0), and behind both stand machines that
//! boot, enlist, are commissioned, installed and erased, faster than real ones. Nothing a client sees tells it that
//! the site is not real; tests look behind the scenes through the control API.
//!
//! - [`spec`]: what a lab is made of;
//! - `world`: the machines, their clock, the journal and faults, behind one lock;
//! - `region`: what MAAS knows;
//! - `maas`: MAAS's HTTP API;
//! - `bmc`: RMCP+;
//! - `redfish`: Redfish, beside it;
//! - [`farm`]: many BMCs and nothing else;
//! - `control`: the control API.

// The largest JSON objects have more keys than the default limit lets `json!` read.
#![recursion_limit = "512"]

mod bmc;
mod control;
pub mod farm;
mod maas;
mod redfish;
mod region;
pub mod spec;
mod world;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use tokio::net::{TcpListener, UdpSocket};
use tokio::task::JoinSet;

use spec::LabSpec;
use world::{Site, World};

/// Why a lab does not start.
#[derive(Debug, thiserror::Error)]
pub enum LabError {
    /// The spec makes no site.
    #[error("bad lab spec: {0}")]
    Spec(String),
    /// A listener cannot be opened.
    #[error("cannot listen: {0}")]
    Listen(#[from] std::io::Error),
}

/// Ports to listen on; 0 lets the system choose.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ports {
    /// The region's HTTP port.
    pub maas: u16,
    /// The control API's port.
    pub control: u16,
}

/// A running lab. Dropping it ends it.
#[derive(Debug)]
pub struct Lab {
    /// Where the region is: `http://127.0.0.1:PORT/MAAS`.
    pub maas_url: String,
    /// The administrator's key: `consumer:token:secret`.
    pub api_key: String,
    /// Where the control API is.
    pub control_url: String,
    /// The UDP port all BMCs listen on, and the TCP port of those that speak Redfish.
    pub bmc_port: u16,
    /// The certificate, in PEM, of the authority that signs the certificates of BMCs. Made when the lab starts.
    pub bmc_ca: String,
    site: Arc<Site>,
    tasks: JoinSet<()>,
}

/// The whole site at one moment: the region, the machines, what both have planned.
#[derive(Clone)]
pub struct Checkpoint(Box<World>);

impl std::fmt::Debug for Checkpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Checkpoint")
    }
}

impl Lab {
    /// Notes the whole site as it is.
    pub fn checkpoint(&self) -> Checkpoint {
        Checkpoint(Box::new(self.site.with(|world| world.clone())))
    }

    /// Puts the whole site back as it was.
    pub fn go_back(&self, to: &Checkpoint) {
        self.site.with(|world| *world = (*to.0).clone());
        self.site.planned.notify_one();
    }

    /// Ends the lab and waits until it has ended.
    pub async fn stop(mut self) {
        self.tasks.shutdown().await;
    }
}

/// Starts a lab on ports chosen by the system.
pub async fn start(spec: LabSpec) -> Result<Lab, LabError> {
    start_on(spec, Ports::default()).await
}

/// Starts a lab on the given ports.
pub async fn start_on(spec: LabSpec, ports: Ports) -> Result<Lab, LabError> {
    let world = World::new(&spec).map_err(LabError::Spec)?;
    let site = Arc::new(Site::new(world));
    let loopback = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let maas = TcpListener::bind(loopback(ports.maas)).await?;
    let control = TcpListener::bind(loopback(ports.control)).await?;
    let authority = redfish::Authority::new()?;
    let (bmc_port, sockets, doors) = listen_for_bmcs(&site, &authority, spec.bmc.port).await?;
    let maas_url = format!("http://{}/MAAS", maas.local_addr()?);
    let control_url = format!("http://{}", control.local_addr()?);
    let mut tasks = JoinSet::new();
    for (machine, socket) in sockets {
        tasks.spawn(bmc::serve(Arc::clone(&site), machine, socket));
    }
    for door in doors {
        tasks.spawn(redfish::serve(Arc::clone(&site), door));
    }
    tasks.spawn(maas::serve(Arc::clone(&site), maas));
    let bmc_ca = authority.pem();
    let control_state =
        control::Control { site: Arc::clone(&site), bmc_port, bmc_ca: bmc_ca.clone(), snapshots: Arc::default() };
    let router = control::router(control_state);
    tasks.spawn(async move {
        if let Err(error) = axum::serve(control, router).await {
            tracing::error!(%error, "the control API ended");
        }
    });
    let driven = Arc::clone(&site);
    tasks.spawn(async move { driven.drive().await });
    Ok(Lab { maas_url, api_key: spec.maas.api_key, control_url, bmc_port, bmc_ca, site, tasks })
}

/// How often another port is tried where the system chooses: one that is free for RMCP+ may be taken for Redfish.
const PORTS: usize = 20;

/// Opens what all BMCs are spoken to by, on one number.
async fn listen_for_bmcs(
    site: &Arc<Site>,
    authority: &redfish::Authority,
    port: u16,
) -> Result<(u16, Vec<(usize, UdpSocket)>, Vec<redfish::Door>), std::io::Error> {
    for _ in 1..PORTS {
        let (chosen, sockets) = bmc::listen(site, port).await?;
        match redfish::listen(site, authority, chosen).await {
            Ok(doors) => return Ok((chosen, sockets, doors)),
            Err(error) if port != 0 => return Err(error),
            Err(_) => {}
        }
    }
    let (chosen, sockets) = bmc::listen(site, port).await?;
    Ok((chosen, sockets, redfish::listen(site, authority, chosen).await?))
}
