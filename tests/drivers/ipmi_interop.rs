//! Who understands whom: Slipway's client and others' on the lab's BMCs and others', with right and wrong credentials.
//! `cargo test --test drivers ipmi_interop -- --nocapture` prints the table.

use crate::{
    ipmi_lab::{QUICK, Rack},
    ipmi_sim::{Simulator, unused_address},
    pypi::python,
};
use slipway::{
    drivers::{
        Bmc, ErrorClass,
        ipmi::{CipherSuite, Fleet, IpmiBmc, IpmiConfig, Limits, Timing},
    },
    model::{BootDevice, FirmwareType, Power, PowerAction},
};
use std::{
    fmt::Write,
    net::SocketAddr,
    path::Path,
    process::{Child, Stdio},
    time::{Duration, Instant},
};
use tokio::process::Command;

/// A program that reads a machine's power.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Client {
    Slipway,
    Ipmitool,
    Ipmipower,
    Pyghmi,
}

/// A BMC, and the account that it has.
struct Target {
    name: &'static str,
    address: SocketAddr,
    user: &'static str,
    password: &'static str,
    suite: u8,
    /// It refuses an unknown user by silence, which no client can tell from an outage.
    is_silent: bool,
}

/// pyghmi's BMC, running.
struct PyghmiBmc {
    process: Child,
    address: SocketAddr,
}

impl PyghmiBmc {
    /// Nothing, where there are no programs from PyPI.
    async fn start() -> Option<Self> {
        let python = python().await?.join("python");
        // The port is free for a moment between our look and the BMC's bind: another process may take it.
        for _ in 0..3 {
            let address = unused_address();
            let mut command = std::process::Command::new(&python);
            command.arg(script("pyghmi_bmc.py")).arg(address.port().to_string());
            let process = command.stdin(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
            let mut started = Self { process, address };
            let bmc = slipway(address, "admin", "password", 3);
            let deadline = Instant::now() + Duration::from_secs(30);
            while started.process.try_wait().unwrap().is_none() && Instant::now() < deadline {
                if bmc.power().await.is_ok() {
                    return Some(started);
                }
            }
        }
        panic!("pyghmi's BMC did not start three times in a row");
    }
}

impl Drop for PyghmiBmc {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn script(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/drivers").join(name)
}

fn slipway(address: SocketAddr, user: &str, password: &str, suite: u8) -> IpmiBmc {
    let config = IpmiConfig {
        timing: Timing { tries: 3, retransmit: Duration::from_millis(300), ..QUICK },
        cipher_suites: vec![CipherSuite::from_id(suite).unwrap()],
        ..IpmiConfig::new(address, user, password.into())
    };
    IpmiBmc::new(&Fleet::start(Limits::default()), config).unwrap()
}

/// Whether a client reads the power: `Err` says in a word why not.
async fn reads(client: Client, target: &Target, user: &str, password: &str) -> Result<(), String> {
    let (host, port, suite) =
        (target.address.ip().to_string(), target.address.port().to_string(), target.suite.to_string());
    let output = match client {
        Client::Slipway => {
            let outcome = slipway(target.address, user, password, target.suite).power().await;
            return match outcome {
                Ok(_) => Ok(()),
                Err(error) if error.class == ErrorClass::Unauthorized => Err("refused".to_owned()),
                Err(error) => Err(format!("{:?}", error.class).to_lowercase()),
            };
        }
        Client::Ipmitool => {
            let mut command = Command::new("ipmitool");
            command.args([
                "-I", "lanplus", "-C", &suite, "-N", "1", "-R", "2", "-L", "OPERATOR", "-H", &host, "-p", &port,
            ]);
            command.args(["-U", user, "-P", password, "power", "status"]).stdin(Stdio::null()).output().await
        }
        Client::Ipmipower => {
            let mut command = Command::new("ipmipower");
            command.args(["-D", "LAN_2_0", "-I", &suite, "-W", "opensesspriv", "-u", user, "-p", password]);
            command.args(["--session-timeout", "4000", "-h", &format!("{host}:{port}"), "--stat"]);
            command.stdin(Stdio::null()).output().await
        }
        Client::Pyghmi => {
            let mut command = Command::new(python().await.unwrap().join("python"));
            command.arg(script("pyghmi_client.py")).args([&host, &port, user, password]);
            command.stdin(Stdio::null()).output().await
        }
    };
    let output = output.unwrap_or_else(|error| panic!("{client:?} does not run ({error}): run `make tools`"));
    let text = String::from_utf8_lossy(&output.stdout).trim().to_lowercase();
    let tells = ["on", "off"].iter().any(|power| text.ends_with(power));
    if output.status.success() && tells { Ok(()) } else { Err("refused".to_owned()) }
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_understands_everybody() {
    let (rack, simulator, pyghmi) = (Rack::start("").await, Simulator::start().await, PyghmiBmc::start().await);
    let lab = |suite| Target {
        name: "the lab",
        address: rack.address(),
        user: "root",
        password: "calvin",
        suite,
        is_silent: false,
    };
    let account =
        |name, address, is_silent| Target { name, address, user: "admin", password: "password", suite: 3, is_silent };
    let mut targets = vec![lab(3), lab(17), account("ipmi_sim", simulator.address, false)];
    targets.extend(pyghmi.iter().map(|pyghmi| account("pyghmi's BMC", pyghmi.address, true)));
    let mut table = format!(
        "{:<10} {:<13} {:>5}  {:<8} {:<16} unknown user\n",
        "client", "BMC", "suite", "power", "wrong password"
    );
    for client in [Client::Slipway, Client::Ipmitool, Client::Ipmipower, Client::Pyghmi] {
        for target in &targets {
            // pyghmi chooses its suite itself, and its client does not understand its own BMC.
            let own = client == Client::Pyghmi && (target.suite == 3 && target.name == "the lab" || target.is_silent);
            if own || (client == Client::Pyghmi && pyghmi.is_none()) {
                continue;
            }
            let right = reads(client, target, target.user, target.password).await;
            let wrong = reads(client, target, target.user, "wrong").await;
            let nobody = reads(client, target, "nobody", target.password).await;
            let name = format!("{client:?}");
            let told = |outcome: &Result<(), String>| outcome.clone().err().unwrap_or_else(|| "ok".to_owned());
            let [power, password, user] = [&right, &wrong, &nobody].map(told);
            writeln!(table, "{name:<10} {:<13} {:>5}  {power:<8} {password:<16} {user}", target.name, target.suite)
                .unwrap();
            assert_eq!(right, Ok(()), "{client:?} on {}, suite {}", target.name, target.suite);
            assert!(wrong.is_err() && nobody.is_err(), "{client:?} on {}", target.name);
            if client == Client::Slipway {
                assert_eq!(wrong, Err("refused".to_owned()), "{}: its own code tells the password", target.name);
                let unknown = if target.is_silent { "unreachable" } else { "refused" };
                assert_eq!(nobody, Err(unknown.to_owned()), "{}", target.name);
            }
        }
    }
    println!("{table}");
}

#[tokio::test]
async fn pyghmis_bmc_is_driven() {
    let Some(pyghmi) = PyghmiBmc::start().await else { return };
    let rack = Rack::start("").await;
    let bmc = slipway(pyghmi.address, "admin", "password", 3);
    bmc.set_next_boot(BootDevice::Pxe, FirmwareType::Uefi, &rack.permit).await.unwrap();
    for (action, power) in
        [(PowerAction::On, Power::On), (PowerAction::Cycle, Power::On), (PowerAction::SoftOff, Power::Off)]
    {
        bmc.set_power(action, &rack.permit).await.unwrap();
        assert_eq!(bmc.power().await.unwrap(), power);
    }
    let identity = bmc.identity().await.unwrap();
    assert!(identity.firmware.is_some() && identity.serial.is_none(), "{identity:?}");
}
