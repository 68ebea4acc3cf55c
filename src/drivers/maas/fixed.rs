//! What of a deployed machine is not as designed and stays so until it is deployed anew: told, never written.

use super::{
    call::Call,
    lower::{Lowered, Obstacle},
    wire,
};
use crate::model::NodeDesign;

/// What of the network is otherwise, or why that cannot be told.
pub(super) fn networking(lowered: Lowered) -> Vec<String> {
    match lowered {
        Ok(calls) => calls.iter().map(Call::to_string).collect(),
        Err(Obstacle::Impossible(text) | Obstacle::Unprepared(text)) => vec![text],
    }
}

/// What of the disks is otherwise, in one piece: a layout is another as a whole.
pub(super) fn storage(lowered: Lowered) -> Vec<String> {
    match lowered {
        Ok(calls) if calls.is_empty() => Vec::new(),
        Ok(calls) => {
            let calls: Vec<String> = calls.iter().map(Call::to_string).collect();
            vec![format!("lay the disks out otherwise: {}", calls.join(", "))]
        }
        Err(Obstacle::Impossible(text) | Obstacle::Unprepared(text)) => vec![text],
    }
}

/// Image and kernel, of a machine that somebody else has deployed.
pub(super) fn otherwise_deployed(design: &NodeDesign, machine: &wire::Machine) -> Vec<String> {
    let full = format!("{}/{}", machine.osystem, machine.distro_series);
    let is_image = |wanted: &String| *wanted == full || *wanted == machine.distro_series;
    let image = design.platform.image.as_ref().filter(|wanted| !is_image(wanted));
    let image = image.map(|wanted| format!("deploy image {wanted} (it runs {full})"));
    let found = machine.hwe_kernel.as_deref().unwrap_or_default();
    let kernel = design.platform.kernel.as_deref().filter(|wanted| *wanted != found);
    let known = if found.is_empty() { "its image's own" } else { found };
    let kernel = kernel.map(|wanted| format!("deploy kernel {wanted} (it runs {known})"));
    image.into_iter().chain(kernel).collect()
}
