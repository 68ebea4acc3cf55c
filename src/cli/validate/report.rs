//! What was found, site by site, in the order in which it stands in the files.

use super::super::files::{DesignFiles, Problem, READABLE, SiteFiles};
use crate::{
    design::{Manifests, resolve},
    model::{Finding, Severity},
};
use std::collections::BTreeMap;

/// What was found in all files.
pub struct Report {
    /// The sites, by namespace.
    pub sites: Vec<SiteReport>,
    /// What could not be read, so that nothing is known of it.
    pub faults: Vec<Problem>,
}

/// What was found in one namespace.
pub struct SiteReport {
    /// The namespace; empty where the manifests name none.
    pub namespace: String,
    /// Name of the Site, where there is one.
    pub site: Option<String>,
    /// How many nodes there are.
    pub nodes: usize,
    /// Every object, with its file.
    pub objects: BTreeMap<String, String>,
    /// What is wrong.
    pub problems: Vec<Problem>,
}

impl Report {
    /// Resolves each site.
    pub fn make(files: DesignFiles, paths: &[String], least: Severity) -> Self {
        let mut faults = files.faults;
        if files.sites.is_empty() {
            let message = format!("no object of Slipway's is in {}", paths.join(", "));
            faults.push(Problem::unreadable(None, message, "name the files that hold the design"));
        }
        let sites = files.sites.into_iter().map(|(namespace, site)| SiteReport::make(namespace, site, least)).collect();
        Self { sites, faults }
    }

    /// Resolves what a cluster holds in a namespace.
    pub fn of_cluster(manifests: &Manifests, namespace: Option<&str>, least: Severity) -> Self {
        let files = SiteFiles { manifests: manifests.clone(), ..SiteFiles::default() };
        let design = resolve(manifests);
        let problems = design.findings.iter().map(|finding| placed(&files, finding));
        let site = SiteReport {
            namespace: namespace.unwrap_or_default().to_owned(),
            site: manifests.site.as_ref().and_then(|site| site.metadata.name.clone()),
            nodes: manifests.nodes.len(),
            objects: BTreeMap::new(),
            problems: problems.filter(|problem| problem.severity <= least).collect(),
        };
        let mut faults = Vec::new();
        if manifests.site.is_none() && manifests.nodes.is_empty() {
            let message = match namespace {
                Some(namespace) => format!("namespace `{namespace}` holds no Site and no node"),
                None => "the namespace of your kubeconfig holds no Site and no node".to_owned(),
            };
            faults.push(Problem::unreadable(None, message, "name the namespace of the site by --namespace"));
        }
        Self { sites: vec![site], faults }
    }

    /// Everything that was found, with the namespace it is in.
    pub fn problems(&self) -> impl Iterator<Item = (Option<&str>, &Problem)> {
        let of_files = self.faults.iter().filter(|fault| fault.place.is_some()).map(|fault| (None, fault));
        of_files
            .chain(self.sites.iter().flat_map(|site| site.problems.iter().map(|p| (Some(site.namespace.as_str()), p))))
    }
}

impl SiteReport {
    fn make(namespace: String, mut files: SiteFiles, least: Severity) -> Self {
        let mut problems = std::mem::take(&mut files.problems);
        // A design without an object has nothing to resolve, and would only be told that it lacks a Site.
        if !files.objects.is_empty() {
            let design = resolve(&files.manifests);
            // What the schema refuses has been told already, with its place.
            let is_new = |finding: &Finding| finding.rule != READABLE || !files.refused.contains(&finding.object);
            let found = design.findings.iter().filter(|finding| is_new(finding));
            problems.extend(found.map(|finding| placed(&files, finding)));
        }
        problems.retain(|problem| problem.severity <= least);
        problems.sort_by(|a, b| a.place.cmp(&b.place));
        let site = files.manifests.site.as_ref().and_then(|site| site.metadata.name.clone());
        let objects =
            files.objects.iter().map(|(key, standing)| (key.to_string(), standing.file().to_owned())).collect();
        Self { namespace, site, nodes: files.manifests.nodes.len(), objects, problems }
    }

    /// What the site is called in a sum.
    pub fn title(&self) -> String {
        match (&self.site, self.namespace.as_str()) {
            (Some(site), "") => format!("Site/{site}"),
            (Some(site), namespace) => format!("Site/{site} in {namespace}"),
            (None, "") => "no Site".into(),
            (None, namespace) => format!("no Site in {namespace}"),
        }
    }

    /// How many problems there are of a severity.
    pub fn count(&self, severity: Severity) -> usize {
        self.problems.iter().filter(|problem| problem.severity == severity).count()
    }
}

fn placed(files: &SiteFiles, finding: &Finding) -> Problem {
    let standing = files.objects.get(&finding.object);
    // Of what is in no file, the Site's file can tell, or any.
    let nearest = || files.objects.iter().find(|(key, _)| key.kind == "Site").or_else(|| files.objects.iter().next());
    let place = standing
        .map(|standing| standing.place(&finding.field))
        .or_else(|| nearest().map(|(_, standing)| standing.place("metadata.name")));
    Problem {
        place,
        severity: finding.severity,
        rule: finding.rule,
        object: Some(finding.object.to_string()),
        field: finding.field.clone(),
        message: finding.message.clone(),
        hint: finding.hint.clone(),
        nodes: finding.nodes.clone(),
    }
}
