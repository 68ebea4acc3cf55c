//! Whom the Redfish driver trusts: certificates of the lab's BMCs, and nobody in their place.

use crate::redfish_scene::{Scene, failure};
use slipway::{
    drivers::{
        Bmc, ErrorClass,
        redfish::{Fingerprint, RedfishBmc, RedfishConfig, Security, Trust},
    },
    model::Power,
};

#[tokio::test(flavor = "multi_thread")]
async fn only_a_certificate_that_was_meant_is_spoken_to() {
    let scene = Scene::start().await;
    let with = |trust: Trust, name: Option<&str>| {
        let security = Security::Tls { trust, name: name.map(str::to_owned) };
        RedfishBmc::new(&RedfishConfig { security, ..scene.config("Dell") }).expect("a driver")
    };
    let authorities = || Trust::Authorities(scene.lab.bmc_ca.clone());
    for name in [None, Some("10.23.104.11"), Some("127.23.104.11")] {
        assert_eq!(with(authorities(), name).power().await.unwrap(), Power::Off, "{name:?}");
    }
    assert_eq!(with(Trust::Insecure, None).power().await.unwrap(), Power::Off);

    let refused = async |trust: Trust, name: Option<&str>| {
        let (class, text) = failure(with(trust, name).power().await);
        assert_eq!(class, ErrorClass::Rejected, "it will be refused again: {text}");
        text
    };
    let text = refused(authorities(), Some("10.23.104.99")).await;
    assert!(text.contains("another name or address"), "{text}");
    let text = refused(Trust::System, None).await;
    assert!(text.contains("no authority that is trusted has signed it"), "{text}");

    let text = refused(Trust::Fingerprint(Fingerprint::of(b"another")), None).await;
    let told = text.split("fingerprint is ").nth(1).expect("the fingerprint is told").split(':').take(32);
    let told: Vec<&str> = told.map(|pair| &pair[..2]).collect();
    let pinned: Fingerprint = told.join(":").parse().expect("a fingerprint");
    assert_eq!(with(Trust::Fingerprint(pinned), None).power().await.unwrap(), Power::Off);
    // Another BMC has another certificate.
    let security = Security::Tls { trust: Trust::Fingerprint(pinned), name: None };
    let other = RedfishBmc::new(&RedfishConfig { security, ..scene.config("Hpe") }).unwrap();
    assert_eq!(failure(other.power().await).0, ErrorClass::Rejected);
    assert_eq!(scene.journal("Hpe", "RedfishWrite").await.len(), 0, "nothing was said to it, least of all a password");
}
