//! Registration, platform and mark.

use super::{
    fixtures::{identity, node},
    mark, platform, registration,
};
use crate::{
    drivers::{
        BmcCredentials,
        maas::{
            call::Call,
            wire::{Machine, Named, PowerParameters, Tag},
        },
    },
    model::NodeDesign,
};

fn texts(calls: &[Call]) -> Vec<String> {
    calls.iter().map(ToString::to_string).collect()
}

fn registered() -> Machine {
    Machine {
        system_id: "abc".into(),
        hostname: "n1".into(),
        domain: Named { name: "example.com".into() },
        tag_names: vec!["slipway_c1_east_n1".into()],
        power_type: "ipmi".into(),
        ..Machine::default()
    }
}

fn register(machine: &Machine, power: &[(&str, &str)]) -> Vec<Call> {
    let credentials = BmcCredentials { username: "root".into(), password: "calvin".to_owned().into(), key: None };
    let power = PowerParameters::from(power);
    let seen = registration::Seen { machine, power: Some(&power), tags: &[] };
    let known = super::power::Known { credentials: &credentials, cipher_suite: None };
    registration::lower(&node(), &identity(), Some("c9"), Some(known), seen)
}

const OURS: [(&str, &str); 7] = [
    ("power_address", "10.99.1.1"),
    ("power_user", "root"),
    ("power_pass", "calvin"),
    ("power_driver", "LAN_2_0"),
    ("power_boot_type", "efi"),
    ("privilege_level", "OPERATOR"),
    ("cipher_suite_id", "17"),
];

#[test]
fn a_registered_machine_needs_nothing() {
    assert_eq!(texts(&register(&registered(), &OURS)), Vec::<String>::new());
}

#[test]
fn an_enlisted_machine_gets_its_name_and_tag_and_power() {
    let machine = Machine { system_id: "abc".into(), hostname: "merry-cat".into(), ..Machine::default() };
    assert_eq!(
        texts(&register(&machine, &[])),
        [
            "create tag slipway_c1_east_n1",
            "tag the machine slipway_c1_east_n1",
            "set hostname to n1, domain to example.com",
            "set power to ipmi, address 10.99.1.1, user root, password ***, driver LAN_2_0, boot type efi, \
             privilege OPERATOR, cipher suite 17",
        ]
    );
}

#[test]
fn a_deployed_machine_keeps_its_name() {
    let machine = Machine { status: 6, hostname: "other".into(), ..registered() };
    assert_eq!(texts(&register(&machine, &OURS)), Vec::<String>::new());
}

#[test]
fn tags_and_kernel_options() {
    let mut design = NodeDesign { tags: vec!["masters".into()], ..node() };
    design.platform.kernel_options = "quiet".into();
    let tag = |name: &str, options: &str| Tag { name: name.into(), kernel_opts: options.into(), ..Tag::default() };
    let lower = |tags: &[&str], known: &[Tag]| {
        let tag_names = tags.iter().map(|tag| (*tag).to_owned()).collect();
        let machine = Machine { system_id: "abc".into(), tag_names, ..Machine::default() };
        texts(&platform::lower(&design, &machine, known))
    };
    assert_eq!(
        lower(&["other"], &[]),
        [
            "create tag masters",
            "tag the machine masters",
            "create tag n1_kp with kernel options `quiet`",
            "tag the machine n1_kp"
        ]
    );
    let known = [tag("masters", ""), tag("n1_kp", "debug")];
    assert_eq!(lower(&["masters", "n1_kp"], &known), ["set kernel options of tag n1_kp to `quiet`"]);
    let known = [tag("masters", ""), tag("n1_kp", "quiet")];
    assert_eq!(lower(&["masters", "n1_kp", "other"], &known), Vec::<String>::new());
    let machine = Machine { tag_names: vec!["n1_kp".into()], ..Machine::default() };
    assert_eq!(texts(&platform::lower(&node(), &machine, &known)), ["take tag n1_kp off the machine"]);
}

#[test]
fn the_mark_skips_keys_that_maas_refuses() {
    let owner_data = [("rack", "r1"), ("bad.key", "x"), ("empty", ""), ("", "x"), ("slipway-owner", "x")]
        .map(|(key, value)| (key.into(), value.into()));
    let design = NodeDesign { owner_data: owner_data.into(), ..node() };
    let mut machine = Machine { system_id: "abc".into(), ..Machine::default() };
    assert_eq!(
        texts(&mark::lower(&design, &identity(), "h1", 2, &machine)),
        ["set owner data rack=r1 slipway-owner=c1/east/n1 slipway-design=h1 slipway-generation=2"]
    );
    let marked = [("rack", "r1"), (mark::OWNER, "c1/east/n1"), (mark::DESIGN, "h1"), (mark::GENERATION, "2")];
    machine.owner_data = marked.map(|(key, value)| (key.into(), value.into())).into();
    assert!(mark::lower(&design, &identity(), "h1", 2, &machine).is_empty());
    assert_eq!(texts(&mark::lower(&design, &identity(), "h1", 3, &machine)), ["set owner data slipway-generation=3"]);
}

#[test]
fn a_machine_that_is_taken_over_loses_the_old_marks() {
    let mut machine = registered();
    machine.status = 6;
    machine.tag_names.push("slipway_c9_east_n1".into());
    machine.owner_data = [(mark::OWNER.into(), "c9/east/n1".into())].into();
    assert_eq!(
        texts(&register(&machine, &OURS)),
        ["take the machine over from c9/east/n1", "take tag slipway_c9_east_n1 off"]
    );
}
