//! `slipway import`: other designs, printed as our manifests.

use crate::{
    api::{
        baremetal_node::{AddressMode, NodeAddress},
        site::{AddressTranslation, Mode},
        values::{Cidr, Duration},
    },
    design::{Manifests, resolve},
    import::{DesignSource, Imported, SiteAnswers, check_limits, drydock::Drydock, read},
};
use kube::{Resource, ResourceExt};
use serde::Serialize;
use std::{
    collections::BTreeMap,
    error::Error,
    io::{Read, Write},
    process::ExitCode,
    sync::Arc,
};

/// Arguments of `slipway import`.
#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    source: Source,
}

#[derive(clap::Subcommand)]
enum Source {
    /// Print an Airship Drydock design as Slipway's manifests
    Drydock(DrydockArgs),
}

#[derive(clap::Args)]
struct DrydockArgs {
    /// YAML streams, in Deckhand's form or the older one; `-` is standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<String>,
    /// Namespace of the objects; absent: none is written
    #[arg(long, value_name = "NS")]
    namespace: Option<String>,
    /// URL of the MAAS region
    #[arg(long, value_name = "URL", default_value = "http://maas.example.com:5240/MAAS")]
    maas_url: String,
    /// Name of the Secret whose key `apiKey` holds the API key
    #[arg(long, value_name = "NAME", default_value = "maas-credentials")]
    maas_secret: String,
    /// API key `consumer:token:secret`; where it is given, its Secret is printed too
    #[arg(long, value_name = "KEY", env = "SLIPWAY_MAAS_API_KEY", hide_env_values = true)]
    maas_api_key: Option<String>,
    /// The Site's mode: Observe, OnTask or Continuous
    #[arg(long, value_parser = mode)]
    mode: Option<Mode>,
    /// How BMCs are dialled, such as `10.23.104.0/24=127.23.104.0/24:6230`; repeatable
    #[arg(long, value_name = "FROM=TO[:PORT]", value_parser = translation)]
    translate: Vec<AddressTranslation>,
    /// How long the design must have been quiet before it is acted on, such as `15s`
    #[arg(long, value_name = "DURATION", value_parser = |text: &str| text.parse::<Duration>())]
    settle: Option<Duration>,
}

/// Prints the manifests on standard output, and what is not in them on standard error.
pub fn run(args: Args) -> Result<ExitCode, Box<dyn Error>> {
    let Source::Drydock(args) = args.source;
    let answers = SiteAnswers {
        maas_url: args.maas_url,
        maas_secret: args.maas_secret,
        maas_api_key: args.maas_api_key,
        mode: args.mode,
        settle: args.settle,
        translate: args.translate,
    };
    let (mut documents, mut failed) = (Vec::new(), false);
    for file in &args.files {
        match contents(file) {
            Ok(text) => {
                let (read, errors) = read(file, &text);
                documents.extend(read);
                failed |= !errors.is_empty();
                tell("error", &errors);
            }
            Err(error) => {
                failed = true;
                eprintln!("error: {file}: cannot be read: {error}");
            }
        }
    }
    let mut imported = Drydock.import(documents, &answers);
    complete_addresses(&mut imported);
    imported.warnings.extend(check_limits(&imported));
    if let Some(namespace) = &args.namespace {
        imported.set_namespace(namespace);
    }
    print(&imported)?;
    tell("note", &imported.remarks);
    tell("warning", &imported.warnings);
    tell("error", &imported.errors);
    failed |= !imported.errors.is_empty();
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn tell<T: std::fmt::Display>(what: &str, lines: &[T]) {
    for line in lines {
        eprintln!("{what}: {line}");
    }
}

fn contents(file: &str) -> std::io::Result<String> {
    if file != "-" {
        return std::fs::read_to_string(file);
    }
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text)?;
    Ok(text)
}

/// Drydock brings up, without an address, what a node's interfaces carry and its addressing lacks; our design wants it
/// said. Only the resolved design knows what the interfaces carry.
fn complete_addresses(imported: &mut Imported) {
    let manifests = Manifests {
        host_profiles: by_name(&imported.host_profiles),
        nodes: by_name(&imported.nodes),
        ..Manifests::default()
    };
    let design = resolve(&manifests);
    for node in &mut imported.nodes {
        let Some(effective) = design.nodes.get(&node.name_any()) else { continue };
        for network in effective.host().interfaces.iter().flat_map(|interface| &interface.networks) {
            if node.spec.addresses.iter().all(|address| address.network != *network) {
                let mode = Some(AddressMode::LinkUp);
                node.spec.addresses.push(NodeAddress { network: network.clone(), mode, address: None });
            }
        }
    }
}

fn by_name<K: Resource + Clone>(objects: &[K]) -> BTreeMap<String, Arc<K>> {
    objects.iter().map(|object| (object.name_any(), Arc::new(object.clone()))).collect()
}

fn print(imported: &Imported) -> Result<(), Box<dyn Error>> {
    fn all<T: Serialize>(out: &mut dyn Write, objects: &[T]) -> Result<(), Box<dyn Error>> {
        for object in objects {
            write!(out, "---\n{}", super::yaml::document(object)?)?;
        }
        Ok(())
    }
    let mut out = std::io::stdout().lock();
    all(&mut out, &imported.secrets)?;
    all(&mut out, imported.site.as_slice())?;
    all(&mut out, &imported.racks)?;
    all(&mut out, &imported.links)?;
    all(&mut out, &imported.networks)?;
    all(&mut out, &imported.hardware_profiles)?;
    all(&mut out, &imported.host_profiles)?;
    all(&mut out, &imported.nodes)?;
    all(&mut out, &imported.boot_actions)
}

fn mode(text: &str) -> Result<Mode, String> {
    let known = [("Observe", Mode::Observe), ("OnTask", Mode::OnTask), ("Continuous", Mode::Continuous)];
    let found = known.iter().find(|(name, _)| name.eq_ignore_ascii_case(text)).map(|(_, mode)| *mode);
    found.ok_or_else(|| "expected Observe, OnTask or Continuous".into())
}

fn translation(text: &str) -> Result<AddressTranslation, String> {
    let expected = || "expected FROM=TO[:PORT], such as 10.23.104.0/24=127.23.104.0/24:6230".to_owned();
    let (from, to) = text.split_once('=').ok_or_else(expected)?;
    // The colons of an IPv6 network are followed by its prefix length, that of a port is not.
    let (to, port) = match to.rsplit_once(':') {
        Some((to, port)) if to.contains('/') => (to, Some(port.parse::<u16>().map_err(|_| expected())?)),
        _ => (to, None),
    };
    let (from, to): (Cidr, Cidr) = (from.parse().map_err(|_| expected())?, to.parse().map_err(|_| expected())?);
    if from.0.prefix_len() != to.0.prefix_len() {
        return Err(format!("{from} and {to} are not of the same size"));
    }
    Ok(AddressTranslation { from, to, port: port.map(i32::from) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn translations_name_two_networks_and_a_port() {
        let good = translation("10.23.104.0/24=127.23.104.0/24:6230").unwrap();
        assert_eq!((good.to.to_string().as_str(), good.port), ("127.23.104.0/24", Some(6230)));
        assert_eq!(translation("fd00::/64=fd01::/64").unwrap().port, None);
        assert_eq!(translation("fd00::/64=fd01::/64:623").unwrap().port, Some(623));
        for bad in ["10.0.0.0/24", "10.0.0.0/24=10.1.0.0/16", "10.0.0.0/24=10.1.0.0/24:port", "a=b"] {
            assert!(translation(bad).is_err(), "{bad}");
        }
    }
}
