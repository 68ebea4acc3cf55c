//! *Act* on one node's machine. What cannot be undone is decided once more on a fresh reading, right before it is sent.

use super::{
    Error, Maas,
    call::Call,
    client::decode,
    directory::Found,
    lower::{self, power::with_power},
    machine,
    observe::{ASPECTS, View, power},
    status::Phase,
    wire,
};
use crate::{
    api::site_task::EraseMode,
    drivers::Subject,
    model::{Aspect, MachineAction, MachineStatus, Mark, Owner, Permit},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};

/// What an operation asks for, and what it is given.
#[derive(Default)]
struct Operation {
    /// The phases in which it may be done; absent: any.
    is_allowed: Option<fn(Phase) -> bool>,
    /// Whether a system must be recorded for the machine.
    needs_system: bool,
    /// Whether it says why it is done.
    comments: bool,
    /// How a machine is powered off.
    stop_mode: Option<&'static str>,
}

impl Maas {
    /// Does one thing: submits it and returns.
    pub(super) async fn act(
        &self,
        action: &MachineAction,
        subject: &Subject<'_>,
        permit: &Permit,
    ) -> Result<(), Error> {
        // Whatever comes of it: what was read of the machine before counts no more.
        if let Some(id) = subject.provider_id {
            self.readings.wrote(id);
        }
        match action {
            MachineAction::NetworkBoot => {
                Err(Error::Unsupported("MAAS cannot boot a machine that it does not know; that is the BMC's".into()))
            }
            MachineAction::Create => self.create(subject, permit).await,
            MachineAction::Adopt => self.adopt(subject, permit).await,
            MachineAction::Apply(aspect) => self.apply(*aspect, subject, permit).await,
            MachineAction::Commission => self.commission(subject, permit).await,
            MachineAction::Allocate => self.allocate(subject, permit).await,
            MachineAction::Deploy => self.deploy(subject, permit).await,
            MachineAction::Release { erase } => self.release(*erase, subject, permit).await,
            MachineAction::Forget => self.forget(subject, permit).await,
            MachineAction::OverrideFailedTests => {
                self.operate("override_failed_testing", Operation::default(), subject, permit).await
            }
            MachineAction::MarkBroken => {
                let operation = Operation {
                    is_allowed: Some(|phase| phase != Phase::Deployed),
                    comments: true,
                    ..Operation::default()
                };
                self.operate("mark_broken", operation, subject, permit).await
            }
            MachineAction::EnterRescue => self.operate("rescue_mode", Operation::default(), subject, permit).await,
            MachineAction::ExitRescue => self.operate("exit_rescue_mode", Operation::default(), subject, permit).await,
            MachineAction::PowerOn { .. } => self.switch("power_on", None, subject, permit).await,
            MachineAction::PowerOff { .. } => self.switch("power_off", Some("soft"), subject, permit).await,
            MachineAction::PowerOffHard => self.switch("power_off", Some("hard"), subject, permit).await,
        }
    }

    /// `POST machines/` without commissioning. MAAS knows no key by which this would be idempotent: it is looked for
    /// first.
    async fn create(&self, subject: &Subject<'_>, permit: &Permit) -> Result<(), Error> {
        let design = subject.design;
        let Some(mac) = design.boot_mac.map(|mac| mac.to_string()) else {
            return Err(Error::Impossible(format!("node {} has no boot MAC to register it by", design.name)));
        };
        let bmc = design.oob.as_ref().map(|oob| oob.address.to_string());
        let found: Vec<wire::Machine> = self.client.get("machines/", &[("mac_address", &mac)]).await?;
        if let Some(machine) = found.first() {
            self.directory.note(machine, None).await;
            return Ok(());
        }
        let call = Call::post(["machines/".into()], format!("create machine {}", design.name))
            .with("architecture", format!("{}/generic", design.architecture))
            .with("mac_addresses", mac.as_str())
            .with("hostname", design.name.as_str())
            // An administrator's create commissions by default, which powers the machine on.
            .with("commission", false);
        let call = with_power(design, power(subject), call);
        let answer = self.submit(&call, permit).await?;
        let machine: wire::Machine = decode("POST machines/", &answer)?;
        self.directory.note(&machine, bmc.filter(|_| subject.bmc.is_some()).as_deref()).await;
        Ok(())
    }

    async fn apply(&self, aspect: Aspect, subject: &Subject<'_>, permit: &Permit) -> Result<(), Error> {
        // The others do not look at fabrics, subnets and tags.
        let lists = matches!(aspect, Aspect::Registration | Aspect::Networking | Aspect::Platform);
        let view = self.fresh(subject, lists).await?;
        let us = self.us().await?;
        not_others(&view, us, subject)?;
        let phase = view.phase();
        let allowed = match aspect {
            Aspect::Registration => phase != Phase::Moving,
            Aspect::Networking => matches!(phase, Phase::Configurable | Phase::Allocated),
            // Tags are a record: they change nothing of what runs.
            Aspect::Platform => matches!(phase, Phase::Configurable | Phase::Allocated | Phase::Deployed),
            Aspect::Storage => phase == Phase::Configurable,
            Aspect::Mark => matches!(phase, Phase::Allocated | Phase::Deployed) && view.owner(us) == Owner::Us,
            Aspect::Lock => phase == Phase::Deployed && view.owner(us) == Owner::Us,
            // By commissioning alone, which is a step of its own.
            Aspect::Commissioning => false,
        };
        if !allowed {
            return Err(unexpected(&view, &format!("{} cannot be changed", aspect.name())));
        }
        let calls = view.lower(aspect, subject)?;
        if aspect == Aspect::Registration && !calls.is_empty() {
            self.keys_are_its_own(&view, subject).await?;
        }
        self.run(&calls, permit).await
    }

    /// The design's keys lead to no other machine: else its BMC address would be written into this one's record, and the
    /// next power action would hit the other.
    pub(super) async fn keys_are_its_own(&self, view: &View, subject: &Subject<'_>) -> Result<(), Error> {
        let index = self.directory.fresh(&self.client).await?;
        match index.find(subject) {
            Found::Nothing => Ok(()),
            Found::Machine(id) if id == view.machine.system_id => Ok(()),
            Found::Machine(id) | Found::Controller(id) => {
                Err(unexpected(view, &format!("the node's keys lead to {id} as well")))
            }
            Found::Replaced(_, others) => Err(unexpected(view, &others.join("; "))),
            Found::Conflict(text) => Err(Error::Conflict(text)),
        }
    }

    async fn commission(&self, subject: &Subject<'_>, permit: &Permit) -> Result<(), Error> {
        use MachineStatus as S;
        let view = self.fresh(subject, false).await?;
        let us = self.us().await?;
        not_others(&view, us, subject)?;
        let owner = view.owner(us);
        let startable = match machine::status(&view.machine) {
            S::New | S::FailedCommissioning => true,
            S::Ready => owner == Owner::Nobody,
            _ => false,
        };
        if !startable {
            return Err(unexpected(&view, "it cannot be commissioned"));
        }
        let call = lower::commissioning::call(&subject.design.commissioning, &view.machine);
        self.submit(&call, permit).await.map(drop)
    }

    async fn allocate(&self, subject: &Subject<'_>, permit: &Permit) -> Result<(), Error> {
        let view = self.fresh(subject, false).await?;
        let us = self.us().await?;
        not_others(&view, us, subject)?;
        if machine::status(&view.machine) != MachineStatus::Ready || view.owner(us) != Owner::Nobody {
            return Err(unexpected(&view, "it cannot be allocated"));
        }
        let id = view.machine.system_id.as_str();
        let call = Call::post(["machines/".into()], "allocate the machine").op("allocate").with("system_id", id);
        self.submit(&call, permit).await.map(drop)
    }

    async fn deploy(&self, subject: &Subject<'_>, permit: &Permit) -> Result<(), Error> {
        let design = subject.design;
        let Some(image) = design.platform.image.as_deref() else {
            return Err(Error::Impossible(format!("node {} has no image to deploy", design.name)));
        };
        let view = self.fresh(subject, true).await?;
        let us = self.us().await?;
        not_others(&view, us, subject)?;
        if view.phase() != Phase::Allocated || view.owner(us) != Owner::Us {
            return Err(unexpected(&view, "it cannot be deployed"));
        }
        let expected =
            Mark::Ours { generation: Some(subject.generation), design: Some(subject.design_hash.to_owned()) };
        if view.mark(subject) != expected {
            return Err(unexpected(&view, "its mark is not that of this deployment"));
        }
        for aspect in ASPECTS {
            if let Some(call) = view.lower(aspect, subject)?.first() {
                return Err(unexpected(&view, &format!("{} is not as designed: {call}", aspect.name())));
            }
        }
        let user_data = subject.user_data.map(|data| super::call::Value::Secret(STANDARD.encode(data).into()));
        let call = operation(&view, "deploy")
            .with("distro_series", image)
            .maybe("hwe_kernel", design.platform.kernel.as_deref())
            .maybe("ephemeral_deploy", design.platform.ephemeral.filter(|is| *is))
            .maybe("enable_hw_sync", design.platform.hardware_sync.filter(|is| *is))
            .maybe("user_data", user_data);
        self.submit(&call, permit).await.map(drop)
    }

    async fn release(&self, erase: EraseMode, subject: &Subject<'_>, permit: &Permit) -> Result<(), Error> {
        let view = self.fresh(subject, false).await?;
        let us = self.us().await?;
        not_others(&view, us, subject)?;
        let as_decided = subject.decided_on.is_none_or(|status| status == machine::status(&view.machine));
        if !as_decided {
            return Err(unexpected(&view, "that is not what its release was decided on"));
        }
        if view.owner(us) != Owner::Us || !view.mark(subject).is_ours() {
            return Err(unexpected(&view, "it is not ours to release"));
        }
        // Always all three: an absent one falls back to the region's settings.
        let call = operation(&view, "release")
            .with("erase", erase != EraseMode::None)
            .with("secure_erase", erase == EraseMode::Secure)
            .with("quick_erase", erase == EraseMode::Quick);
        self.submit(&call, permit).await.map(drop)
    }

    /// `DELETE machines/{id}/`. MAAS deletes what is deployed as well: only what is free goes.
    async fn forget(&self, subject: &Subject<'_>, permit: &Permit) -> Result<(), Error> {
        let view = self.fresh(subject, false).await?;
        let us = self.us().await?;
        not_others(&view, us, subject)?;
        let is_free = matches!(view.phase(), Phase::Uncommissioned | Phase::Configurable);
        let as_decided = subject.decided_on.is_none_or(|status| status == machine::status(&view.machine));
        if !is_free || !as_decided || !view.mark(subject).is_ours() {
            return Err(unexpected(&view, "its record is not removed"));
        }
        let path = ["machines/".into(), view.machine.system_id.as_str().into(), "/".into()];
        self.submit(&Call::delete(path, "delete the machine's record"), permit).await.map(drop)
    }

    /// Power of a machine that runs a system. One that is Deployed without any would boot from the network.
    async fn switch(
        &self,
        op: &'static str,
        stop_mode: Option<&'static str>,
        subject: &Subject<'_>,
        permit: &Permit,
    ) -> Result<(), Error> {
        let is_allowed: fn(Phase) -> bool = |phase| phase == Phase::Deployed;
        let operation =
            Operation { is_allowed: Some(is_allowed), needs_system: true, stop_mode, ..Operation::default() };
        self.operate(op, operation, subject, permit).await
    }

    /// An operation on a machine that is ours and still in the status that it was decided on.
    async fn operate(
        &self,
        op: &'static str,
        wanted: Operation,
        subject: &Subject<'_>,
        permit: &Permit,
    ) -> Result<(), Error> {
        let view = self.fresh(subject, false).await?;
        not_others(&view, self.us().await?, subject)?;
        let (status, phase) = (machine::status(&view.machine), view.phase());
        let is_allowed = wanted.is_allowed.is_none_or(|is_allowed| is_allowed(phase));
        let has_system = !wanted.needs_system || !view.machine.osystem.is_empty();
        if subject.decided_on.is_some_and(|decided_on| decided_on != status) || !is_allowed || !has_system {
            return Err(unexpected(&view, &format!("that is not what {op} was decided on")));
        }
        if !view.mark(subject).is_ours() {
            return Err(unexpected(&view, "it is not ours"));
        }
        // MAAS keeps it as the machine's error, in the place of the one that it had.
        let comment = wanted.comments.then(|| {
            let said = view.machine.error_description.trim();
            format!("Slipway gave up {}{}{said}", status.name(), if said.is_empty() { "" } else { ": " })
        });
        let call = operation(&view, op).maybe("comment", comment).maybe("stop_mode", wanted.stop_mode);
        self.submit(&call, permit).await.map(drop)
    }

    /// Sends one call and returns the answer.
    async fn submit(&self, call: &Call, permit: &Permit) -> Result<Vec<u8>, Error> {
        super::run::send(&self.client, call, permit).await
    }
}

fn operation(view: &View, op: &'static str) -> Call {
    Call::post(["machines/".into(), view.machine.system_id.as_str().into(), "/".into()], format!("{op} the machine"))
        .op(op)
}

/// Nothing is written to what is another's, or locked.
pub(super) fn not_others(view: &View, us: &str, subject: &Subject<'_>) -> Result<(), Error> {
    if view.machine.locked {
        return Err(unexpected(view, "it is locked"));
    }
    if let Mark::Foreign(mark) = view.mark(subject) {
        return Err(unexpected(view, &format!("it is marked as that of {mark}")));
    }
    // A machine that failed its commissioning keeps the owner who started it; nothing of theirs is on it.
    match view.owner(us) {
        Owner::Other(owner) if view.phase() != Phase::Uncommissioned => {
            Err(unexpected(view, &format!("it belongs to {owner}")))
        }
        _ => Ok(()),
    }
}

pub(super) fn unexpected(view: &View, why: &str) -> Error {
    let status = machine::status(&view.machine).name();
    Error::Conflict(format!("machine {} ({status}): {why}", view.machine.system_id))
}
