//! A script says what runs it.

use super::{Affected, Report, Rule, SiteView, at};

pub(super) const RULE: Rule = Rule {
    id: "SLW1076",
    name: "script-shebang",
    title: "A script of the Site begins with `#!`",
    why: "MAAS refuses another, and with it everything that is to be written after.",
    fix: "Begin the script with what runs it, such as `#!/bin/bash`, without a blank line before.",
    site: Some(check),
    ..Rule::BLANK
};

fn check(view: &SiteView<'_>, report: &mut Report<'_>) {
    let Some(site) = &view.catalog().site else { return };
    let name = site.metadata.name.as_deref().unwrap_or_default();
    let scripts = site.spec.provisioner.maas.iter().flat_map(|maas| &maas.scripts);
    for script in scripts.filter(|script| script.content.as_ref().is_some_and(|content| !content.starts_with("#!"))) {
        report.error_on(
            Affected::Site,
            at("Site", name, format!("spec.provisioner.maas.scripts[{}].content", script.name)),
            "the script does not begin with #!",
            "begin it with what runs it, such as #!/bin/bash",
        );
    }
}
