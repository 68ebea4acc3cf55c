//! `slipway diff`: what a change of the design means for each machine, and what of it would be destructive.

use super::{
    fields::{Field, fields},
    load,
};
use crate::design::{Manifests, SiteDesign, SiteNode, resolve};
use clap::ValueEnum;
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    error::Error,
    io::Write,
    process::ExitCode,
};

/// Exit code where designs differ, as of `kubectl diff`.
const DIFFERENT: u8 = 1;
/// Changes of one group of nodes that are shown.
const SHOWN: usize = 40;
/// Nodes that are named before the rest is counted.
const NAMED: usize = 6;

/// Arguments of `slipway diff`.
#[derive(clap::Args)]
pub struct Args {
    /// The design as it was: a file or folder
    old: String,
    /// The design as it shall be: a file or folder, or `-`
    new: String,
    /// Namespace of the site, where the files hold several
    #[arg(short, long, value_name = "NS")]
    namespace: Option<String>,
    /// How it is printed
    #[arg(short, long, value_enum, default_value_t = Output::Text)]
    output: Output,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Output {
    /// For people: nodes that change alike together
    Text,
    /// For programs: one object a change
    Json,
}

/// What becomes of a machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Effect {
    /// It is installed anew: what is on its disks is lost.
    Redeploy,
    /// Its node goes: what its deletion policy says.
    Remove,
    /// Its old design was faulty, so nobody can tell: it may be installed anew.
    Unknown,
    /// It is a new one.
    Add,
    /// It is changed while it runs.
    InPlace,
    /// Its new design is faulty: nothing is done to it.
    Blocked,
}

impl Effect {
    fn word(self) -> &'static str {
        match self {
            Self::Redeploy => "redeploy",
            Self::Remove => "remove",
            Self::Add => "add",
            Self::InPlace => "in place",
            Self::Unknown => "unknown",
            Self::Blocked => "blocked",
        }
    }

    fn is_destructive(self) -> bool {
        matches!(self, Self::Redeploy | Self::Remove | Self::Unknown)
    }
}

/// One field that differs: its path, what it was, what it shall be.
type Change = (String, Option<String>, Option<String>);

/// Prints the difference. Exit code 0: none; 1: there is one.
pub fn run(args: &Args) -> Result<ExitCode, Box<dyn Error>> {
    let read = |path: &String| load::files(std::slice::from_ref(path), args.namespace.as_deref());
    let (old, new) = (read(&args.old)?, read(&args.new)?);
    let (before, after) = (resolve(&old), resolve(&new));
    let site = changes(&part(&before)?, &part(&after)?);
    let nodes = nodes((&before, &old), (&after, &new));
    let is_same = site.is_empty() && nodes.is_empty();
    let mut out = std::io::stdout().lock();
    match args.output {
        Output::Text => text(&mut out, &site, &nodes, &before, &after)?,
        Output::Json => {
            let as_json = |(field, old, new): &Change| json!({"field": field, "old": old, "new": new});
            let nodes: Vec<Value> = nodes
                .iter()
                .map(|(name, (effect, changes))| {
                    json!({
                        "node": name, "effect": effect.word(), "destructive": effect.is_destructive(),
                        "changes": changes.iter().map(as_json).collect::<Vec<_>>(),
                    })
                })
                .collect();
            let site: Vec<Value> = site.iter().map(as_json).collect();
            serde_json::to_writer_pretty(&mut out, &json!({"site": site, "nodes": nodes}))?;
            writeln!(out)?;
        }
    }
    Ok(if is_same { ExitCode::SUCCESS } else { DIFFERENT.into() })
}

/// The site part, its objects by name.
fn part(design: &SiteDesign) -> Result<Vec<Field>, serde_json::Error> {
    Ok(fields(&serde_json::to_value(&*design.part)?))
}

/// What becomes of each node, and why.
fn nodes(
    (before, old): (&SiteDesign, &Manifests),
    (after, new): (&SiteDesign, &Manifests),
) -> BTreeMap<String, (Effect, Vec<Change>)> {
    let mut all = BTreeMap::new();
    let described = |node: &SiteNode| fields(&serde_json::to_value(node.design()).unwrap_or_default());
    for node in &before.nodes {
        match after.nodes.get(node.name()) {
            None if new.nodes.contains_key(node.name()) => {
                all.insert(node.name().to_owned(), (Effect::Blocked, Vec::new()));
            }
            None => {
                all.insert(node.name().to_owned(), (Effect::Remove, Vec::new()));
            }
            Some(now) => {
                let mut changes = changes(&described(node), &described(now));
                let effect = if node.hash() == now.hash() { Effect::InPlace } else { Effect::Redeploy };
                if effect == Effect::Redeploy && changes.is_empty() {
                    // Lists of named things are compared by name here, and installed in their order.
                    changes.push((
                        "order of interfaces, disks or volumes".into(),
                        Some("old".into()),
                        Some("new".into()),
                    ));
                }
                if !changes.is_empty() {
                    all.insert(node.name().to_owned(), (effect, changes));
                }
            }
        }
    }
    for node in after.nodes.iter().filter(|node| before.nodes.get(node.name()).is_none()) {
        // A machine of which the old design said nothing readable may run all the same.
        let was_there = old.nodes.contains_key(node.name());
        let effect = if was_there { Effect::Unknown } else { Effect::Add };
        all.insert(node.name().to_owned(), (effect, Vec::new()));
    }
    all
}

fn changes(old: &[Field], new: &[Field]) -> Vec<Change> {
    let by_path = |fields: &[Field]| -> BTreeMap<String, String> {
        fields.iter().map(|field| (field.path.clone(), field.value.clone())).collect()
    };
    let (old, new) = (by_path(old), by_path(new));
    let paths: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let empty = |value: Option<&String>| value.is_none_or(|value| value == "null" || value == "[]");
    paths
        .into_iter()
        .filter(|path| old.get(*path) != new.get(*path) && !(empty(old.get(*path)) && empty(new.get(*path))))
        .map(|path| (path.clone(), old.get(path).cloned(), new.get(path).cloned()))
        .collect()
}

fn text(
    out: &mut impl Write,
    site: &[Change],
    nodes: &BTreeMap<String, (Effect, Vec<Change>)>,
    before: &SiteDesign,
    after: &SiteDesign,
) -> std::io::Result<()> {
    if !site.is_empty() {
        writeln!(out, "The site's part in the provisioner changes:")?;
        tell(out, site)?;
    }
    // Nodes that change alike, such as all that follow one profile, are told of once.
    let mut alike: BTreeMap<(Effect, &[Change]), Vec<&str>> = BTreeMap::new();
    for (name, (effect, changes)) in nodes {
        alike.entry((*effect, changes)).or_default().push(name);
    }
    for ((effect, changes), names) in &alike {
        let named = names.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
        let more = names.len().saturating_sub(NAMED);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let what = match effect {
            Effect::Redeploy => "REDEPLOYED (destructive: what is installed is erased)",
            Effect::Remove => "REMOVED (destructive where its deletionPolicy releases the machine)",
            Effect::Add => "added",
            Effect::InPlace => "changed in place",
            Effect::Unknown => "designed again: its old design was faulty, so that it may be redeployed (destructive)",
            Effect::Blocked => "left alone: its new design is faulty, see `slipway validate`",
        };
        writeln!(out, "{named}{more}: {what}")?;
        tell(out, changes)?;
    }
    let count = |effect| nodes.values().filter(|(of, _)| *of == effect).count();
    writeln!(
        out,
        "{} nodes: {} to redeploy, {} to remove, {} to add, {} to change in place; findings: {} before, {} after",
        after.nodes.len(),
        count(Effect::Redeploy),
        count(Effect::Remove),
        count(Effect::Add),
        count(Effect::InPlace),
        before.findings.len(),
        after.findings.len(),
    )
}

fn tell(out: &mut impl Write, changes: &[Change]) -> std::io::Result<()> {
    for (path, old, new) in changes.iter().take(SHOWN) {
        match (old, new) {
            (None, Some(new)) => writeln!(out, "  + {path}: {new}")?,
            (Some(old), None) => writeln!(out, "  - {path}: {old}")?,
            (Some(old), Some(new)) => writeln!(out, "  ~ {path}: {old} -> {new}")?,
            (None, None) => {}
        }
    }
    match changes.len().saturating_sub(SHOWN) {
        0 => Ok(()),
        more => writeln!(out, "  … and {more} more fields"),
    }
}
