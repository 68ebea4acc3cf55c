//! `slipway ports`: what the design wants of the ports of the switches, for those who configure them.

use super::{load, table};
use crate::{
    design::{Manifests, ports, resolve},
    model::{NodeDesign, PortDesign},
};
use clap::ValueEnum;
use serde::Serialize;
use std::{collections::BTreeMap, error::Error, io::Write, process::ExitCode};

/// Arguments of `slipway ports`.
#[derive(clap::Args)]
#[command(
    after_help = "Which port a device is cabled to stands in spec.cabling of its BaremetalNode; a device without a cable is \
                        listed with `-`. The ports of one bond are of one group."
)]
pub struct Args {
    /// Only the nodes of this rack
    #[arg(long)]
    rack: Option<String>,
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
    /// Comma-separated, with a header; VLAN ids between blanks
    Csv,
    /// A list of objects
    Json,
}

/// One line of the table.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Line {
    rack: Option<String>,
    switch: Option<String>,
    port: Option<String>,
    node: String,
    interface: String,
    device: String,
    link: String,
    mode: &'static str,
    native_network: Option<String>,
    native_vlan: Option<u32>,
    tagged: Vec<u32>,
    mtu: u32,
}

/// Prints them, by rack, switch, port and node.
pub fn run(args: &Args) -> Result<ExitCode, Box<dyn Error>> {
    let manifests = args.from.load()?;
    let design = resolve(&manifests);
    let vlans = vlans(&manifests);
    if let Some(rack) = args.rack.as_ref().filter(|rack| !design.racks.contains_key(*rack)) {
        let known: Vec<&str> = design.racks.keys().map(String::as_str).collect();
        return Err(format!("there is no Rack `{rack}`; there are {}", known.join(", ")).into());
    }
    let mut lines = Vec::new();
    for node in &design.nodes {
        let node = node.design();
        if args.rack.is_none() || args.rack == node.rack {
            let of_node = ports(&node, |network| vlans.get(network).copied());
            lines.extend(of_node.into_iter().map(|port| line(&node, port)));
        }
    }
    // `Ethernet2` comes before `Ethernet12`.
    lines.sort_by_cached_key(|line| {
        let switch = line.switch.as_deref().map(natural);
        let port = line.port.as_deref().map(natural);
        let unknown = (switch.is_none(), port.is_none());
        (natural(line.rack.as_deref().unwrap_or_default()), unknown, switch, port, natural(&line.node))
    });
    let mut out = std::io::stdout().lock();
    match args.output {
        Output::Table => print_table(&mut out, &lines)?,
        Output::Csv => out.write_all(&csv(&lines)?)?,
        Output::Json => {
            serde_json::to_writer_pretty(&mut out, &lines)?;
            writeln!(out)?;
        }
    }
    let without = lines.iter().filter(|line| line.port.is_none()).count();
    if without > 0 {
        eprintln!("{without} of {} devices have no cable with a port in spec.cabling of their node", lines.len());
    }
    Ok(ExitCode::SUCCESS)
}

/// The VLAN ids of the networks of a design, and of what it borrows; its own come first.
fn vlans(manifests: &Manifests) -> BTreeMap<String, u32> {
    let libraries = manifests.libraries.values().map(|library| &library.objects.networks);
    let all = libraries.chain([&manifests.networks]).flatten();
    all.filter_map(|(name, network)| Some((name.clone(), network.spec.vlan?.0))).collect()
}

fn line(node: &NodeDesign, port: PortDesign) -> Line {
    let (native_network, native_vlan) = match port.native {
        Some(native) => (Some(native.network), native.vlan),
        None => (None, None),
    };
    Line {
        rack: node.rack.clone(),
        switch: port.switch,
        port: port.port,
        node: node.name.clone(),
        interface: port.interface,
        device: port.device.to_string(),
        link: port.link,
        mode: port.bond.map_or("single", |bond| bond.mode.name()),
        native_network,
        native_vlan,
        tagged: port.tagged,
        mtu: port.mtu,
    }
}

const HEADER: [&str; 11] =
    ["RACK", "SWITCH", "PORT", "NODE", "INTERFACE", "DEVICE", "LINK", "MODE", "NATIVE", "TAGGED", "MTU"];

fn print_table(out: &mut impl Write, lines: &[Line]) -> std::io::Result<()> {
    let or_none = |text: Option<&String>| text.cloned().unwrap_or_else(|| "-".into());
    let rows: Vec<Vec<String>> = lines
        .iter()
        .map(|line| {
            let native = match (&line.native_network, line.native_vlan) {
                (Some(network), Some(vlan)) => format!("{network} ({vlan})"),
                (network, _) => or_none(network.as_ref()),
            };
            let tagged = if line.tagged.is_empty() { "-".into() } else { joined(&line.tagged, ",") };
            vec![
                or_none(line.rack.as_ref()),
                or_none(line.switch.as_ref()),
                or_none(line.port.as_ref()),
                line.node.clone(),
                line.interface.clone(),
                line.device.clone(),
                line.link.clone(),
                line.mode.to_owned(),
                native,
                tagged,
                line.mtu.to_string(),
            ]
        })
        .collect();
    table::print(out, &HEADER, &rows)
}

fn csv(lines: &[Line]) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record([
        "rack",
        "switch",
        "port",
        "node",
        "interface",
        "device",
        "link",
        "mode",
        "nativeNetwork",
        "nativeVlan",
        "tagged",
        "mtu",
    ])?;
    for line in lines {
        let (vlan, tagged) = (line.native_vlan.map(|vlan| vlan.to_string()), joined(&line.tagged, " "));
        let mtu = line.mtu.to_string();
        let or_empty = |text: &Option<String>| text.clone().unwrap_or_default();
        writer.write_record([
            or_empty(&line.rack),
            or_empty(&line.switch),
            or_empty(&line.port),
            line.node.clone(),
            line.interface.clone(),
            line.device.clone(),
            line.link.clone(),
            line.mode.to_owned(),
            or_empty(&line.native_network),
            or_empty(&vlan),
            tagged,
            mtu,
        ])?;
    }
    Ok(writer.into_inner()?)
}

fn joined(vlans: &[u32], between: &str) -> String {
    vlans.iter().map(u32::to_string).collect::<Vec<_>>().join(between)
}

/// Text by which names sort as people sort them: runs of digits by their value.
fn natural(text: &str) -> Vec<(u64, String)> {
    let mut parts: Vec<(u64, String)> = Vec::new();
    let mut digits = String::new();
    for character in text.chars().chain(['\0']) {
        if character.is_ascii_digit() {
            digits.push(character);
            continue;
        }
        if !digits.is_empty() {
            parts.push((digits.parse().unwrap_or(u64::MAX), String::new()));
            digits.clear();
        }
        parts.push((0, character.to_string()));
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::natural;

    #[test]
    fn numbers_in_names_count_by_their_value() {
        let mut names = ["Ethernet12", "Ethernet2", "Ethernet2/1", "swp1", "Ethernet"];
        names.sort_by_cached_key(|name| natural(name));
        assert_eq!(names, ["Ethernet", "Ethernet2", "Ethernet2/1", "Ethernet12", "swp1"]);
    }
}
