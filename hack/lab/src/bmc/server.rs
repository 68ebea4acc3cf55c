//! A BMC: from packet to reply.

use super::commands::{self, Effect};
use super::crypto::Suite;
use super::session::Session;
use super::wire::{self, Message, Packet};
use crate::world::World;

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

/// A BMC's side of all its sessions.
#[derive(Debug)]
pub(crate) struct Bmc {
    machine: usize,
    sessions: Vec<Session>,
}

impl Bmc {
    pub(crate) fn new(machine: usize) -> Self {
        Self { machine, sessions: Vec::new() }
    }

    /// Answers a packet, or stays silent: for garbage, for lost packets and while a fault holds everything.
    pub(crate) fn receive(&mut self, world: &mut World, packet: &[u8]) -> Option<Vec<u8>> {
        let name = world.machines.get(self.machine)?.spec.name.clone();
        if world.faults.held() || world.faults.bmc_dead(&name) || lost(world, &name) {
            return None;
        }
        let reply = self.answer(world, &name, packet)?;
        if lost(world, &name) { None } else { Some(reply) }
    }

    fn answer(&mut self, world: &mut World, name: &str, packet: &[u8]) -> Option<Vec<u8>> {
        self.sessions.retain(|session| !session.expired());
        match wire::parse(packet)? {
            Packet::Ping(tag) => Some(wire::pong(tag)),
            Packet::Plain15(bytes) => {
                let message = Message::parse(bytes)?;
                let (code, data) = commands::before_login(world, self.machine, &message)?;
                Some(wire::plain15(&message.response(code, &data)))
            }
            Packet::Outside(0x00, bytes) => {
                let message = Message::parse(bytes)?;
                let (code, data) = commands::before_login(world, self.machine, &message)?;
                Some(wire::framed(0x00, 0, 0, &message.response(code, &data)))
            }
            Packet::Outside(0x10, payload) => self.opens(world, payload),
            Packet::Outside(0x12, payload) => self.rakp1(world, payload),
            Packet::Outside(0x14, payload) => self.rakp3(world, payload),
            Packet::Inside { session, sequence, payload_type: 0xc0, payload, trailer } => {
                let at = self.sessions.iter().position(|one| one.id == session)?;
                let bytes = self.sessions[at].open(packet, sequence, payload, trailer)?;
                self.command(world, name, at, &bytes)
            }
            // Unknown payloads; and a session of these suites takes nothing that is not sealed.
            Packet::Outside(..) | Packet::Inside { .. } => None,
        }
    }

    fn opens(&mut self, world: &World, payload: &[u8]) -> Option<Vec<u8>> {
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
        let offered = &world.machines.get(self.machine)?.spec.bmc.cipher_suites;
        let fits = |suite: &Suite| {
            asked.iter().zip(suite.algorithms()).all(|(asked, own)| asked.is_none_or(|asked| asked == own))
        };
        let Some(suite) = offered.iter().filter_map(|number| Suite::from_number(*number)).find(fits) else {
            return refuse(NO_SUITE);
        };
        if self.sessions.iter().filter(|session| session.active).count() >= SESSIONS {
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
        for (kind, algorithm) in (0_u8..).zip(suite.algorithms()) {
            out.extend([kind, 0, 0, 8, algorithm, 0, 0, 0]);
        }
        Some(wire::framed(0x11, 0, 0, &out))
    }

    fn rakp1(&mut self, world: &World, payload: &[u8]) -> Option<Vec<u8>> {
        let tag = *payload.first()?;
        let id = u32::from_le_bytes(payload.get(4..8)?.try_into().ok()?);
        let random: [u8; 16] = payload.get(8..24)?.try_into().ok()?;
        let role = *payload.get(24)?;
        let length = usize::from(*payload.get(27)?);
        let user = payload.get(28..28 + length)?;
        let Some(session) = self.sessions.iter_mut().find(|session| session.id == id && !session.active) else {
            return Some(wire::framed(0x13, 0, 0, &[tag, BAD_SESSION, 0, 0, 0, 0, 0, 0]));
        };
        let mut out = vec![tag, 0, 0, 0];
        out.extend(session.console.to_le_bytes());
        let machine = world.machines.get(self.machine)?;
        let account = machine.accounts.iter().find(|(name, _)| name.as_bytes() == user);
        if let Some((_, password)) = account {
            out.extend(session.challenge(random, role, user, password, &machine.guid));
        } else {
            out[1] = NO_USER;
            self.sessions.retain(|session| session.id != id);
        }
        Some(wire::framed(0x13, 0, 0, &out))
    }

    fn rakp3(&mut self, world: &mut World, payload: &[u8]) -> Option<Vec<u8>> {
        let (tag, status) = (*payload.first()?, *payload.get(1)?);
        let id = u32::from_le_bytes(payload.get(4..8)?.try_into().ok()?);
        if status != 0 {
            // The console did not like RAKP 2 and ends the login.
            self.sessions.retain(|session| session.id != id || session.active);
            return None;
        }
        let code = payload.get(8..)?;
        let guid = world.machines.get(self.machine)?.guid;
        let Some(session) = self.sessions.iter_mut().find(|session| session.id == id) else {
            return Some(wire::framed(0x15, 0, 0, &[tag, BAD_SESSION, 0, 0, 0, 0, 0, 0]));
        };
        let mut out = vec![tag, 0, 0, 0];
        out.extend(session.console.to_le_bytes());
        let again = session.active;
        if let Some(check) = session.activate(code, &guid) {
            out.extend(check);
            world.journal.stats.bmc_logins += u64::from(!again);
        } else {
            out[1] = BAD_CODE;
            self.sessions.retain(|session| session.id != id || session.active);
        }
        Some(wire::framed(0x15, 0, 0, &out))
    }

    fn command(&mut self, world: &mut World, name: &str, at: usize, bytes: &[u8]) -> Option<Vec<u8>> {
        let message = Message::parse(bytes)?;
        if world.faults.bmc_busy(name) {
            return self.sessions[at].seal(&message.response(NODE_BUSY, &[]));
        }
        let session = &mut self.sessions[at];
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
                session.seal(&message.response(code, &data))
            }
            (0x06, 0x3c) => {
                let wanted = message.data.get(..4).and_then(|id| id.try_into().ok()).map(u32::from_le_bytes);
                if wanted != Some(session.id) {
                    return session.seal(&message.response(0x87, &[]));
                }
                let reply = session.seal(&message.response(0, &[]));
                self.sessions.remove(at);
                reply
            }
            _ => {
                let privilege = session.privilege;
                let ((code, data), effect) = commands::in_session(world, self.machine, privilege, &message);
                let lost = if effect == Effect::Write {
                    world.journal.stats.bmc_writes += 1;
                    world.faults.wrote()
                } else {
                    world.journal.stats.bmc_reads += 1;
                    false
                };
                let reply = self.sessions[at].seal(&message.response(code, &data));
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
