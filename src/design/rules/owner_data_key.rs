//! Owner data goes where it is read.

use super::{ClassView, Report, Rule, inherited};

pub(super) const RULE: Rule = Rule {
    id: "SLW1060",
    name: "owner-data-key",
    title: "Keys of owner data are such as MAAS takes: letters, digits, `-` and `_`",
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
        let message = if key.is_empty() || !key.bytes().all(is_taken) {
            format!("MAAS takes no key `{key}`: it is not sent")
        } else if key.starts_with(OURS) {
            format!("`{key}` is kept for Slipway's own marks: it is not sent")
        } else {
            continue;
        };
        report.warning(
            inherited(format!("/metadata/ownerData/{}", key.replace('~', "~0").replace('/', "~1"))),
            message,
            "use letters, digits, - and _, if it is to be seen in MAAS, and another beginning than slipway-",
        );
    }
}
