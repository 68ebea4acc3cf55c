//! The Redfish driver on sushy-emulator, a service that others wrote: HTTP, HTTPS, with and without a login.
//!
//! Its power changes 1 to 11 s after it has answered, and a boot override for one boot reads back as one that lasts.

use crate::redfish_scene::{QUICK, failure};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use secrecy::SecretString;
use slipway::{
    drivers::{
        Bmc, ErrorClass,
        redfish::{Fingerprint, RedfishBmc, RedfishConfig, Security, Timing, Trust},
    },
    model::{BootDevice, FirmwareType, Permit, PermitHolder, Power, PowerAction},
};
use std::{
    fs::{self, File},
    net::{SocketAddr, TcpListener},
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};
use tempfile::TempDir;

const FIRST: &str = "da69abcc-dae0-4913-9a7b-d344043097c0";
const SECOND: &str = "da69abcc-dae0-4913-9a7b-d344043097c1";

/// As slow as it is.
const TIMING: Timing =
    Timing { poll: Duration::from_millis(200), settle: Duration::from_secs(30), post: Duration::from_secs(2), ..QUICK };

struct Emulator {
    process: Child,
    folder: TempDir,
    config: RedfishConfig,
}

impl Emulator {
    /// None: the programs from PyPI are not there.
    async fn start(systems: &[&str], secure: bool) -> Option<Self> {
        rustls::crypto::ring::default_provider().install_default().ok();
        let programs = crate::pypi::python().await?;
        for _ in 0..3 {
            if let Some(emulator) = Self::try_start(&programs, systems, secure).await {
                return Some(emulator);
            }
        }
        panic!("sushy-emulator did not start three times in a row");
    }

    async fn try_start(programs: &Path, systems: &[&str], secure: bool) -> Option<Self> {
        let address: SocketAddr = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
        let fakes: Vec<String> = systems
            .iter()
            .enumerate()
            .map(|(n, uuid)| {
                format!("{{'uuid': '{uuid}', 'name': 'fake{n}', 'power_state': 'Off', 'nics': [{{'mac': '00:5c:52:31:3a:9{n}', 'ip': '172.22.0.10{n}'}}]}}")
            })
            .collect();
        let mut conf = format!(
            "SUSHY_EMULATOR_LISTEN_IP = '127.0.0.1'\nSUSHY_EMULATOR_LISTEN_PORT = {}\nSUSHY_EMULATOR_FAKE_DRIVER = True\n\
             SUSHY_EMULATOR_FAKE_SYSTEMS = [{}]\nSUSHY_EMULATOR_FEATURE_SET = 'full'\nSUSHY_EMULATOR_STATE_DIR = '{}'\n",
            address.port(),
            fakes.join(", "),
            path("state"),
        );
        fs::create_dir(folder.path().join("state")).unwrap();
        let mut config = RedfishConfig::new(address, "admin", SecretString::from("password"));
        config.timing = TIMING;
        config.security = Security::PlainHttp;
        if secure {
            let key = KeyPair::generate().unwrap();
            // As BMCs make them: for a name that nobody dials, and called an authority's.
            let mut params = CertificateParams::new(["localhost".to_owned()]).unwrap();
            params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
            let certificate = CertifiedIssuer::self_signed(params, key).unwrap();
            fs::write(path("cert.pem"), certificate.pem()).unwrap();
            fs::write(path("key.pem"), certificate.key().serialize_pem()).unwrap();
            let hash = Command::new(programs.join("python"))
                .args(["-c", "import bcrypt; print('admin:' + bcrypt.hashpw(b'password', bcrypt.gensalt(5)).decode())"])
                .output()
                .unwrap();
            fs::write(path("htpasswd"), hash.stdout).unwrap();
            let secured = format!(
                "SUSHY_EMULATOR_SSL_CERT = '{}'\nSUSHY_EMULATOR_SSL_KEY = '{}'\nSUSHY_EMULATOR_AUTH_FILE = '{}'\n",
                path("cert.pem"),
                path("key.pem"),
                path("htpasswd"),
            );
            conf += &secured;
            let pinned = Fingerprint::of(certificate.der());
            config.security = Security::Tls { trust: Trust::Fingerprint(pinned), name: None };
        }
        fs::write(path("conf.py"), conf).unwrap();
        let log = File::create(path("log")).unwrap();
        let process = Command::new(programs.join("sushy-emulator"))
            .args(["--config", &path("conf.py")])
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut emulator = Self { process, folder, config };
        emulator.config.system = Some(systems[0].to_owned());
        let deadline = Instant::now() + Duration::from_secs(30);
        while emulator.process.try_wait().unwrap().is_none() && Instant::now() < deadline {
            if emulator.bmc().power().await.is_ok() {
                return Some(emulator);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        eprintln!("sushy-emulator: {}", fs::read_to_string(emulator.folder.path().join("log")).unwrap_or_default());
        None
    }

    fn bmc(&self) -> RedfishBmc {
        RedfishBmc::new(&self.config).unwrap()
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn permit() -> (PermitHolder, Permit) {
    let holder = PermitHolder::default();
    holder.extend(Instant::now() + Duration::from_mins(10));
    let permit = holder.permit();
    (holder, permit)
}

async fn drive(emulator: &Emulator) {
    let (_holder, permit) = permit();
    let bmc = emulator.bmc();
    let power = async |wanted: Power| {
        let deadline = Instant::now() + Duration::from_secs(30);
        while bmc.power().await.unwrap() != wanted {
            assert!(Instant::now() < deadline, "the power is not {wanted:?}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    let identity = bmc.identity().await.unwrap();
    assert_eq!(identity.system_id.as_deref(), Some(FIRST));
    assert_eq!(bmc.power().await.unwrap(), Power::Off);
    bmc.set_power(PowerAction::On, &permit).await.unwrap();
    power(Power::On).await;
    bmc.set_power(PowerAction::SoftOff, &permit).await.unwrap();
    assert_eq!(bmc.power().await.unwrap(), Power::Off, "an off is there when it returns");
    bmc.set_power(PowerAction::On, &permit).await.unwrap();
    power(Power::On).await;
    bmc.set_power(PowerAction::Cycle, &permit).await.unwrap();
    power(Power::On).await;
    bmc.set_power(PowerAction::Off, &permit).await.unwrap();
    assert_eq!(bmc.power().await.unwrap(), Power::Off);
    let inventory = bmc.inventory().await.unwrap();
    assert_eq!(inventory.nics[0].mac, "00:5c:52:31:3a:90", "{inventory:?}");
    let (class, text) = failure(bmc.bios_settings().await);
    assert_eq!(class, ErrorClass::Unsupported, "it has none in this mode: {text}");
    assert!(!bmc.sensors().await.unwrap().is_empty());
}

/// `Boot` of the emulator's system, as `curl` reads it.
fn boot(emulator: &Emulator) -> String {
    let url = format!("http://{}/redfish/v1/Systems/{FIRST}", emulator.config.address);
    let output = Command::new("curl").args(["--silent", "--noproxy", "*", &url]).output().expect("curl runs");
    let system: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let boot = &system["Boot"];
    let field = |name: &str| boot[name].as_str().unwrap_or_default().to_owned();
    format!("{} {}", field("BootSourceOverrideTarget"), field("BootSourceOverrideMode"))
}

#[tokio::test(flavor = "multi_thread")]
async fn over_http_without_a_login() {
    let Some(emulator) = Emulator::start(&[FIRST], false).await else { return };
    drive(&emulator).await;
    let (_holder, permit) = permit();
    let bmc = emulator.bmc();
    for (device, firmware, told) in [
        (BootDevice::Pxe, FirmwareType::Uefi, "Pxe UEFI"),
        (BootDevice::Disk, FirmwareType::Uefi, "Hdd UEFI"),
        (BootDevice::Pxe, FirmwareType::Legacy, "Pxe Legacy"),
    ] {
        let set = bmc.set_next_boot(device, firmware, &permit).await;
        set.unwrap_or_else(|error| panic!("{device:?}: {error:?}"));
        assert_eq!(boot(&emulator), told);
    }
    assert_eq!(
        failure(bmc.set_next_boot(BootDevice::Setup, FirmwareType::Uefi, &permit).await).0,
        ErrorClass::Unsupported
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn over_https_with_a_login() {
    let Some(emulator) = Emulator::start(&[FIRST], true).await else { return };
    drive(&emulator).await;
    let wrong = RedfishConfig { password: SecretString::from("wrong"), ..emulator.config.clone() };
    assert_eq!(failure(RedfishBmc::new(&wrong).unwrap().power().await).0, ErrorClass::Unauthorized);
    let pem = fs::read_to_string(emulator.folder.path().join("cert.pem")).unwrap();
    let security = Security::Tls { trust: Trust::Authorities(pem), name: None };
    let pinning = RedfishConfig { security, ..emulator.config.clone() };
    assert_eq!(RedfishBmc::new(&pinning).unwrap().power().await.unwrap(), Power::Off);
    let security = Security::Tls { trust: Trust::System, name: None };
    let untrusting = RedfishConfig { security, ..emulator.config.clone() };
    assert_eq!(failure(RedfishBmc::new(&untrusting).unwrap().power().await).0, ErrorClass::Rejected);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_several_systems_has_to_be_named() {
    let Some(emulator) = Emulator::start(&[FIRST, SECOND], false).await else { return };
    let unnamed = RedfishConfig { system: None, ..emulator.config.clone() };
    let (class, text) = failure(RedfishBmc::new(&unnamed).unwrap().power().await);
    assert_eq!(class, ErrorClass::Rejected);
    assert!(text.contains(FIRST) && text.contains(SECOND), "{text}");
    let second = RedfishConfig { system: Some(SECOND.into()), ..emulator.config.clone() };
    assert_eq!(RedfishBmc::new(&second).unwrap().identity().await.unwrap().system_id.as_deref(), Some(SECOND));
    let nobody = RedfishConfig { system: Some("437XR".into()), ..emulator.config.clone() };
    let (class, text) = failure(RedfishBmc::new(&nobody).unwrap().power().await);
    assert!(class == ErrorClass::Rejected && text.contains("437XR") && text.contains(FIRST), "{text}");
}
