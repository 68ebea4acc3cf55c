//! Platform: the designed tags, and kernel options by a tag of the machine's own.

use super::{attach, tag_calls};
use crate::{
    drivers::maas::{
        call::{Call, Value},
        wire,
    },
    model::NodeDesign,
};

/// The tag that carries a node's kernel options.
pub fn kernel_tag(design: &NodeDesign) -> String {
    format!("{}_kp", design.name)
}

/// Whether the machine has these options by other tags: theirs come together on its command line.
fn is_carried(options: &str, machine: &wire::Machine, tags: &[wire::Tag]) -> bool {
    let attached = tags.iter().filter(|tag| machine.tag_names.contains(&tag.name));
    let mut carried: Vec<&str> = attached.flat_map(|tag| tag.kernel_opts.split_whitespace()).collect();
    let mut wanted: Vec<&str> = options.split_whitespace().collect();
    carried.sort_unstable();
    wanted.sort_unstable();
    carried == wanted
}

/// The calls that bring tags and kernel options to the design. Tags that Slipway does not know stay.
pub fn lower(design: &NodeDesign, machine: &wire::Machine, tags: &[wire::Tag]) -> Vec<Call> {
    let mut calls: Vec<Call> =
        design.tags.iter().flat_map(|tag| tag_calls(tag, "Slipway's: from the design", machine, tags)).collect();
    let tag = kernel_tag(design);
    let options = design.platform.kernel_options.as_str();
    let attached = machine.tag_names.contains(&tag);
    let path = || ["tags/".into(), Value::segment(&tag), "/".into()];
    if options.is_empty() {
        if attached {
            calls.push(
                Call::post(path(), format!("take tag {tag} off the machine"))
                    .op("update_nodes")
                    .with("remove", machine.system_id.as_str()),
            );
        }
        return calls;
    }
    if !attached && is_carried(options, machine, tags) {
        return calls;
    }
    match tags.iter().find(|known| known.name == tag) {
        None => calls.push(
            Call::post(["tags/".into()], format!("create tag {tag} with kernel options `{options}`"))
                .with("name", tag.as_str())
                .with("comment", "Slipway's: kernel options of one node")
                .with("kernel_opts", options),
        ),
        Some(known) if known.kernel_opts != options => calls.push(
            Call::put(path(), format!("set kernel options of tag {tag} to `{options}`")).with("kernel_opts", options),
        ),
        Some(_) => {}
    }
    if !attached {
        calls.push(attach(&tag, machine));
    }
    calls
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drivers::maas::lower::fixtures::node;

    #[test]
    fn kernel_options_that_other_tags_carry_need_no_tag_of_their_own() {
        let mut design = node();
        design.tags = Vec::new();
        design.platform.kernel_options = "console=ttyS1 quiet".into();
        let tag = |name: &str, options: &str| wire::Tag {
            name: name.into(),
            kernel_opts: options.into(),
            ..wire::Tag::default()
        };
        let said = |tags: &[wire::Tag]| {
            let names = vec!["all".to_owned(), "serial".to_owned()];
            let machine = wire::Machine { system_id: "abc".into(), tag_names: names, ..wire::Machine::default() };
            lower(&design, &machine, tags).iter().map(Call::to_string).collect::<Vec<_>>()
        };
        assert_eq!(said(&[tag("all", "quiet"), tag("serial", "console=ttyS1")]), Vec::<String>::new());
        let others = [tag("all", "quiet debug"), tag("serial", "console=ttyS1"), tag("elsewhere", "")];
        assert!(said(&others)[0].starts_with("create tag n1_kp"), "one option more: {:?}", said(&others));
    }
}
