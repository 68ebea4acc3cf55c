//! Nothing that a Redfish service answers makes the driver panic, or go on for ever.
//!
//! `SLIPWAY_FUZZ_SECONDS=600 cargo test --test drivers redfish_fuzz -- --ignored` goes on for ten minutes.

use crate::redfish_scene::QUICK;
use crate::redfish_script::Script;
use proptest::{
    prelude::*,
    sample::{Index, select},
    test_runner::{Config, TestRunner},
};
use serde_json::Value;
use slipway::{
    drivers::{
        Bmc,
        redfish::{RedfishBmc, RedfishConfig, Timing},
    },
    model::{BootDevice, FirmwareType, PermitHolder, PowerAction},
};
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};
use tokio::runtime::Runtime;

/// Whole services: paths with their documents.
const CORPUS: [&str; 3] = [
    include_str!("redfish_corpus/one-slash.json"),
    include_str!("redfish_corpus/newer.json"),
    include_str!("redfish_corpus/odd.json"),
];

const HASTY: Timing = Timing {
    poll: Duration::from_millis(1),
    settle: Duration::from_millis(2),
    shutdown: Duration::from_millis(2),
    task: Duration::from_millis(2),
    post: Duration::from_millis(2),
    longest_pause: Duration::ZERO,
    ..QUICK
};

/// What is done to the document at a path.
#[derive(Debug, Clone)]
enum Change {
    /// The value behind the n-th colon is another one.
    Value(Index, String),
    /// Text is put in somewhere.
    Insert(Index, String),
    /// It ends there.
    Cut(Index),
    /// It is another one's.
    Swap(Index),
    /// It is no document at all.
    Bytes(Vec<u8>),
    /// It is answered with this status, and with these headers.
    Status(u16, String),
}

fn changes() -> impl Strategy<Value = Vec<(Index, Change)>> {
    let deep = format!("{}{}", "[".repeat(2000), "]".repeat(2000));
    let values = select(vec![
        "null".to_owned(),
        "-1".into(),
        "1e999".into(),
        "1e300".into(),
        "18446744073709551616".into(),
        "\"\"".into(),
        "\"é\u{0}\"".into(),
        "[]".into(),
        "{}".into(),
        "[[1]]".into(),
        "true".into(),
        "\"//evil/x\"".into(),
        "\"/redfish/v1\"".into(),
        "{\"@odata.id\": \"/redfish/v1/Systems\"}".into(),
        "[{\"@odata.id\": \"/redfish/v1/Systems/1\"}, 7, null, [], {}]".into(),
        "{\"Member\": [{\"Member\": []}]}".into(),
        format!("\"{}\"", "x".repeat(5000)),
        deep,
    ]);
    let signs =
        select(["[", "]", "{", "}", ":", ",", "\"", "\\u0000", "é", "\u{feff}", "0"].map(str::to_owned).to_vec());
    let status =
        select(vec![200_u16, 201, 202, 204, 301, 302, 307, 308, 400, 401, 403, 404, 405, 409, 412, 428, 500, 503]);
    let header = select(
        ["0", "", "/redfish/v1", "http://evil/", "W/\"1\"", "*", "99999999999999999999"].map(str::to_owned).to_vec(),
    );
    let change = prop_oneof![
        6 => (any::<Index>(), values).prop_map(|(at, value)| Change::Value(at, value)),
        1 => (any::<Index>(), signs).prop_map(|(at, sign)| Change::Insert(at, sign)),
        1 => any::<Index>().prop_map(Change::Cut),
        1 => any::<Index>().prop_map(Change::Swap),
        1 => any::<Vec<u8>>().prop_map(Change::Bytes),
        1 => (status, header).prop_map(|(status, header)| Change::Status(status, header)),
    ];
    prop::collection::vec((any::<Index>(), change), 1..24)
}

type Service = BTreeMap<String, (u16, String, Vec<u8>)>;

fn service(text: &str) -> Service {
    let documents: BTreeMap<String, Value> = serde_json::from_str(text).expect("the corpus is JSON");
    documents
        .into_iter()
        .map(|(path, document)| (path, (200, String::new(), document.to_string().into_bytes())))
        .collect()
}

fn apply(service: &mut Service, at: Index, change: &Change) {
    let paths: Vec<String> = service.keys().cloned().collect();
    let path = at.get(&paths);
    let other = |index: &Index| service[index.get(&paths)].2.clone();
    let (_, _, body) = &service[path];
    let text = String::from_utf8_lossy(body).into_owned();
    let place = |at: &Index| {
        let at = at.index(text.len() + 1);
        (at..=text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or_default()
    };
    let (mut status, mut header) = (200, String::new());
    let body = match change {
        Change::Value(at, value) => {
            let colons: Vec<usize> = text.match_indices(':').map(|(at, _)| at + 1).collect();
            if colons.is_empty() {
                return;
            }
            let from = *at.get(&colons);
            let end = text[from..].find([',', '}']).map_or(text.len(), |end| from + end);
            format!("{}{value}{}", &text[..from], &text[end..]).into_bytes()
        }
        Change::Insert(at, sign) => {
            let at = place(at);
            format!("{}{sign}{}", &text[..at], &text[at..]).into_bytes()
        }
        Change::Cut(at) => text.as_bytes()[..place(at)].to_vec(),
        Change::Swap(with) => other(with),
        Change::Bytes(bytes) => bytes.clone(),
        Change::Status(other, told) => {
            status = *other;
            header.clone_from(told);
            text.into_bytes()
        }
    };
    service.insert(path.clone(), (status, header, body));
}

/// Everything that can be asked of a service that answers so.
async fn ask(service: &Service) {
    let script = Script::start().await;
    for (path, (status, header, body)) in service {
        let named = ["location", "etag", "retry-after"].map(|name| (name, header.clone()));
        let headers: Vec<_> = named.into_iter().filter(|_| !header.is_empty()).collect();
        for method in ["GET", "PATCH", "POST"] {
            script.set(&format!("{method} {path}"), vec![(*status, headers.clone(), body.clone())]);
        }
    }
    if !service.contains_key("/redfish/v1/SessionService/Sessions") {
        script.session(201, "/redfish/v1/SessionService/Sessions/1");
    }
    let bmc = RedfishBmc::new(&RedfishConfig { timing: HASTY, ..script.config() }).expect("a driver");
    let holder = PermitHolder::default();
    holder.extend(Instant::now() + Duration::from_mins(1));
    let permit = holder.permit();
    let _ = bmc.power().await;
    let _ = bmc.identity().await;
    let _ = bmc.inventory().await;
    let _ = bmc.sensors().await;
    let _ = bmc.events(10).await;
    let _ = bmc.firmware().await;
    let pending = bmc.pending_bios_settings().await;
    if let Ok(settings) = bmc.bios_settings().await {
        let changed = settings.into_iter().map(|(name, value)| (name, format!("{value}x"))).collect();
        let _ = (bmc.set_bios_settings(&changed, &permit).await, pending);
    }
    for device in [BootDevice::Pxe, BootDevice::None] {
        let _ = bmc.set_next_boot(device, FirmwareType::Uefi, &permit).await;
    }
    for action in [PowerAction::On, PowerAction::SoftOff, PowerAction::Cycle] {
        let _ = bmc.set_power(action, &permit).await;
    }
    let _ = bmc.identify(true, &permit).await;
    let _ = bmc.boot_from_image("http://10.0.0.1/a.iso", &permit).await;
    let _ = bmc.eject_image(&permit).await;
    bmc.close().await;
}

fn answers_anything(cases: u32) {
    let runtime = Runtime::new().expect("a runtime");
    let services: Vec<Service> = CORPUS.iter().map(|text| service(text)).collect();
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 200, ..Config::default() };
    TestRunner::new(config)
        .run(&(select(services), changes()), |(mut service, changes)| {
            for (at, change) in &changes {
                apply(&mut service, *at, change);
            }
            let asked = runtime.block_on(async { tokio::time::timeout(Duration::from_secs(30), ask(&service)).await });
            prop_assert!(asked.is_ok(), "it goes on for ever");
            Ok(())
        })
        .unwrap_or_else(|failure| panic!("{failure}"));
}

#[test]
fn the_corpus_is_understood() {
    let runtime = Runtime::new().expect("a runtime");
    for text in CORPUS {
        runtime.block_on(async {
            let script = Script::start().await;
            for (path, (.., body)) in service(text) {
                script.set(&format!("GET {path}"), vec![(200, Vec::new(), body)]);
            }
            script.session(201, "/redfish/v1/SessionService/Sessions/1");
            let bmc = script.bmc();
            assert!(bmc.identity().await.expect("an identity").serial.is_some());
            let inventory = bmc.inventory().await.expect("an inventory");
            assert!(!inventory.nics.is_empty() && !inventory.disks.is_empty() && inventory.cpus > 0, "{inventory:?}");
            assert!(!bmc.sensors().await.expect("sensors").is_empty());
            assert!(!bmc.events(5).await.expect("a log").is_empty());
            assert!(!bmc.firmware().await.expect("firmware").is_empty());
            assert!(!bmc.bios_settings().await.expect("settings").is_empty());
        });
    }
}

#[test]
fn no_answer_breaks_the_driver() {
    answers_anything(60);
}

#[test]
#[ignore = "runs for SLIPWAY_FUZZ_SECONDS, by default for ten minutes"]
fn fuzz() {
    let seconds = std::env::var("SLIPWAY_FUZZ_SECONDS").ok().and_then(|seconds| seconds.parse().ok()).unwrap_or(600);
    let end = Instant::now() + Duration::from_secs(seconds);
    while Instant::now() < end {
        answers_anything(200);
    }
}
