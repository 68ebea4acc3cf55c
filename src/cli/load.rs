//! One site's design, from files or from the cluster.

use super::{files::DesignFiles, live};
use crate::design::Manifests;
use std::error::Error;

/// Where a design is read from.
#[derive(clap::Args)]
pub struct From {
    /// Files, folders or `-` to read the design from; absent: the cluster of your kubeconfig
    #[arg(short = 'f', long = "filename", value_name = "PATH")]
    files: Vec<String>,
    /// Namespace of the site; absent: that of your kubeconfig, or the only one of the files
    #[arg(short, long, value_name = "NS")]
    namespace: Option<String>,
}

impl From {
    /// Reads it.
    pub fn load(&self) -> Result<Manifests, Box<dyn Error>> {
        if self.files.is_empty() {
            return live::manifests(self.namespace.as_deref());
        }
        files(&self.files, self.namespace.as_deref())
    }
}

/// The site of a namespace in files; without a namespace, the only site there is.
pub fn files(paths: &[String], namespace: Option<&str>) -> Result<Manifests, Box<dyn Error>> {
    let files = DesignFiles::read(paths);
    if let Some(fault) = files.faults.first() {
        return Err((fault.prefix() + &fault.sentence()).into());
    }
    for problem in files.sites.values().flat_map(|site| &site.problems) {
        eprintln!("warning: {}{}; {}", problem.prefix(), problem.sentence(), problem.hint);
    }
    if let Some((object, places)) = files.sites.values().flat_map(|site| &site.manifests.repeated).next() {
        return Err(format!("{object} stands more than once: {places}").into());
    }
    if let Some((object, error)) = files.sites.values().flat_map(|site| &site.manifests.unreadable).next() {
        return Err(format!("{object} cannot be read: {error}; `slipway validate` says more").into());
    }
    let names = || files.sites.keys().map(|name| if name.is_empty() { "(none)" } else { name }).collect::<Vec<_>>();
    let known = names().join(", ");
    let mut sites: Vec<_> = files.sites.into_iter().map(|(name, site)| (name, site.manifests)).collect();
    match namespace {
        Some(namespace) => sites.retain(|(name, _)| name == namespace || name.is_empty()),
        None if sites.len() > 1 => sites.retain(|(_, manifests)| manifests.site.is_some()),
        None => {}
    }
    match (sites.len(), sites.pop()) {
        (1, Some((_, manifests))) => Ok(manifests),
        (0, _) => Err(format!("no design is in {}; namespaces there: {known}", paths.join(", ")).into()),
        _ => Err(format!("several designs are in {}: choose one by --namespace: {known}", paths.join(", ")).into()),
    }
}
