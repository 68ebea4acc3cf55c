//! `slipway explain`: what a node is as designed, and which object gave each value.

use super::{
    fields::{Field, fields, is_below},
    load, table,
};
use crate::{
    design::{KERNEL_PACKAGE, Manifests, SiteDesign, SiteNode, resolve},
    model::{BootAsset, InterfaceDesign, NodeDesign},
};
use clap::ValueEnum;
use serde_json::json;
use std::{collections::BTreeSet, error::Error, process::ExitCode};

/// Arguments of `slipway explain`.
#[derive(clap::Args)]
pub struct Args {
    /// Name of the BaremetalNode
    node: String,
    /// Only this field and what is below it, such as `interfaces[bond0]` or `platform.kernelParams`
    field: Option<String>,
    #[command(flatten)]
    from: load::From,
    /// How it is printed
    #[arg(short, long, value_enum, default_value_t = Output::Table)]
    output: Output,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Output {
    /// Field, value, and the object that gave it
    Table,
    /// A list of objects with the keys `field`, `value` and `from`
    Json,
}

/// Prints it. Exit code 2 where there is no such node or field.
pub fn run(args: &Args) -> Result<ExitCode, Box<dyn Error>> {
    let manifests = args.from.load()?;
    let design = resolve(&manifests);
    let Some(node) = design.nodes.get(&args.node) else {
        return Err(unknown(&args.node, &manifests, &design).into());
    };
    let written = args.field.as_deref().unwrap_or_default();
    let (all, rows): (Vec<_>, Vec<_>) = {
        let all = rows(&manifests, node);
        let some = all.iter().filter(|(field, _)| is_below(&field.path, written)).cloned().collect();
        (all, some)
    };
    if rows.is_empty() {
        let first = |path: &str| path.split(['.', '[']).next().unwrap_or_default().to_owned();
        let known: BTreeSet<String> = all.iter().map(|(field, _)| first(&field.path)).collect();
        let known = known.into_iter().collect::<Vec<_>>().join(", ");
        return Err(format!("node `{}` has no field `{written}`; it has {known}", args.node).into());
    }
    let mut out = std::io::stdout().lock();
    match args.output {
        Output::Table => {
            let rows: Vec<_> = rows.into_iter().map(|(field, from)| vec![field.path, field.value, from]).collect();
            table::print(&mut out, &["FIELD", "VALUE", "FROM"], &rows)?;
        }
        Output::Json => {
            let rows: Vec<_> = rows
                .into_iter()
                .map(|(field, from)| json!({"field": field.path, "value": field.value, "from": from}))
                .collect();
            serde_json::to_writer_pretty(&mut out, &rows)?;
            println!();
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn unknown(name: &str, manifests: &Manifests, design: &SiteDesign) -> String {
    if manifests.nodes.contains_key(name) {
        let why = design.findings.stopping(name).map(ToString::to_string).unwrap_or_default();
        return format!("node `{name}` has no design: {why}");
    }
    let known: Vec<&str> = manifests.nodes.keys().map(String::as_str).take(20).collect();
    format!(
        "there is no BaremetalNode `{name}`; there are {}",
        if known.is_empty() { "none".into() } else { known.join(", ") }
    )
}

/// Every value of a node, and where it comes from.
fn rows(manifests: &Manifests, node: &SiteNode) -> Vec<(Field, String)> {
    let own = format!("BaremetalNode/{}", node.name());
    let mut rows = Vec::new();
    for field in fields(&node.effective()) {
        let source = node.source(&field.pointer).and_then(crate::design::Source::object);
        rows.push((field, source.map_or_else(|| own.clone(), |object| object.to_string())));
    }
    if let Some(object) = manifests.nodes.get(node.name()) {
        let given = json!({ "addresses": object.spec.addresses, "bootMac": object.spec.boot_mac });
        rows.extend(fields(&given).into_iter().filter(|field| field.value != "null").map(|field| (field, own.clone())));
    }
    rows.extend(made(&node.design()));
    rows
}

/// What follows from other objects.
fn made(design: &NodeDesign) -> Vec<(Field, String)> {
    let mut rows = Vec::new();
    let mut add = |path: String, value: String, from: String| {
        rows.push((Field { pointer: String::new(), path, value }, from));
    };
    let of =
        |kind: &str, name: Option<&String>| name.map_or_else(|| "default".to_owned(), |name| format!("{kind}/{name}"));
    add("effective.fqdn".into(), design.fqdn(), of("Network", design.primary_network.as_ref()));
    let hardware = of("HardwareProfile", design.hardware_profile.as_ref());
    add("effective.bootMode".into(), format!("{:?}", design.boot_mode).to_uppercase(), hardware.clone());
    if !design.platform.kernel_options.is_empty() {
        add("effective.kernelOptions".into(), design.platform.kernel_options.clone(), hardware.clone());
    }
    if let Some(zone) = &design.zone {
        add("effective.zone".into(), zone.clone(), of("Rack", design.rack.as_ref()));
    }
    for interface in &design.interfaces {
        let InterfaceDesign { name, link, mtu, .. } = interface;
        let (at, link) = (format!("effective.interfaces[{name}]"), format!("NetworkLink/{link}"));
        let devices: Vec<String> = interface.devices.iter().map(ToString::to_string).collect();
        add(format!("{at}.devices"), devices.join(", "), hardware.clone());
        add(format!("{at}.mtu"), mtu.to_string(), link.clone());
        if let Some(bond) = &interface.bond {
            add(format!("{at}.bond"), bond.mode.name().to_owned(), link);
        }
        for network in &interface.networks {
            let vlan = network.vlan.map_or_else(|| "untagged".to_owned(), |vlan| format!("VLAN {vlan}"));
            let gateway = if network.default_gateway { ", default gateway" } else { "" };
            let value = format!("{}, {vlan}, MTU {}{gateway}", network.cidr, network.mtu);
            add(format!("{at}.networks[{}]", network.network), value, format!("Network/{}", network.network));
        }
    }
    for asset in &design.boot_actions {
        if let BootAsset::Package { action, name, .. } = asset
            && action == KERNEL_PACKAGE
        {
            let from = "platform.kernelParams.kernel_package".to_owned();
            add("effective.packages[kernel]".into(), name.clone(), from);
        }
    }
    let mut actions: Vec<&str> = design.boot_actions.iter().map(BootAsset::action).collect();
    actions.dedup();
    for action in actions.into_iter().filter(|action| *action != KERNEL_PACKAGE) {
        add(format!("effective.bootActions[{action}]"), "for this node".into(), format!("BootAction/{action}"));
    }
    rows
}
