//! Owner data goes where it is read.

use super::{ClassView, Report, Rule, inherited, place::segment};

pub(super) const RULE: Rule = Rule {
    id: "SLW1060",
    name: "owner-data-key",
    title: "Keys of owner data are such as MAAS takes: letters, digits, `-` and `_`, and none like Slipway's own",
    why: "What MAAS refuses is not sent to it: filters and templates know the key, and who asks MAAS does not.",
    fix: "Write the key with `-` or `_` in place of other signs; or leave it, if nobody looks for it in MAAS.",
    class: Some(check),
    ..Rule::BLANK
};

/// How the keys begin by which Slipway knows its machines.
const OURS: &str = "slipway-";

fn check(view: &ClassView<'_>, report: &mut Report<'_>) {
    let Some(metadata) = &view.host().metadata else { return };
    for key in metadata.owner_data.keys() {
        let is_taken = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        let (message, hint) = if key.is_empty() || !key.bytes().all(is_taken) {
            let hint = "use letters, digits, - and _, if it is to be seen in MAAS";
            (format!("MAAS takes no key `{key}`: it is not sent"), hint)
        } else if key.starts_with(OURS) {
            let hint = "let it begin otherwise than slipway-, if it is to be seen in MAAS";
            (format!("`{key}` could be one of Slipway's own marks: it is not sent"), hint)
        } else {
            continue;
        };
        report.warning(inherited(format!("/metadata/ownerData/{}", segment(key))), message, hint);
    }
}
