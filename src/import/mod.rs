//! Other designs, such as Drydock's, to our manifests.
//!
//! A [`DesignSource`] turns documents into typed objects of our kinds, so that what is printed is valid by construction.
//! Nothing is lost silently: `fields` warns of everything in a document that nobody asked for, `limits` of everything
//! that the API server would refuse.

mod document;
pub mod drydock;
mod error;
mod fields;
mod limits;
mod names;
mod notes;

pub use document::{Document, read};
pub use error::ImportError;
pub use limits::check as check_limits;
pub use notes::Warning;

use crate::api::{
    BaremetalNode, BootAction, HardwareProfile, HostProfile, Network, NetworkLink, Rack, Site,
    site::{AddressTranslation, Mode},
    values::Duration,
};
use k8s_openapi::api::core::v1::Secret;
use kube::Resource;

/// A kind of design that can be imported.
pub trait DesignSource {
    /// Turns documents into objects. What cannot be carried over is told in the result; it never fails as a whole.
    fn import(&self, documents: Vec<Document>, answers: &SiteAnswers) -> Imported;
}

/// What a foreign design does not say of a site.
#[derive(Debug, Clone, Default)]
pub struct SiteAnswers {
    /// URL of the MAAS region.
    pub maas_url: String,
    /// Name of the Secret with the API key.
    pub maas_secret: String,
    /// The API key; where it is given, the Secret is made.
    pub maas_api_key: Option<String>,
    /// `Site.spec.mode`.
    pub mode: Option<Mode>,
    /// `Site.spec.settle`.
    pub settle: Option<Duration>,
    /// `Site.spec.outOfBand.translate`.
    pub translate: Vec<AddressTranslation>,
}

/// What an import gave.
#[derive(Debug, Clone, Default)]
pub struct Imported {
    /// Credentials that stood in the design.
    pub secrets: Vec<Secret>,
    /// The site.
    pub site: Option<Site>,
    /// Racks.
    pub racks: Vec<Rack>,
    /// Links.
    pub links: Vec<NetworkLink>,
    /// Networks.
    pub networks: Vec<Network>,
    /// Hardware profiles.
    pub hardware_profiles: Vec<HardwareProfile>,
    /// Host profiles.
    pub host_profiles: Vec<HostProfile>,
    /// Nodes.
    pub nodes: Vec<BaremetalNode>,
    /// Boot actions.
    pub boot_actions: Vec<BootAction>,
    /// What was not carried over, or not as it stood.
    pub warnings: Vec<Warning>,
    /// What concerns the import as a whole, one line each.
    pub remarks: Vec<String>,
    /// Documents that could not be imported.
    pub errors: Vec<ImportError>,
}

impl Imported {
    /// Puts every object into a namespace.
    pub fn set_namespace(&mut self, namespace: &str) {
        fn put<'a, K: Resource + 'a>(objects: impl IntoIterator<Item = &'a mut K>, namespace: &str) {
            for object in objects {
                object.meta_mut().namespace = Some(namespace.to_owned());
            }
        }
        put(&mut self.secrets, namespace);
        put(&mut self.site, namespace);
        put(&mut self.racks, namespace);
        put(&mut self.links, namespace);
        put(&mut self.networks, namespace);
        put(&mut self.hardware_profiles, namespace);
        put(&mut self.host_profiles, namespace);
        put(&mut self.nodes, namespace);
        put(&mut self.boot_actions, namespace);
    }
}
