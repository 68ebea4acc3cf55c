//! What a real API server makes of the CRDs: it takes them, cost of their CEL included, and refuses what one object
//! alone shows to be wrong.

use slipway_testbed::{ControlPlane, TestbedError};

/// Manifests that are right: kind, and the spec.
const RIGHT: &[(&str, &str)] = &[
    (
        "HardwareProfile",
        "{cpus: {sockets: 2, cores: 32, threads: 64, model: Xeon, architecture: amd64}, memory: {minSize: 256Gi},
          disks: [{name: boot, alias: bootdisk, type: SSD}, {name: data, count: 4, minSize: 1600G, type: NVMe}],
          nics: [{name: up, alias: nic1, speed: 25G, vendor: Mellanox}, {name: pxe, pciAddress: '0000:04:00.0'}],
          firmware: [{name: BMC, version: '7.00'}], biosVersion: 2.2.3,
          raid: [{name: system, level: RAID10, disks: [d1, d2, d3, d4], spares: [d5], size: 480G}],
          deviceAliases: [{name: a, pciAddress: '0000:04:00.0'}, {name: b, scsiAddress: '0:2.0.0'},
            {name: c, rule: {vendor: Intel, model: X710, minSpeed: 25G, pattern: '0000:3b:00\\.[01]'}},
            {name: d, rule: {minSize: 400G}}]}",
    ),
    ("BaremetalNode", "{power: 'On'}"),
    ("BaremetalNode", "{power: 'Off'}"),
    (
        "Site",
        "{provisioner: {maas: {url: https://maas/MAAS, credentialsRef: {name: maas}, certSecretRef: {name: maas-ca}}},
          rollout: {maxInFlight: 8, maxInFlightPerRack: 2, maxUnavailable: 1, pause: 10m,
            groups: [{name: a, critical: true, nodeSelector: {filters: [{tags: [masters]}]}},
              {name: b, dependsOn: [a], successCriteria: {minimumPercent: 90, minimum: 3, maximumFailed: 1}}],
            windows: [{name: night, schedule: '0 22 * * 1-5', duration: 8h, timeZone: Europe/Berlin}]}}",
    ),
    ("SiteTask", "{action: DeployNodes, retry: {task: earlier, results: Failures}}"),
    ("SiteTask", "{action: DestroyNodes, retry: {task: earlier}, erase: Quick, forget: true}"),
    ("SiteTask", "{action: DestroyNodes, redeploy: true, forget: false}"),
];

/// Manifests that are wrong, and what the API server says of them.
const WRONG: &[(&str, &str, &str)] = &[
    ("HardwareProfile", "{deviceAliases: [{name: a}]}", "exactly one of pciAddress, scsiAddress and rule"),
    (
        "HardwareProfile",
        "{deviceAliases: [{name: a, scsiAddress: '0:2.0.0', rule: {model: x}}]}",
        "exactly one of pciAddress, scsiAddress and rule",
    ),
    ("HardwareProfile", "{deviceAliases: [{name: a, rule: {}}]}", "a rule needs one of"),
    ("HardwareProfile", "{deviceAliases: [{name: a, rule: {minSize: 1T, minSpeed: 1G}}]}", "no device has both"),
    ("HardwareProfile", "{disks: [{name: a, alias: b, count: 2}]}", "count or alias"),
    ("HardwareProfile", "{nics: [{name: a, alias: b, pciAddress: '0000:04:00.0'}]}", "pciAddress or alias"),
    ("HardwareProfile", "{nics: [{name: a, speed: fast}]}", "should match"),
    ("HardwareProfile", "{raid: [{name: a, level: RAID7, disks: [b]}]}", "Unsupported value"),
    ("HardwareProfile", "{raid: [{name: a, level: RAID1, disks: []}]}", "at least 1"),
    ("BaremetalNode", "{power: Reset}", "Unsupported value"),
    (
        "Site",
        "{provisioner: {maas: {url: http://maas/MAAS, credentialsRef: {name: maas}, certSecretRef: {name: ca}}}}",
        "https:// url only",
    ),
    (
        "Site",
        "{provisioner: {maas: {url: http://m, credentialsRef: {name: m}}}, rollout: {groups: [{name: a, dependsOn: [a]}]}}",
        "cannot depend on itself",
    ),
    (
        "Site",
        "{provisioner: {maas: {url: http://m, credentialsRef: {name: m}}}, rollout: {windows: [{name: a, schedule: '@daily at noon', duration: 1h}]}}",
        "should match",
    ),
    ("SiteTask", "{action: DeployNodes, forget: true}", "forget and redeploy have a meaning for DestroyNodes only"),
    ("SiteTask", "{action: DeployNodes, redeploy: true}", "forget and redeploy have a meaning for DestroyNodes only"),
    ("SiteTask", "{action: DestroyNodes, redeploy: true, forget: true}", "forget or redeploy, not both"),
    ("SiteTask", "{action: ValidateDesign, retry: {task: earlier}}", "retry has a meaning for actions on nodes only"),
];

fn manifest(kind: &str, name: &str, spec: &str) -> String {
    format!(
        "apiVersion: slipway.dev/v1alpha1\nkind: {kind}\nmetadata: {{name: {name}, namespace: default}}\nspec: {spec}\n"
    )
}

/// What the API server says against an object; nothing: it is taken.
async fn refusal(cluster: &ControlPlane, manifest: &str) -> Option<String> {
    match cluster.apply(manifest).await {
        Ok(_) => None,
        Err(TestbedError::Kubectl { stderr, .. }) => Some(stderr),
        Err(error) => panic!("{error}"),
    }
}

#[tokio::test]
async fn the_api_server_takes_the_crds_and_refuses_what_is_wrong_by_itself() {
    let cluster = ControlPlane::start().await.unwrap();
    cluster.install_slipway().await.unwrap();
    for (index, (kind, spec)) in RIGHT.iter().enumerate() {
        assert_eq!(refusal(&cluster, &manifest(kind, &format!("right-{index}"), spec)).await, None, "{kind} {spec}");
    }
    for (kind, spec, says) in WRONG {
        let refused = refusal(&cluster, &manifest(kind, "wrong", spec)).await;
        assert!(refused.as_ref().is_some_and(|text| text.contains(says)), "{kind} {spec}: {refused:?}");
    }
    a_task_cannot_be_changed(&cluster).await;
    cluster.stop().await;
}

async fn a_task_cannot_be_changed(cluster: &ControlPlane) {
    let written = "action: DestroyNodes, nodeSelector: {filters: [{names: [n1]}]}, retry: {task: earlier}, erase: Quick, forget: false, redeploy: false, deadline: 1h";
    let task = |spec: &str| manifest("SiteTask", "written", &format!("{{{spec}}}"));
    assert_eq!(refusal(cluster, &task(written)).await, None);
    for (from, to) in [
        ("action: DestroyNodes", "action: DeployNodes"),
        ("names: [n1]", "names: [n1, n2]"),
        ("task: earlier", "task: other"),
        ("task: earlier", "task: earlier, results: Successes"),
        ("retry: {task: earlier}, ", ""),
        ("erase: Quick", "erase: Full"),
        ("forget: false", "forget: true"),
        ("forget: false, ", ""),
        ("redeploy: false", "redeploy: true"),
        (", deadline: 1h", ""),
    ] {
        assert!(written.contains(from));
        let refused = refusal(cluster, &task(&written.replace(from, to))).await;
        assert!(refused.as_ref().is_some_and(|text| text.contains("a task cannot be changed")), "{to}: {refused:?}");
    }
    assert_eq!(refusal(cluster, &task(&format!("{written}, cancel: true"))).await, None);
}
