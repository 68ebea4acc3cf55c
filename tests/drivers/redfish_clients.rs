//! The lab's Redfish services under clients that others wrote: OpenStack's sushy, DMTF's `redfish` library, and curl.

use crate::redfish_scene::{Scene, VENDORS};
use serde_json::{Value, json};
use std::{fs, path::Path, process::Stdio};
use tokio::process::Command;

/// Drives a machine as OpenStack Ironic does.
const SUSHY: &str = r"
import json, sys, time
import sushy
from sushy import auth

url, user, password, ca = sys.argv[1:5]
root = sushy.Sushy(url, verify=ca, auth=auth.SessionAuth(user, password))
systems = root.get_system_collection().get_members()
assert len(systems) == 1, systems
system = systems[0]

def wait(state):
    for _ in range(300):
        system.refresh()
        if system.power_state == state:
            return
        time.sleep(0.05)
    raise SystemExit(f'the power is not {state} but {system.power_state}')

assert system.power_state == sushy.PowerState.OFF, system.power_state
system.set_system_boot_options(target=sushy.BootSource.PXE, enabled=sushy.BootSourceOverrideEnabled.ONCE) \
    if 'mode' not in sys.argv else \
    system.set_system_boot_options(target=sushy.BootSource.PXE, enabled=sushy.BootSourceOverrideEnabled.ONCE,
                                   mode=sushy.BootSourceOverrideMode.UEFI)
system.refresh()
assert system.boot.target == sushy.BootSource.PXE, system.boot.target
assert system.boot.enabled == sushy.BootSourceOverrideEnabled.ONCE, system.boot.enabled
system.reset_system(sushy.ResetType.ON)
wait(sushy.PowerState.ON)
system.refresh(force=True)
told = {
    'uuid': system.uuid, 'manufacturer': system.manufacturer, 'serial': system.serial_number, 'sku': system.sku,
    'memory': system.memory_summary.size_gib, 'cpus': len(system.processors.get_members()),
    'macs': sorted(system.ethernet_interfaces.summary or {}),
    'enabled': system.boot.enabled.value,
    'reset': sorted(kind.value for kind in system.get_allowed_reset_system_values()),
    'managers': [manager.firmware_version for manager in root.get_manager_collection().get_members()],
    'chassis': len(root.get_chassis_collection().get_members()),
    'firmware': len(root.get_update_service().firmware_inventory.get_members()),
}
system.reset_system(sushy.ResetType.FORCE_OFF)
wait(sushy.PowerState.OFF)
if 'bios' in sys.argv:
    told['bios'] = dict(system.bios.attributes)
try:
    sushy.Sushy(url, verify=ca, auth=auth.BasicAuth(user, 'wrong')).get_system_collection()
    raise SystemExit('a wrong password is taken')
except sushy.exceptions.AccessError:
    pass
print(json.dumps(told))
";

/// DMTF's own library: a session and a look at each top resource.
const DMTF: &str = r"
import json, sys
import redfish

url, user, password, ca = sys.argv[1:5]
client = redfish.redfish_client(base_url=url, username=user, password=password, default_prefix='/redfish/v1', cafile=ca)
client.login(auth='session')
seen = {}
todo = ['/redfish/v1/']
while todo:
    path = todo.pop()
    if path in seen:
        continue
    answer = client.get(path)
    seen[path] = answer.status
    if answer.status != 200:
        continue
    def links(value):
        if isinstance(value, dict):
            for name, inner in value.items():
                if name in ('@odata.id', 'Members@odata.nextLink') and isinstance(inner, str):
                    yield inner
                else:
                    yield from links(inner)
        elif isinstance(value, list):
            for inner in value:
                yield from links(inner)
    assert answer.dict['@odata.id'].rstrip('/') == path.split('?')[0].rstrip('/'), (path, answer.dict['@odata.id'])
    todo.extend(links(answer.dict))
client.logout()
print(json.dumps(seen))
";

async fn script(programs: &Path, scene: &Scene, text: &str, vendor: &str, more: &[&str]) -> Value {
    let folder = tempfile::tempdir().expect("a folder");
    let (file, ca) = (folder.path().join("script.py"), folder.path().join("ca.pem"));
    fs::write(&file, text).expect("a script");
    fs::write(&ca, &scene.lab.bmc_ca).expect("a certificate");
    let output = Command::new(programs.join("python"))
        .arg(&file)
        .args([&format!("https://{}", scene.address(vendor)), "root", "calvin"])
        .arg(&ca)
        .args(more)
        .env("NO_PROXY", "*")
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .expect("Python runs");
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{vendor}: {out}{err}");
    serde_json::from_str(out.lines().last().unwrap_or_default()).unwrap_or_else(|e| panic!("{vendor}: {e}: {out}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn sushy_drives_every_vendors_machine() {
    let Some(programs) = crate::pypi::python().await else { return };
    let scene = Scene::start().await;
    for (vendor, last) in VENDORS {
        // Whoever leaves the mode out gets Supermicro's default.
        let mut more = Vec::new();
        if vendor.starts_with("Supermicro") {
            more.push("mode");
        }
        if vendor != "SupermicroX11" {
            more.push("bios");
        }
        let told = script(&programs, &scene, SUSHY, vendor, &more).await;
        assert_eq!(told["memory"], 64, "{vendor}: {told}");
        assert_eq!(told["cpus"], 2, "{vendor}");
        assert_eq!(told["enabled"], "Disabled", "{vendor}: one boot used it up");
        assert_eq!(told["macs"].as_array().map(Vec::len), Some(2), "{vendor}: {told}");
        assert!(told["reset"].as_array().is_some_and(|kinds| kinds.contains(&json!("ForceOff"))), "{vendor}: {told}");
        let serial = if vendor == "Dell" { &told["sku"] } else { &told["serial"] };
        assert_eq!(*serial, format!("SN{last:04}"), "{vendor}");
        assert_eq!((&told["chassis"], &told["firmware"]), (&json!(1), &json!(2)), "{vendor}");
        assert_eq!(scene.journal(vendor, "PowerOn").await[0]["detail"], "boot flag: network", "{vendor}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn dmtfs_library_finds_every_link_to_lead_somewhere() {
    let Some(programs) = crate::pypi::python().await else { return };
    let scene = Scene::start().await;
    for (vendor, _) in VENDORS {
        let seen = script(&programs, &scene, DMTF, vendor, &[]).await;
        let seen = seen.as_object().expect("paths");
        let wrong: Vec<_> = seen
            .iter()
            .filter(|(path, status)| **status != 200 && !(vendor == "SupermicroX11" && path.contains("/Bios")))
            .collect();
        assert!(wrong.is_empty(), "{vendor}: {wrong:?}");
        assert!(seen.len() > 30, "{vendor}: {}", seen.len());
        assert_eq!(scene.machine(vendor).await["bmc"]["redfishSessions"], 0, "{vendor}: logged out");
    }
}

/// Status, and the body.
async fn curl(scene: &Scene, vendor: &str, path: &str, more: &[&str]) -> (String, Value) {
    let folder = tempfile::tempdir().expect("a folder");
    let ca = folder.path().join("ca.pem");
    fs::write(&ca, &scene.lab.bmc_ca).expect("a certificate");
    let output = Command::new("curl")
        .args(["--silent", "--noproxy", "*", "--write-out", "\n%{http_code}", "--cacert"])
        .arg(&ca)
        .args(more)
        .arg(format!("https://{}{path}", scene.address(vendor)))
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .expect("curl runs");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let (body, status) = text.rsplit_once('\n').unwrap_or_default();
    (status.to_owned(), serde_json::from_str(body).unwrap_or_default())
}

#[tokio::test(flavor = "multi_thread")]
async fn curl_sees_what_the_specification_says() {
    let scene = Scene::start().await;
    let (status, root) = curl(&scene, "Hpe", "/redfish/v1/", &[]).await;
    assert_eq!((status.as_str(), &root["Vendor"]), ("200", &json!("HPE")), "the root needs no login");
    for (login, wanted) in [("root:calvin", "200"), ("root:wrong", "401"), ("nobody:calvin", "401")] {
        let (status, _) = curl(&scene, "Hpe", "/redfish/v1/Systems/1/", &["--user", login]).await;
        assert_eq!(status, wanted, "{login}");
    }
    let (status, refusal) = curl(&scene, "Hpe", "/redfish/v1/Systems/1/", &[]).await;
    assert_eq!(status, "401");
    assert_eq!(refusal["error"]["@Message.ExtendedInfo"][0]["MessageId"], "Base.1.8.NoValidSession");
    let json = "Content-Type: application/json";
    let patch = |body: &'static str| ["--user", "root:calvin", "--request", "PATCH", "--header", json, "--data", body];
    let boot = r#"{"Boot": {"BootSourceOverrideTarget": "Pxe", "BootSourceOverrideEnabled": "Once"}}"#;
    assert_eq!(curl(&scene, "Lenovo", "/redfish/v1/Systems/1", &patch(boot)).await.0, "428", "a version is demanded");
    let mut with_version = patch(boot).to_vec();
    with_version.extend(["--header", "If-Match: \"old\""]);
    assert_eq!(curl(&scene, "Lenovo", "/redfish/v1/Systems/1", &with_version).await.0, "412");
    let mut any = patch(boot).to_vec();
    any.extend(["--header", "If-Match: *"]);
    assert_eq!(curl(&scene, "Lenovo", "/redfish/v1/Systems/1", &any).await.0, "200");
    let (_, system) = curl(&scene, "Lenovo", "/redfish/v1/Systems/1", &["--user", "root:calvin"]).await;
    assert_eq!(system["Boot"]["BootSourceOverrideEnabled"], "Once");
    let (status, refusal) = curl(&scene, "Ami", "/redfish/v1/Systems/Self", &{
        let mut any = patch(boot).to_vec();
        any.extend(["--header", "If-Match: *"]);
        any
    })
    .await;
    let id = refusal["error"]["@Message.ExtendedInfo"][0]["MessageId"].as_str().unwrap_or_default().to_owned();
    assert!(status == "400" && id.contains("FutureState"), "{status} {id}");
    let off = r#"{"ResetType": "ForceOff"}"#;
    let reset = ["--user", "root:calvin", "--header", json, "--data", off];
    let path = "/redfish/v1/Systems/system/Actions/ComputerSystem.Reset";
    assert_eq!(curl(&scene, "OpenBmc", path, &reset).await.0, "409", "it is off");
}
