//! The MAAS driver against the lab's region: a site, and a machine from nothing to deployed and back.

use crate::{maas_lab::Site, maas_site_part::SiteFacts};
use slipway::{
    api::site_task::EraseMode,
    drivers::{
        Provisioner,
        maas::{Maas, MaasConfig},
    },
    model::{Aspect, MachineAction, MachineStatus, Mark, Owner, Sighting},
};

#[tokio::test]
async fn a_prepared_site_needs_nothing() {
    let site = Site::start().await;
    let nothing = SiteFacts::new("east");
    let before = site.maas.observe_site(&nothing.subject(&site.part)).await.unwrap();
    assert!(!before.pending.is_empty());
    assert_eq!(before.conflicts, Vec::<String>::new());
    assert_eq!(before.provisioner, "MAAS 3.7.3");
    assert!(before.images.contains(&"ubuntu/noble".to_owned()), "{:?}", before.images);
    site.prepare_site().await;
    let facts = site.site_facts().await;
    let after = site.maas.observe_site(&facts.subject(&site.part)).await.unwrap();
    assert_eq!((after.pending, after.conflicts), (Vec::new(), Vec::new()));
}

#[tokio::test]
async fn a_machine_from_nothing_to_deployed_and_back() {
    let site = Site::start().await;
    site.prepare_site().await;
    let act = async |action: MachineAction| {
        site.maas.perform(&action, &site.subject(), &site.permit).await.unwrap_or_else(|e| panic!("{action}: {e:?}"));
    };
    assert_eq!(site.maas.observe(&site.subject()).await.unwrap(), Sighting::Missing);
    site.maas.news().await.unwrap();
    act(MachineAction::Create).await;
    let machine = site.machine().await;
    assert_eq!((machine.status, &machine.owner, &machine.mark), (MachineStatus::New, &Owner::Nobody, &Mark::None));
    act(MachineAction::Create).await;

    act(MachineAction::Apply(Aspect::Registration)).await;
    let machine = site.machine().await;
    assert!(machine.mark.is_ours());
    assert_eq!(machine.pending.get(&Aspect::Registration), None);

    act(MachineAction::Commission).await;
    let machine = site.wait("Ready", |machine| machine.status == MachineStatus::Ready).await;
    let inventory = machine.inventory.clone().unwrap();
    assert_eq!(inventory.serial.as_deref(), Some("SN1"));
    let disk = inventory.disks.iter().find(|disk| disk.name == "sda").unwrap();
    assert_eq!(disk.scsi_address.as_deref(), Some("0:2.0.0"));
    let nic = inventory.nics.iter().find(|nic| nic.name == "ens1f1").unwrap();
    assert_eq!(nic.pci_address.as_deref(), Some("0000:3b:00.1"));
    assert_eq!(machine.impossible.len(), 0, "{:?}", machine.impossible);

    for aspect in [Aspect::Networking, Aspect::Storage, Aspect::Platform] {
        assert!(site.machine().await.pending.contains_key(&aspect), "{aspect:?}");
        act(MachineAction::Apply(aspect)).await;
        assert_eq!(site.machine().await.pending.get(&aspect), None, "{aspect:?}");
    }
    act(MachineAction::Allocate).await;
    let early = site.maas.perform(&MachineAction::Deploy, &site.subject(), &site.permit).await.unwrap_err();
    assert_eq!(early.class.reason(), "Conflict", "an unmarked machine is not deployed");
    act(MachineAction::Apply(Aspect::Mark)).await;
    let machine = site.machine().await;
    assert_eq!(machine.pending.len(), 0, "{:?}", machine.pending);
    assert_eq!(machine.mark, Mark::Ours { generation: Some(1), design: Some("d1".into()) });

    act(MachineAction::Deploy).await;
    let machine = site.wait("Deployed", |machine| machine.status == MachineStatus::Deployed).await;
    assert!(machine.has_system);
    assert!(site.maas.news().await.unwrap().contains(&machine.id));
    assert!(site.maas.news().await.unwrap().is_empty());

    act(MachineAction::Release { erase: EraseMode::Quick }).await;
    let machine = site.wait("Ready", |machine| machine.status == MachineStatus::Ready).await;
    assert!(machine.erased, "the erase is proven");
    assert!(machine.mark.is_ours(), "by the tag");
}

#[tokio::test]
async fn many_nodes_cost_as_many_requests_as_one() {
    let site = Site::start().await;
    let reads = async || {
        let stats = site.control(reqwest::Method::GET, "/stats", serde_json::json!({})).await;
        stats["maasReads"].as_u64().unwrap()
    };
    let before = reads().await;
    let maas = Maas::new(&MaasConfig::new(&site.lab.maas_url, site.lab.api_key.clone().into())).unwrap();
    let subject = site.subject();
    let looks = (0..50).map(|_| maas.observe(&subject));
    for sighting in futures::future::join_all(looks).await {
        assert_eq!(sighting.unwrap(), Sighting::Missing);
    }
    assert_eq!(reads().await - before, 2, "the list of nodes and that of power parameters");
}

#[tokio::test]
async fn a_create_in_conflict_is_tried_once_more_and_makes_one_machine() {
    let site = Site::start().await;
    site.prepare_site().await;
    let fault = serde_json::json!({"kind": "maasConflictHtml", "count": 1, "path": "/MAAS/api/2.0/machines/", "method": "POST"});
    site.control(reqwest::Method::POST, "/faults", fault).await;
    for _ in 0..2 {
        site.maas.perform(&MachineAction::Create, &site.subject(), &site.permit).await.unwrap();
    }
    assert_eq!(site.region("machines/").await.as_array().map(Vec::len), Some(1));
}
