//! *Export*: a region as it was read, to the design that it already fulfils. Pure.
//!
//! What is alike is written once: machines of one build share a HardwareProfile, those set up alike a HostProfile, and a
//! BaremetalNode says only whose it is, where it stands and which addresses it has. What a design cannot say is left out, so
//! that nothing would change, and is told by name.

mod disks;
mod hosts;
mod interfaces;
mod names;
mod networks;
mod power;
mod site;

use super::survey::Survey;
use crate::api::{BaremetalNode, HardwareProfile, HostProfile, Network, NetworkLink, Rack, Site};
use secrecy::SecretString;
use std::{cell::RefCell, fmt};

/// What the region does not say of a site.
#[derive(Debug, Clone)]
pub struct Answers {
    /// Name of the Site.
    pub site: String,
    /// URL by which the operator reaches the region.
    pub url: String,
    /// Name of the Secret with the API key.
    pub maas_secret: String,
    /// Name of the Secret with the certificates of the region, where it needs one.
    pub trust_secret: Option<String>,
}

/// A design, and what is not in it.
#[derive(Debug)]
pub struct Exported {
    /// The site.
    pub site: Site,
    /// Racks: the availability zones.
    pub racks: Vec<Rack>,
    /// Links: the fabrics.
    pub links: Vec<NetworkLink>,
    /// Networks: the subnets.
    pub networks: Vec<Network>,
    /// Builds of hardware.
    pub hardware_profiles: Vec<HardwareProfile>,
    /// Descriptions of hosts.
    pub host_profiles: Vec<HostProfile>,
    /// The machines.
    pub nodes: Vec<BaremetalNode>,
    /// Credentials of BMCs, which are printed only where that is asked for.
    pub secrets: Vec<BmcSecret>,
    /// What could not be said, in order.
    pub notes: Vec<Note>,
}

/// Credentials of BMCs that are alike.
#[derive(Debug)]
pub struct BmcSecret {
    /// Name of the Secret.
    pub name: String,
    /// The user.
    pub username: String,
    /// The password.
    pub password: SecretString,
    /// The nodes that need it.
    pub nodes: Vec<String>,
}

/// Something that the design does not say, or says otherwise than the region.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Note {
    /// What it concerns, such as `machine web-1` or `subnet 10.0.0.0/24`.
    pub about: String,
    /// What is left out, or differs, and what comes of it.
    pub text: String,
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.about, self.text)
    }
}

/// The notes so far.
#[derive(Debug, Default)]
struct Notes(RefCell<Vec<Note>>);

impl Notes {
    fn tell(&self, about: impl Into<String>, text: impl Into<String>) {
        let note = Note { about: about.into(), text: text.into() };
        let mut all = self.0.borrow_mut();
        if !all.contains(&note) {
            all.push(note);
        }
    }
}

/// Writes the design of a region.
pub fn export(survey: &Survey, answers: &Answers) -> Exported {
    let notes = Notes::default();
    let chosen = hosts::chosen(survey, &notes);
    let plan = networks::plan(survey, &chosen, &notes);
    let hosts = hosts::hosts(survey, &chosen, &plan, &notes);
    let (links, networks) = plan.objects(&hosts.bmc_networks);
    Exported {
        site: site::site(survey, answers, &notes),
        racks: hosts.racks,
        links,
        networks,
        hardware_profiles: hosts.hardware_profiles,
        host_profiles: hosts.host_profiles,
        nodes: hosts.nodes,
        secrets: hosts.secrets,
        notes: notes.0.into_inner(),
    }
}

#[cfg(test)]
mod tests;
