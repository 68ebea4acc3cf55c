//! [`IpmiBmc`] against a fake BMC on loopback, for the cases that no simulator offers.

use super::{
    CipherSuite, Fleet, IpmiBmc, IpmiConfig, Limits, Timing,
    fake_bmc::FakeBmc,
    wire::{self, PayloadType},
};
use crate::{
    drivers::{Bmc, DriverError, ErrorClass},
    model::{Permit, PermitHolder, Power, PowerAction},
};
use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};
use tokio::{net::UdpSocket, task::JoinHandle};

const QUICK: Timing = Timing {
    // Shorter than the usual second, and longer than a busy machine takes to schedule the fake BMC.
    retransmit: Duration::from_millis(250),
    tries: 3,
    exchange: Duration::from_secs(3),
    login: Duration::from_secs(15),
    busy: Duration::from_millis(20),
    interval: Duration::ZERO,
    poll: Duration::from_millis(10),
    settle: Duration::from_millis(200),
    shutdown: Duration::from_millis(100),
};
/// Where a message of the handshake has its tag.
const TAG: usize = 16;
const CONTROL: (u8, u8) = (0x00, 0x02);
const CLOSE: (u8, u8) = (0x06, 0x3c);

struct Site {
    bmc: Arc<Mutex<FakeBmc>>,
    driver: IpmiBmc,
    server: JoinHandle<()>,
}

impl Site {
    async fn start(bmc: FakeBmc) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let config =
            IpmiConfig { timing: QUICK, ..IpmiConfig::new(socket.local_addr().unwrap(), "admin", "password".into()) };
        let bmc = Arc::new(Mutex::new(bmc));
        let server = tokio::spawn(serve(socket, Arc::clone(&bmc)));
        Self { bmc, driver: IpmiBmc::new(&Fleet::start(Limits::default()), config).unwrap(), server }
    }

    fn log(&self) -> Vec<(u8, u8)> {
        self.bmc.lock().unwrap().log.clone()
    }

    /// Waits until the session is closed, which no caller waits for.
    async fn closes(&self) {
        let deadline = Instant::now() + Duration::from_secs(10);
        while self.log().last() != Some(&CLOSE) {
            assert!(Instant::now() < deadline, "no Close Session: {:?}", self.log());
            tokio::task::yield_now().await;
        }
    }

    fn controls(&self) -> usize {
        self.log().iter().filter(|command| **command == CONTROL).count()
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// Answers each datagram, with noise before and the answer doubled.
async fn serve(socket: UdpSocket, bmc: Arc<Mutex<FakeBmc>>) {
    let mut buffer = [0; wire::MAX_DATAGRAM];
    while let Ok((length, from)) = socket.recv_from(&mut buffer).await {
        let answer = bmc.lock().unwrap().answer(&buffer[..length]);
        // A refusal of something else: the tag is not the request's, whichever that one drew.
        let tag = !buffer[TAG];
        let noise = [b"garbage".to_vec(), wire::frame_plain(PayloadType::Rakp4, &[tag, 0x0f])];
        for datagram in noise.iter().chain(&answer).chain(&answer) {
            let _ = socket.send_to(datagram, from).await;
        }
    }
}

fn permit() -> (PermitHolder, Permit) {
    let holder = PermitHolder::default();
    holder.extend(Instant::now() + Duration::from_mins(1));
    let permit = holder.permit();
    (holder, permit)
}

fn class<T: std::fmt::Debug>(outcome: Result<T, DriverError>) -> ErrorClass {
    outcome.unwrap_err().class
}

#[tokio::test]
async fn the_first_suite_that_the_bmc_speaks_is_used() {
    for suite in [CipherSuite::Three, CipherSuite::Seventeen] {
        let site = Site::start(FakeBmc::new(&[suite])).await;
        assert_eq!(site.driver.power().await.unwrap(), Power::Off);
        site.closes().await;
    }
    let site = Site::start(FakeBmc::new(&[])).await;
    assert_eq!(class(site.driver.power().await), ErrorClass::Unsupported);
}

#[tokio::test]
async fn a_full_bmc_is_busy_not_broken() {
    let mut bmc = FakeBmc::new(&[CipherSuite::Seventeen]);
    bmc.open_status = 0x01;
    let site = Site::start(bmc).await;
    assert_eq!(class(site.driver.power().await), ErrorClass::Unreachable);
}

#[tokio::test]
async fn power_commands_are_sent_once_and_only_when_needed() {
    let (_holder, permit) = permit();
    let site = Site::start(FakeBmc::new(&[CipherSuite::Seventeen])).await;
    site.driver.set_power(PowerAction::Off, &permit).await.unwrap();
    assert_eq!(site.controls(), 0, "it was off");
    site.driver.set_power(PowerAction::On, &permit).await.unwrap();
    site.driver.set_power(PowerAction::On, &permit).await.unwrap();
    assert_eq!(site.controls(), 1, "the second one found it on");
    site.driver.set_power(PowerAction::Cycle, &permit).await.unwrap();
    assert_eq!(site.controls(), 3);
    assert!(site.bmc.lock().unwrap().on);
}

#[tokio::test]
async fn an_unanswered_power_command_is_not_repeated_but_verified() {
    let (_holder, permit) = permit();
    let mut bmc = FakeBmc::new(&[CipherSuite::Seventeen]);
    bmc.silent_control = true;
    let site = Site::start(bmc).await;
    site.driver.set_power(PowerAction::On, &permit).await.unwrap();
    assert_eq!(site.controls(), 1);
}

#[tokio::test]
async fn a_power_on_is_submitted_and_nobody_waits_for_it() {
    let (_holder, permit) = permit();
    let mut bmc = FakeBmc::new(&[CipherSuite::Seventeen]);
    bmc.falls_off = true;
    let site = Site::start(bmc).await;
    let on = site.driver.set_power(PowerAction::On, &permit);
    tokio::time::timeout(Duration::from_secs(10), on).await.expect("no waiting").unwrap();
    assert_eq!(site.controls(), 1);
}

#[tokio::test]
async fn a_refused_power_command_says_why() {
    let (_holder, permit) = permit();
    for (code, expected) in
        [(0xd5, ErrorClass::Conflict), (0xd4, ErrorClass::Unauthorized), (0xc1, ErrorClass::Unsupported)]
    {
        let mut bmc = FakeBmc::new(&[CipherSuite::Seventeen]);
        bmc.control_completion = code;
        let site = Site::start(bmc).await;
        assert_eq!(class(site.driver.set_power(PowerAction::On, &permit).await), expected);
        site.closes().await;
    }
}

#[tokio::test]
async fn without_a_permit_nothing_is_changed() {
    let (holder, permit) = permit();
    holder.revoke();
    let site = Site::start(FakeBmc::new(&[CipherSuite::Seventeen])).await;
    assert_eq!(class(site.driver.set_power(PowerAction::On, &permit).await), ErrorClass::Conflict);
    assert_eq!(site.controls(), 0);
}

#[tokio::test]
async fn a_cancelled_call_still_closes_its_session() {
    let (_holder, permit) = permit();
    let mut bmc = FakeBmc::new(&[CipherSuite::Seventeen]);
    bmc.silent_control = true;
    let site = Site::start(bmc).await;
    let deadline = Instant::now() + Duration::from_secs(10);
    let patient = async {
        while site.controls() == 0 && Instant::now() < deadline {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        _ = site.driver.set_power(PowerAction::On, &permit) => panic!("it was to be cancelled"),
        () = patient => {}
    }
    site.closes().await;
}
