//! Taking over a machine that already runs: only its mark is written, and only where it may be.

use crate::maas_lab::Site;
use slipway::{
    api::baremetal_node::Adoption,
    drivers::{ErrorClass, Provisioner, Subject},
    model::{MachineAction, Mark, Sighting},
};

fn serial(text: &str) -> Adoption {
    Adoption { serial: Some(text.into()), ..Adoption::default() }
}

fn subject<'a>(site: &'a Site, adopt: &'a Adoption) -> Subject<'a> {
    Subject { adopt: Some(adopt), ..site.subject() }
}

async fn refused(site: &Site, adopt: &Adoption) -> ErrorClass {
    let outcome = site.maas.perform(&MachineAction::Adopt, &subject(site, adopt), &site.permit).await;
    outcome.expect_err("it is refused").class
}

#[tokio::test]
async fn only_the_mark_is_written_and_nothing_the_second_time() {
    let mut site =
        Site::start_with("existing: [{ machine: r01-u10, status: Deployed, owner: admin, hostname: web-1 }]\n").await;
    // What the design calls the machine's BMC and card leads nowhere else.
    site.design.oob = None;
    let adopt = serial("SN1");
    let before = site.raw("machines/").await;
    let writes = site.writes().await;
    let Sighting::Found(machine) = site.maas.observe(&subject(&site, &adopt)).await.unwrap() else {
        panic!("it is there")
    };
    assert_eq!((machine.mark, machine.serial.as_deref()), (Mark::None, Some("SN1")));
    assert!(machine.fixed.iter().any(|text| text == "set hostname to r01-u10"), "{:?}", machine.fixed);
    assert_eq!(site.writes().await, writes, "looking writes nothing");
    site.maas.perform(&MachineAction::Adopt, &subject(&site, &adopt), &site.permit).await.unwrap();
    assert_eq!(site.writes().await, writes + 3, "a tag, the machine's tag, its owner data");
    let adopted = site.machine().await;
    assert_eq!(adopted.mark, Mark::Ours { generation: Some(1), design: Some("d1".into()) });
    let after = site.raw("machines/").await;
    for field in ["hostname", "status", "power_state", "osystem", "distro_series", "zone", "pool", "interface_set"] {
        assert_eq!(after[0][field], before[0][field], "{field}");
    }
}

#[tokio::test]
async fn what_may_not_be_taken_is_refused_and_gets_no_write() {
    let cases = [
        ("status: Deployed, owner: admin, locked: true", "SN1", ErrorClass::Conflict),
        ("status: Deployed, owner: somebody", "SN1", ErrorClass::Conflict),
        ("status: Deployed, owner: admin, ownerData: { slipway-owner: beef/east/x }", "SN1", ErrorClass::Conflict),
        ("status: New", "SN1", ErrorClass::Conflict),
        ("controller: true", "SN1", ErrorClass::Conflict),
        ("status: Deployed, owner: admin", "SN2", ErrorClass::Missing),
    ];
    for (preset, wanted, class) in cases {
        let mut site = Site::start_with(&format!("existing: [{{ machine: r01-u10, {preset} }}]\n")).await;
        site.design.oob = None;
        let writes = site.writes().await;
        assert_eq!(refused(&site, &serial(wanted)).await, class, "{preset} {wanted}");
        assert_eq!(site.writes().await, writes, "{preset}");
    }
}
