//! What it costs a region that many machines are watched: as many requests as one.

use crate::maas_lab::Site;
use slipway::{
    drivers::{
        Provisioner, Subject,
        maas::{Maas, MaasConfig},
    },
    model::{MachineStatus, Sighting},
};
use std::{fmt::Write, time::Duration};

const MACHINES: usize = 60;

/// A lab with many more machines, all of them in a status.
async fn many(status: &str) -> (Site, Vec<String>) {
    let mut more = String::new();
    for n in 0..MACHINES {
        let host = 100 + n;
        write!(
            more,
            "  - name: m{n}\n    bmc: {{ address: 10.23.104.{host}, user: root, password: x }}\n    nics:\n      - {{ name: eno1, \
             mac: \"52:54:00:00:09:{n:02x}\", segment: pxe }}\n    disks: [{{ name: sda, sizeBytes: 480103981056 }}]\n"
        )
        .unwrap();
    }
    more.push_str("existing:\n");
    for n in 0..MACHINES {
        writeln!(more, "  - {{ machine: m{n}, status: {status}, owner: admin }}").unwrap();
    }
    let site = Site::start_with(&more).await;
    let machines = site.raw("machines/").await;
    let id = |machine: &serde_json::Value| machine["system_id"].as_str().unwrap().to_owned();
    let ids = machines.as_array().unwrap().iter().map(id).collect();
    (site, ids)
}

/// Looks at all machines at once; gives back their statuses, and how many requests that took.
async fn look(site: &Site, maas: &Maas, ids: &[String]) -> (Vec<MachineStatus>, u64) {
    let before = site.reads().await;
    let looks = ids.iter().map(|id| async move {
        let subject = Subject { provider_id: Some(id), bmc: None, ..site.subject() };
        match maas.observe(&subject).await.unwrap() {
            Sighting::Found(machine) => machine.status,
            other => panic!("{id}: {other:?}"),
        }
    });
    let seen = futures::future::join_all(looks).await;
    (seen, site.reads().await - before)
}

fn driver(site: &Site) -> Maas {
    let mut config = MaasConfig::new(&site.lab.maas_url, site.lab.api_key.clone().into());
    config.poll = Duration::from_mins(10);
    Maas::new(&config).unwrap()
}

#[tokio::test]
async fn machines_at_rest_are_read_in_slices() {
    let (site, ids) = many("New").await;
    let maas = driver(&site);
    look(&site, &maas, &ids).await;
    let (seen, reads) = look(&site, &maas, &ids).await;
    assert_eq!(seen, vec![MachineStatus::New; MACHINES]);
    assert_eq!(reads, 2, "60 machines are two slices");
}

#[tokio::test]
async fn machines_in_motion_are_one_list_a_poll_until_there_is_news() {
    let (site, ids) = many("Deploying").await;
    let maas = driver(&site);
    maas.news().await.unwrap();
    look(&site, &maas, &ids).await;
    assert_eq!(look(&site, &maas, &ids).await.1, 1, "one list of all that are in motion");
    assert_eq!(look(&site, &maas, &ids).await.1, 0, "it holds for a poll");

    site.create(&format!("machines/{}/?op=abort", ids[7]), &[]).await;
    assert_eq!(look(&site, &maas, &ids).await.0[7], MachineStatus::Deploying, "as old as the list");
    assert!(maas.news().await.unwrap().contains(&ids[7]));
    let (seen, _) = look(&site, &maas, &ids).await;
    assert_eq!(seen[7], MachineStatus::Allocated, "news goes before the list");
    assert!(seen.iter().enumerate().all(|(n, status)| n == 7 || *status == MachineStatus::Deploying));
}
