//! A lab's BMCs and drivers for them: what the tests of the IPMI driver share, and what a healthy BMC tells.

use serde_json::{Value, json};
use slipway::{
    drivers::{
        Bmc,
        ipmi::{CipherSuite, Fleet, IpmiBmc, IpmiConfig, Limits, SessionPolicy, Timing},
    },
    model::{BootDevice, FirmwareType, Permit, PermitHolder, Power, PowerAction, SensorState},
};
use slipway_lab::{Lab, spec::LabSpec};
use std::{
    net::{Ipv4Addr, SocketAddr},
    process::Stdio,
    time::{Duration, Instant},
};
use tokio::process::Command;

/// How long a test waits for anything.
pub(crate) const DEADLINE: Duration = Duration::from_secs(20);

pub(crate) const QUICK: Timing = Timing {
    retransmit: Duration::from_millis(150),
    tries: 6,
    exchange: Duration::from_secs(5),
    login: Duration::from_secs(15),
    busy: Duration::from_millis(50),
    interval: Duration::ZERO,
    poll: Duration::from_millis(20),
    settle: Duration::from_secs(10),
    shutdown: Duration::from_millis(300),
};

/// One machine, of each maker's kind in turn.
pub(crate) const MAKERS: [(&str, &str); 5] =
    [("Dell", "Dell"), ("Hpe", "HPE"), ("Supermicro", "Supermicro"), ("Lenovo", "Lenovo"), ("OpenBmc", "Meta")];

/// A lab whose first machine has the BMC that is asked for.
pub(crate) struct Rack {
    pub(crate) lab: Lab,
    pub(crate) fleet: Fleet,
    pub(crate) permit: Permit,
    _holder: PermitHolder,
}

impl Rack {
    /// With one machine, `more` being fields of its BMC.
    pub(crate) async fn start(more: &str) -> Self {
        rustls::crypto::ring::default_provider().install_default().ok();
        let spec = format!(
            "{{zeroDelay: true, machines: [{{name: m1, serial: SN-1, uuid: 4c4c4544-004b-4a10-8043-b4c04f4e4632, bmc: {{address: 10.23.104.11, {more}}}}}]}}"
        );
        let lab = slipway_lab::start(LabSpec::from_yaml(&spec).unwrap()).await.unwrap();
        let holder = PermitHolder::default();
        holder.extend(Instant::now() + Duration::from_hours(1));
        Self { lab, fleet: Fleet::start(Limits::default()), permit: holder.permit(), _holder: holder }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        (Ipv4Addr::new(127, 23, 104, 11), self.lab.bmc_port).into()
    }

    pub(crate) fn config(&self) -> IpmiConfig {
        IpmiConfig { timing: QUICK, ..IpmiConfig::new(self.address(), "root", "calvin".into()) }
    }

    pub(crate) fn bmc(&self) -> IpmiBmc {
        self.with(self.config())
    }

    pub(crate) fn with(&self, config: IpmiConfig) -> IpmiBmc {
        IpmiBmc::new(&self.fleet, config).unwrap()
    }

    /// Asks the lab's control API.
    pub(crate) async fn control(&self, method: &str, path: &str, body: Value) -> Value {
        let method = method.parse().unwrap();
        let request = reqwest::Client::new().request(method, format!("{}/{path}", self.lab.control_url)).json(&body);
        request.send().await.unwrap().json().await.unwrap()
    }

    pub(crate) async fn fault(&self, fault: Value) {
        self.control("POST", "faults", fault).await;
    }

    /// What the BMC was told, in order.
    pub(crate) async fn told(&self) -> Vec<String> {
        let journal = self.control("GET", "journal", json!({})).await;
        let entries = journal["entries"].as_array().unwrap();
        let commands = entries.iter().filter(|entry| entry["kind"] == "BmcCommand");
        commands.map(|entry| entry["detail"].as_str().unwrap().to_owned()).collect()
    }

    pub(crate) async fn logins(&self) -> u64 {
        self.control("GET", "stats", json!({})).await["bmcLogins"].as_u64().unwrap()
    }

    /// What `ipmitool` prints.
    pub(crate) async fn ipmitool(&self, args: &[&str]) -> String {
        let (host, port) = (self.address().ip().to_string(), self.address().port().to_string());
        let mut command = Command::new("ipmitool");
        command.args(["-I", "lanplus", "-C", "17", "-H", &host, "-p", &port, "-U", "root", "-P", "calvin"]);
        let output = command.args(args).stdin(Stdio::null()).output().await.expect("run `make tools`");
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}

#[tokio::test]
async fn a_bmc_says_who_it_is_and_of_which_machine() {
    for (personality, vendor) in MAKERS {
        let rack = Rack::start(&format!("personality: {personality}")).await;
        let identity = rack.bmc().identity().await.unwrap();
        assert_eq!(identity.vendor.as_deref(), Some(vendor));
        assert_eq!(identity.product.as_deref(), Some("PowerEdge R650"), "from the inventory of parts");
        assert_eq!(identity.serial.as_deref(), Some("SN-1"));
        assert_eq!(identity.system_id.as_deref(), Some("4c4c4544-004b-4a10-8043-b4c04f4e4632"));
        let firmware = rack.bmc().firmware().await.unwrap();
        assert_eq!(Some(&firmware[0].version), identity.firmware.as_ref());
        let inventory = rack.bmc().inventory().await.unwrap();
        assert_eq!(inventory.vendor.as_deref(), Some("Dell Inc."));
        assert_eq!((inventory.serial, inventory.cpus), (Some("SN-1".to_owned()), 0));
    }
}

#[tokio::test]
async fn sensors_read_as_ipmitool_reads_them() {
    for (personality, _) in MAKERS {
        for power in [Power::On, Power::Off] {
            let rack = Rack::start(&format!("personality: {personality}")).await;
            if power == Power::On {
                rack.bmc().set_power(PowerAction::On, &rack.permit).await.unwrap();
                turned(&rack, Power::On).await;
            }
            let sensors = rack.bmc().sensors().await.unwrap();
            let listed = rack.ipmitool(&["-c", "sdr", "list"]).await;
            let mut ours = sensors.iter();
            for line in listed.lines() {
                let fields: Vec<&str> = line.split(',').collect();
                let sensor = ours.next().unwrap_or_else(|| panic!("{personality}: we have no {line}"));
                assert_eq!(sensor.name, fields[0]);
                let Ok(value) = fields[1].parse::<f64>() else { continue };
                let read = sensor.value.unwrap_or_else(|| panic!("{sensor:?}, {line}"));
                assert!((read - value).abs() <= 0.01 * value.abs(), "{sensor:?}, {line}");
                assert_eq!(sensor.unit.as_deref(), Some(fields[2]));
                assert_eq!(sensor.state == SensorState::Ok, fields[3] == "ok", "{sensor:?}, {line}");
            }
            assert_eq!(ours.next().map(|sensor| sensor.name.as_str()), Some("DCMI power"));
            let fans = sensors.iter().filter(|sensor| sensor.kind == "Fan");
            let unreadable = |sensor: &slipway::model::Sensor| sensor.state == SensorState::Unreadable;
            assert!(fans.clone().count() >= 2 && fans.clone().all(|fan| unreadable(fan) == (power == Power::Off)));
        }
    }
}

pub(crate) async fn turned(rack: &Rack, power: Power) {
    let deadline = Instant::now() + DEADLINE;
    while rack.bmc().power().await.unwrap() != power {
        assert!(Instant::now() < deadline, "the power never is {power:?}");
    }
}

#[tokio::test]
async fn the_newest_entries_of_the_log_come_first() {
    let rack = Rack::start("").await;
    let bmc = rack.bmc();
    let events = bmc.events(3).await.unwrap();
    let ids: Vec<&str> = events.iter().map(|event| event.id.as_str()).collect();
    assert_eq!(ids, ["7", "6", "5"]);
    assert_eq!(events[0].message, "record of Dell: 01 02 03 04 05 06");
    assert_eq!((events[1].state, events[1].message.as_str()), (SensorState::Warning, "Memory 0x53: correctable ECC"));
    assert_eq!(events[1].at.unwrap().to_string(), "2026-02-02T02:40:00Z");
    let all = bmc.events(100).await.unwrap();
    assert_eq!((all.len(), all[6].at), (7, None), "the first one is from before the clock was set");
    bmc.clear_events(&rack.permit).await.unwrap();
    assert_eq!(bmc.events(100).await.unwrap(), []);
    assert!(rack.ipmitool(&["sel", "list"]).await.trim().is_empty());
}

#[tokio::test]
async fn the_light_and_the_watts() {
    let rack = Rack::start("").await;
    rack.bmc().identify(true, &rack.permit).await.unwrap();
    rack.bmc().identify(false, &rack.permit).await.unwrap();
    assert_eq!(rack.told().await, ["identify: on", "identify: off"]);
    assert_eq!(rack.bmc().power_reading().await.unwrap().unwrap().current, 11);
}

#[tokio::test]
async fn the_boot_device_is_told_in_the_makers_words() {
    for (personality, flags) in [("Dell", "a0 08"), ("Supermicro", "a0 24")] {
        let rack = Rack::start(&format!("personality: {personality}")).await;
        rack.bmc().set_next_boot(BootDevice::Disk, FirmwareType::Uefi, &rack.permit).await.unwrap();
        let told = rack.told().await;
        assert_eq!(told, ["set boot option 3: 08".to_owned(), format!("set boot option 5: {flags} 00 00 00")]);
        rack.bmc().set_next_boot(BootDevice::Pxe, FirmwareType::Legacy, &rack.permit).await.unwrap();
        assert!(rack.ipmitool(&["chassis", "bootparam", "get", "5"]).await.contains("Force PXE"));
    }
}

#[tokio::test]
async fn every_suite_that_is_named_is_spoken() {
    for id in [0, 1, 2, 3, 17] {
        let rack = Rack::start(&format!("cipherSuites: [{id}]")).await;
        let suite = CipherSuite::from_id(id).unwrap();
        let named = rack.with(IpmiConfig { cipher_suites: vec![suite], ..rack.config() });
        assert_eq!(named.power().await.unwrap(), Power::Off, "suite {id}");
        assert_eq!(named.cipher_suite(), Some(id.into()));
        assert_eq!(rack.bmc().power().await.is_ok(), id >= 3, "suite {id} by default");
    }
}

#[tokio::test]
async fn many_callers_share_one_session_at_a_time() {
    let rack = Rack::start("").await;
    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let bmc = rack.bmc();
        calls.spawn(async move { bmc.power().await });
    }
    while let Some(outcome) = calls.join_next().await {
        assert_eq!(outcome.unwrap().unwrap(), Power::Off);
    }
    assert_eq!(rack.logins().await, 20, "and the BMC has four places");
}

#[tokio::test]
async fn a_kept_session_saves_logins_and_is_closed_with_the_fleet() {
    let mut rack = Rack::start("").await;
    let keep = IpmiConfig { sessions: SessionPolicy::Keep(Duration::from_secs(40)), ..rack.config() };
    for _ in 0..10 {
        rack.with(keep.clone()).power().await.unwrap();
    }
    assert_eq!(rack.logins().await, 1);
    // Four times as many fleets as the BMC has places: each closes its session when it ends.
    for _ in 0..16 {
        rack.fleet = Fleet::start(Limits::default());
        let deadline = Instant::now() + DEADLINE;
        while rack.with(keep.clone()).power().await.is_err() {
            assert!(Instant::now() < deadline, "no session becomes free");
        }
    }
}
