//! Who may name whom. The table below is the document; the paths in `src/` are held against it.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Module, the modules of ours that it may name beside itself, and the only items of some of them.
const MAY_NAME: &[(&str, &[&str])] = &[
    ("api", &[]),
    ("model", &["api"]),
    ("design", &["model", "api"]),
    // A plan's hash is made as a design's is, and a task selects nodes as a boot action does: nothing else of `design`.
    ("plan", &["design::canonical_hash", "design::selects", "model", "api"]),
    ("drivers", &["model", "api"]),
    ("runtime", &["model", "api"]),
    ("manifest", &["api"]),
    ("import", &["manifest", "model", "api"]),
    ("introspect", &["runtime", "design", "model", "api"]),
    ("controllers", &["runtime", "drivers", "plan", "design", "model", "api"]),
    (
        "cli",
        &["controllers", "introspect", "import", "manifest", "runtime", "drivers", "plan", "design", "model", "api"],
    ),
    ("main", &["cli"]),
    ("lib", &[]),
];

/// What the pure modules never name: whoever waits or asks is not pure.
const IMPURE: &[&str] =
    &["tokio", "reqwest", "kube::Client", "kube::client", "kube::Api", "kube::runtime", "std::net::TcpStream"];
const PURE: &[&str] = &["api", "model", "design", "plan"];

#[test]
fn every_module_names_only_what_the_table_allows() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let files = sources(&root);
    assert!(files.len() > 50, "the sources were not found");
    let faults: Vec<String> = files
        .iter()
        .flat_map(|file| {
            let place = file.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/");
            faults(&place, &fs::read_to_string(file).unwrap())
        })
        .collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn a_wrong_name_is_found_however_it_is_written() {
    for (file, text) in [
        ("drivers/maas/run.rs", "use crate::controllers::Context;"),
        ("drivers/mod.rs", "use crate::{model::Step, plan::decide};"),
        ("drivers/mod.rs", "fn f() { crate::design::resolve(&m) }"),
        ("drivers/mod.rs", "type T = Vec<crate::plan::Want>;"),
        ("drivers/mod.rs", "use super::design;"),
        ("drivers/maas/run.rs", "use super::super::super::plan;"),
        ("plan/decide.rs", "use crate::{design::{resolve, selects}};"),
        ("plan/decide.rs", "use crate::design;"),
        ("plan/decide.rs", "use kube::{Client, Resource};"),
        ("design/node.rs", "async fn f() { tokio::time::sleep(d).await }"),
        ("design/node.rs", "use ::reqwest as r;"),
        ("api/site.rs", "use crate::model::Power;"),
        ("model/step.rs", "use crate::{\n    api, // a comment\n    runtime::clock,\n};"),
        ("controllers/node.rs", "use crate::cli::yaml;"),
        ("main.rs", "fn main() { slipway::controllers::run() }"),
        ("made_up.rs", "use crate::api;"),
    ] {
        assert_eq!(faults(file, text).len(), 1, "{file}: {text}: {:?}", faults(file, text));
    }
}

#[test]
fn comments_strings_and_a_modules_own_name_are_no_fault() {
    for (file, text) in [
        ("drivers/mod.rs", "//! See [`crate::plan`].\n/* crate::cli */ const A: &str = \"crate::controllers\";"),
        ("drivers/maas/run.rs", "use super::{client, wire}; use super::super::error; use crate::drivers::Bmc;"),
        ("plan/decide.rs", "use crate::{api::memory::Begun, design::{canonical_hash}, model::{self, Step}};"),
        ("cli/mod.rs", "fn f<'a>(c: char) -> bool { c == '\"' || c == '\\'' } use crate::controllers;"),
        ("main.rs", "fn main() { slipway::cli::run() }"),
    ] {
        assert_eq!(faults(file, text), Vec::<String>::new(), "{file}: {text}");
    }
}

/// What a file names against the table.
fn faults(file: &str, text: &str) -> Vec<String> {
    let parts: Vec<&str> = file.trim_end_matches(".rs").split('/').filter(|part| *part != "mod").collect();
    let module = parts[0];
    let Some((_, allowed)) = MAY_NAME.iter().find(|(name, _)| *name == module) else {
        return vec![format!("{file}: the module `{module}` is not in the table")];
    };
    let mut faults = Vec::new();
    for path in paths(text) {
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        let supers = path.iter().take_while(|segment| **segment == "super").count();
        let ours = match path[0] {
            "crate" | "slipway" => Some(&path[1..]),
            "super" if supers >= parts.len() => Some(&path[supers..]),
            _ => None,
        };
        let named = path.join("::");
        if let Some([first, rest @ ..]) = ours {
            let item = rest.first().map(|item| format!("{first}::{item}"));
            let fine = *first == module
                || allowed.iter().any(|may| may == first || item.as_deref() == Some(*may))
                || (module == "lib" && rest.is_empty());
            if !fine {
                faults.push(format!("{file}: `{module}` names `{named}`"));
            }
        }
        let impure = |forbidden: &&&str| named == **forbidden || named.starts_with(&format!("{forbidden}::"));
        if let Some(forbidden) = IMPURE.iter().filter(|_| PURE.contains(&module)).find(impure) {
            faults.push(format!("{file}: `{module}` is pure, and names `{forbidden}`"));
        }
    }
    faults
}

/// Every path of two segments or more that a text names; `use` trees are spelt out.
fn paths(text: &str) -> Vec<Vec<String>> {
    let tokens = tokens(text);
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let is_imported = tokens[..at].iter().rev().find(|token| *token != "::").is_some_and(|before| before == "use");
        let is_path = is_imported || tokens.get(at + 1).is_some_and(|next| next == "::");
        if is_name(&tokens[at]) && tokens[at] != "use" && is_path {
            at = tree(&tokens, at, &[], &mut found);
        } else {
            at += 1;
        }
    }
    found
}

/// Reads one path or `use` tree; gives back where it ends.
fn tree(tokens: &[String], mut at: usize, prefix: &[String], found: &mut Vec<Vec<String>>) -> usize {
    let mut path = prefix.to_vec();
    while at < tokens.len() && is_name(&tokens[at]) {
        path.push(tokens[at].clone());
        at += 1;
        match (tokens.get(at).map(String::as_str), tokens.get(at + 1).map(String::as_str)) {
            (Some("::"), Some("{")) => {
                at += 2;
                while at < tokens.len() && tokens[at] != "}" {
                    if is_name(&tokens[at]) {
                        at = tree(tokens, at, &path, found);
                    } else {
                        at += 1;
                    }
                }
                return at + 1;
            }
            (Some("::"), Some(_)) => at += 1,
            _ => break,
        }
    }
    found.push(path);
    at
}

fn is_name(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// Names, `::` and single signs, without comments, strings and characters.
fn tokens(text: &str) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    let (mut tokens, mut at) = (Vec::new(), 0);
    let next_is = |at: usize, what: &str| what.chars().enumerate().all(|(i, c)| chars.get(at + i) == Some(&c));
    while at < chars.len() {
        let c = chars[at];
        if next_is(at, "//") {
            while at < chars.len() && chars[at] != '\n' {
                at += 1;
            }
        } else if next_is(at, "/*") {
            while at < chars.len() && !next_is(at, "*/") {
                at += 1;
            }
            at += 2;
        } else if next_is(at, "r\"") || next_is(at, "r#\"") {
            let end = if next_is(at, "r\"") { "\"" } else { "\"#" };
            at += 1 + end.len();
            while at < chars.len() && !next_is(at, end) {
                at += 1;
            }
            at += end.len();
        } else if c == '"' {
            at += 1;
            while at < chars.len() && chars[at] != '"' {
                at += if chars[at] == '\\' { 2 } else { 1 };
            }
            at += 1;
        } else if c == '\'' && (next_is(at + 1, "\\") || chars.get(at + 2) == Some(&'\'')) {
            at += if next_is(at + 1, "\\") { 3 } else { 2 };
            while at < chars.len() && chars[at] != '\'' {
                at += 1;
            }
            at += 1;
        } else if c.is_alphanumeric() || c == '_' {
            let start = at;
            while at < chars.len() && (chars[at].is_alphanumeric() || chars[at] == '_') {
                at += 1;
            }
            tokens.push(chars[start..at].iter().collect());
        } else if next_is(at, "::") {
            tokens.push("::".into());
            at += 2;
        } else {
            if !c.is_whitespace() {
                tokens.push(c.into());
            }
            at += 1;
        }
    }
    tokens
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}
