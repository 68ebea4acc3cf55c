//! Templates can be read.

use super::{Report, Rule, SiteView, actions::nodes_of, at};
use crate::api::boot_action::{Asset, PipelineStep};
use base64::{Engine, engine::general_purpose::STANDARD};
use minijinja::{
    Environment,
    machinery::{Token, tokenize},
    syntax::SyntaxConfig,
};

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

/// The longest expression or statement, in tokens, and the most `elif` of a template. The parser goes deeper with each,
/// without a bound of its own, until the stack ends: some thousand levels.
const LONGEST: usize = 250;
const MOST_ELIFS: usize = 100;

fn check(view: &SiteView<'_>, report: &mut Report<'_>) {
    for (name, action) in &view.catalog().boot_actions {
        for asset in &action.spec.assets {
            for (field, template) in [("data", data(asset)), ("location", location(asset))] {
                let Some(Err(Fault { line, what })) = template.as_deref().map(parse) else { continue };
                let line = line.map(|line| format!(" in line {line}")).unwrap_or_default();
                report.error_for(
                    nodes_of(view, name, action),
                    at("BootAction", name, format!("spec.assets[{}].{field}", asset.name)),
                    format!("the template cannot be read{line}: {what}"),
                    "correct it; what is meant as it stands goes between {% raw %} and {% endraw %}",
                );
            }
        }
    }
}

/// What is wrong with a template, and where.
struct Fault {
    line: Option<usize>,
    what: String,
}

impl From<minijinja::Error> for Fault {
    fn from(error: minijinja::Error) -> Self {
        let what = error.detail().map_or_else(|| error.kind().to_string(), str::to_owned);
        Self { line: error.line(), what }
    }
}

fn parse(text: &str) -> Result<(), Fault> {
    let (mut length, mut elifs) = (0, 0);
    for token in tokenize(text, false, SyntaxConfig::default()) {
        let (token, span) = token?;
        match token {
            Token::TemplateData(_) | Token::VariableStart | Token::BlockStart => length = 0,
            Token::Ident("elif") if length == 0 => elifs += 1,
            _ => length += 1,
        }
        let what = match (length > LONGEST, elifs > MOST_ELIFS) {
            (true, _) => format!("an expression has more than {LONGEST} parts"),
            (_, true) => format!("it has more than {MOST_ELIFS} elif"),
            _ => continue,
        };
        return Err(Fault { line: Some(span.start_line.into()), what });
    }
    Environment::empty().template_from_str(text)?;
    Ok(())
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
