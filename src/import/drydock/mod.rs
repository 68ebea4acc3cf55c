//! Airship Drydock's site designs.
//!
//! [`envelope`](self) finds the documents and their names, in the Deckhand form and the older one; then one file a kind
//! turns them into ours. Both of Drydock's ways to take something away from what is inherited, `!name` and the value `!`,
//! become `unset`; `part` does that for every field.

mod asset;
mod boot_action;
mod credentials;
mod envelope;
mod filter;
mod hardware;
mod host;
mod interface;
mod link;
mod network;
mod node;
mod oob;
mod part;
mod rack;
mod region;
mod storage;

use super::{
    DesignSource, Document, ImportError, Imported, SiteAnswers,
    fields::Fields,
    names::Names,
    notes::{Notes, Place},
};
use credentials::{Accounts, Secrets};
use envelope::Envelope;
use std::cell::{Cell, RefCell};

/// Drydock as a source of designs.
#[derive(Debug, Clone, Copy, Default)]
pub struct Drydock;

/// What all converters share.
struct Job<'a> {
    answers: &'a SiteAnswers,
    names: Names,
    accounts: Accounts,
    secrets: RefCell<Secrets>,
    /// Whether it was told that nothing stands for `bootstrap_protocol` and `pxe_interface`.
    told_of_bootstrap: Cell<bool>,
}

/// A document on its way: its place, its new name, its content.
struct Source<'a> {
    name: String,
    kind: &'static str,
    fields: Fields<'a>,
}

impl<'a> Source<'a> {
    /// Where a field stands.
    fn at(&self, key: &str) -> Place<'a> {
        self.fields.at(key)
    }
}

impl DesignSource for Drydock {
    fn import(&self, documents: Vec<Document>, answers: &SiteAnswers) -> Imported {
        let notes = Notes::default();
        let mut imported = Imported::default();
        let (envelopes, remarks) = envelope::sort(documents, &mut imported.errors);
        imported.remarks = remarks;
        let mut job = Job {
            answers,
            names: Names::default(),
            accounts: Accounts::of(&envelopes),
            secrets: RefCell::new(Secrets::new(answers)),
            told_of_bootstrap: Cell::new(false),
        };
        // All names first, so that a reference to a renamed document needs no warning of its own.
        let mut named = Vec::new();
        for envelope in envelopes {
            let document = format!("{}/{}", envelope.kind, envelope.name);
            match job.names.register(&notes.place(&document), envelope.kind, &envelope.name) {
                Ok(name) => named.push((name, document, envelope)),
                Err(error) => imported.errors.push(error),
            }
        }
        for (name, document, Envelope { kind, data, .. }) in named {
            let mark = notes.len();
            let fields = Fields::new(notes.place(&document), data);
            if let Err(error) = convert(&job, Source { name, kind, fields }, &mut imported) {
                notes.truncate(mark);
                imported.errors.push(error);
            }
        }
        if imported.site.is_none() {
            imported.remarks.push("there is no Region, hence no Site".into());
        }
        imported.secrets = job.secrets.into_inner().into_objects();
        imported.warnings = notes.into_warnings();
        imported
    }
}

fn convert(job: &Job<'_>, source: Source<'_>, imported: &mut Imported) -> Result<(), ImportError> {
    match source.kind {
        envelope::REGION => {
            if let Some(site) = &imported.site {
                let other = site.metadata.name.as_deref().unwrap_or_default();
                let place = source.at("metadata.name");
                return Err(place.refuse("a second Region", format!("one: a namespace holds one Site, here `{other}`")));
            }
            imported.site = Some(region::site(job, source));
        }
        envelope::RACK => imported.racks.push(rack::rack(job, source)),
        envelope::NETWORK_LINK => imported.links.push(link::link(job, source)?),
        envelope::NETWORK => imported.networks.push(network::network(source)?),
        envelope::HARDWARE_PROFILE => imported.hardware_profiles.push(hardware::profile(job, source)),
        envelope::HOST_PROFILE => imported.host_profiles.push(host::profile(job, source)),
        envelope::BAREMETAL_NODE => imported.nodes.push(node::node(job, source)?),
        _ => imported.boot_actions.push(boot_action::action(job, source)?),
    }
    Ok(())
}

#[cfg(test)]
mod testing;
