//! The Redfish driver on BMCs that misbehave: each fault, how it ends, and nothing done twice.

use crate::redfish_scene::{QUICK, Scene, VENDORS, class, failure};
use secrecy::SecretString;
use serde_json::json;
use slipway::{
    drivers::{
        Bmc, ErrorClass,
        redfish::{RedfishBmc, RedfishConfig, RedfishFleet, Timing},
    },
    model::{BootDevice, FirmwareType, Power, PowerAction},
};
use std::time::Duration;

const RESET: &str = "/redfish/v1/Systems/System.Embedded.1/Actions";

/// Carried out resets of a machine.
async fn resets(scene: &Scene, vendor: &str) -> usize {
    scene.writes(vendor).await.iter().filter(|write| write.contains("ComputerSystem.Reset")).count()
}

async fn on(scene: &Scene, bmc: &RedfishBmc, vendor: &str) {
    bmc.set_power(PowerAction::On, &scene.permit).await.expect(vendor);
    scene.until("power on", async || scene.machine(vendor).await["power"] == "On").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_password_is_sent_once() {
    let scene = Scene::start().await;
    let wrong =
        |user: &str| RedfishConfig { user: user.into(), password: SecretString::from("wrong"), ..scene.config("Dell") };
    let bmc = RedfishBmc::new(&wrong("root")).unwrap();
    for _ in 0..5 {
        assert_eq!(class(bmc.power().await), ErrorClass::Unauthorized);
        assert_eq!(class(bmc.identity().await), ErrorClass::Unauthorized);
    }
    assert_eq!(scene.journal("Dell", "RedfishLoginRefused").await.len(), 1, "BMCs lock accounts");
    // The same without sessions.
    scene.fault("Hpe", json!({"kind": "redfishNoSessions"})).await;
    let bmc = RedfishBmc::new(&RedfishConfig { address: scene.address("Hpe"), ..wrong("nobody") }).unwrap();
    for _ in 0..5 {
        assert_eq!(class(bmc.power().await), ErrorClass::Unauthorized);
    }
    assert_eq!(scene.journal("Hpe", "RedfishLoginRefused").await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_the_bmc_ends_is_replaced_once() {
    let scene = Scene::start().await;
    let bmc = scene.bmc("Dell");
    assert_eq!(bmc.power().await.unwrap(), Power::Off);
    scene
        .fault("Dell", json!({"kind": "redfishStatus", "status": 401, "count": 1, "path": "/redfish/v1/Systems"}))
        .await;
    assert_eq!(bmc.power().await.unwrap(), Power::Off);
    let logins = scene.control("GET", "stats", &json!(null)).await["bmcLogins"].as_u64();
    assert_eq!(logins, Some(2));
    // One that takes every login and nothing after it is no reason to go on.
    scene.fault("Dell", json!({"kind": "redfishStatus", "status": 401, "path": "/redfish/v1/Systems"})).await;
    assert_eq!(class(bmc.power().await), ErrorClass::Unauthorized);
    let logins = scene.control("GET", "stats", &json!(null)).await["bmcLogins"].as_u64();
    assert_eq!(logins, Some(3), "no storm of logins");
    scene.heal().await;
    assert_eq!(bmc.power().await.unwrap(), Power::Off, "and it was no refused password");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_session_user_and_password_are_sent() {
    let scene = Scene::start().await;
    for (vendor, kind) in
        [("Dell", "redfishSessionsTaken"), ("Hpe", "redfishSessionsTaken"), ("Lenovo", "redfishNoSessions")]
    {
        scene.fault(vendor, json!({"kind": kind})).await;
        let bmc = scene.bmc(vendor);
        on(&scene, &bmc, vendor).await;
        assert_eq!(bmc.power().await.expect(vendor), Power::On);
        assert_eq!(scene.machine(vendor).await["bmc"]["redfishSessions"], 0, "{vendor}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn versions_that_do_not_match_lose_no_boot_override() {
    let scene = Scene::start().await;
    for (status, count) in [(412, 1), (412, 2), (428, 1)] {
        for (vendor, _) in VENDORS {
            // Those that demand a version refuse what comes without one.
            if count == 2 && ["Lenovo", "Ami"].contains(&vendor) {
                continue;
            }
            let fault = json!({"kind": "redfishStatus", "status": status, "count": count, "method": "PATCH"});
            scene.fault(vendor, fault).await;
            let bmc = scene.bmc(vendor);
            let set = bmc.set_next_boot(BootDevice::Pxe, FirmwareType::Uefi, &scene.permit).await;
            set.unwrap_or_else(|error| panic!("{vendor} {status} {count}: {error:?}"));
            scene.heal().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_power_command_whose_answer_is_lost_is_read_back_and_not_repeated() {
    let scene = Scene::start().await;
    let lost = [
        json!({"kind": "redfishReset", "count": 1, "method": "POST", "path": RESET, "done": true}),
        json!({"kind": "redfishStatus", "status": 503, "count": 1, "method": "POST", "path": RESET, "done": true}),
        json!({"kind": "redfishStatus", "status": 500, "count": 1, "method": "POST", "path": RESET, "done": true}),
        json!({"kind": "redfishGarbage", "how": "Html", "count": 1, "method": "POST", "path": RESET}),
        json!({"kind": "redfishGarbage", "how": "Truncated", "count": 1, "method": "POST", "path": RESET}),
    ];
    let bmc = scene.bmc("Dell");
    for (round, fault) in lost.into_iter().enumerate() {
        on(&scene, &bmc, "Dell").await;
        let before = resets(&scene, "Dell").await;
        scene.fault("Dell", fault.clone()).await;
        bmc.set_power(PowerAction::Off, &scene.permit).await.unwrap_or_else(|error| panic!("{fault}: {error:?}"));
        assert_eq!(scene.machine("Dell").await["powerOffs"], round + 1, "{fault}");
        assert!(resets(&scene, "Dell").await <= before + 1, "{fault}: sent once");
        scene.heal().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_power_command_that_never_arrived_is_an_unknown_outcome() {
    let scene = Scene::start().await;
    let timing = Timing { settle: Duration::from_millis(300), ..QUICK };
    let bmc = RedfishBmc::new(&RedfishConfig { timing, ..scene.config("Dell") }).unwrap();
    on(&scene, &bmc, "Dell").await;
    for fault in [
        json!({"kind": "redfishReset", "count": 1, "method": "POST", "path": RESET}),
        json!({"kind": "redfishStatus", "status": 503, "count": 1, "method": "POST", "path": RESET, "retryAfter": 1}),
    ] {
        scene.fault("Dell", fault).await;
        assert_eq!(class(bmc.set_power(PowerAction::Off, &scene.permit).await), ErrorClass::Unreachable);
        assert_eq!(scene.machine("Dell").await["power"], "On");
        scene.heal().await;
    }
    scene.fault("Dell", json!({"kind": "bmcDead"})).await;
    let timing = Timing { request: Duration::from_millis(300), ..timing };
    let bmc = RedfishBmc::new(&RedfishConfig { timing, ..scene.config("Dell") }).unwrap();
    assert_eq!(class(bmc.power().await), ErrorClass::Unreachable, "a BMC that is dead is waited for so long");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_busy_bmc_is_waited_for_as_long_as_it_says() {
    let scene = Scene::start().await;
    let bmc = scene.bmc("Dell");
    let busy = json!({"kind": "redfishStatus", "status": 503, "count": 1, "method": "GET", "retryAfter": 1});
    scene.fault("Dell", busy).await;
    assert_eq!(bmc.identity().await.unwrap().serial.as_deref(), Some("SN0011"));
    // Asked to come back in an hour it does, as another call.
    let long = json!({"kind": "redfishStatus", "status": 503, "method": "GET", "retryAfter": 3600});
    scene.fault("Dell", long).await;
    let (class, text) = failure(bmc.power().await);
    assert_eq!(class, ErrorClass::Unreachable, "{text}");
    assert!(text.contains("503"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn during_the_self_test_a_boot_override_waits_for_its_end() {
    let scene = Scene::start().await;
    let bmc = scene.bmc("Dell");
    scene.fault("Dell", json!({"kind": "neverBoots"})).await;
    scene.fault("Dell", json!({"kind": "redfishPostBusy", "retryAfter": 1})).await;
    on(&scene, &bmc, "Dell").await;
    let refused = bmc.set_next_boot(BootDevice::Pxe, FirmwareType::Uefi, &scene.permit).await;
    assert_eq!(failure(refused).0, ErrorClass::Unreachable, "three tries, then it is for another time");
    scene.heal().await;
    bmc.set_next_boot(BootDevice::Pxe, FirmwareType::Uefi, &scene.permit).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operating_system_that_does_not_listen_is_powered_down() {
    let scene = Scene::start().await;
    let bmc = scene.bmc("Hpe");
    on(&scene, &bmc, "Hpe").await;
    scene.fault("Hpe", json!({"kind": "bmcQuirk", "quirk": "ignoresSoftOff"})).await;
    bmc.set_power(PowerAction::SoftOff, &scene.permit).await.unwrap();
    assert_eq!(bmc.power().await.unwrap(), Power::Off);
    // And where nobody can be asked.
    scene.heal().await;
    on(&scene, &bmc, "Hpe").await;
    scene.fault("Hpe", json!({"kind": "redfishRefusesReset", "types": ["GracefulShutdown", "PowerCycle"]})).await;
    bmc.set_power(PowerAction::SoftOff, &scene.permit).await.unwrap();
    assert_eq!(bmc.power().await.unwrap(), Power::Off);
    bmc.set_power(PowerAction::Cycle, &scene.permit).await.unwrap();
    // One that cannot even be powered down says what it takes.
    scene.until("power on", async || scene.machine("Hpe").await["power"] == "On").await;
    scene.fault("Hpe", json!({"kind": "redfishRefusesReset", "types": ["ForceOff"]})).await;
    let (class, text) = failure(bmc.set_power(PowerAction::Off, &scene.permit).await);
    assert_eq!(class, ErrorClass::Unsupported, "{text}");
    assert!(text.contains("ForceOff"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_override_that_lasts_is_taken_back_after_the_boot() {
    let scene = Scene::start().await;
    for (vendor, _) in VENDORS {
        scene.fault(vendor, json!({"kind": "redfishContinuousOnly"})).await;
        let bmc = scene.bmc(vendor);
        bmc.set_next_boot(BootDevice::Pxe, FirmwareType::Uefi, &scene.permit).await.expect(vendor);
        on(&scene, &bmc, vendor).await;
        let taken_back = async || {
            bmc.set_power(PowerAction::Cycle, &scene.permit).await.expect(vendor);
            let ons = scene.journal(vendor, "PowerOn").await;
            ons.last().is_some_and(|entry| entry["detail"] == "firmware order")
        };
        scene.until(&format!("{vendor}: a boot in the firmware's order"), async || taken_back().await).await;
        assert_eq!(scene.journal(vendor, "PowerOn").await[0]["detail"], "boot flag: network", "{vendor}");
        scene.heal().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_is_followed_to_its_end() {
    let scene = Scene::start().await;
    let bmc = scene.bmc("OpenBmc");
    scene.fault("OpenBmc", json!({"kind": "redfishTasks", "ms": 200})).await;
    on(&scene, &bmc, "OpenBmc").await;
    bmc.boot_from_image("http://10.0.0.1/a.iso", &scene.permit).await.unwrap();
    bmc.eject_image(&scene.permit).await.unwrap();
    scene.heal().await;
    scene.fault("OpenBmc", json!({"kind": "redfishTasks", "ms": 50, "fails": true})).await;
    let (class, text) = failure(bmc.boot_from_image("http://10.0.0.1/b.iso", &scene.permit).await);
    assert_eq!(class, ErrorClass::Rejected, "{text}");
    assert!(text.contains("Exception") && text.contains("failed inside the BMC"), "{text}");
    scene.heal().await;
    scene.fault("OpenBmc", json!({"kind": "redfishTasks", "ms": 600_000})).await;
    let timing = Timing { task: Duration::from_millis(200), ..QUICK };
    let bmc = RedfishBmc::new(&RedfishConfig { timing, ..scene.config("OpenBmc") }).unwrap();
    let (class, text) = failure(bmc.boot_from_image("http://10.0.0.1/c.iso", &scene.permit).await);
    assert_eq!(class, ErrorClass::Unreachable, "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_that_are_no_answers() {
    let scene = Scene::start().await;
    for how in ["Truncated", "WrongTypes", "Huge", "Html", "Empty"] {
        let bmc = scene.bmc("Dell");
        let system = "/redfish/v1/Systems/System.Embedded.1";
        bmc.power().await.unwrap();
        scene.fault("Dell", json!({"kind": "redfishGarbage", "how": how, "method": "GET", "path": system})).await;
        match (how, bmc.power().await) {
            // Without a power state nobody knows it.
            ("WrongTypes" | "Empty", power) => assert_eq!(power.unwrap(), Power::Unknown, "{how}"),
            (_, power) => assert_eq!(class(power), ErrorClass::Unreachable, "{how}"),
        }
        let _ = (bmc.inventory().await, bmc.sensors().await, bmc.events(5).await, bmc.firmware().await);
        scene.heal().await;
        assert_eq!(bmc.power().await.unwrap(), Power::Off, "{how}: it passes");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_bmc_is_given_its_deadline_and_one_request_at_a_time() {
    let scene = Scene::start().await;
    let bmc = scene.bmc("Dell");
    bmc.power().await.unwrap();
    scene.fault("Dell", json!({"kind": "redfishLatency", "ms": 100})).await;
    let begun = std::time::Instant::now();
    let reads = (0..5).map(|_| bmc.power());
    for power in futures::future::join_all(reads).await {
        assert_eq!(power.unwrap(), Power::Off);
    }
    assert!(begun.elapsed() >= Duration::from_millis(500), "they came one after another");
    let timing = Timing { request: Duration::from_millis(20), ..QUICK };
    let hasty = RedfishBmc::new(&RedfishConfig { timing, ..scene.config("Dell") }).unwrap();
    assert_eq!(class(hasty.power().await), ErrorClass::Unreachable);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fleet_has_one_session_a_bmc_and_leaves_none_behind() {
    let scene = Scene::start().await;
    let fleet = RedfishFleet::default();
    let timing = Timing { idle: Duration::from_millis(200), ..QUICK };
    let config = RedfishConfig { timing, ..scene.config("Lenovo") };
    let reads = (0..8).map(|_| async { fleet.bmc(&config, "secret@1").unwrap().power().await });
    for power in futures::future::join_all(reads).await {
        assert_eq!(power.unwrap(), Power::Off);
    }
    assert_eq!(scene.machine("Lenovo").await["bmc"]["redfishSessions"], 1);
    let none = async || scene.machine("Lenovo").await["bmc"]["redfishSessions"] == 0;
    scene.until("the end of an idle session", none).await;
    let held = fleet.bmc(&config, "secret@1").unwrap();
    held.power().await.unwrap();
    let changed = fleet.bmc(&config, "secret@2").unwrap();
    changed.power().await.unwrap();
    let one = async || scene.machine("Lenovo").await["bmc"]["redfishSessions"] == 1;
    scene.until("the end of the session of what was configured before", one).await;
    fleet.close(Duration::from_secs(5)).await;
    scene.until("the end of all sessions", none).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_never_left_is_told_apart_from_what_may_have_been_done() {
    let scene = Scene::start().await;
    let switched = async |bmc: &RedfishBmc| bmc.set_power(PowerAction::On, &scene.permit).await.unwrap_err();

    let nobody = RedfishConfig { address: "127.0.0.1:1".parse().unwrap(), ..scene.config("Dell") };
    let error = switched(&RedfishBmc::new(&nobody).unwrap()).await;
    assert!(error.class == ErrorClass::Unreachable && error.not_begun, "nobody listens: {error:?}");

    let bmc = scene.bmc("Dell");
    let sessions = "/redfish/v1/SessionService/Sessions";
    scene.fault("Dell", json!({"kind": "redfishReset", "method": "POST", "path": sessions})).await;
    let error = switched(&bmc).await;
    assert!(error.class == ErrorClass::Unreachable && error.not_begun, "no login: {error:?}");
    assert_eq!(resets(&scene, "Dell").await, 0);

    scene.heal().await;
    scene.fault("Dell", json!({"kind": "redfishReset", "method": "POST", "path": RESET})).await;
    let error = switched(&bmc).await;
    assert!(error.class == ErrorClass::Unreachable && !error.not_begun, "who knows: {error:?}");
}
