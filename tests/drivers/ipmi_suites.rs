//! BMC keys (`K_g`) and the cipher suites that do not encrypt: Slipway, ipmitool and FreeIPMI on the lab's BMCs and on
//! OpenIPMI's.

use crate::{
    ipmi_lab::{QUICK, Rack},
    ipmi_sim::Simulator,
};
use slipway::{
    drivers::{
        Bmc, ErrorClass,
        ipmi::{BmcKey, CipherSuite, Fleet, IpmiBmc, IpmiConfig, Limits},
    },
    model::{Power, PowerAction},
};
use std::{net::SocketAddr, process::Stdio};
use tokio::process::Command;

/// Twenty bytes, as text and in hexadecimal digits.
const TEXT: &str = "slipway-key-20-bytes";
const DIGITS: &str = "736c69707761792d6b65792d32302d6279746573";
/// A key that is no text. It does not begin with 0: ipmitool takes such a key for none.
const BINARY: &str = "ff0010a5000102030405060708090a0b0c0d0e00";

fn key(text: &str) -> BmcKey {
    BmcKey::parse(&text.into()).unwrap()
}

/// What a program prints, or nothing where it fails.
async fn said(program: &str, args: &[&str]) -> Option<String> {
    let output = Command::new(program).args(args).stdin(Stdio::null()).output().await;
    let output = output.unwrap_or_else(|error| panic!("{program} does not run ({error}): run `make tools`"));
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_lowercase())
}

/// Whether `ipmitool` reads the power, with these arguments more.
async fn ipmitool(address: SocketAddr, user: &str, password: &str, suite: &str, more: &[&str]) -> bool {
    let (host, port) = (address.ip().to_string(), address.port().to_string());
    let account = ["-I", "lanplus", "-N", "1", "-R", "2", "-L", "OPERATOR", "-H", &host, "-p", &port, "-C", suite];
    let all = [&account[..], &["-U", user, "-P", password], more, &["power", "status"]].concat();
    said("ipmitool", &all).await.is_some_and(|said| said.starts_with("chassis power is"))
}

/// The same of FreeIPMI's `ipmipower`.
async fn ipmipower(address: SocketAddr, suite: &str, key: &str) -> bool {
    let host = address.to_string();
    let all = ["-D", "LAN_2_0", "-I", suite, "-W", "opensesspriv", "-u", "root", "-p", "calvin", "-k", key];
    let said = said("ipmipower", &[&all[..], &["--session-timeout", "4000", "-h", &host, "--stat"]].concat()).await;
    said.is_some_and(|said| said.ends_with("on") || said.ends_with("off"))
}

#[tokio::test]
async fn a_bmc_key_is_text_or_hexadecimal_for_everybody_alike() {
    for (of_the_bmc, right, digits) in [
        (TEXT, vec![TEXT.to_owned(), format!("0x{DIGITS}")], DIGITS),
        (&format!("0x{BINARY}"), vec![format!("0x{BINARY}"), format!("0X{}", BINARY.to_uppercase())], BINARY),
    ] {
        for suite in [CipherSuite::Three, CipherSuite::Seventeen] {
            let rack = || async { Rack::start(&format!("key: \"{of_the_bmc}\"")).await };
            let (good, bad, worse) = (rack().await, rack().await, rack().await);
            let id = suite.id().to_string();
            let with = |rack: &Rack, key: Option<BmcKey>| {
                rack.with(IpmiConfig { key, cipher_suites: vec![suite], ..rack.config() })
            };
            for right in &right {
                assert_eq!(with(&good, Some(key(right))).power().await.unwrap(), Power::Off, "suite {id}");
            }
            assert!(ipmitool(good.address(), "root", "calvin", &id, &["-y", digits]).await, "suite {id}");
            assert!(ipmipower(good.address(), &id, &format!("0x{digits}")).await, "suite {id}");
            // Each of these costs the BMC a session, which nobody can close: one has the key, the other has not.
            for wrong in [None, Some(key("another key")), Some(key("0x00"))] {
                let error = with(&bad, wrong).power().await.unwrap_err();
                assert_eq!(error.class, ErrorClass::Unauthorized, "suite {id}: {error:?}");
            }
            assert!(!ipmitool(worse.address(), "root", "calvin", &id, &[]).await, "suite {id}");
            assert!(!ipmipower(worse.address(), &id, "another key").await, "suite {id}");
        }
    }
}

#[tokio::test]
async fn the_key_is_that_of_openipmi_too() {
    // It cuts a key of 20 bytes off after the 19th.
    let (text, digits) = (&TEXT[..19], &DIGITS[..38]);
    let simulator = Simulator::start_with(&format!("bmc_key \"{text}\""), Some(text)).await;
    let bmc = |key| {
        let config = IpmiConfig { key, ..simulator.config("admin", "password") };
        IpmiBmc::new(&Fleet::start(Limits::default()), config).unwrap()
    };
    assert_eq!(bmc(Some(key(&format!("0x{digits}")))).power().await.unwrap(), Power::Off);
    assert_eq!(bmc(None).power().await.unwrap_err().class, ErrorClass::Unauthorized);
    assert!(ipmitool(simulator.address, "admin", "password", "3", &["-k", text]).await);
}

#[tokio::test]
async fn suites_that_do_not_encrypt_are_spoken_where_they_are_named_and_never_by_default() {
    let rack = Rack::start("cipherSuites: [0, 1, 2]").await;
    let simulator = Simulator::start().await;
    for id in [0, 1, 2] {
        let named = |config: IpmiConfig| {
            let cipher_suites = vec![CipherSuite::from_id(id).unwrap()];
            IpmiBmc::new(&Fleet::start(Limits::default()), IpmiConfig { cipher_suites, ..config }).unwrap()
        };
        let bmc = named(rack.config());
        bmc.set_power(PowerAction::On, &rack.permit).await.unwrap();
        bmc.set_power(PowerAction::Off, &rack.permit).await.unwrap();
        let suite = id.to_string();
        assert!(ipmitool(rack.address(), "root", "calvin", &suite, &[]).await, "suite {id}");
        // OpenIPMI's wants a password whatever the suite.
        let theirs = named(IpmiConfig { timing: QUICK, ..simulator.config("admin", "password") }).power().await;
        let others = ipmitool(simulator.address, "admin", "password", &suite, &[]).await;
        println!("suite {id} on ipmi_sim: Slipway {}, ipmitool {others}", theirs.is_ok());
        assert_eq!(theirs.is_ok(), others, "suite {id}: {theirs:?}");
    }
    let error = rack.bmc().power().await.unwrap_err();
    assert_eq!(error.class, ErrorClass::Unsupported, "17 and 3 are offered, and nothing below them: {error:?}");
}
