//! Templates can be read.

use super::{Report, Rule, SiteView, actions::nodes_of, at};
use crate::api::boot_action::{Asset, PipelineStep};
use base64::{Engine, engine::general_purpose::STANDARD};
use minijinja::Environment;

pub(super) const RULE: Rule = Rule {
    id: "SLW1064",
    name: "template",
    title: "An asset that is a template is one of Jinja",
    why: "It cannot be rendered, and the machine comes up without the file.",
    fix: "Correct the line that the message names; `{{` and `{%` that are meant as they stand go between `{% raw %}` and \
          `{% endraw %}`.",
    site: Some(check),
    ..Rule::BLANK
};

fn check(view: &SiteView<'_>, report: &mut Report<'_>) {
    let environment = Environment::empty();
    for (name, action) in &view.catalog().boot_actions {
        for asset in &action.spec.assets {
            for (field, template) in [("data", data(asset)), ("location", location(asset))] {
                let Some(Err(error)) = template.as_deref().map(|text| environment.template_from_str(text)) else {
                    continue;
                };
                let line = error.line().map(|line| format!(" in line {line}")).unwrap_or_default();
                let fault = error.detail().map_or_else(|| error.kind().to_string(), str::to_owned);
                report.error_for(
                    nodes_of(view, name, action),
                    at("BootAction", name, format!("spec.assets[{}].{field}", asset.name)),
                    format!("the template cannot be read{line}: {fault}"),
                    "correct it; what is meant as it stands goes between {% raw %} and {% endraw %}",
                );
            }
        }
    }
}

/// What is rendered of an asset's content, after the steps that come before; absent where that cannot be told.
fn data(asset: &Asset) -> Option<String> {
    let steps = before_template(&asset.data_pipeline)?;
    let mut bytes = asset.data.clone()?.into_bytes();
    for step in steps {
        match step {
            PipelineStep::Base64Decode => bytes = STANDARD.decode(bytes.trim_ascii()).ok()?,
            PipelineStep::Base64Encode => bytes = STANDARD.encode(&bytes).into_bytes(),
            PipelineStep::Utf8Encode | PipelineStep::Utf8Decode | PipelineStep::Template => {}
        }
    }
    String::from_utf8(bytes).ok()
}

fn location(asset: &Asset) -> Option<String> {
    before_template(&asset.location_pipeline).filter(|steps| steps.is_empty())?;
    asset.location.clone()
}

fn before_template(steps: &[PipelineStep]) -> Option<&[PipelineStep]> {
    let at = steps.iter().position(|step| *step == PipelineStep::Template)?;
    steps.get(..at)
}
