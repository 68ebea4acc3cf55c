//! What BMCs and their networks do wrong, each by itself: how the driver lives with it, and what it says where it cannot.

use crate::ipmi_lab::{DEADLINE, QUICK, Rack, turned};
use serde_json::json;
use slipway::{
    drivers::{
        Bmc, DriverError, ErrorClass,
        ipmi::{BmcKey, IpmiConfig, Quirks, Timing},
    },
    model::{BootDevice, FirmwareType, Power, PowerAction},
};
use std::time::{Duration, Instant};

/// The class of a failure, and all that it says.
fn failure<T: std::fmt::Debug>(outcome: Result<T, DriverError>) -> (ErrorClass, String) {
    let error = outcome.unwrap_err();
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    (error.class, text)
}

#[tokio::test]
async fn noise_is_passed_over() {
    for quirk in ["garbage", "duplicate"] {
        let rack = Rack::start(&format!("quirks: [{quirk}]")).await;
        for _ in 0..5 {
            assert_eq!(rack.bmc().power().await.unwrap(), Power::Off, "{quirk}");
        }
        assert_eq!(rack.logins().await, 5);
    }
    let rack = Rack::start("").await;
    rack.fault(json!({"kind": "bmcQuirk", "quirk": "truncated", "count": 2})).await;
    assert_eq!(rack.bmc().power().await.unwrap(), Power::Off, "what was cut is asked for again");
}

#[tokio::test]
async fn a_late_reply_is_nobody_elses_answer() {
    let rack = Rack::start("").await;
    rack.fault(json!({"kind": "bmcLate", "ms": 400, "count": 1})).await;
    let bmc = rack.bmc();
    bmc.set_power(PowerAction::On, &rack.permit).await.unwrap();
    turned(&rack, Power::On).await;
    bmc.set_power(PowerAction::Off, &rack.permit).await.unwrap();
    assert_eq!(bmc.power().await.unwrap(), Power::Off);
    let controls: Vec<String> = rack.told().await;
    assert_eq!(controls, ["chassis control: power on", "chassis control: power off"], "each was sent once");
}

#[tokio::test]
async fn a_lossy_network_loses_nothing_and_does_nothing_twice() {
    let rack = Rack::start("").await;
    rack.fault(json!({"kind": "bmcLoss", "percent": 10})).await;
    let timing = Timing { retransmit: Duration::from_millis(40), tries: 10, ..QUICK };
    let bmc = rack.with(IpmiConfig { timing, ..rack.config() });
    for poll in 0..60 {
        assert_eq!(bmc.power().await.unwrap_or_else(|error| panic!("poll {poll}: {error:?}")), Power::Off);
    }
}

#[tokio::test]
async fn a_busy_bmc_is_asked_again() {
    let rack = Rack::start("").await;
    rack.fault(json!({"kind": "bmcBusy", "count": 3})).await;
    assert_eq!(rack.bmc().power().await.unwrap(), Power::Off);
    rack.fault(json!({"kind": "bmcBusy"})).await;
    let timing = Timing { exchange: Duration::from_millis(500), ..QUICK };
    let (class, text) = failure(rack.with(IpmiConfig { timing, ..rack.config() }).power().await);
    assert_eq!(class, ErrorClass::Unreachable);
    assert!(text.contains("the BMC is busy"), "{text}");
}

#[tokio::test]
async fn a_bmc_without_a_free_session_is_asked_again() {
    let rack = Rack::start("").await;
    rack.fault(json!({"kind": "bmcQuirk", "quirk": "sessionsFull", "count": 2})).await;
    assert_eq!(rack.bmc().power().await.unwrap(), Power::Off);
    rack.fault(json!({"kind": "bmcQuirk", "quirk": "sessionsFull"})).await;
    let timing = Timing { login: Duration::from_millis(500), ..QUICK };
    let (class, text) = failure(rack.with(IpmiConfig { timing, ..rack.config() }).power().await);
    assert_eq!(class, ErrorClass::Unreachable);
    assert!(text.contains("no session is free") && text.contains("MAAS or a person"), "{text}");
}

#[tokio::test]
async fn weaker_algorithms_than_asked_for_are_refused() {
    let rack = Rack::start("quirks: [wrongAlgorithm]").await;
    let (class, text) = failure(rack.bmc().power().await);
    assert_eq!(class, ErrorClass::Rejected);
    assert!(text.contains("algorithms [3, 0, 0] where [3, 4, 1] were asked for"), "{text}");
    assert_eq!(rack.logins().await, 0);
}

#[tokio::test]
async fn suites_are_tried_in_their_order() {
    for (offered, taken) in [("[17]", 17), ("[3]", 3), ("[3, 17]", 17)] {
        let rack = Rack::start(&format!("cipherSuites: {offered}")).await;
        rack.bmc().power().await.unwrap();
        assert_eq!(rack.bmc().cipher_suite(), Some(taken), "{offered}");
    }
    let rack = Rack::start("cipherSuites: [0, 1, 2]").await;
    let (class, text) = failure(rack.bmc().power().await);
    assert_eq!(class, ErrorClass::Unsupported);
    assert!(text.contains("none of the cipher suites [17, 3]"), "{text}");
}

#[tokio::test]
async fn credentials_are_told_apart() {
    let rack = Rack::start("key: the-bmc-key").await;
    let with = |password: &str, key: Option<&str>| {
        rack.with(IpmiConfig {
            password: password.into(),
            key: key.map(|key| BmcKey::parse(&key.into()).unwrap()),
            ..rack.config()
        })
    };
    assert_eq!(with("calvin", Some("the-bmc-key")).power().await.unwrap(), Power::Off);
    for (password, key) in [("calvin", None), ("calvin", Some("another")), ("wrong", Some("the-bmc-key"))] {
        let (class, text) = failure(with(password, key).power().await);
        assert_eq!(class, ErrorClass::Unauthorized, "{text}");
        assert!(!text.contains("calvin") && !text.contains("the-bmc-key"), "{text}");
    }
    let nobody = rack.with(IpmiConfig { user: "nobody".into(), ..rack.config() });
    assert_eq!(failure(nobody.power().await).0, ErrorClass::Unauthorized);
}

#[tokio::test]
async fn bmcs_with_faulty_firmware_are_spoken_to() {
    for quirk in ["openSessionPrivilege", "noPing", "noCipherProbe"] {
        let rack = Rack::start(&format!("quirks: [{quirk}]")).await;
        rack.bmc().set_power(PowerAction::On, &rack.permit).await.unwrap_or_else(|e| panic!("{quirk}: {e:?}"));
    }
    let rack = Rack::start("quirks: [wrongChecksums]").await;
    let timing = Timing { tries: 2, exchange: Duration::from_millis(500), ..QUICK };
    let strict = rack.with(IpmiConfig { timing, ..rack.config() });
    assert_eq!(failure(strict.power().await).0, ErrorClass::Unreachable);
    let quirks = Quirks::from_names(["nochecksumcheck"]).unwrap();
    let tolerant = rack.with(IpmiConfig { quirks, ..rack.config() });
    assert_eq!(tolerant.power().await.unwrap(), Power::Off);
}

#[tokio::test]
async fn small_reads_and_missing_stores() {
    let rack = Rack::start("quirks: [smallReads, noInventory]").await;
    let sensors = rack.bmc().sensors().await.unwrap();
    assert_eq!(sensors.len(), 17, "{sensors:?}");
    let identity = rack.bmc().identity().await.unwrap();
    assert_eq!((identity.serial, identity.product.as_deref()), (None, Some("256")));
    assert_eq!(failure(rack.bmc().inventory().await).0, ErrorClass::Unsupported);
    let rack = Rack::start("quirks: [smallReads]").await;
    assert_eq!(rack.bmc().identity().await.unwrap().serial.as_deref(), Some("SN-1"));
}

#[tokio::test]
async fn a_machine_that_does_not_shut_down_is_powered_down() {
    let rack = Rack::start("quirks: [ignoresSoftOff]").await;
    let bmc = rack.bmc();
    bmc.set_power(PowerAction::On, &rack.permit).await.unwrap();
    turned(&rack, Power::On).await;
    bmc.set_power(PowerAction::SoftOff, &rack.permit).await.unwrap();
    assert_eq!(bmc.power().await.unwrap(), Power::Off);
    let told = rack.told().await;
    assert_eq!(told[1..], ["chassis control: soft off", "chassis control: power off"]);
}

#[tokio::test]
async fn a_cycle_needs_nothing_of_the_bmcs_own() {
    for quirks in ["[]", "[cycleWithoutEffect]"] {
        let rack = Rack::start(&format!("quirks: {quirks}")).await;
        rack.bmc().set_power(PowerAction::Cycle, &rack.permit).await.unwrap();
        turned(&rack, Power::On).await;
        rack.bmc().set_power(PowerAction::Cycle, &rack.permit).await.unwrap();
        turned(&rack, Power::On).await;
        let [on, off] = ["chassis control: power on", "chassis control: power off"];
        assert_eq!(rack.told().await, [on, off, on]);
    }
}

#[tokio::test]
async fn a_refused_parameter_3_is_no_failure() {
    let rack = Rack::start("quirks: [noParameter3]").await;
    rack.bmc().set_next_boot(BootDevice::Pxe, FirmwareType::Uefi, &rack.permit).await.unwrap();
    assert!(rack.ipmitool(&["chassis", "bootparam", "get", "5"]).await.contains("Boot Flag Valid"));
}

#[tokio::test]
async fn a_dead_bmc_is_left_alone_and_found_again() {
    let rack = Rack::start("").await;
    rack.fault(json!({"kind": "bmcDead", "machine": "m1"})).await;
    let timing = Timing { tries: 1, retransmit: Duration::from_millis(50), ..QUICK };
    let bmc = rack.with(IpmiConfig { timing, ..rack.config() });
    for _ in 0..3 {
        let (class, text) = failure(bmc.power().await);
        assert_eq!(class, ErrorClass::Unreachable);
        assert!(text.contains("no answer to Open Session Request"), "{text}");
    }
    let begun = Instant::now();
    let (class, text) = failure(bmc.power().await);
    assert_eq!(class, ErrorClass::Unreachable);
    assert!(text.contains("did not answer 3 times in a row and is left alone until 2"), "{text}");
    assert!(begun.elapsed() < Duration::from_secs(1), "nothing is waited for");
    rack.control("DELETE", "faults", json!({})).await;
    let deadline = Instant::now() + DEADLINE;
    while bmc.power().await.is_err() {
        assert!(Instant::now() < deadline, "it is not found again");
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn what_never_left_is_told_apart_from_what_may_have_been_done() {
    let rack = Rack::start("").await;
    let timing = Timing { exchange: Duration::from_millis(500), login: Duration::from_secs(1), ..QUICK };
    let bmc = rack.with(IpmiConfig { timing, ..rack.config() });
    let switched = async || bmc.set_power(PowerAction::On, &rack.permit).await.unwrap_err();

    rack.fault(json!({"kind": "bmcDeaf", "machine": "m1"})).await;
    let error = switched().await;
    assert!(error.class == ErrorClass::Unreachable && error.not_begun, "no login, no command: {error:?}");
    assert!(rack.told().await.is_empty());

    rack.control("DELETE", "faults", json!({})).await;
    rack.fault(json!({"kind": "bmcBusy"})).await;
    let error = switched().await;
    assert!(error.class == ErrorClass::Unreachable && error.not_begun, "it refuses: {error:?}");

    rack.control("DELETE", "faults", json!({})).await;
    rack.fault(json!({"kind": "holdAfterWrite", "count": 1, "answer": "Lost"})).await;
    let error = switched().await;
    assert!(error.class == ErrorClass::Unreachable && !error.not_begun, "it was done: {error:?}");
    assert_eq!(rack.told().await, ["chassis control: power on"]);
}
