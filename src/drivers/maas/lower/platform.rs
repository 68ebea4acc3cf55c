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
