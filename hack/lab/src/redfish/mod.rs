//! The BMCs' Redfish services: one HTTPS listener each, on the port of its RMCP+ and for the same machine.
//!
//! `personality` is the table of how each vendor's service differs; `state` is what a BMC keeps beside what the machine
//! is; `server` takes connections, `gate` decides on faults and logins, `route` finds the resource. `systems`, `hardware`,
//! `chassis`, `managers`, `bios` and `tasks` are the resources.

mod bios;
mod certificates;
mod chassis;
mod gate;
mod hardware;
mod managers;
pub(crate) mod personality;
mod reply;
mod request;
mod route;
mod server;
pub(crate) mod state;
mod systems;
mod tasks;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpListener;

pub(crate) use certificates::Authority;
pub(crate) use server::{Door, serve};

use crate::world::Site;

/// Opens a listener for every BMC that speaks Redfish, all on one port.
pub(crate) async fn listen(site: &Arc<Site>, authority: &Authority, port: u16) -> io::Result<Vec<Door>> {
    let wanted: Vec<_> = site.with(|world| {
        let speaks = |(index, machine): (usize, &crate::world::machine::Machine)| {
            let redfish = machine.spec.bmc.redfish.as_ref()?;
            Some((index, machine.bmc_listen, machine.spec.bmc.address, redfish.plain))
        };
        world.machines.iter().enumerate().filter_map(speaks).collect()
    });
    let mut doors = Vec::new();
    for (machine, address, designed, plain) in wanted {
        let listener = TcpListener::bind(SocketAddr::from((address, port))).await?;
        let tls = if plain { None } else { Some(authority.acceptor(&[address, designed])?) };
        doors.push(Door { machine, listener, tls });
    }
    Ok(doors)
}
