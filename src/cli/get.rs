//! `slipway get`: objects of a design, by fine queries over what they say, what they come to, and their status.

use super::{load, table};
use crate::design::{Manifests, SiteDesign, resolve};
use clap::ValueEnum;
use kube_cel::{
    KubeCelExt,
    cel::{Context, Program, Value as CelValue},
};
use serde::Serialize;
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, HashMap},
    error::Error,
    process::ExitCode,
    sync::Arc,
};

/// Arguments of `slipway get`.
#[derive(clap::Args)]
#[command(
    after_help = "Variables of --where: name, metadata, spec, status; effective (of nodes: all that is inherited, \
                        the FQDN, VLANs and routes); findings (a list of rule, severity, message).\n\nExample: slipway get nodes \
                        --where '\"worker\" in effective.tags && effective.rack == \"r01\"'"
)]
pub struct Args {
    /// What to get
    #[arg(value_enum)]
    kind: Kind,
    /// Only these
    names: Vec<String>,
    /// A CEL expression that must hold
    #[arg(long, value_name = "CEL")]
    r#where: Option<String>,
    #[command(flatten)]
    from: load::From,
    /// How they are printed
    #[arg(short, long, value_enum, default_value_t = Output::Table)]
    output: Output,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Output {
    /// Columns for people
    Table,
    /// A list of objects with the variables of --where
    Json,
    /// Kind and name
    Name,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    #[value(name = "nodes", alias = "node", alias = "bmn", alias = "baremetalnodes", alias = "baremetalnode")]
    Nodes,
    #[value(name = "networks", alias = "network", alias = "net")]
    Networks,
    #[value(name = "links", alias = "link", alias = "networklinks", alias = "networklink")]
    Links,
    #[value(name = "racks", alias = "rack")]
    Racks,
    #[value(name = "hostprofiles", alias = "hostprofile")]
    HostProfiles,
    #[value(name = "hardwareprofiles", alias = "hardwareprofile", alias = "hwp")]
    HardwareProfiles,
    #[value(name = "bootactions", alias = "bootaction", alias = "ba")]
    BootActions,
    #[value(name = "sites", alias = "site")]
    Sites,
}

impl Kind {
    fn kind(self) -> &'static str {
        match self {
            Self::Nodes => "BaremetalNode",
            Self::Networks => "Network",
            Self::Links => "NetworkLink",
            Self::Racks => "Rack",
            Self::HostProfiles => "HostProfile",
            Self::HardwareProfiles => "HardwareProfile",
            Self::BootActions => "BootAction",
            Self::Sites => "Site",
        }
    }
}

/// Prints what was asked for. Exit code 2 where the expression cannot be evaluated.
pub fn run(args: &Args) -> Result<ExitCode, Box<dyn Error>> {
    let condition = args.r#where.as_deref().map(|text| Program::compile(text).map_err(|error| (text, error)));
    let condition = condition.transpose().map_err(|(text, error)| format!("--where `{text}` is no CEL: {error}"))?;
    let manifests = args.from.load()?;
    let design = resolve(&manifests);
    let mut objects = objects(args.kind, &manifests, &design)?;
    if let Some(unknown) = args.names.iter().find(|name| !objects.contains_key(*name)) {
        return Err(format!("there is no {} `{unknown}`", args.kind.kind()).into());
    }
    objects.retain(|name, _| args.names.is_empty() || args.names.contains(name));
    if let Some(condition) = &condition {
        keep(&mut objects, condition)?;
    }
    let kind = args.kind.kind();
    match args.output {
        Output::Name => objects.keys().for_each(|name| println!("{}/{name}", kind.to_lowercase())),
        Output::Json => {
            println!("{}", serde_json::to_string_pretty(&objects.into_values().collect::<Vec<_>>())?);
        }
        Output::Table => {
            let (header, rows) = columns(args.kind, &objects);
            table::print(&mut std::io::stdout().lock(), &header, &rows)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Keeps what an expression is true of. What it cannot be asked of, such as a field that is not there, it is not true of;
/// an expression that cannot be asked of anything is wrong.
fn keep(objects: &mut BTreeMap<String, Value>, condition: &Program) -> Result<(), Box<dyn Error>> {
    let (asked, mut failed, mut answered) = (objects.len(), None, 0);
    let mut kept = BTreeMap::new();
    for (name, object) in std::mem::take(objects) {
        match holds(condition, &object) {
            Ok(true) => {
                answered += 1;
                kept.insert(name, object);
            }
            Ok(false) => answered += 1,
            Err(error) => failed = Some(error),
        }
    }
    if let Some(error) = failed.filter(|_| asked > 0 && answered == 0) {
        return Err(format!("--where cannot be asked of any of them: {error}").into());
    }
    *objects = kept;
    Ok(())
}

fn holds(condition: &Program, object: &Value) -> Result<bool, String> {
    let mut context = Context::default();
    context.register_all();
    for (name, value) in object.as_object().into_iter().flatten() {
        context.add_variable_from_value(name.as_str(), cel(value));
    }
    match condition.execute(&context) {
        Ok(CelValue::Bool(holds)) => Ok(holds),
        Ok(other) => Err(format!("it gives {:?}, and true or false is needed", other.type_of())),
        Err(error) => Err(error.to_string()),
    }
}

/// A value as CEL sees it: whole numbers are of its type `int`, as literals are.
fn cel(value: &Value) -> CelValue {
    match value {
        Value::Null => CelValue::Null,
        Value::Bool(flag) => CelValue::Bool(*flag),
        Value::Number(number) => match (number.as_i64(), number.as_u64(), number.as_f64()) {
            (Some(whole), ..) => CelValue::Int(whole),
            (None, Some(large), _) => CelValue::UInt(large),
            (None, None, float) => CelValue::Float(float.unwrap_or(f64::NAN)),
        },
        Value::String(text) => CelValue::String(Arc::new(text.clone())),
        Value::Array(list) => CelValue::List(Arc::new(list.iter().map(cel).collect())),
        Value::Object(map) => {
            let entries: HashMap<String, CelValue> = map.iter().map(|(key, value)| (key.clone(), cel(value))).collect();
            CelValue::Map(entries.into())
        }
    }
}

/// The objects of a kind with what an expression may ask of them.
fn objects(kind: Kind, manifests: &Manifests, design: &SiteDesign) -> serde_json::Result<BTreeMap<String, Value>> {
    fn all<K: Serialize>(of: &BTreeMap<String, Arc<K>>) -> serde_json::Result<BTreeMap<String, Value>> {
        of.iter().map(|(name, object)| Ok((name.clone(), serde_json::to_value(&**object)?))).collect()
    }
    let mut objects = match kind {
        Kind::Nodes => all(&manifests.nodes)?,
        Kind::Networks => all(&manifests.networks)?,
        Kind::Links => all(&manifests.links)?,
        Kind::Racks => all(&manifests.racks)?,
        Kind::HostProfiles => all(&manifests.host_profiles)?,
        Kind::HardwareProfiles => all(&manifests.hardware_profiles)?,
        Kind::BootActions => all(&manifests.boot_actions)?,
        Kind::Sites => {
            let site = manifests.site.iter().map(|s| (s.metadata.name.clone().unwrap_or_default(), Arc::clone(s)));
            all(&site.collect())?
        }
    };
    for (name, object) in &mut objects {
        let key = crate::model::ObjectKey::new(kind.kind(), name.as_str());
        let about = design.findings.about(&key);
        let of_node =
            design.findings.iter().filter(|f| kind == Kind::Nodes && f.nodes.contains(name) && f.object != key);
        let findings: Vec<Value> = about
            .chain(of_node)
            .map(|f| json!({"rule": f.rule, "severity": f.severity.name(), "message": f.to_string()}))
            .collect();
        object["name"] = json!(name);
        object["findings"] = json!(findings);
        for part in ["metadata", "spec", "status"] {
            if object[part].is_null() {
                object[part] = json!({});
            }
        }
        let node = design.nodes.get(name).filter(|_| kind == Kind::Nodes);
        object["effective"] = match node {
            Some(node) => {
                let design = node.design();
                let mut effective = serde_json::to_value(&design)?;
                effective["fqdn"] = json!(design.fqdn());
                effective["description"] = node.effective();
                effective
            }
            None => json!({}),
        };
    }
    Ok(objects)
}

fn columns(kind: Kind, objects: &BTreeMap<String, Value>) -> (Vec<&'static str>, Vec<Vec<String>>) {
    let columns: &[(&str, &str)] = match kind {
        Kind::Nodes => &[
            ("STATE", "/status/state"),
            ("RACK", "/effective/rack"),
            ("PROFILE", "/spec/hostProfile"),
            ("IMAGE", "/effective/platform/image"),
            ("BMC", "/effective/oob/address"),
        ],
        Kind::Networks => &[("CIDR", "/spec/cidr"), ("VLAN", "/spec/vlan"), ("MTU", "/spec/mtu")],
        Kind::Links => &[("MTU", "/spec/mtu"), ("BOND", "/spec/bonding/mode"), ("NETWORKS", "/spec/allowedNetworks")],
        Kind::Racks => &[("ZONE", "/spec/zone")],
        Kind::HostProfiles => &[("PROFILE", "/spec/hostProfile"), ("HARDWARE", "/spec/hardwareProfile")],
        Kind::HardwareProfiles => &[("VENDOR", "/spec/vendor"), ("MODEL", "/spec/model")],
        Kind::BootActions => &[("SIGNALING", "/spec/signaling")],
        Kind::Sites => &[("MODE", "/spec/mode"), ("STATE", "/status/state")],
    };
    let header = ["NAME"].into_iter().chain(columns.iter().map(|(title, _)| *title)).chain(["FINDINGS"]).collect();
    let cell = |value: Option<&Value>| match value {
        None | Some(Value::Null) => "-".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(list)) => list.iter().map(|v| v.as_str().unwrap_or_default()).collect::<Vec<_>>().join(","),
        Some(other) => other.to_string(),
    };
    let rows = objects.iter().map(|(name, object)| {
        let mut row = vec![name.clone()];
        row.extend(columns.iter().map(|(_, pointer)| cell(object.pointer(pointer))));
        row.push(object["findings"].as_array().map_or(0, Vec::len).to_string());
        row
    });
    (header, rows.collect())
}
