//! A UDP relay that loses packets: a management network on a bad day.

use std::{net::SocketAddr, sync::Arc};
use tokio::{net::UdpSocket, task::JoinSet};

/// Forwards between clients and one server while it lives. Each client keeps a socket of its own towards the server.
pub(crate) struct LossyRelay {
    /// Where clients send to.
    pub(crate) address: SocketAddr,
    _tasks: JoinSet<()>,
}

impl LossyRelay {
    /// Loses `percent` of the packets in each direction; which ones follows from `seed`.
    pub(crate) async fn start(server: SocketAddr, percent: u64, seed: u64) -> Self {
        let front = Arc::new(UdpSocket::bind("127.0.0.1:0").await.unwrap());
        let address = front.local_addr().unwrap();
        let mut tasks = JoinSet::new();
        tasks.spawn(async move { forward(front, server, Dice { percent, state: seed }).await });
        Self { address, _tasks: tasks }
    }
}

async fn forward(front: Arc<UdpSocket>, server: SocketAddr, mut dice: Dice) {
    let mut clients = std::collections::HashMap::<SocketAddr, Arc<UdpSocket>>::new();
    let mut answers = JoinSet::new();
    let mut buffer = [0; 2048];
    while let Ok((length, client)) = front.recv_from(&mut buffer).await {
        let back = if let Some(socket) = clients.get(&client) {
            Arc::clone(socket)
        } else {
            let socket = Arc::new(UdpSocket::bind("127.0.0.1:0").await.unwrap());
            socket.connect(server).await.unwrap();
            clients.insert(client, Arc::clone(&socket));
            let (front, socket_in, dice) = (Arc::clone(&front), Arc::clone(&socket), dice.fork());
            answers.spawn(async move { answer(front, socket_in, client, dice).await });
            socket
        };
        if !dice.loses() {
            let _ = back.send(&buffer[..length]).await;
        }
    }
}

async fn answer(front: Arc<UdpSocket>, back: Arc<UdpSocket>, client: SocketAddr, mut dice: Dice) {
    let mut buffer = [0; 2048];
    while let Ok(length) = back.recv(&mut buffer).await {
        if !dice.loses() {
            let _ = front.send_to(&buffer[..length], client).await;
        }
    }
}

/// `SplitMix64`: the same seed loses the same packets.
struct Dice {
    percent: u64,
    state: u64,
}

impl Dice {
    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn fork(&mut self) -> Self {
        Self { percent: self.percent, state: self.next() }
    }

    fn loses(&mut self) -> bool {
        self.next() % 100 < self.percent
    }
}
