//! Another region in the place of the one there was: an older state of it, an empty one, another release. The machines
//! go on as if nothing had happened.

use super::{Step, World};
use crate::region::Region;
use crate::region::people::Token;
use crate::region::version::Version;

impl World {
    /// An older region takes over. What MAAS had planned of its own accord is forgotten, as by a restart.
    pub(crate) fn replace_region(&mut self, region: Region) {
        let nonces = std::mem::take(&mut self.region.nonces);
        self.region = region;
        self.region.nonces.extend(nonces);
        self.before.clear();
        self.steps.retain(|_, step| {
            matches!(step, Step::Power { .. } | Step::Posted { .. } | Step::Ran { .. } | Step::Imported)
        });
        for machine in 0..self.machines.len() {
            let macs: Vec<String> = self.machines[machine].spec.nics.iter().map(|nic| nic.mac.clone()).collect();
            for node in self.region.nodes.values_mut() {
                if macs.iter().any(|mac| node.has_mac(mac)) {
                    node.machine = Some(machine);
                }
            }
        }
        self.watch_again();
    }

    /// Whatever was under way is waited for anew.
    fn watch_again(&mut self) {
        let ids: Vec<String> = self.region.nodes.keys().cloned().collect();
        for id in ids {
            self.watch(&id);
        }
    }

    /// A region as it was installed, with the same administrator.
    pub(crate) fn empty_region(&mut self) -> Result<(), String> {
        let region = Region::new(&self.maas, self.seed)?;
        self.replace_region(region);
        Ok(())
    }

    /// The region comes back as another release.
    pub(crate) fn upgrade(&mut self, version: &str) -> Result<String, String> {
        let version = Version::parse(version)?;
        version.to_string().clone_into(&mut self.maas.version);
        self.region.version = version;
        self.region.adjust_scripts();
        Ok(self.maas.version.clone())
    }

    /// A user's new API key, as MAAS's own command line gives it; makes the user when there is none.
    pub(crate) fn api_key(&mut self, user: &str, superuser: Option<bool>) -> Option<String> {
        if !self.region.users.contains_key(user) {
            let email = format!("{user}@example.com");
            let made = crate::region::people::User::new(user, &email, superuser?);
            self.region.users.insert(user.to_owned(), made);
        }
        self.region.new_token(user, "api key").as_ref().map(Token::credentials)
    }

    /// Carries out at once what MAAS itself has planned, though nothing that machines do. Says how much there was.
    pub(crate) fn settle(&mut self) -> usize {
        let mut count = 0;
        loop {
            let own = |step: &Step| {
                matches!(
                    step,
                    Step::MaasPower { .. } | Step::Released { .. } | Step::Settled { .. } | Step::AddressesFreed { .. }
                )
            };
            let next = self.steps.iter().find(|(_, step)| own(step)).map(|(at, _)| *at);
            let Some(step) = next.and_then(|at| self.steps.remove(&at)) else { return count };
            self.run(step);
            count += 1;
        }
    }

    /// Carries out the next planned step of a machine at once, with what MAAS has planned before it. Says whether there
    /// was one.
    pub(crate) fn advance(&mut self, machine: usize) -> bool {
        self.settle();
        let of_machine = |step: &Step| match step {
            Step::Power { machine: of, .. } => *of == machine,
            Step::Posted { machine: of, epoch } | Step::Ran { machine: of, epoch, .. } => {
                *of == machine && self.current(machine, *epoch)
            }
            _ => false,
        };
        let next = self.steps.iter().find(|(_, step)| of_machine(step)).map(|(at, _)| *at);
        let Some(step) = next.and_then(|at| self.steps.remove(&at)) else { return false };
        self.run(step);
        self.settle();
        true
    }

    /// Somebody puts another board into a machine, with other network cards, serial number and UUID, and lets it boot from the
    /// network once. Its BMC has the address and the accounts of the old one. MAAS's record stays what it was.
    pub(crate) fn replace_board(&mut self, machine: usize) {
        self.goes_off(machine);
        let Some(target) = self.machines.get_mut(machine) else { return };
        for nic in &mut target.spec.nics {
            // Within one lab the third byte is the same for all.
            let mut bytes: Vec<String> = nic.mac.to_lowercase().split(':').map(str::to_owned).collect();
            if let Some(byte) = bytes.get_mut(2) {
                let number = u8::from_str_radix(byte, 16).unwrap_or_default();
                *byte = format!("{:02x}", number.wrapping_add(1));
            }
            nic.mac = bytes.join(":");
        }
        target.serial.push_str("-2");
        target.guid[15] = target.guid[15].wrapping_add(1);
        target.spec.uuid = None;
        let efi = target.spec.firmware == crate::spec::Firmware::Uefi;
        target.flags.network_once(efi);
        self.comes_on(machine, "PowerOn");
    }

    /// Somebody presses the machine's power button.
    pub(crate) fn press(&mut self, machine: usize) {
        if self.machines.get(machine).is_some_and(|machine| machine.on) {
            self.goes_off(machine);
        } else {
            self.comes_on(machine, "PowerOn");
        }
    }

    /// MAAS gives up waiting for a record now. Says whether it was waiting.
    pub(crate) fn give_up(&mut self, node: &str) -> bool {
        let waits =
            |step: &Step| matches!(step, Step::Timeout { node: of, epoch } if of == node && self.is_at(node, *epoch));
        let next = self.steps.iter().find(|(_, step)| waits(step)).map(|(at, _)| *at);
        let Some(step) = next.and_then(|at| self.steps.remove(&at)) else { return false };
        self.run(step);
        true
    }
}
