//! A farm of BMCs: as many as were asked for, and so many of them dead.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

use std::process::Stdio;
use std::time::Duration;

use slipway_lab::farm::{self, FarmSpec, address, is_dead};
use tokio::net::UdpSocket;
use tokio::process::Command;

/// An ASF presence ping (IPMI 2.0 section 13.2.3).
const PING: [u8; 12] = [0x06, 0x00, 0xff, 0x06, 0x00, 0x00, 0x11, 0xbe, 0x80, 0x00, 0x00, 0x00];

#[tokio::test(flavor = "multi_thread")]
async fn so_many_answer_and_so_many_do_not() {
    let spec = FarmSpec { count: 200, delay_ms: 1, loss_percent: 0, dead_percent: 10, port: 0 };
    let farm = farm::start(spec).await.unwrap();
    assert_eq!((0..200).filter(|number| is_dead(*number, 10)).count(), 20);
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let mut buffer = [0; 100];
    for number in (0..200).filter(|number| !is_dead(*number, 10)) {
        socket.send_to(&PING, (address(number), farm.port)).await.unwrap();
        let answer = tokio::time::timeout(Duration::from_secs(20), socket.recv_from(&mut buffer)).await;
        assert_eq!(answer.expect("an answer").unwrap().1.ip(), address(number));
    }
    for (number, power) in [(0, "is on"), (1, "is off")] {
        let (host, port) = (address(number).to_string(), farm.port.to_string());
        let mut command = Command::new("ipmitool");
        command.args(["-I", "lanplus", "-C", "17", "-H", &host, "-p", &port, "-U", "root", "-P", "calvin"]);
        let output = command.args(["power", "status"]).stdin(Stdio::null()).output().await.expect("run `make tools`");
        assert!(String::from_utf8_lossy(&output.stdout).contains(power));
    }
}
