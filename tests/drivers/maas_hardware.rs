//! Hardware: what commissioning runs and finds, and what is made of disks.

use crate::maas_lab::Site;
use slipway::{
    api::raid::RaidLevel,
    drivers::Provisioner,
    model::{
        Aspect, DeviceSelector, DiskContent, DiskDesign, FilesystemDesign, MachineAction, MachineStatus,
        PartitionDesign, RaidDesign, RaidMember, ScriptRun, StorageDesign,
    },
};

async fn act(site: &Site, action: MachineAction) {
    let outcome = site.maas.perform(&action, &site.subject(), &site.permit).await;
    outcome.unwrap_or_else(|error| panic!("{action}: {error:?}"));
}

async fn commissioned(site: &Site) {
    site.prepare_site().await;
    act(site, MachineAction::Create).await;
    act(site, MachineAction::Apply(Aspect::Registration)).await;
    act(site, MachineAction::Commission).await;
    site.wait("Ready", |machine| machine.status == MachineStatus::Ready).await;
}

#[tokio::test]
async fn commissioning_runs_what_the_design_names_and_again_when_that_changes() {
    let mut site = Site::start().await;
    let script = "#!/bin/sh\n# --- Start MAAS 1.0 script metadata ---\n# name: 45-raid\n# script_type: commissioning\n\
                  # parameters:\n#   level: {type: string, argument_format: '--level={input}'}\n\
                  # --- End MAAS 1.0 script metadata ---\nexit 0\n";
    site.create("scripts/", &[("name", "45-raid"), ("type", "commissioning"), ("script", script)]).await;
    let run = |level: &str| ScriptRun { name: "45-raid".into(), parameters: [("level".into(), level.into())].into() };
    site.design.commissioning.scripts = vec![run("1")];
    commissioned(&site).await;
    assert_eq!(site.machine().await.pending.get(&Aspect::Commissioning), None, "it was run");

    site.design.commissioning.scripts = vec![run("5")];
    let due = site.machine().await.pending.remove(&Aspect::Commissioning);
    assert_eq!(due, Some(vec!["commission the machine with 45-raid level=5".to_owned()]));
    act(&site, MachineAction::Commission).await;
    site.wait("Ready", |machine| machine.status == MachineStatus::Ready).await;
    assert_eq!(site.machine().await.pending.get(&Aspect::Commissioning), None, "it was run again");

    site.design.commissioning.tests = Some(vec![ScriptRun { name: "nosuch".into(), ..ScriptRun::default() }]);
    let error = site.maas.perform(&MachineAction::Commission, &site.subject(), &site.permit).await.unwrap_err();
    assert_eq!(error.class.reason(), "Rejected");
    assert!(error.message.contains("nosuch is not one of the available choices"), "{}", error.message);
}

#[tokio::test]
async fn an_inventory_knows_cpus_disks_and_the_other_end_of_cables() {
    let site = Site::start().await;
    commissioned(&site).await;
    let inventory = site.machine().await.inventory.unwrap();
    assert!(inventory.sockets.is_some_and(|sockets| sockets > 0), "{inventory:?}");
    assert_eq!(inventory.architecture.as_deref(), Some("amd64"));
    let nic = inventory.nics.iter().find(|nic| nic.name == "ens1f0").unwrap();
    assert!(nic.connected && nic.neighbour.as_ref().is_some_and(|heard| !heard.switch.is_empty()), "{nic:?}");
    let nvme = inventory.disks.iter().find(|disk| disk.name == "nvme0n1").unwrap();
    assert_eq!(nvme.kind.map(slipway::api::hardware_expectation::DiskType::name), Some("NVMe"));
}

fn mirrored() -> StorageDesign {
    let part = |name: &str, size: &str, array: &str| PartitionDesign {
        name: name.into(),
        size: size.parse().unwrap(),
        uuid: None,
        bootable: false,
        volume_group: None,
        raid: Some(RaidMember { array: array.into(), spare: false }),
        filesystem: None,
        cache_set: None,
        backs: None,
    };
    let disk = |name: &str, boot| DiskDesign {
        device: DeviceSelector::Name(name.into()),
        boot,
        content: DiskContent::Partitions(vec![part("root", "100G", "md0"), part("data", ">10G", "md1")]),
    };
    let raid = |name: &str, level, mount_point: &str| RaidDesign {
        name: name.into(),
        level,
        volume_group: None,
        filesystem: Some(FilesystemDesign {
            fs_type: "ext4".into(),
            mount_point: Some(mount_point.into()),
            mount_options: "defaults".into(),
            uuid: None,
            label: None,
        }),
    };
    StorageDesign {
        disks: vec![disk("sda", true), disk("sdb", false)],
        volume_groups: Vec::new(),
        raids: vec![raid("md0", RaidLevel::Raid1, "/"), raid("md1", RaidLevel::Raid0, "/srv")],
        caches: Vec::new(),
    }
}

#[tokio::test]
async fn software_raids_are_made_as_designed_and_a_second_time_nothing_is_done() {
    let mut site = Site::start().await;
    site.design.storage = mirrored();
    commissioned(&site).await;
    act(&site, MachineAction::Apply(Aspect::Storage)).await;
    let machine = site.machine().await;
    assert_eq!(machine.pending.get(&Aspect::Storage), None);
    let raids = site.raw(&format!("nodes/{}/raids/", machine.id)).await;
    let mut shown: Vec<(String, usize, String)> = raids
        .as_array()
        .unwrap()
        .iter()
        .map(|raid| {
            let mount = raid["virtual_device"]["filesystem"]["mount_point"].as_str().unwrap_or_default();
            (raid["level"].as_str().unwrap().to_owned(), raid["devices"].as_array().unwrap().len(), mount.to_owned())
        })
        .collect();
    shown.sort();
    assert_eq!(shown, [("raid-0".to_owned(), 2, "/srv".to_owned()), ("raid-1".to_owned(), 2, "/".to_owned())]);
    let before = site.writes().await;
    act(&site, MachineAction::Apply(Aspect::Storage)).await;
    assert_eq!(site.writes().await, before, "nothing differs");

    // Another level is another layout: it is built anew from blank.
    site.design.storage.raids[1].level = RaidLevel::Raid1;
    assert!(site.machine().await.pending.contains_key(&Aspect::Storage));
    act(&site, MachineAction::Apply(Aspect::Storage)).await;
    assert_eq!(site.machine().await.pending.get(&Aspect::Storage), None);
}
