//! Every rule against whole designs: a design without errors is spoilt in one way, and the rule of that way speaks, and
//! no other. So each rule is heard where it should be, and none talks over another.

mod design;
mod hosts;
mod machines;
mod names;
mod networks;
mod sites;

use crate::{
    command::{import, objects},
    seaworthy,
};
use design::{Design, Names};
use slipway::{
    design::RULES,
    manifest::schema::Schemas,
    model::{Finding, Severity},
};
use std::{collections::BTreeSet, path::Path};

/// Rules without a mutation, and why.
const LEFT_OUT: &[(&str, &str)] = &[];

/// Something that is done to a design.
type Change = fn(&mut Design);

/// One way to spoil a design.
pub struct Mutation {
    /// The rule that is to speak.
    rule: &'static str,
    /// What is done, in words.
    what: &'static str,
    /// The objects that are to be mended (`Kind/name`), with spaces between them; `Kind/*` is one of them or several.
    mended: &'static str,
    /// The rule that speaks of what the mistake needs around it, and how that is made.
    given: Option<(&'static str, Change)>,
    /// The mistake.
    change: Change,
}

/// A way to spoil a design, and the objects that are to be mended then.
fn mutation(rule: &'static str, what: &'static str, mended: &'static str, change: Change) -> Mutation {
    Mutation { rule, what, mended, given: None, change }
}

impl Mutation {
    /// What must be there before the mistake can be made, and is itself not as `rule` has it.
    fn given(self, rule: &'static str, make: Change) -> Self {
        Self { given: Some((rule, make)), ..self }
    }

    /// What is otherwise than expected.
    fn faults(&self, unmutated: &Design, known: &[Finding], schemas: &Schemas) -> Vec<String> {
        let before = self.given.map_or_else(|| unmutated.clone(), |(_, make)| unmutated.with(make));
        let (given, after) = (before.findings(), before.with(self.change));
        let new = new(&given, after.findings());
        let mut faults = after.refused(schemas, unmutated);
        let brought = rules(&self::new(known, given));
        if brought != self.given.iter().map(|(rule, _)| *rule).collect() {
            faults.push(format!("what is given is spoken of by {brought:?}"));
        }
        if rules(&new) != BTreeSet::from([self.rule]) {
            faults.push(format!("spoken of by {:?}", new.iter().map(ToString::to_string).collect::<Vec<_>>()));
        }
        let named: BTreeSet<String> = new.iter().map(|finding| finding.object.to_string()).collect();
        let expected: BTreeSet<String> = self.mended.split(' ').map(|object| unmutated.filled(object)).collect();
        let is_meant = |name: &String| expected.iter().any(|object| is_it(object, name));
        if !named.iter().all(is_meant) || !expected.iter().all(|object| named.iter().any(|name| is_it(object, name))) {
            faults.push(format!("{named:?} is to be mended, and not {expected:?}"));
        }
        faults.extend(new.iter().filter(|finding| !is_helpful(finding)).map(|finding| format!("{finding:?}")));
        faults
    }
}

fn mutations() -> Vec<Mutation> {
    let of_hosts = hosts::mutations().into_iter().chain(machines::mutations());
    of_hosts.chain(names::mutations()).chain(networks::mutations()).chain(sites::mutations()).collect()
}

/// What was not found before, or not of so many nodes.
fn new(before: &[Finding], after: Vec<Finding>) -> Vec<Finding> {
    let is_known = |finding: &Finding| {
        before.iter().any(|known| {
            let nodes = finding.nodes.clone();
            // None at all are those of the whole site.
            nodes.is_empty() == known.nodes.is_empty()
                && nodes.iter().all(|node| known.nodes.contains(node))
                && *finding == Finding { nodes, ..known.clone() }
        })
    };
    after.into_iter().filter(|finding| !is_known(finding)).collect()
}

fn is_it(expected: &str, object: &str) -> bool {
    expected.strip_suffix('*').map_or(expected == object, |kind| object.starts_with(kind))
}

fn rules(findings: &[Finding]) -> BTreeSet<&'static str> {
    findings.iter().map(|finding| finding.rule).collect()
}

fn is_helpful(finding: &Finding) -> bool {
    let is_field = finding.field.starts_with("spec") || finding.field == "metadata.name";
    is_field && !finding.message.is_empty() && !finding.hint.is_empty()
}

/// Spoils a design in every way.
fn spoil(name: &str, objects: Vec<serde_json::Value>, names: Names) {
    let design = Design::new(objects, names);
    let known = design.findings();
    let errors: Vec<&Finding> = known.iter().filter(|finding| finding.severity == Severity::Error).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    let (all, schemas) = (mutations(), Schemas::of_slipway());
    let mut faulty = Vec::new();
    for mutation in &all {
        let faults = mutation.faults(&design, &known, &schemas);
        if !faults.is_empty() {
            faulty.push(format!("{}, {}:\n    {}", mutation.rule, mutation.what, faults.join("\n    ")));
        }
    }
    println!("{name}: {} mutations, {} caught by their rule alone", all.len(), all.len() - faulty.len());
    assert!(faulty.is_empty(), "{}", faulty.join("\n"));
}

#[test]
fn every_rule_has_a_mutation() {
    let has_one: BTreeSet<&str> = mutations().iter().map(|mutation| mutation.rule).collect();
    let has_none: Vec<&str> = RULES.iter().map(|rule| rule.id).filter(|rule| !has_one.contains(rule)).collect();
    let left_out: Vec<&str> = LEFT_OUT.iter().map(|(rule, _)| *rule).collect();
    assert_eq!(has_none, left_out);
    assert!(has_one.iter().all(|id| RULES.iter().any(|rule| rule.id == *id)));
}

#[test]
fn each_mistake_in_seaworthy_is_found_by_its_rule_alone() {
    let Some(file) = seaworthy::file() else { return };
    let run = import(&[file.to_str().unwrap()], "");
    assert_eq!(run.code, Some(0));
    spoil("seaworthy", objects(&run.stdout), SEAWORTHY);
}

#[test]
fn each_mistake_in_two_racks_is_found_by_its_rule_alone() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/samples/two-racks");
    let files = std::fs::read_dir(folder).unwrap().map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap());
    spoil("two-racks", files.flat_map(|text| objects(&text)).collect(), TWO_RACKS);
}

const SEAWORTHY: Names = &[
    ("<site>", "seaworthy"),
    ("<node>", "cab23-r720-12"),
    ("<other>", "cab23-r720-13"),
    ("<rack>", "cab23"),
    ("<profile>", "cp-r720-primary"),
    ("<hardware>", "dell-r720"),
    ("<bond>", "bond0"),
    ("<nic>", "cp_nic01"),
    ("<action>", "nested-virt"),
    ("<asset>", "nested-virt.conf"),
    ("<image>", "xenial"),
    ("<secret>", "cp-r720-primary-bmc"),
    ("<oob>", "10.23.104"),
    ("<pxe>", "10.23.20"),
    ("<oam>", "10.23.21"),
    ("<storage>", "10.23.23"),
];

const TWO_RACKS: Names = &[
    ("<site>", "harbour"),
    ("<node>", "r01-u10"),
    ("<other>", "r01-u11"),
    ("<rack>", "r01"),
    ("<profile>", "defaults"),
    ("<hardware>", "r650"),
    ("<bond>", "data"),
    ("<nic>", "nic-data1"),
    ("<action>", "motd"),
    ("<asset>", "motd"),
    ("<image>", "noble"),
    ("<secret>", "bmc-credentials"),
    ("<oob>", "10.40.0"),
    ("<pxe>", "10.40.10"),
    ("<oam>", "10.40.41"),
    ("<storage>", "10.40.42"),
];
