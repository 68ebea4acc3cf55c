//! A machine in the rack: power, boot flags, what is on its disks. It knows nothing of MAAS's record of it.

use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

use serde::Serialize;

use crate::redfish::state::State;
use crate::spec::{MachineSpec, Power};

/// IPMI's boot flags are forgotten after this time, on the wall clock.
const FLAG_LIFETIME: Duration = Duration::from_mins(1);

/// A machine.
#[derive(Clone, Debug)]
pub(crate) struct Machine {
    pub(crate) spec: MachineSpec,
    pub(crate) on: bool,
    /// Rises with every change of power: whatever was going on inside the machine before has ended.
    pub(crate) epoch: u64,
    /// A power command that has not taken effect yet.
    pub(crate) pending: Option<PowerAction>,
    pub(crate) flags: BootFlags,
    /// What the firmware boots from this time, latched when power came on.
    pub(crate) boots_from: BootDevice,
    pub(crate) os_on_disk: bool,
    /// BMC accounts: user and password.
    pub(crate) accounts: Vec<(String, String)>,
    pub(crate) bmc_listen: Ipv4Addr,
    pub(crate) guid: [u8; 16],
    pub(crate) serial: String,
    pub(crate) user_data: Option<String>,
    pub(crate) counts: Counts,
    /// What its BMC keeps for Redfish.
    pub(crate) redfish: State,
}

/// How often things happened to a machine.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Counts {
    pub(crate) deployments: u64,
    pub(crate) enlistments: u64,
    pub(crate) commissionings: u64,
    pub(crate) releases: u64,
    pub(crate) power_ons: u64,
    pub(crate) power_offs: u64,
    pub(crate) power_cycles: u64,
    /// Logins to its BMC that were begun with a user that it has.
    pub(crate) login_attempts: u64,
    /// Those that were completed.
    pub(crate) logins: u64,
}

/// A chassis control command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PowerAction {
    Off,
    On,
    Cycle,
    Reset,
    SoftOff,
}

/// What a machine boots from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum BootDevice {
    #[default]
    FirmwareOrder,
    Network,
    Disk,
    /// The virtual CD of the BMC.
    Cd,
    /// The firmware's setup, where the machine stays.
    Setup,
}

/// IPMI's system boot options, as far as a client sees them.
#[derive(Clone, Debug, Default)]
pub(crate) struct BootFlags {
    /// Parameter 0: set in progress.
    pub(crate) progress: u8,
    /// Parameter 3: which events do not clear the valid bit.
    pub(crate) keep: u8,
    /// Parameter 4: boot info acknowledge.
    pub(crate) acknowledge: [u8; 2],
    /// Parameter 5: the flags.
    pub(crate) data: [u8; 5],
    pub(crate) set_at: Option<Instant>,
    /// They were set by Redfish, which lets them wait for the boot.
    pub(crate) lasting: bool,
}

impl BootFlags {
    /// Parameter 5 as it reads back now: the valid bit clears itself after a minute.
    pub(crate) fn read(&self) -> [u8; 5] {
        let mut data = self.data;
        let stale = self.set_at.is_none_or(|at| at.elapsed() >= FLAG_LIFETIME);
        if stale && self.keep & 0x08 == 0 && !self.lasting {
            data[0] &= 0x7f;
        }
        data
    }

    /// What the firmware boots from at this power on; a one-time flag is used up.
    pub(crate) fn take(&mut self) -> BootDevice {
        let data = self.read();
        if data[0] & 0x80 == 0 {
            return BootDevice::FirmwareOrder;
        }
        if data[0] & 0x40 == 0 {
            self.data[0] &= 0x7f;
        }
        match (data[1] >> 2) & 0x0f {
            0x01 => BootDevice::Network,
            0x02 | 0x09 => BootDevice::Disk,
            0x05 => BootDevice::Cd,
            0x06 => BootDevice::Setup,
            _ => BootDevice::FirmwareOrder,
        }
    }

    /// Sets the flags for one network boot, as MAAS does before it powers a machine on.
    pub(crate) fn network_once(&mut self, efi: bool) {
        self.data = [if efi { 0xa0 } else { 0x80 }, 0x04, 0, 0, 0];
        self.set_at = Some(Instant::now());
        self.lasting = false;
    }
}

impl Machine {
    pub(crate) fn new(spec: MachineSpec, bmc_listen: Ipv4Addr, guid: [u8; 16], serial: String) -> Self {
        Self {
            on: spec.power == Power::On,
            epoch: 0,
            pending: None,
            flags: BootFlags::default(),
            boots_from: BootDevice::default(),
            os_on_disk: spec.boots_from_disk,
            accounts: vec![(spec.bmc.user.clone(), spec.bmc.password.clone())],
            bmc_listen,
            guid,
            serial,
            user_data: None,
            counts: Counts::default(),
            redfish: State::default(),
            spec,
        }
    }

    pub(crate) fn has_mac(&self, mac: &str) -> bool {
        self.spec.nics.iter().any(|nic| nic.mac.eq_ignore_ascii_case(mac))
    }
}
