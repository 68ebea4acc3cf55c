//! YAML that is none: where, what was expected, and that the next document is read all the same.

use crate::run::slipway;

/// A stream, the place of its fault, and what is said of it.
const BROKEN: &[(&str, &str, &str)] = &[
    ("a:\n\tb: 1\n", "2:1", "found a tab, expected spaces"),
    ("a:\n  b: 1\n \tc: 2\n", "3:2", "found a tab, expected spaces"),
    ("a: 1\n b: 2\n", "2:3", "check the indentation of this line"),
    ("a:\n  - b\n c: d\n", "3:2", "an indentation that fits nothing above it"),
    ("a: b: c\n", "1:5", "text that holds `: ` needs quotes"),
    ("- a\nb: c\n", "2:1", "an indentation that fits nothing above it"),
    ("a: 1\nb\nc: 2\n", "2:1", "a line that is no `key: value`"),
    ("a: [1, 2\n", "1:4", "found `[` that is not closed, expected `]`"),
    ("a: {b: 1\n", "1:4", "found `{` that is not closed, expected `}`"),
    ("a: {b: 1]\n", "1:", "expected `}`"),
    ("a: {x: 1\nb: 2\n", "2:2", "expected `,` or `}`"),
    ("a: 1]\nb: [1, 2]]\n", "2:", "bracket"),
    ("a: \"x\nb: 2\n", "1:4", "a quote that is not closed"),
    ("a: 'x' y\n", "1:8", "put the whole value in quotes"),
    ("a: \"\\q\"\n", "1:4", "use single quotes, or write the backslash twice"),
    ("a: @x\n", "1:4", "found `@`, with which no value can begin"),
    ("a: *x\n", "1:4", "text that begins with `*` needs quotes"),
    ("a: !x b\n", "1:4", "text that begins with `!` needs quotes"),
    ("a: {b: 1}\nc: !x {d: 1}\n", "2:4", "a YAML tag that means nothing here"),
    ("a: 1\nb: 2\na: 3\n", "3:1", "found the key `a` a second time; it is in line 1"),
    ("a: {b: 1, b: 2}\n", "1:11", "found the key `b` a second time; it is in line 1"),
    ("kind: a\nb: 1\nkind: c\nb: 2\n", "3:1", "put a line `---` between two documents"),
    ("a: {{ .Values.x }}\n", "1:5", "a template that has to be rendered first"),
    ("{{ if }}\na: 1\n", "1:", "a template"),
    ("<<<<<<< HEAD\na: 1\n=======\na: 2\n>>>>>>> x\n", "2:2", "resolve the merge conflict first"),
    ("a: &x {b: *x}\n", "1:11", "an alias inside what it stands for"),
    ("<<: 5\n", "1:5", "found no map at the key `<<`"),
];

#[test]
fn each_fault_has_its_place_and_costs_its_document_alone() {
    let after = "\n---\napiVersion: slipway.dev/v1alpha1\nkind: Rack\nmetadata: {name: r1}\nspec: {zzz: 1}\n";
    let mut wrong = Vec::new();
    for (text, at, says) in BROKEN {
        let run = slipway(&["validate", "-"], format!("{text}{after}"));
        let told = run.stdout.lines().take(2).collect::<Vec<_>>().join(" ");
        if !(told.starts_with(&format!("-:{at}")) && told.contains(says) && run.code == Some(2)) {
            wrong.push(format!("{text:?} {at} {says}: {told} {:?}", run.code));
        }
        if !run.stdout.contains("Rack/r1 spec.zzz") {
            wrong.push(format!("{text:?} costs the next document: {}", run.stdout));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn aliases_and_merged_maps_are_written_out() {
    let text = "apiVersion: slipway.dev/v1alpha1
kind: BaremetalNode
metadata: {name: n1}
spec:
  addresses:
    - &base {network: oam, mode: DHCP}
    - <<: *base
      network: pxe
      zzz: 1
    - {<<: [*base, {address: 10.0.0.1}], network: data, mode: Static}
";
    let run = slipway(&["validate", "-"], text);
    let told: Vec<&str> = run.stdout.lines().filter(|line| line.contains("SLW1013")).collect();
    assert_eq!(told.len(), 1, "{}", run.stdout);
    assert!(told[0].starts_with("-:9:7: error SLW1013 BaremetalNode/n1 spec.addresses[pxe].zzz: "), "{told:?}");
}

#[test]
fn a_few_lines_cannot_mean_billions() {
    let mut bomb = vec!["a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned()];
    for level in 1..12 {
        let entries = vec![format!("*a{}", level - 1); 10].join(", ");
        bomb.push(format!("a{level}: &a{level} [{entries}]\n"));
    }
    for text in [bomb.concat(), "[".repeat(100_000), "a: ".repeat(1000), "- ".repeat(100_000), "{a: ".repeat(500)] {
        let run = slipway(&["validate", "-"], text);
        assert_eq!(run.code, Some(2), "{}", run.stdout.lines().next().unwrap_or_default());
    }
}

#[test]
fn content_is_never_shown() {
    for text in [
        "password: s3cret: x\n",
        "password: 's3cret' x\n",
        "password: [s3cret\n",
        "password: !s3cret s3cret\n",
        "a: \"\\s3cret\"\n",
    ] {
        let run = slipway(&["validate", "-"], text);
        assert_eq!(run.code, Some(2));
        assert!(!format!("{}{}", run.stdout, run.stderr).contains("s3cret"), "{}", run.stdout);
    }
}
