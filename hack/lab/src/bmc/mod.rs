//! The BMCs: one UDP socket each, speaking RMCP+ (IPMI 2.0 over LAN) with cipher suites 3 and 17.
//!
//! `wire` takes packets apart, `crypto` knows the suites, `session` is one login, `commands` does what an
//! authenticated client asks for, `server` ties them together.

mod commands;
mod crypto;
mod server;
mod session;
mod wire;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::UdpSocket;

use crate::world::Site;

/// Other processes may hold a port on one of the addresses: how often another one is tried.
const TRIES: usize = 20;

/// Opens a socket for every BMC, all on one port. Port 0 lets the system choose one that all can have.
pub(crate) async fn listen(site: &Arc<Site>, port: u16) -> io::Result<(u16, Vec<(usize, UdpSocket)>)> {
    let addresses: Vec<_> = site.with(|world| world.machines.iter().map(|machine| machine.bmc_listen).collect());
    let mut last = io::Error::from(io::ErrorKind::AddrInUse);
    for _ in 0..if port == 0 { TRIES } else { 1 } {
        match listen_on(&addresses, port).await {
            Ok(done) => return Ok(done),
            Err(error) => last = error,
        }
    }
    Err(last)
}

async fn listen_on(addresses: &[std::net::Ipv4Addr], mut port: u16) -> io::Result<(u16, Vec<(usize, UdpSocket)>)> {
    let mut sockets = Vec::new();
    for (machine, address) in addresses.iter().enumerate() {
        let socket = UdpSocket::bind(SocketAddr::from((*address, port))).await?;
        port = socket.local_addr()?.port();
        sockets.push((machine, socket));
    }
    Ok((port, sockets))
}

/// Answers packets for ever.
pub(crate) async fn serve(site: Arc<Site>, machine: usize, socket: UdpSocket) {
    let mut bmc = server::Bmc::new(machine);
    let mut buffer = vec![0; 2048];
    loop {
        let Ok((length, peer)) = socket.recv_from(&mut buffer).await else {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            continue;
        };
        if let Some(reply) = site.with(|world| bmc.receive(world, &buffer[..length])) {
            // A reply that cannot be sent is a lost packet, which clients live with.
            let _ = socket.send_to(&reply, peer).await;
        }
    }
}
