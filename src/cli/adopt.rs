//! `slipway adopt --from-maas`: a region that runs, as manifests by which Slipway takes it over.
//!
//! The region is only read. What is printed describes it as it is, so that applying it changes nothing: each machine is
//! adopted when a person has approved that, and then only marked. No secret is printed unless that is asked for.

use crate::drivers::maas::{
    Maas, MaasConfig, TrustBundle,
    export::{Answers, Exported, Note, export},
};
use k8s_openapi::api::core::v1::Secret;
use kube::{Resource, ResourceExt, api::ObjectMeta};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use std::{
    collections::BTreeMap,
    error::Error,
    fmt::Write as _,
    fs::{self, OpenOptions},
    io::Write as _,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    process::ExitCode,
};

/// The variable that holds the API key.
const KEY: &str = "SLIPWAY_MAAS_API_KEY";
/// Who may read a file: everybody, and for secrets its owner.
const OPEN: u32 = 0o644;
const CLOSED: u32 = 0o600;

/// So many are told by themselves, the others by their number.
const SHOWN: usize = 3;

/// Arguments of `slipway adopt`.
#[derive(clap::Args)]
#[command(
    after_help = "The API key comes from --api-key-file, or from the variable SLIPWAY_MAAS_API_KEY. What the manifests do \
                        not say is told on standard error, and as a comment in them."
)]
pub struct Args {
    /// URL of the MAAS region that is described; it is only read
    #[arg(long, value_name = "URL")]
    from_maas: String,
    /// File with the API key `consumer:token:secret` of the account that Slipway will use
    #[arg(long, value_name = "FILE")]
    api_key_file: Option<PathBuf>,
    /// File with certificates in PEM that are trusted beside the system's
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,
    /// Write files into this folder, which must not hold them yet; absent: one stream on standard output
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
    /// Namespace of the objects; absent: none is written
    #[arg(short, long, value_name = "NS")]
    namespace: Option<String>,
    /// Name of the Site
    #[arg(long, value_name = "NAME", default_value = "site")]
    site: String,
    /// Name of the Secret whose key `apiKey` holds the API key
    #[arg(long, value_name = "NAME", default_value = "maas-credentials")]
    maas_secret: String,
    /// Name of the Secret whose key `ca.crt` holds the certificates of --ca-file
    #[arg(long, value_name = "NAME", default_value = "maas-ca")]
    ca_secret: String,
    /// Print the Secrets too: the API key and the BMCs' passwords, in clear
    #[arg(long)]
    with_secrets: bool,
}

/// Reads the region and writes its manifests; what is not in them goes to standard error.
pub fn run(args: &Args) -> Result<ExitCode, Box<dyn Error>> {
    let key = key(args.api_key_file.as_deref())?;
    let trust = match &args.ca_file {
        Some(file) => Some(TrustBundle { secret: file.display().to_string(), pem: read(file)?.into() }),
        None => None,
    };
    let answers = Answers {
        site: args.site.clone(),
        url: args.from_maas.clone(),
        maas_secret: args.maas_secret.clone(),
        trust_secret: trust.as_ref().map(|_| args.ca_secret.clone()),
    };
    let config = MaasConfig { trust, ..MaasConfig::new(&args.from_maas, key.clone()) };
    let maas = Maas::new(&config)?;
    let survey = super::live::run(async { Ok(maas.survey().await?) })?;
    let exported = export(&survey, &answers);
    let files = files(&exported, args, &key)?;
    if let Some(folder) = &args.output {
        write(folder, &files)?;
    } else {
        let all: String = files.iter().map(|file| file.text.as_str()).collect();
        std::io::stdout().lock().write_all(all.as_bytes())?;
    }
    tell(&exported, args);
    Ok(ExitCode::SUCCESS)
}

fn key(file: Option<&Path>) -> Result<SecretString, Box<dyn Error>> {
    let text = match file {
        Some(file) => read(file)?,
        None => std::env::var(KEY).map_err(|_| format!("no API key: give --api-key-file, or set {KEY}"))?,
    };
    Ok(text.trim().to_owned().into())
}

fn read(file: &Path) -> Result<String, Box<dyn Error>> {
    fs::read_to_string(file).map_err(|error| format!("{} cannot be read: {error}", file.display()).into())
}

/// A file of manifests.
struct File {
    name: &'static str,
    text: String,
    mode: u32,
}

fn files(exported: &Exported, args: &Args, key: &SecretString) -> Result<Vec<File>, Box<dyn Error>> {
    let printer = Printer { namespace: args.namespace.as_deref(), notes: by_object(&exported.notes) };
    let file = |name, text| File { name, text, mode: OPEN };
    let mut files = Vec::new();
    if args.with_secrets {
        let key = secret(&args.maas_secret, [("apiKey", key.expose_secret())]);
        let bmcs = exported.secrets.iter().map(|of| {
            secret(&of.name, [("username", of.username.as_str()), ("password", of.password.expose_secret())])
        });
        let text = printer.all(&std::iter::once(key).chain(bmcs).collect::<Vec<_>>())?;
        files.push(File { name: "00-secrets.yaml", text, mode: CLOSED });
    }
    let mut site = printer.head(exported);
    site.push_str(&printer.all(std::slice::from_ref(&exported.site))?);
    files.push(file("10-site.yaml", site));
    files.push(file("20-racks.yaml", printer.all(&exported.racks)?));
    files.push(file("30-networks.yaml", printer.all(&exported.links)? + &printer.all(&exported.networks)?));
    let profiles = printer.all(&exported.hardware_profiles)? + &printer.all(&exported.host_profiles)?;
    files.push(file("40-profiles.yaml", profiles));
    files.push(file("50-nodes.yaml", printer.all(&exported.nodes)?));
    files.retain(|file| !file.text.is_empty());
    Ok(files)
}

fn secret<const N: usize>(name: &str, values: [(&str, &str); N]) -> Secret {
    let values = values.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned()));
    Secret {
        metadata: ObjectMeta { name: Some(name.to_owned()), ..ObjectMeta::default() },
        string_data: Some(values.collect()),
        ..Secret::default()
    }
}

/// What is said of a machine, by its node; everything else stands at the head.
fn by_object(notes: &[Note]) -> BTreeMap<String, Vec<&Note>> {
    let mut all: BTreeMap<String, Vec<&Note>> = BTreeMap::new();
    for note in notes {
        all.entry(note.about.clone()).or_default().push(note);
    }
    all
}

struct Printer<'a> {
    namespace: Option<&'a str>,
    notes: BTreeMap<String, Vec<&'a Note>>,
}

impl Printer<'_> {
    /// What concerns no node that is written.
    fn head(&self, exported: &Exported) -> String {
        let nodes: Vec<String> = exported.nodes.iter().map(|node| about(&node.name_any())).collect();
        let mut text =
            String::from("# Written by `slipway adopt` from a region that runs; applying it changes nothing there.\n");
        for note in self.notes.iter().filter(|(about, _)| !nodes.contains(about)).flat_map(|(_, notes)| notes) {
            comment(&mut text, &note.to_string());
        }
        text
    }

    fn all<K: Resource<DynamicType = ()> + Serialize + Clone>(&self, objects: &[K]) -> Result<String, Box<dyn Error>> {
        let mut text = String::new();
        for object in objects {
            let mut object = object.clone();
            object.meta_mut().namespace = self.namespace.map(str::to_owned);
            text.push_str("---\n");
            if K::kind(&()) == "BaremetalNode" {
                let notes = self.notes.get(&about(&object.name_any()));
                notes.into_iter().flatten().for_each(|note| comment(&mut text, &note.text));
            }
            text.push_str(&super::yaml::document(&object)?);
        }
        Ok(text)
    }
}

fn about(node: &str) -> String {
    format!("machine {node}")
}

fn comment(text: &mut String, line: &str) {
    let line = line.replace(['\n', '\r'], " ");
    let _ = writeln!(text, "# {line}");
}

fn write(folder: &Path, files: &[File]) -> Result<(), Box<dyn Error>> {
    fs::create_dir_all(folder).map_err(|error| format!("{} cannot be made: {error}", folder.display()))?;
    for file in files {
        let path = folder.join(file.name);
        let opened = OpenOptions::new().write(true).create_new(true).mode(file.mode).open(&path);
        let written = opened.and_then(|mut opened| opened.write_all(file.text.as_bytes()));
        written.map_err(|error| format!("{} cannot be written: {error}", path.display()))?;
    }
    Ok(())
}

/// What is not in the manifests, and what is to be done by hand.
fn tell(exported: &Exported, args: &Args) {
    for note in &exported.notes {
        eprintln!("note: {note}");
    }
    eprintln!(
        "{} machines, {} host profiles, {} hardware profiles, {} networks",
        exported.nodes.len(),
        exported.host_profiles.len(),
        exported.hardware_profiles.len(),
        exported.networks.len()
    );
    if args.with_secrets {
        return;
    }
    let at = args.namespace.as_deref().map(|namespace| format!(" -n {namespace}")).unwrap_or_default();
    eprintln!("Secrets are referred to and not written; make them:");
    eprintln!("  kubectl create secret generic {}{at} --from-file=apiKey=FILE", args.maas_secret);
    if args.ca_file.is_some() {
        eprintln!("  kubectl create secret generic {}{at} --from-file=ca.crt=FILE", args.ca_secret);
    }
    for secret in exported.secrets.iter().take(SHOWN) {
        eprintln!(
            "  kubectl create secret generic {}{at} --from-literal=username={} --from-file=password=FILE   # of {}",
            secret.name,
            secret.username,
            named(&secret.nodes)
        );
    }
    if let Some(more) = exported.secrets.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        eprintln!("  ... and {more} more, as the nodes refer to them; --with-secrets writes them all");
    }
}

/// A few names, and how many more.
fn named(nodes: &[String]) -> String {
    let shown = nodes.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    match nodes.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
