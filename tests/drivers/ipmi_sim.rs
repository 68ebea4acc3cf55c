//! The IPMI driver against OpenIPMI's `ipmi_sim`: cipher suite 3, users of several privileges, enforced.

use crate::relay::LossyRelay;
use secrecy::SecretString;
use slipway::{
    drivers::{
        Bmc, DriverError, ErrorClass,
        ipmi::{BmcKey, CipherSuite, Fleet, IpmiBmc, IpmiConfig, Limits, Privilege, Timing},
    },
    model::{BootDevice, FirmwareType, Permit, PermitHolder, Power, PowerAction},
};
use std::{
    fs::{self, File},
    net::{SocketAddr, UdpSocket},
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};
use tempfile::TempDir;

const QUICK: Timing = Timing {
    retransmit: Duration::from_millis(250),
    tries: 6,
    exchange: Duration::from_secs(8),
    login: Duration::from_secs(20),
    busy: Duration::from_millis(100),
    interval: Duration::ZERO,
    poll: Duration::from_millis(20),
    settle: Duration::from_secs(10),
    shutdown: Duration::from_secs(10),
};

const CHASSIS: &str = r#"#!/bin/sh
# Called as: chassis.sh <mc> get|set|check <parameter> [value] ...; keeps the state in files beside itself.
cd "$(dirname "$0")" || exit 1
operation=$2
shift 2
while [ $# -gt 0 ]; do
    case "$operation $1" in
    "get power") echo "power:$(cat power)" ; shift ;;
    "get boot") echo "boot:$(cat boot)" ; shift ;;
    "set power") echo "$2" > power ; echo "$2" >> powers ; shift 2 ;;
    "set boot") echo "$2" > boot ; shift 2 ;;
    set*) shift 2 ;;
    check*) exit 0 ;;
    *) exit 1 ;;
    esac
done
"#;

const MANAGEMENT_CONTROLLER: &str = "mc_setbmc 0x20
mc_add 0x20 0 no-device-sdrs 0x23 9 8 0x9f 0x1291 0xf02 persist_sdr
sel_enable 0x20 1000 0x0a
mc_enable 0x20
";

fn lan(port: u16, more: &str) -> String {
    format!(
        r#"name "slipway"
set_working_mc 0x20
  startlan 1
    addr 127.0.0.1 {port}
    priv_limit admin
    allowed_auths_user none md2 md5 straight
    allowed_auths_operator none md2 md5 straight
    allowed_auths_admin none md2 md5 straight
    guid a123456789abcdefa123456789abcdef
    {more}
  endlan
  chassis_control "./chassis.sh 0x20"
  user 1 true  ""        "test" user     10  none md2 md5 straight
  user 2 true  "admin"   "password" admin    10  none md2 md5 straight
  user 3 true  "oper"    "operpass" operator 10  none md2 md5 straight
  user 4 true  "long"    "0123456789abcdefgh" admin 10 none md2 md5 straight
  user 5 true  "reader"  "readpass" user     10  none md2 md5 straight
"#
    )
}

/// OpenIPMI's simulator, running.
pub(crate) struct Simulator {
    process: Child,
    folder: TempDir,
    /// Where its BMC listens.
    pub(crate) address: SocketAddr,
}

impl Simulator {
    pub(crate) async fn start() -> Self {
        Self::start_with("", None).await
    }

    /// With another line in the configuration of its LAN channel, and the key that this gives it.
    pub(crate) async fn start_with(more: &str, key: Option<&str>) -> Self {
        // The port is free for a moment between our look and the simulator's bind: another process may take it.
        for _ in 0..3 {
            if let Some(simulator) = Self::try_start(more, key).await {
                return simulator;
            }
        }
        panic!("ipmi_sim did not start three times in a row");
    }

    async fn try_start(more: &str, key: Option<&str>) -> Option<Self> {
        let address = unused_address();
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
        write("lan.conf", &lan(address.port(), more));
        write("sim.emu", MANAGEMENT_CONTROLLER);
        write("chassis.sh", CHASSIS);
        write("power", "0\n");
        write("boot", "none\n");
        write("powers", "");
        fs::create_dir(folder.path().join("state")).unwrap();
        fs::set_permissions(folder.path().join("chassis.sh"), fs::Permissions::from_mode(0o755)).unwrap();
        let log = File::create(folder.path().join("log")).unwrap();
        let process = Command::new("ipmi_sim")
            .args(["-c", "lan.conf", "-f", "sim.emu", "-s", "state", "-n"])
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap_or_else(|error| panic!("cannot start ipmi_sim ({error}): run `make tools`"));
        let mut simulator = Self { process, folder, address };
        let key = key.map(|key| BmcKey::parse(&key.into()).unwrap());
        let config = IpmiConfig { key, ..simulator.config("admin", "password") };
        let bmc = IpmiBmc::new(&Fleet::start(Limits::default()), config).unwrap();
        let deadline = Instant::now() + Duration::from_secs(15);
        while simulator.process.try_wait().unwrap().is_none() && Instant::now() < deadline {
            if bmc.power().await.is_ok() {
                return Some(simulator);
            }
        }
        eprintln!("ipmi_sim: {}", simulator.file("log"));
        None
    }

    pub(crate) fn config(&self, user: &str, password: &str) -> IpmiConfig {
        IpmiConfig { timing: QUICK, ..IpmiConfig::new(self.address, user, SecretString::from(password)) }
    }

    fn bmc(&self, user: &str, password: &str) -> IpmiBmc {
        IpmiBmc::new(&Fleet::start(Limits::default()), self.config(user, password)).unwrap()
    }

    fn file(&self, name: &str) -> String {
        read(&self.folder.path().join(name))
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_default()
}

pub(crate) fn unused_address() -> SocketAddr {
    UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

fn permit() -> (PermitHolder, Permit) {
    let holder = PermitHolder::default();
    holder.extend(Instant::now() + Duration::from_mins(10));
    let permit = holder.permit();
    (holder, permit)
}

fn class<T: std::fmt::Debug>(outcome: Result<T, DriverError>) -> ErrorClass {
    outcome.unwrap_err().class
}

#[tokio::test]
async fn power_is_read_and_changed() {
    let (_holder, permit) = permit();
    let simulator = Simulator::start().await;
    let bmc = simulator.bmc("oper", "operpass");
    assert_eq!(bmc.power().await.unwrap(), Power::Off);
    bmc.set_power(PowerAction::On, &permit).await.unwrap();
    assert_eq!(bmc.power().await.unwrap(), Power::On);
    bmc.set_power(PowerAction::On, &permit).await.unwrap();
    assert_eq!(simulator.file("powers"), "1\n", "a machine that is on is left alone");
    bmc.set_power(PowerAction::Cycle, &permit).await.unwrap();
    assert_eq!(simulator.file("powers"), "1\n0\n1\n");
    bmc.set_power(PowerAction::Off, &permit).await.unwrap();
    bmc.set_power(PowerAction::Off, &permit).await.unwrap();
    bmc.set_power(PowerAction::Cycle, &permit).await.unwrap();
    assert_eq!(simulator.file("powers"), "1\n0\n1\n0\n1\n", "a cycle from off only powers up");
}

#[tokio::test]
async fn the_next_boot_is_set() {
    let (holder, permit) = permit();
    let simulator = Simulator::start().await;
    let bmc = simulator.bmc("oper", "operpass");
    for (device, name) in [(BootDevice::Pxe, "pxe"), (BootDevice::Disk, "default"), (BootDevice::None, "none")] {
        bmc.set_next_boot(device, FirmwareType::Uefi, &permit).await.unwrap();
        assert_eq!(simulator.file("boot").trim(), name);
    }
    holder.revoke();
    assert_eq!(class(bmc.set_next_boot(BootDevice::Pxe, FirmwareType::Uefi, &permit).await), ErrorClass::Conflict);
    assert_eq!(simulator.file("boot").trim(), "none");
}

#[tokio::test]
async fn the_bmc_says_who_it_is() {
    let simulator = Simulator::start().await;
    let identity = simulator.bmc("long", "0123456789abcdefgh").identity().await.unwrap();
    assert_eq!(identity.vendor.as_deref(), Some("IANA 4753"));
    assert_eq!(identity.product.as_deref(), Some("3842"));
    assert_eq!(identity.firmware.as_deref(), Some("9.08"));
}

#[tokio::test]
async fn credentials_are_told_apart_from_an_outage() {
    let (_holder, permit) = permit();
    let simulator = Simulator::start().await;
    assert_eq!(class(simulator.bmc("admin", "wrong").power().await), ErrorClass::Unauthorized);
    assert_eq!(class(simulator.bmc("nobody", "password").power().await), ErrorClass::Unauthorized);
    // At privilege User one may read and nothing more.
    let config = IpmiConfig { privilege: Privilege::User, ..simulator.config("reader", "readpass") };
    let reader = IpmiBmc::new(&Fleet::start(Limits::default()), config).unwrap();
    assert_eq!(reader.power().await.unwrap(), Power::Off);
    assert_eq!(class(reader.set_power(PowerAction::On, &permit).await), ErrorClass::Unauthorized);
    assert!(
        IpmiBmc::new(&Fleet::start(Limits::default()), simulator.config("admin", "a password of many bytes")).is_err()
    );
    // It has no SHA-256.
    let config = IpmiConfig { cipher_suites: vec![CipherSuite::Seventeen], ..simulator.config("admin", "password") };
    assert_eq!(
        class(IpmiBmc::new(&Fleet::start(Limits::default()), config).unwrap().power().await),
        ErrorClass::Unsupported
    );
}

#[tokio::test]
async fn a_dead_bmc_is_unreachable_within_the_deadline() {
    // A socket that never answers, and a port where nobody listens (ICMP "connection refused").
    let silent = UdpSocket::bind("127.0.0.1:0").unwrap();
    for address in [silent.local_addr().unwrap(), unused_address()] {
        let timing = Timing { exchange: Duration::from_secs(1), ..QUICK };
        let config = IpmiConfig { timing, ..IpmiConfig::new(address, "admin", "password".into()) };
        let begun = Instant::now();
        let error = IpmiBmc::new(&Fleet::start(Limits::default()), config).unwrap().power().await.unwrap_err();
        assert_eq!(error.class, ErrorClass::Unreachable);
        assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
        assert!(!format!("{error:?}").contains("password"), "{error:?}");
    }
}

#[tokio::test]
async fn lost_packets_lose_no_poll() {
    let simulator = Simulator::start().await;
    let relay = LossyRelay::start(simulator.address, 10, 7).await;
    let timing = Timing { retransmit: Duration::from_millis(40), tries: 8, ..QUICK };
    let bmc = IpmiBmc::new(
        &Fleet::start(Limits::default()),
        IpmiConfig {
            address: relay.address,
            cipher_suites: vec![CipherSuite::Three],
            timing,
            ..simulator.config("admin", "password")
        },
    )
    .unwrap();
    for poll in 0..50 {
        let power = bmc.power().await.unwrap_or_else(|error| panic!("poll {poll}: {error:?}"));
        assert_eq!(power, Power::Off);
    }
}
