//! What the tests of Redfish share: a lab with one machine for each vendor, and a driver for each of them.

use secrecy::SecretString;
use serde_json::{Value, json};
use slipway::{
    drivers::{
        DriverError, ErrorClass,
        redfish::{RedfishBmc, RedfishConfig, Security, Timing, Trust},
    },
    model::{Permit, PermitHolder},
};
use slipway_lab::{Lab, spec::LabSpec};
use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

/// Vendors that the lab stands in for, and the last byte of the address of the machine with such a BMC.
pub const VENDORS: [(&str, u8); 7] = [
    ("Dell", 11),
    ("Hpe", 12),
    ("SupermicroX11", 13),
    ("SupermicroX12", 14),
    ("Lenovo", 15),
    ("Ami", 16),
    ("OpenBmc", 17),
];

/// Quick, and of long patience.
pub const QUICK: Timing = Timing {
    connect: Duration::from_secs(10),
    request: Duration::from_secs(10),
    interval: Duration::ZERO,
    longest_pause: Duration::from_secs(2),
    poll: Duration::from_millis(10),
    settle: Duration::from_secs(10),
    shutdown: Duration::from_millis(300),
    task: Duration::from_secs(5),
    post: Duration::from_secs(20),
    validity: Duration::from_mins(10),
    idle: Duration::from_mins(5),
};

/// A lab, and the permit to write to it.
pub struct Scene {
    pub lab: Lab,
    pub permit: Permit,
    holder: PermitHolder,
}

impl Scene {
    pub async fn start() -> Self {
        rustls::crypto::ring::default_provider().install_default().ok();
        let machines: Vec<Value> = VENDORS.iter().map(|(vendor, last)| machine(vendor, *last)).collect();
        let spec = json!({"speed": 6000, "machines": machines}).to_string();
        let lab = slipway_lab::start(LabSpec::from_yaml(&spec).expect("a spec")).await.expect("a lab");
        let holder = PermitHolder::default();
        holder.extend(Instant::now() + Duration::from_mins(10));
        Self { lab, permit: holder.permit(), holder }
    }

    /// The lease is lost.
    pub fn lose_lease(&self) {
        self.holder.revoke();
    }

    pub fn address(&self, vendor: &str) -> SocketAddr {
        let (_, last) = VENDORS.iter().find(|(name, _)| *name == vendor).expect("a vendor");
        SocketAddr::from(([127, 23, 104, *last], self.lab.bmc_port))
    }

    pub fn config(&self, vendor: &str) -> RedfishConfig {
        let mut config = RedfishConfig::new(self.address(vendor), "root", SecretString::from("calvin"));
        config.security = Security::Tls { trust: Trust::Authorities(self.lab.bmc_ca.clone()), name: None };
        config.timing = QUICK;
        config
    }

    pub fn bmc(&self, vendor: &str) -> RedfishBmc {
        RedfishBmc::new(&self.config(vendor)).expect("a driver")
    }

    pub async fn control(&self, method: &str, path: &str, body: &Value) -> Value {
        let client = reqwest::Client::builder().no_proxy().build().expect("a client");
        let request = client.request(method.parse().expect("a method"), format!("{}/{path}", self.lab.control_url));
        let request = if body.is_null() { request } else { request.json(body) };
        request.send().await.expect("the control API answers").json().await.expect("JSON")
    }

    pub async fn machine(&self, vendor: &str) -> Value {
        self.control("GET", &format!("machines/{vendor}"), &Value::Null).await
    }

    pub async fn fault(&self, vendor: &str, fault: Value) {
        let mut fault = fault;
        fault["machine"] = json!(vendor);
        let added = self.control("POST", "faults", &fault).await;
        assert!(added["id"].is_u64(), "{fault}: {added}");
    }

    pub async fn heal(&self) {
        self.control("DELETE", "faults", &Value::Null).await;
    }

    /// Entries of the journal of this kind about a machine.
    pub async fn journal(&self, vendor: &str, kind: &str) -> Vec<Value> {
        let journal = self.control("GET", &format!("journal?machine={vendor}"), &Value::Null).await;
        let entries = journal["entries"].as_array().expect("entries");
        entries.iter().filter(|entry| entry["kind"] == kind).cloned().collect()
    }

    /// What Redfish wrote to a machine that was taken: method and path.
    pub async fn writes(&self, vendor: &str) -> Vec<String> {
        let writes = self.journal(vendor, "RedfishWrite").await;
        let taken = writes.iter().filter(|entry| entry["request"]["status"].as_u64().is_some_and(|s| s < 300));
        taken.map(|entry| entry["detail"].as_str().unwrap_or_default().to_owned()).collect()
    }

    pub async fn until(&self, what: &str, mut check: impl AsyncFnMut() -> bool) {
        let deadline = Instant::now() + Duration::from_secs(30);
        while !check().await {
            assert!(Instant::now() < deadline, "waited too long for {what}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

fn machine(vendor: &str, last: u8) -> Value {
    json!({
        "name": vendor, "serial": format!("SN{last:04}"), "memoryMib": 65536,
        "bmc": {"address": format!("10.23.104.{last}"), "redfish": {"vendor": vendor}},
        "nics": [
            {"name": "eno1", "mac": format!("52:54:00:00:{last:02x}:01"), "pci": "0000:3b:00.1", "segment": "pxe"},
            {"name": "eno2", "mac": format!("52:54:00:00:{last:02x}:02")},
        ],
        "disks": [
            {"name": "sda", "sizeBytes": 480_103_981_056_u64, "scsi": "0:2.0.0", "serial": "S1"},
            {"name": "nvme0n1", "sizeBytes": 1_600_321_314_816_u64, "pci": "0000:65:00.0", "serial": "S2"},
        ],
    })
}

/// The class of a failure, and its causes as one text without secrets.
pub fn failure<T: std::fmt::Debug>(outcome: Result<T, DriverError>) -> (ErrorClass, String) {
    let error = outcome.expect_err("it fails");
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(source) = cause {
        text = format!("{text}: {source}");
        cause = source.source();
    }
    assert!(!text.contains("calvin") && !format!("{error:?}").contains("calvin"), "{text}");
    (error.class, text)
}

pub fn class<T: std::fmt::Debug>(outcome: Result<T, DriverError>) -> ErrorClass {
    failure(outcome).0
}
