//! The BMCs: one UDP socket each, speaking RMCP+ (IPMI 2.0 over LAN) with cipher suites 3 and 17, and 0 to 2 where a spec
//! says so.
//!
//! `wire` takes packets apart, `crypto` knows the suites, `session` is one login, `commands` does what an
//! authenticated client asks for, `personality` says whose BMC it is like, `records` makes the bytes of its stores of
//! that and `stores` gives them out; `server` ties them together.

mod commands;
mod crypto;
mod personality;
mod records;
mod server;
mod session;
mod stores;
mod wire;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::UdpSocket;
use tokio::task::JoinSet;

use crate::world::Site;

/// Other processes may hold a port on one of the addresses: how often another one is tried.
const TRIES: usize = 20;
/// What clients send fits into an Ethernet frame.
const LARGEST_PACKET: usize = 1500;

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

/// Answers packets for ever, one after the other as BMCs do.
pub(crate) async fn serve(site: Arc<Site>, machine: usize, socket: UdpSocket) {
    let Some(mut bmc) = server::Bmc::new(&site, machine) else { return };
    let socket = Arc::new(socket);
    let mut later = JoinSet::new();
    loop {
        // Thousands wait here at once: the buffer is not kept meanwhile.
        if socket.readable().await.is_err() {
            continue;
        }
        let mut buffer = [0; LARGEST_PACKET];
        let Ok((length, peer)) = socket.try_recv_from(&mut buffer) else { continue };
        let replies = bmc.receive(&site, &buffer[..length]);
        let delay = if replies.is_empty() { Duration::ZERO } else { bmc.delay(&site) };
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
        for reply in replies {
            if reply.late.is_zero() {
                // A reply that cannot be sent is a lost packet, which clients live with.
                let _ = socket.send_to(&reply.bytes, peer).await;
            } else {
                let socket = Arc::clone(&socket);
                later.spawn(async move {
                    tokio::time::sleep(reply.late).await;
                    let _ = socket.send_to(&reply.bytes, peer).await;
                });
            }
        }
        while later.try_join_next().is_some() {}
    }
}
