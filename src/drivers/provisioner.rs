//! The node port: what a provisioner such as MAAS can do for Slipway.

use super::DriverError;
use crate::api::baremetal_node::Adoption;
use crate::model::{
    MachineAction, MachineStatus, NodeDesign, NodeIdentity, Permit, Sighting, SiteChecks, SiteIdentity, SiteMaterial,
    SiteNeeds, SiteObservation, SitePart,
};
use async_trait::async_trait;
use std::collections::BTreeSet;

/// A provisioner: it knows machines, and installs them.
#[async_trait]
pub trait Provisioner: Send + Sync {
    /// Looks at the site's objects and says what differs from the design.
    async fn observe_site(&self, subject: &SiteSubject<'_>) -> Result<SiteObservation, DriverError>;

    /// Brings the site's objects to the design. Convergent: it writes only what differs, and may be called again. What it
    /// makes and cannot mark must be recorded in `subject.made` before, and what destroys something be approved.
    async fn perform_site(&self, subject: &SiteSubject<'_>, permit: &Permit) -> Result<(), DriverError>;

    /// Looks whether the provisioner can serve the site, a line for each thing.
    async fn verify_site(&self, subject: &SiteSubject<'_>, needs: &SiteNeeds) -> Result<SiteChecks, DriverError>;

    /// Looks for a node's machine and at it, all of it fresh.
    async fn observe(&self, subject: &Subject<'_>) -> Result<Sighting, DriverError>;

    /// Does one thing to a node's machine: submits it and returns. A step that cannot be undone is checked once more on
    /// a fresh reading, and dropped with class `Conflict` if id, status, owner or mark are not as decided on.
    async fn perform(&self, action: &MachineAction, subject: &Subject<'_>, permit: &Permit) -> Result<(), DriverError>;

    /// Reads a machine's power anew, for it was seen to be another than is shown; the next observation shows it.
    async fn read_power(&self, id: &str) -> Result<(), DriverError>;

    /// The ids of machines of which there is news since the last call, at a cost that does not grow with their number.
    async fn news(&self) -> Result<BTreeSet<String>, DriverError>;
}

/// A site, as a driver needs to know it.
#[derive(Debug, Clone, Copy)]
pub struct SiteSubject<'a> {
    /// What the provisioner is to hold for it.
    pub design: &'a SitePart,
    /// Who it is, which goes into marks.
    pub identity: &'a SiteIdentity,
    /// What is recorded as made by it.
    pub made: &'a BTreeSet<String>,
    /// Another cluster whose marks count as ours.
    pub take_over: Option<&'a str>,
    /// What of its design stands elsewhere.
    pub material: &'a SiteMaterial,
    /// The destructive calls that may be done, as they were observed: all of them, or none.
    pub approved: &'a [String],
}

/// A node, as a driver needs to know it.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// Its design.
    pub design: &'a NodeDesign,
    /// Hash of its design, which goes into the mark.
    pub design_hash: &'a str,
    /// Who it is, which goes into the mark.
    pub identity: &'a NodeIdentity,
    /// The provisioner's id, where it is known.
    pub provider_id: Option<&'a str>,
    /// The machine's status that a step was decided on; a step that cannot be undone is dropped if it has changed.
    pub decided_on: Option<MachineStatus>,
    /// Deploy generation, which goes into the mark.
    pub generation: i64,
    /// Another cluster whose marks count as ours.
    pub take_over: Option<&'a str>,
    /// A machine that already runs and that it takes over.
    pub adopt: Option<&'a Adoption>,
    /// Credentials of its BMC, where they are needed to register it.
    pub bmc: Option<&'a super::BmcCredentials>,
    /// The cipher suite that its BMC took when Slipway asked it last.
    pub cipher_suite: Option<i32>,
    /// The whole user data for its deployment, where it is needed.
    pub user_data: Option<&'a str>,
}
