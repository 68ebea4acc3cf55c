//! No bytes from the network break a parser.
//!
//! `cargo test --lib ipmi::fuzz -- --ignored --nocapture` goes on for ten minutes with each parser, or for
//! `SLIPWAY_FUZZ_SECONDS`. What it begins with is in `tests/drivers/ipmi-corpus`: packets, answers and records of BMCs, a line
//! of hexadecimal digits each.

use super::{
    CipherSuite, IpmiConfig,
    actor_tests::survives_any_network,
    commands::{
        GetBootOption, GetChassisStatus, GetFruArea, GetPowerReading, GetSdr, GetSelEntry, GetSelInfo,
        GetSensorReading, GetSystemGuid, ReadFru, Reserve,
    },
    fake_bmc::FakeBmc,
    fru,
    handshake::{Handshake, Nonces, Progress},
    sdr, sel,
    session::{Session, SessionIds},
    text,
    wire::{self, Packet, PayloadType, Reply},
};
use ipmi_rs_core::{
    app::GetDeviceId,
    connection::{IpmiCommand, Message},
};
use proptest::{
    prelude::*,
    sample::Index,
    test_runner::{Config, TestRunner},
};
use std::{path::Path, sync::Arc, time::Duration, time::Instant};

/// What is done to bytes.
#[derive(Debug, Clone)]
enum Change {
    Set(Index, u8),
    Flip(Index, u8),
    Insert(Index, Vec<u8>),
    Delete(Index, usize),
    Cut(Index),
    Repeat(Index, usize),
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    // Lengths and counts live at the edges.
    let byte =
        prop_oneof![prop::sample::select(vec![0, 1, 0x1f, 0x3f, 0x7f, 0x80, 0xc0, 0xc1, 0xfe, 0xff]), any::<u8>()];
    let change = prop_oneof![
        4 => (any::<Index>(), byte).prop_map(|(at, byte)| Change::Set(at, byte)),
        2 => (any::<Index>(), 0..8_u8).prop_map(|(at, bit)| Change::Flip(at, bit)),
        1 => (any::<Index>(), prop::collection::vec(any::<u8>(), 1..20)).prop_map(|(at, bytes)| Change::Insert(at, bytes)),
        1 => (any::<Index>(), 1..20_usize).prop_map(|(at, count)| Change::Delete(at, count)),
        1 => any::<Index>().prop_map(Change::Cut),
        1 => (any::<Index>(), 1..40_usize).prop_map(|(at, count)| Change::Repeat(at, count)),
    ];
    prop::collection::vec(change, 0..8)
}

fn changed(mut bytes: Vec<u8>, changes: &[Change]) -> Vec<u8> {
    for change in changes {
        if bytes.is_empty() {
            break;
        }
        let length = bytes.len();
        match change {
            Change::Set(at, byte) => bytes[at.index(length)] = *byte,
            Change::Flip(at, bit) => bytes[at.index(length)] ^= 1 << bit,
            Change::Insert(at, more) => {
                let at = at.index(length);
                bytes.splice(at..at, more.iter().copied());
            }
            Change::Delete(at, count) => {
                let at = at.index(length);
                bytes.drain(at..length.min(at + count));
            }
            Change::Cut(at) => bytes.truncate(at.index(length)),
            Change::Repeat(at, count) => {
                let at = at.index(length);
                let part = bytes[at..length.min(at + count)].to_vec();
                bytes.splice(at..at, part);
            }
        }
    }
    bytes
}

/// The lines of a file of the corpus.
fn corpus(name: &str) -> Vec<Vec<u8>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/drivers/ipmi-corpus").join(name);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let bytes = |line: &str| {
        let digits: Vec<u8> = line.chars().filter_map(|c| c.to_digit(16)).map(|d| u8::try_from(d).unwrap()).collect();
        digits.chunks(2).map(|pair| pair[0] << 4 | pair.get(1).unwrap_or(&0)).collect()
    };
    text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).map(bytes).collect()
}

/// Bytes of the corpus, changed, or any bytes.
fn inputs(name: &str) -> impl Strategy<Value = Vec<u8>> {
    let known = corpus(name);
    assert!(!known.is_empty(), "{name} holds something");
    prop_oneof![
        8 => (prop::sample::select(known.clone()), changes()).prop_map(|(bytes, changes)| changed(bytes, &changes)),
        1 => (prop::sample::select(known.clone()), prop::sample::select(known), any::<Index>())
            .prop_map(|(one, other, at)| [&one[..at.index(one.len() + 1)], &other[..]].concat()),
        1 => prop::collection::vec(any::<u8>(), 0..300),
    ]
}

fn run<S: Strategy>(cases: u32, strategy: &S, check: impl Fn(S::Value)) {
    TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() })
        .run(strategy, |value| {
            check(value);
            Ok(())
        })
        .unwrap();
}

fn session() -> Session {
    let keys = CipherSuite::Three.session_keys(b"session integrity key");
    Session::new(SessionIds { console: 11, bmc: 22 }, keys)
}

/// Packets: any of the network's; and sound packets around any message, which only the BMC can make.
fn packets(cases: u32) {
    run(cases, &inputs("packets.hex"), |bytes| {
        let _ = Packet::parse(&bytes);
        let _ = Packet::parse_short_of(&bytes, 1);
        let _ = wire::console_id(&bytes);
        assert!(session().open(&bytes).is_err(), "nobody but the BMC makes a packet of the session");
        let keys = CipherSuite::Three.session_keys(b"session integrity key");
        let _ = keys.decrypt(&bytes);
        let mut bmc = Session::new(SessionIds { console: 22, bmc: 11 }, keys);
        if let Some(packet) = bmc.seal(&bytes, [7; 16]) {
            let message = session().open(&packet).expect("it is sound");
            assert_eq!(message, bytes);
            for checksums in [true, false] {
                let _ = Reply::parse(&message, checksums);
            }
        }
    });
}

/// Logins whose answers are changed at one place or another.
fn logins(cases: u32) {
    let suite = prop::sample::select(vec![CipherSuite::Three, CipherSuite::Seventeen, CipherSuite::Zero]);
    run(cases, &(suite, 0..3_usize, changes()), |(suite, at, changes)| {
        let config = Arc::new(IpmiConfig::new(([127, 0, 0, 1], 623).into(), "admin", "password".into()));
        let nonces = Nonces { console_id: 0x0a0b_0c0d, random: [5; 16], tag: 9 };
        let mut handshake = Handshake::new(config, suite, nonces);
        let mut bmc = FakeBmc::new(&[suite]);
        for step in 0..3 {
            let mut answer = bmc.answer(handshake.packet()).expect("the fake BMC answers");
            if step == at {
                let (head, body) = answer.split_at(16);
                let body = changed(body.to_vec(), &changes);
                answer = [head, &body].concat();
                let length = u16::try_from(body.len()).unwrap_or(u16::MAX).to_le_bytes();
                answer[14..16].copy_from_slice(&length);
            }
            match handshake.receive(&answer) {
                Ok(Progress::Next) => {}
                _ => return,
            }
        }
    });
    // Whatever stands in an answer of the right kind.
    run(cases, &(0..3_usize, prop::collection::vec(any::<u8>(), 0..90)), |(steps, body)| {
        let config = Arc::new(IpmiConfig::new(([127, 0, 0, 1], 623).into(), "admin", "password".into()));
        let nonces = Nonces { console_id: 1, random: [5; 16], tag: 9 };
        let mut handshake = Handshake::new(config, CipherSuite::Three, nonces);
        let mut bmc = FakeBmc::new(&[CipherSuite::Three]);
        for _ in 0..steps {
            let answer = bmc.answer(handshake.packet()).expect("the fake BMC answers");
            let _ = handshake.receive(&answer);
        }
        for kind in [PayloadType::OpenSessionResponse, PayloadType::Rakp2, PayloadType::Rakp4] {
            let _ = handshake.receive(&wire::frame_plain(kind, &[&[9, 0], &body[..]].concat()));
        }
    });
}

/// The answer of a command, whatever it holds.
fn read<C: IpmiCommand>(data: &[u8])
where
    Message: From<C>,
{
    let _ = C::parse_success_response(data);
}

fn answers(cases: u32) {
    run(cases, &inputs("answers.hex"), |data| {
        read::<GetChassisStatus>(&data);
        read::<GetBootOption>(&data);
        read::<GetDeviceId>(&data);
        read::<GetPowerReading>(&data);
        read::<GetSdr>(&data);
        read::<GetSelEntry>(&data);
        read::<GetSelInfo>(&data);
        read::<GetSensorReading>(&data);
        read::<GetFruArea>(&data);
        read::<ReadFru>(&data);
        read::<Reserve>(&data);
        if let Ok(guid) = GetSystemGuid::parse_success_response(&data) {
            assert!(guid.to_string() == "none" || guid.to_string().len() == 36);
        }
    });
}

/// What a screen must not see stands in no name.
fn clean(text: &str) {
    assert!(!text.chars().any(char::is_control), "{text:?}");
}

fn sensors(cases: u32) {
    run(cases, &inputs("sdr.hex"), |bytes| {
        for record in sdr::parse(&bytes) {
            match record {
                sdr::Record::Sensor(sensor) => {
                    clean(&sensor.name);
                    if let Some(conversion) = sensor.conversion {
                        assert!((0..=255).filter_map(|raw| conversion.value(raw)).all(f64::is_finite));
                    }
                }
                sdr::Record::EventOnly { name, .. } | sdr::Record::FruLocator { name, .. } => clean(&name),
                sdr::Record::Other(_) => {}
            }
        }
    });
}

fn events(cases: u32) {
    run(cases, &inputs("sel.hex"), |bytes| {
        if let Some(event) = sel::parse(&bytes) {
            clean(&event.message);
        }
    });
}

fn parts(cases: u32) {
    run(cases, &inputs("fru.hex"), |bytes| {
        if let Some(fru) = fru::parse(&bytes) {
            fru.product.serial.iter().chain(&fru.board.product).for_each(|text| clean(text));
        }
        let mut rest = bytes.as_slice();
        while let Some((text, behind)) = text::take(rest) {
            clean(&text);
            rest = behind;
        }
    });
}

#[test]
fn no_bytes_break_a_parser() {
    for parser in [packets, logins, answers, sensors, events, parts] {
        parser(500);
    }
}

/// Goes on with one parser, and says how far it came.
fn go_on(name: &str, parser: impl Fn(u32)) {
    const CASES: u32 = 1000;
    let seconds = std::env::var("SLIPWAY_FUZZ_SECONDS").ok().and_then(|seconds| seconds.parse().ok()).unwrap_or(600);
    let begun = Instant::now();
    let mut cases = 0_u64;
    while begun.elapsed() < Duration::from_secs(seconds) {
        parser(CASES);
        cases += u64::from(CASES);
    }
    println!("fuzz: {name}, {cases} cases in {} s, no panic", begun.elapsed().as_secs());
}

macro_rules! go_on {
    ($($name:ident: $parser:ident),*) => { $(
        #[test]
        #[ignore = "goes on for SLIPWAY_FUZZ_SECONDS, by default for ten minutes"]
        fn $name() {
            go_on(stringify!($parser), $parser);
        }
    )* };
}
go_on!(
    fuzz_packets: packets,
    fuzz_logins: logins,
    fuzz_answers: answers,
    fuzz_sensors: sensors,
    fuzz_events: events,
    fuzz_parts: parts,
    fuzz_network: survives_any_network
);
