//! A BMC: from packet to reply. The world is held for looks at it and for commands that change it, never for hashing.

use std::time::Duration;

use super::commands::{self, Effect};
use super::crypto::Suite;
use super::personality::{self, Traits};
use super::records;
use super::session::{Login, Session};
use super::stores::Stores;
use super::wire::{self, Message, Packet};
use crate::spec::Quirk;
use crate::world::faults::Faults;
use crate::world::machine::Machine;
use crate::world::{Site, World};

/// How many sessions a BMC keeps at once.
const SESSIONS: usize = 4;
/// How many logins may be under way.
const HANDSHAKES: usize = 16;
const ADMINISTRATOR: u8 = 4;

const NO_RESOURCES: u8 = 0x01;
const BAD_SESSION: u8 = 0x02;
const NO_USER: u8 = 0x0d;
const BAD_CODE: u8 = 0x0f;
const NO_SUITE: u8 = 0x11;
const NODE_BUSY: u8 = 0xc0;
const NOT_SUPPORTED: u8 = 0xc1;
/// Longest BMC key.
const KEY: usize = 20;

/// What never changes about a BMC.
#[derive(Debug)]
pub(crate) struct Facts {
    /// The machine's place in the world.
    pub(crate) machine: usize,
    pub(crate) name: String,
    /// The machine's UUID as SMBIOS holds it, which is how most BMCs send it.
    pub(crate) guid: [u8; 16],
    /// That of the board which its inventory tells of.
    serial: String,
    pub(crate) traits: &'static Traits,
    pub(crate) suites: Vec<Suite>,
    pub(crate) key: Option<Vec<u8>>,
    quirks: Vec<Quirk>,
}

impl Facts {
    fn new(world: &World, machine: usize) -> Option<(Self, Stores)> {
        let target = world.machines.get(machine)?;
        let spec = &target.spec;
        let traits = personality::of(spec.bmc.personality);
        let quirks = [spec.bmc.quirks.as_slice(), traits.quirks].concat();
        let inventory = inventory_of(target);
        let inventory = (!quirks.contains(&Quirk::NoInventory)).then_some(inventory);
        let stores = Stores::new(traits, inventory, quirks.contains(&Quirk::SmallReads));
        let mut guid = spec.uuid.as_deref().and_then(uuid_bytes).unwrap_or(target.guid);
        guid[0..4].reverse();
        guid[4..6].reverse();
        guid[6..8].reverse();
        let key = spec.bmc.key.as_ref().map(|key| {
            let mut key = key.strip_prefix("0x").and_then(hex).unwrap_or_else(|| key.clone().into_bytes());
            key.truncate(KEY);
            key
        });
        let suites = spec.bmc.cipher_suites.iter().filter_map(|number| Suite::from_number(*number)).collect();
        Some((
            Self { machine, name: spec.name.clone(), guid, serial: target.serial.clone(), traits, suites, key, quirks },
            stores,
        ))
    }

    /// Whether the BMC does this, by its nature or by a fault.
    pub(crate) fn does(&self, faults: &mut Faults, quirk: Quirk) -> bool {
        self.quirks.contains(&quirk) || faults.bmc_quirk(&self.name, quirk)
    }
}

/// What the board in the machine has in its FRU inventory.
fn inventory_of(target: &Machine) -> Vec<u8> {
    records::inventory(&target.spec.vendor, &target.spec.product, &target.serial)
}

fn hex(digits: &str) -> Option<Vec<u8>> {
    let pair = |at: usize| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok();
    (0..digits.len()).step_by(2).map(pair).collect()
}

fn uuid_bytes(text: &str) -> Option<[u8; 16]> {
    let digits: String = text.chars().filter(char::is_ascii_hexdigit).collect();
    let number = u128::from_str_radix(&digits, 16).ok()?;
    (digits.len() == 32).then(|| number.to_be_bytes())
}

/// A datagram to send.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Sending {
    pub(crate) bytes: Vec<u8>,
    /// It overtakes nothing: it is sent so much later than the BMC's other replies.
    pub(crate) late: Duration,
}

/// A BMC's side of all its sessions.
#[derive(Debug)]
pub(crate) struct Bmc {
    facts: Facts,
    stores: Stores,
    sessions: Vec<Session>,
}

impl Bmc {
    pub(crate) fn new(site: &Site, machine: usize) -> Option<Self> {
        let (facts, stores) = site.with(|world| Facts::new(world, machine))?;
        Some(Self { facts, stores, sessions: Vec::new() })
    }

    /// How long the BMC takes for a reply.
    pub(crate) fn delay(&self, site: &Site) -> Duration {
        Duration::from_millis(site.with(|world| world.faults.bmc_delay_ms(&self.facts.name)))
    }

    /// Answers a packet, or stays silent: for garbage, for lost packets and while a fault holds everything.
    pub(crate) fn receive(&mut self, site: &Site, packet: &[u8]) -> Vec<Sending> {
        let name = &self.facts.name;
        if site.with(|world| world.faults.held() || world.faults.bmc_dead(name) || lost(world, name)) {
            return Vec::new();
        }
        if !wire::is_in_session(packet) && site.with(|world| world.faults.bmc_deaf(name)) {
            return Vec::new();
        }
        let Some(reply) = self.answer(site, packet) else { return Vec::new() };
        let in_session = wire::is_in_session(&reply);
        let facts = &self.facts;
        site.with(|world| {
            if lost(world, &facts.name) {
                return Vec::new();
            }
            let mut reply = reply;
            let faults = &mut world.faults;
            let late = if in_session { faults.bmc_late_ms(&facts.name) } else { None };
            let late = Duration::from_millis(late.unwrap_or(0));
            if facts.does(faults, Quirk::Truncated) {
                reply.truncate(reply.len() / 2);
            }
            let mut out = Vec::new();
            if facts.does(faults, Quirk::Garbage) {
                let garbage = reply.iter().rev().map(|byte| byte ^ 0x5a).collect();
                out.push(Sending { bytes: garbage, late: Duration::ZERO });
            }
            if facts.does(faults, Quirk::Duplicate) {
                out.push(Sending { bytes: reply.clone(), late });
            }
            out.push(Sending { bytes: reply, late });
            out
        })
    }

    fn does(&self, site: &Site, quirk: Quirk) -> bool {
        site.with(|world| self.facts.does(&mut world.faults, quirk))
    }

    fn before_login(&self, site: &Site, message: &Message<'_>) -> Option<(u8, Vec<u8>)> {
        if (message.net_fn, message.command) == (0x06, 0x54) && self.does(site, Quirk::NoCipherProbe) {
            return None;
        }
        commands::before_login(&self.facts, message)
    }

    fn answer(&mut self, site: &Site, packet: &[u8]) -> Option<Vec<u8>> {
        self.sessions.retain(|session| !session.expired());
        match wire::parse(packet)? {
            Packet::Ping(tag) => (!self.does(site, Quirk::NoPing)).then(|| wire::pong(tag)),
            Packet::Plain15(bytes) => {
                let message = Message::parse(bytes)?;
                let (code, data) = self.before_login(site, &message)?;
                Some(wire::plain15(&message.response(code, &data)))
            }
            Packet::Outside(0x00, bytes) => {
                let message = Message::parse(bytes)?;
                let (code, data) = self.before_login(site, &message)?;
                Some(wire::framed(0x00, 0, 0, &message.response(code, &data)))
            }
            Packet::Outside(0x10, payload) => self.opens(site, payload),
            Packet::Outside(0x12, payload) => self.rakp1(site, payload),
            Packet::Outside(0x14, payload) => self.rakp3(site, payload),
            Packet::Inside { session, sequence, payload_type, payload, trailer } => {
                let at = self.sessions.iter().position(|one| one.id == session)?;
                // A session takes nothing that is protected otherwise than its suite says.
                if self.sessions[at].suite.protection() != payload_type {
                    return None;
                }
                let bytes = self.sessions[at].open(packet, sequence, payload, trailer)?;
                self.command(site, at, &bytes)
            }
            Packet::Outside(..) => None,
        }
    }

    fn opens(&mut self, site: &Site, payload: &[u8]) -> Option<Vec<u8>> {
        let (tag, privilege) = (*payload.first()?, *payload.get(1)? & 0x0f);
        let console = payload.get(4..8)?;
        let refuse = |status: u8| {
            let mut out = vec![tag, status, privilege, 0];
            out.extend(console);
            Some(wire::framed(0x11, 0, 0, &out))
        };
        // A length of 0 leaves the choice to the BMC.
        let asked = |at: usize| -> Option<Option<u8>> {
            let length = *payload.get(at + 3)?;
            let algorithm = *payload.get(at + 4)? & 0x3f;
            Some((length != 0).then_some(algorithm))
        };
        let asked = [asked(8)?, asked(16)?, asked(24)?];
        let fits = |suite: &Suite| {
            asked.iter().zip(suite.algorithms()).all(|(asked, own)| asked.is_none_or(|asked| asked == own))
        };
        let Some(suite) = self.facts.suites.iter().copied().find(fits) else {
            return refuse(NO_SUITE);
        };
        let full = self.sessions.iter().filter(|session| session.active).count() >= SESSIONS;
        if full || self.does(site, Quirk::SessionsFull) {
            return refuse(NO_RESOURCES);
        }
        if self.sessions.iter().filter(|session| !session.active).count() >= HANDSHAKES
            && let Some(oldest) = self.sessions.iter().position(|session| !session.active)
        {
            self.sessions.remove(oldest);
        }
        let id = loop {
            let id: u32 = rand::random();
            if id != 0 && self.sessions.iter().all(|session| session.id != id) {
                break id;
            }
        };
        let limit = if privilege == 0 { ADMINISTRATOR } else { privilege.min(ADMINISTRATOR) };
        let console_id = u32::from_le_bytes(console.try_into().ok()?);
        self.sessions.push(Session::new(id, console_id, suite, limit));
        let mut out = vec![tag, 0, limit, 0];
        out.extend(console);
        out.extend(id.to_le_bytes());
        let weak = self.does(site, Quirk::WrongAlgorithm);
        let answered = if weak { [suite.algorithms()[0], 0, 0] } else { suite.algorithms() };
        for (kind, algorithm) in (0_u8..).zip(answered) {
            out.extend([kind, 0, 0, 8, algorithm, 0, 0, 0]);
        }
        Some(wire::framed(0x11, 0, 0, &out))
    }

    fn rakp1(&mut self, site: &Site, payload: &[u8]) -> Option<Vec<u8>> {
        let tag = *payload.first()?;
        let id = u32::from_le_bytes(payload.get(4..8)?.try_into().ok()?);
        let random: [u8; 16] = payload.get(8..24)?.try_into().ok()?;
        let role = *payload.get(24)?;
        let length = usize::from(*payload.get(27)?);
        let user = payload.get(28..28 + length)?;
        let facts = &self.facts;
        let (account, confused) = site.with(|world| {
            let accounts = world.machines.get(facts.machine).map(|machine| machine.accounts.as_slice());
            let found = accounts.unwrap_or_default().iter().find(|(name, _)| name.as_bytes() == user);
            let password = found.map(|(_, password)| password.as_bytes().to_vec());
            (password, facts.does(&mut world.faults, Quirk::OpenSessionPrivilege))
        });
        let Some(session) = self.sessions.iter_mut().find(|session| session.id == id && !session.active) else {
            return Some(wire::framed(0x13, 0, 0, &[tag, BAD_SESSION, 0, 0, 0, 0, 0, 0]));
        };
        let mut out = vec![tag, 0, 0, 0];
        out.extend(session.console.to_le_bytes());
        if let Some(password) = account {
            if !session.is_challenged() {
                site.with(|world| world.machines[facts.machine].counts.login_attempts += 1);
            }
            let hashed = if confused { role & 0xf0 | session.limit } else { role };
            let login = Login { random, role, hashed, user: user.to_vec(), password, key: facts.key.clone() };
            out.extend(session.challenge(login, &facts.guid));
        } else {
            out[1] = NO_USER;
            self.sessions.retain(|session| session.id != id);
        }
        Some(wire::framed(0x13, 0, 0, &out))
    }

    fn rakp3(&mut self, site: &Site, payload: &[u8]) -> Option<Vec<u8>> {
        let (tag, status) = (*payload.first()?, *payload.get(1)?);
        let id = u32::from_le_bytes(payload.get(4..8)?.try_into().ok()?);
        if status != 0 {
            // The console did not like RAKP 2 and ends the login.
            self.sessions.retain(|session| session.id != id || session.active);
            return None;
        }
        let code = payload.get(8..)?;
        let Some(session) = self.sessions.iter_mut().find(|session| session.id == id) else {
            return Some(wire::framed(0x15, 0, 0, &[tag, BAD_SESSION, 0, 0, 0, 0, 0, 0]));
        };
        let mut out = vec![tag, 0, 0, 0];
        out.extend(session.console.to_le_bytes());
        let again = session.active;
        if let Some(check) = session.activate(code, &self.facts.guid) {
            out.extend(check);
            if !again {
                site.with(|world| {
                    world.journal.stats.bmc_logins += 1;
                    let machine = &mut world.machines[self.facts.machine];
                    machine.counts.logins += 1;
                    if machine.serial != self.facts.serial {
                        self.facts.serial.clone_from(&machine.serial);
                        self.stores.has_another(inventory_of(machine));
                    }
                });
            }
        } else {
            out[1] = BAD_CODE;
            self.sessions.retain(|session| session.id != id || session.active);
        }
        Some(wire::framed(0x15, 0, 0, &out))
    }

    fn command(&mut self, site: &Site, at: usize, bytes: &[u8]) -> Option<Vec<u8>> {
        let message = Message::parse(bytes)?;
        let facts = &self.facts;
        let (busy, damaged, on) = site.with(|world| {
            let on = world.machines.get(facts.machine).is_some_and(|machine| machine.on);
            (world.faults.bmc_busy(&facts.name), facts.does(&mut world.faults, Quirk::WrongChecksums), on)
        });
        let session = &mut self.sessions[at];
        let respond = |code: u8, data: &[u8]| {
            let mut response = message.response(code, data);
            if damaged && let Some(last) = response.last_mut() {
                *last ^= 0xff;
            }
            response
        };
        if busy {
            return session.seal(&respond(NODE_BUSY, &[]));
        }
        match (message.net_fn, message.command) {
            (0x06, 0x3b) => {
                let wanted = message.data.first().map_or(0, |byte| byte & 0x0f);
                let (code, data) = if wanted == 0 {
                    (0, vec![session.privilege])
                } else if wanted > session.limit || wanted < 2 {
                    (0x81, Vec::new())
                } else {
                    session.privilege = wanted;
                    (0, vec![wanted])
                };
                session.seal(&respond(code, &data))
            }
            (0x06, 0x3c) => {
                let wanted = message.data.get(..4).and_then(|id| id.try_into().ok()).map(u32::from_le_bytes);
                if wanted != Some(session.id) {
                    return session.seal(&respond(0x87, &[]));
                }
                let reply = session.seal(&respond(0, &[]));
                self.sessions.remove(at);
                reply
            }
            _ => {
                let privilege = session.privilege;
                let done = site.with(|world| {
                    let ((code, data), effect) = commands::in_session(world, facts, privilege, &message)?;
                    let lost = effect == Effect::Write && {
                        world.journal.stats.bmc_writes += 1;
                        world.faults.wrote()
                    };
                    world.journal.stats.bmc_reads += u64::from(effect == Effect::Read);
                    Some((code, data, lost))
                });
                let (code, data, lost) = if let Some(done) = done {
                    done
                } else {
                    site.with(|world| world.journal.stats.bmc_reads += 1);
                    let own = commands::about_itself(facts, on, &message);
                    let own = own.or_else(|| self.stores.answer(on, &message));
                    let (code, data) = own.unwrap_or((NOT_SUPPORTED, Vec::new()));
                    (code, data, false)
                };
                let reply = self.sessions[at].seal(&respond(code, &data));
                if lost { None } else { reply }
            }
        }
    }
}

/// The network loses this packet.
fn lost(world: &mut World, name: &str) -> bool {
    let percent = world.faults.loss_percent(name);
    percent > 0 && world.dice.draw(&format!("{name}/loss")) % 100 < percent
}
