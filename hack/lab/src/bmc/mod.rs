//! The BMCs: RMCP+.

use crate::world::Site;
use std::sync::Arc;
use tokio::net::UdpSocket;

pub(crate) async fn listen(_site: &Arc<Site>, port: u16) -> std::io::Result<(u16, Vec<(usize, UdpSocket)>)> {
    Ok((port, Vec::new()))
}
pub(crate) async fn serve(_site: Arc<Site>, _machine: usize, _socket: UdpSocket) {}
