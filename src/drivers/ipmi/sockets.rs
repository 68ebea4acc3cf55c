//! The engine's sockets: one for IPv4 and one for IPv6, opened when the first packet needs them.
//!
//! They are not connected: many BMCs share them, and an ICMP error about one BMC never disturbs another. IPv4 and IPv6 are
//! apart because hosts without IPv6 exist.

use rustix::net::sockopt::{set_socket_recv_buffer_size, set_socket_recv_buffer_size_force};
use std::{
    collections::VecDeque,
    io,
    net::{Ipv4Addr, Ipv6Addr, SocketAddr},
};
use tokio::{io::Interest, net::UdpSocket};

/// Bytes of answers that may wait to be read: thousands of BMCs may answer at once.
const RECEIVE_BUFFER: usize = 8 << 20;
/// Packets that may wait until the system takes them. Further ones are lost, and sent again in time.
const LONGEST_BACKLOG: usize = 4096;

/// The sockets, and what waits to be sent.
#[derive(Default)]
pub(super) struct Sockets {
    v4: Option<UdpSocket>,
    v6: Option<UdpSocket>,
    backlog: VecDeque<(Vec<u8>, SocketAddr)>,
}

impl Sockets {
    /// Sends a packet, now or as soon as the system takes it.
    pub(super) fn send(&mut self, packet: &[u8], to: SocketAddr) -> io::Result<()> {
        let socket = match to {
            SocketAddr::V4(_) => opened(&mut self.v4, (Ipv4Addr::UNSPECIFIED, 0).into())?,
            SocketAddr::V6(_) => opened(&mut self.v6, (Ipv6Addr::UNSPECIFIED, 0).into())?,
        };
        match socket.try_send_to(packet, to) {
            Ok(_) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                if self.backlog.len() < LONGEST_BACKLOG {
                    self.backlog.push_back((packet.to_vec(), to));
                }
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    /// Waits until there may be something to receive, or to send that has waited.
    pub(super) async fn ready(&mut self) {
        let interest =
            if self.backlog.is_empty() { Interest::READABLE } else { Interest::READABLE | Interest::WRITABLE };
        tokio::select! {
            () = one_ready(self.v4.as_ref(), interest) => {}
            () = one_ready(self.v6.as_ref(), interest) => {}
        }
        for _ in 0..self.backlog.len() {
            let Some((packet, to)) = self.backlog.pop_front() else { return };
            // An error is a lost packet.
            let _ = self.send(&packet, to);
        }
    }

    /// A datagram that has arrived.
    pub(super) fn receive(&mut self, buffer: &mut [u8]) -> Option<(usize, SocketAddr)> {
        // Errors are about packets sent earlier. They prove nothing: BMCs restart, and anyone can send them.
        let received = |socket: &UdpSocket, buffer: &mut [u8]| socket.try_recv_from(buffer).ok();
        let v4 = self.v4.as_ref().and_then(|socket| received(socket, buffer));
        v4.or_else(|| self.v6.as_ref().and_then(|socket| received(socket, buffer)))
    }
}

async fn one_ready(socket: Option<&UdpSocket>, interest: Interest) {
    match socket {
        // What goes wrong here shows when something is sent or received.
        Some(socket) => drop(socket.ready(interest).await),
        None => std::future::pending().await,
    }
}

fn opened(place: &mut Option<UdpSocket>, local: SocketAddr) -> io::Result<&UdpSocket> {
    if place.is_none() {
        let socket = std::net::UdpSocket::bind(local)?;
        socket.set_nonblocking(true)?;
        // Beyond the system's limit only an administrator gets; the most that is allowed otherwise.
        if set_socket_recv_buffer_size_force(&socket, RECEIVE_BUFFER).is_err() {
            set_socket_recv_buffer_size(&socket, RECEIVE_BUFFER)?;
        }
        *place = Some(UdpSocket::from_std(socket)?);
    }
    place.as_ref().ok_or_else(|| io::ErrorKind::NotConnected.into())
}
