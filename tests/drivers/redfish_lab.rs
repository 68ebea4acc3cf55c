//! The Redfish driver on the lab's services: each vendor's, driven the same way to the same end.

use crate::redfish_scene::{Scene, VENDORS, class, failure};
use slipway::{
    api::hardware_expectation::DiskType,
    drivers::{Bmc, ErrorClass, redfish::BiosOutcome},
    model::{BootDevice, FirmwareType, Power, PowerAction, SensorState},
};
use std::collections::BTreeMap;

#[tokio::test(flavor = "multi_thread")]
async fn every_vendors_bmc_powers_boots_and_tells_who_it_is() {
    let scene = Scene::start().await;
    for (vendor, last) in VENDORS {
        let bmc = scene.bmc(vendor);
        let told = |what: &str| format!("{vendor}: {what}");
        let identity = bmc.identity().await.expect(vendor);
        assert_eq!(identity.serial, Some(format!("SN{last:04}")), "{vendor}");
        assert!(identity.vendor.is_some() && identity.firmware.is_some(), "{vendor}: {identity:?}");
        assert_eq!(bmc.power().await.expect(vendor), Power::Off);
        bmc.set_next_boot(BootDevice::Pxe, FirmwareType::Uefi, &scene.permit).await.expect(vendor);
        bmc.set_power(PowerAction::On, &scene.permit).await.expect(vendor);
        scene.until(&told("power on"), async || bmc.power().await.expect(vendor) == Power::On).await;
        let booted = async || scene.journal(vendor, "PxeNoAnswer").await.len() == 1;
        scene.until(&told("a network boot"), booted).await;
        assert_eq!(scene.journal(vendor, "PowerOn").await[0]["detail"], "boot flag: network", "{vendor}");
        bmc.set_power(PowerAction::Cycle, &scene.permit).await.expect(vendor);
        scene.until(&told("a cycle"), async || scene.machine(vendor).await["powerOns"] == 2).await;
        assert_eq!(
            scene.journal(vendor, "PowerOn").await[1]["detail"],
            "firmware order",
            "{vendor}: for one boot only"
        );
        bmc.set_power(PowerAction::SoftOff, &scene.permit).await.expect(vendor);
        assert_eq!(bmc.power().await.expect(vendor), Power::Off, "{vendor}");
        assert_eq!(scene.machine(vendor).await["bmc"]["redfishSessions"], 1, "{vendor}: one session for all");
        assert_eq!(scene.journal(vendor, "BiosJob").await.len(), 0, "{vendor}: no job was made by writing the mode");
        bmc.close().await;
        assert_eq!(scene.machine(vendor).await["bmc"]["redfishSessions"], 0, "{vendor}: and it is ended");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_so_already_is_left_alone() {
    let scene = Scene::start().await;
    let bmc = scene.bmc("Dell");
    bmc.set_power(PowerAction::Off, &scene.permit).await.unwrap();
    bmc.set_power(PowerAction::SoftOff, &scene.permit).await.unwrap();
    bmc.set_next_boot(BootDevice::None, FirmwareType::Uefi, &scene.permit).await.unwrap();
    assert_eq!(scene.writes("Dell").await.len(), 1, "the login and nothing else: {:?}", scene.writes("Dell").await);
    bmc.set_power(PowerAction::Cycle, &scene.permit).await.unwrap();
    scene.until("power on", async || bmc.power().await.unwrap() == Power::On).await;
    bmc.set_power(PowerAction::On, &scene.permit).await.unwrap();
    assert_eq!(scene.writes("Dell").await.len(), 2, "a cycle from off powers up: {:?}", scene.writes("Dell").await);
    scene.lose_lease();
    assert_eq!(class(bmc.set_power(PowerAction::Off, &scene.permit).await), ErrorClass::Conflict);
    assert_eq!(scene.writes("Dell").await.len(), 2, "without the lease nothing is written");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_boot_device_is_set_and_taken_back() {
    let scene = Scene::start().await;
    for (vendor, _) in VENDORS {
        let bmc = scene.bmc(vendor);
        let devices = [(BootDevice::Disk, "boot flag: disk"), (BootDevice::Setup, "boot flag: setup")];
        for (device, booted) in devices {
            bmc.set_next_boot(device, FirmwareType::Uefi, &scene.permit).await.expect(vendor);
            bmc.set_power(PowerAction::Cycle, &scene.permit).await.expect(vendor);
            let on = async || scene.machine(vendor).await["power"] == "On";
            scene.until(&format!("{vendor}: power on"), on).await;
            let last = scene.journal(vendor, "PowerOn").await.pop().expect("a power on");
            assert_eq!(last["detail"], booted, "{vendor}");
        }
        bmc.set_next_boot(BootDevice::Pxe, FirmwareType::Uefi, &scene.permit).await.expect(vendor);
        bmc.set_next_boot(BootDevice::None, FirmwareType::Uefi, &scene.permit).await.expect(vendor);
        bmc.set_power(PowerAction::Cycle, &scene.permit).await.expect(vendor);
        scene.until(&format!("{vendor}: power on"), async || scene.machine(vendor).await["powerOns"] == 3).await;
        let last = scene.journal(vendor, "PowerOn").await.pop().expect("a power on");
        assert_eq!(last["detail"], "firmware order", "{vendor}: the override was taken back");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_hardware_is_told_as_it_is() {
    let scene = Scene::start().await;
    for (vendor, last) in VENDORS {
        let inventory = scene.bmc(vendor).inventory().await.expect(vendor);
        assert_eq!(inventory.serial, Some(format!("SN{last:04}")), "{vendor}");
        assert_eq!((inventory.sockets, inventory.cores, inventory.cpus), (Some(2), Some(16), 32), "{vendor}");
        assert_eq!(inventory.memory_mib, 65_536, "{vendor}");
        assert_eq!(inventory.architecture.as_deref(), Some("amd64"), "{vendor}");
        assert_eq!(inventory.bios_version.as_deref(), Some("1.9.2"), "{vendor}");
        let sizes: Vec<u64> = inventory.disks.iter().map(|disk| disk.size_bytes).collect();
        assert_eq!(sizes, [480_103_981_056, 1_600_321_314_816], "{vendor}");
        if vendor != "SupermicroX11" {
            let kinds: Vec<_> = inventory.disks.iter().map(|disk| disk.kind).collect();
            assert_eq!(kinds, [Some(DiskType::Ssd), Some(DiskType::Nvme)], "{vendor}");
            assert_eq!(inventory.disks[1].serial.as_deref(), Some("S2"), "{vendor}");
            let addresses: Vec<_> = inventory.disks.iter().map(|disk| disk.pci_address.as_deref()).collect();
            assert_eq!(addresses, [None, Some("0000:65:00.0")], "{vendor}");
        }
        let macs: Vec<_> = inventory.nics.iter().map(|nic| nic.mac.as_str()).collect();
        assert_eq!(macs, [format!("52:54:00:00:{last:02x}:01"), format!("52:54:00:00:{last:02x}:02")], "{vendor}");
        let (first, second) = (&inventory.nics[0], &inventory.nics[1]);
        assert_eq!(first.pci_address.as_deref(), Some("0000:3b:00.1"), "{vendor}");
        assert_eq!(first.firmware_version.as_deref(), Some("21.80.16.95"), "{vendor}");
        assert!(first.connected && !second.connected, "{vendor}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sensors_firmware_log_and_light() {
    let scene = Scene::start().await;
    for (vendor, _) in VENDORS {
        let bmc = scene.bmc(vendor);
        bmc.set_power(PowerAction::On, &scene.permit).await.expect(vendor);
        scene.until(&format!("{vendor}: power on"), async || scene.machine(vendor).await["power"] == "On").await;
        let sensors = bmc.sensors().await.expect(vendor);
        let inlet = sensors.iter().find(|sensor| sensor.name.to_lowercase().contains("inlet")).expect("an inlet");
        assert_eq!((inlet.unit.as_deref(), inlet.state), (Some("degrees C"), SensorState::Ok), "{vendor}");
        assert!(sensors.iter().any(|sensor| sensor.unit.as_deref() == Some("RPM")), "{vendor}: {sensors:?}");
        let firmware = bmc.firmware().await.expect(vendor);
        let bios = firmware.iter().find(|one| one.component == "BIOS").expect("a BIOS");
        assert_eq!(bios.version, "1.9.2", "{vendor}");
        for _ in 0..60 {
            bmc.set_power(PowerAction::Cycle, &scene.permit).await.expect(vendor);
            scene.until("power on", async || scene.machine(vendor).await["power"] == "On").await;
        }
        // Over one page of entries, the newest of them first.
        let events = bmc.events(3).await.expect(vendor);
        assert_eq!(events.len(), 3, "{vendor}");
        assert_eq!(events[0].message, "The system was powered on or reset.", "{vendor}");
        let ids: Vec<u64> = events.iter().map(|event| event.id.parse().expect("a number")).collect();
        assert_eq!(ids, [121, 120, 119], "{vendor}");
        for on in [true, false] {
            bmc.identify(on, &scene.permit).await.expect(vendor);
            assert_eq!(scene.machine(vendor).await["bmc"]["light"], on, "{vendor}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_of_the_firmware_wait_for_the_next_boot() {
    let scene = Scene::start().await;
    let wanted = BTreeMap::from([
        ("LogicalProc".to_owned(), "Disabled".to_owned()),
        ("NumLock".to_owned(), "false".to_owned()),
        ("AcPwrRcvryDelay".to_owned(), "120".to_owned()),
        ("BootMode".to_owned(), "Uefi".to_owned()),
    ]);
    for (vendor, _) in VENDORS {
        let bmc = scene.bmc(vendor);
        if vendor == "SupermicroX11" {
            let (class, text) = failure(bmc.bios_settings().await);
            assert_eq!(class, ErrorClass::Unsupported, "a licence that is missing: {text}");
            assert!(text.contains("license is not activated"), "{text}");
            continue;
        }
        let before = bmc.bios_settings().await.expect(vendor);
        assert_eq!(before["LogicalProc"], "Enabled", "{vendor}");
        let outcome = bmc.set_bios_settings(&wanted, &scene.permit).await.expect(vendor);
        assert_eq!(outcome, BiosOutcome::Pending, "{vendor}");
        assert_eq!(bmc.bios_settings().await.expect(vendor), before, "{vendor}: nothing is in force yet");
        assert_eq!(bmc.pending_bios_settings().await.expect(vendor).len(), 3, "{vendor}: only what differs");
        bmc.set_power(PowerAction::On, &scene.permit).await.expect(vendor);
        let in_force = async || bmc.bios_settings().await.expect(vendor)["LogicalProc"] == "Disabled";
        scene.until(&format!("{vendor}: the settings in force"), in_force).await;
        assert!(bmc.pending_bios_settings().await.expect(vendor).is_empty(), "{vendor}");
        let outcome = bmc.set_bios_settings(&wanted, &scene.permit).await.expect(vendor);
        assert_eq!(outcome, BiosOutcome::Same, "{vendor}");
        let unknown = BTreeMap::from([("NoSuchSetting".to_owned(), "x".to_owned())]);
        assert_eq!(class(bmc.set_bios_settings(&unknown, &scene.permit).await), ErrorClass::Unsupported, "{vendor}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_image_is_inserted_booted_and_ejected() {
    let scene = Scene::start().await;
    for (vendor, _) in VENDORS {
        let bmc = scene.bmc(vendor);
        for url in ["http://10.0.0.1/a.iso", "http://10.0.0.1/b.iso"] {
            bmc.boot_from_image(url, &scene.permit).await.unwrap_or_else(|error| panic!("{vendor}: {error:?}"));
            assert_eq!(bmc.inserted_image().await.expect(vendor).as_deref(), Some(url), "{vendor}");
        }
        bmc.set_power(PowerAction::On, &scene.permit).await.expect(vendor);
        let booted = async || scene.journal(vendor, "CdBoot").await.len() == 1;
        scene.until(&format!("{vendor}: a boot from the image"), booted).await;
        bmc.eject_image(&scene.permit).await.expect(vendor);
        bmc.eject_image(&scene.permit).await.expect(vendor);
        assert_eq!(bmc.inserted_image().await.expect(vendor), None, "{vendor}");
    }
}
