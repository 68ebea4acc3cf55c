//! What the driver refuses to do, whatever is asked of it.

use crate::maas_lab::Site;
use slipway::{
    api::site_task::EraseMode,
    drivers::{ErrorClass, Provisioner},
    model::{Aspect, MachineAction, Mark, PermitHolder, Sighting},
};

const ALL: [MachineAction; 5] = [
    MachineAction::Apply(Aspect::Registration),
    MachineAction::Commission,
    MachineAction::Allocate,
    MachineAction::Deploy,
    MachineAction::Release { erase: EraseMode::Full },
];

async fn refuses_everything(site: &Site) {
    for action in ALL {
        let error = site.maas.perform(&action, &site.subject(), &site.permit).await.unwrap_err();
        assert_eq!(error.class, ErrorClass::Conflict, "{action}: {error}");
    }
}

#[tokio::test]
async fn a_locked_or_foreign_machine_gets_no_write() {
    for more in [
        "existing: [{ machine: r01-u10, status: Deployed, owner: admin, locked: true }]\n",
        "existing: [{ machine: r01-u10, status: Allocated, owner: somebody }]\n",
        "existing: [{ machine: r01-u10, status: Ready, tags: [slipway_beef_east_r01-u10] }]\n",
        "existing: [{ machine: r01-u10, status: Allocated, owner: admin, ownerData: { slipway-owner: beef/east/r01-u10 } }]\n",
    ] {
        let site = Site::start_with(more).await;
        refuses_everything(&site).await;
    }
}

#[tokio::test]
async fn another_clusters_machine_can_be_taken_over() {
    let site = Site::start_with("existing: [{ machine: r01-u10, tags: [slipway_beef_east_r01-u10] }]\n").await;
    assert_eq!(site.machine().await.mark, Mark::Foreign("beef/east/r01-u10".into()));
    let mut subject = site.subject();
    subject.take_over = Some("beef");
    let Sighting::Found(machine) = site.maas.observe(&subject).await.unwrap() else { panic!("it is there") };
    assert!(machine.mark.is_ours());
    site.prepare_site().await;
    let registration = MachineAction::Apply(Aspect::Registration);
    site.maas.perform(&registration, &subject, &site.permit).await.unwrap();
    assert!(site.machine().await.mark.is_ours(), "also once the order is lifted");
}

#[tokio::test]
async fn a_machine_that_was_replaced_is_not_acted_on() {
    let site = Site::start_with("existing: [{ machine: r01-u10 }]\n").await;
    let mut subject = site.subject();
    subject.provider_id = Some("gone00");
    let error = site.maas.perform(&MachineAction::Allocate, &subject, &site.permit).await.unwrap_err();
    assert_eq!(error.class, ErrorClass::Conflict, "{error}");
    assert!(matches!(site.maas.observe(&subject).await.unwrap(), Sighting::Found(_)), "but it is shown");
}

#[tokio::test]
async fn a_controller_is_told_apart() {
    let site = Site::start_with("existing: [{ machine: r01-u10, controller: true }]\n").await;
    assert!(matches!(site.maas.observe(&site.subject()).await.unwrap(), Sighting::Controller(_)));
    refuses_everything(&site).await;
}

#[tokio::test]
async fn without_a_lease_nothing_is_written() {
    let site = Site::start().await;
    let permit = PermitHolder::default().permit();
    let facts = site.site_facts().await;
    let outcome = site.maas.perform_site(&facts.subject(&site.part), &permit).await;
    assert_eq!(outcome.unwrap_err().class, ErrorClass::Conflict);
    assert_eq!(
        site.maas.perform(&MachineAction::Create, &site.subject(), &permit).await.unwrap_err().class,
        ErrorClass::Conflict
    );
    assert_eq!(site.maas.observe(&site.subject()).await.unwrap(), Sighting::Missing);
}
