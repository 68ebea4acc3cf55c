//! What a design costs: resolving and judging sites of 100 to 100,000 nodes, reading one from YAML, and doing again what
//! one changed node asks for. Prints a table and a last line of sums; `make bench-design`.

#![allow(
    clippy::expect_used,
    clippy::needless_pass_by_value,
    reason = "a benchmark that cannot run ends, and `json!` is given away"
)]

mod generate;
mod measure;

use generate::Variety;
use measure::{Cost, cpu, resident_kib};
use slipway::{
    design::{Resolver, SiteNode, resolve},
    import::{DesignSource, SiteAnswers, drydock::Drydock, read},
};
use std::{hint::black_box, sync::Arc, time::Duration};

/// Nodes of the sites that are resolved.
const SIZES: [u32; 4] = [100, 1_000, 10_000, 100_000];
/// Nodes of the site that is read from YAML.
const IN_YAML: u32 = 1_000;
/// Nodes of the site in which one is edited.
const EDITED_IN: u32 = 10_000;

fn main() {
    println!("CPU time of one thread, the least of several runs; memory beyond the objects themselves\n");
    println!("{:>8}  {:>12} {:>9}  {:>12}  {:>12}", "nodes", "resolve", "a node", "all differ", "memory/node");
    let costs: Vec<Cost> = SIZES.iter().map(|nodes| resolving(*nodes)).collect();
    let yaml = reading();
    let edit = editing();
    let flat = flattening();
    let design: Vec<String> =
        SIZES.iter().zip(&costs).skip(1).map(|(nodes, cost)| format!("{nodes} {}", cost.ms())).collect();
    println!(
        "one node edited of {EDITED_IN} {}; NodeDesigns of {EDITED_IN} nodes written out {}",
        edit.ms(),
        flat.ms()
    );
    println!("design: {} CPU; YAML {IN_YAML} nodes {}", in_words(&design), yaml.ms());
}

/// `1000 A ms, 10000 B ms` with the unit of what is counted after the first number.
fn in_words(sizes: &[String]) -> String {
    sizes.join(", ").replacen(' ', " nodes ", 1)
}

fn resolving(nodes: u32) -> Cost {
    let site = generate::site(nodes, Variety::Usual);
    let before = resident_kib();
    let mut resolver = Resolver::default();
    let design = resolver.resolve(&site);
    assert_eq!((design.nodes.len(), &design.findings[..]), (nodes as usize, &[][..]));
    let memory = resident_kib().saturating_sub(before);
    drop((resolver, design));
    let usual = cpu(|| resolve(&site));
    drop(site);
    let differing = generate::site(nodes, Variety::AllDiffer);
    let worst = cpu(|| resolve(&differing));
    let each = usual.0 / nodes;
    println!(
        "{nodes:>8}  {:>12} {:>6.2} µs  {:>12}  {:>8.2} KiB",
        usual.ms(),
        micros(each),
        worst.ms(),
        f64::from(memory) / f64::from(nodes)
    );
    usual
}

/// Documents in Drydock's form, to a judged design.
fn reading() -> Cost {
    let text = generate::drydock(IN_YAML);
    let size = text.len();
    let parsing = cpu(|| read("site.yaml", &text));
    let all = cpu(|| {
        let (documents, errors) = read("site.yaml", &text);
        let imported = Drydock.import(documents, &SiteAnswers::default());
        assert!(errors.is_empty() && imported.errors.is_empty(), "{:?}", imported.errors);
        let design = resolve(&generate::manifests(imported));
        assert_eq!(design.nodes.len(), IN_YAML as usize);
        design
    });
    println!(
        "\n{IN_YAML} nodes in Drydock's form ({} KiB of YAML): {}, of which parsing {}",
        size / 1024,
        all.ms(),
        parsing.ms()
    );
    all
}

/// One node's address is edited, and back, in a site that is known.
fn editing() -> Cost {
    let mut site = generate::site(EDITED_IN, Variety::Usual);
    let mut resolver = Resolver::default();
    resolver.resolve(&site);
    let name = site.nodes.keys().nth(EDITED_IN as usize / 2).cloned().unwrap_or_default();
    let mut version = 0;
    cpu(|| {
        version += 1;
        if let Some(node) = site.nodes.get_mut(&name).map(Arc::make_mut) {
            node.metadata.resource_version = Some(format!("edit-{version}"));
            node.spec.host.extra.insert("version".into(), version.to_string());
        }
        resolver.resolve(black_box(&site))
    })
}

/// What drivers are handed is written out a node at a time, when it is worked on.
fn flattening() -> Cost {
    let design = resolve(&generate::site(EDITED_IN, Variety::Usual));
    cpu(|| design.nodes.iter().map(SiteNode::design).map(black_box).count())
}

fn micros(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e6
}
