//! What a `Provisioner` promises, whatever stands behind it: the lab's MAAS in each version, or a real region.
//!
//! The suite knows manifests and the trait, and nothing of MAAS. Against a real region it needs a design of the site and
//! one machine of it, **which it registers, deploys, releases and erases**:
//!
//! | variable | what |
//! |---|---|
//! | `SLIPWAY_CONTRACT_URL`, `SLIPWAY_CONTRACT_API_KEY` | the region and an administrator's API key |
//! | `SLIPWAY_CONTRACT_DESIGN` | a folder of manifests: the site, its networks, profiles and the node |
//! | `SLIPWAY_CONTRACT_NODE` | the node: it has a `bootMac`, and nothing on it is needed |
//! | `SLIPWAY_CONTRACT_BMC` | user and password of its BMC, as `user:password` |
//! | `SLIPWAY_CONTRACT_MINUTES` | how long each step may take; default 90 |

use secrecy::SecretString;
use slipway::{
    api::site_task::EraseMode,
    design::{Manifests, SiteDesign, resolve},
    drivers::{
        BmcCredentials, ErrorClass, Provisioner, SiteSubject, Subject,
        maas::{Maas, MaasConfig},
    },
    model::{
        Aspect, Machine, MachineAction as Act, MachineStatus as Status, Mark, NodeDesign, NodeIdentity, Owner, Permit,
        PermitHolder, Sighting, SiteIdentity, SiteMaterial,
    },
};
use slipway_lab::{Lab, spec::LabSpec};
use std::{
    collections::BTreeSet,
    env, fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

/// Versions of MAAS that the lab stands in for.
const VERSIONS: [&str; 4] = ["3.3.11", "3.5.13", "3.6.5", "3.7.3"];
/// The sample that the lab is asked about.
const SAMPLE: &str = "config/samples/two-racks";
/// The node of the sample that the lab is asked about: it has a `bootMac`.
const NODE: &str = "r02-u10";

/// A provisioner under test, and what it is asked about.
pub struct Party {
    name: String,
    pub provisioner: Maas,
    pub site: SiteDesign,
    design: NodeDesign,
    identity: NodeIdentity,
    pub owner: SiteIdentity,
    credentials: BmcCredentials,
    patience: Duration,
    pub permit: Permit,
    /// Ends with it.
    lab: Option<Lab>,
}

#[tokio::test]
async fn the_labs_region_of_each_version_keeps_it() {
    rustls::crypto::ring::default_provider().install_default().ok();
    for version in VERSIONS {
        keeps(&lab(version).await).await;
    }
}

#[tokio::test]
async fn a_real_region_keeps_it() {
    rustls::crypto::ring::default_provider().install_default().ok();
    match region() {
        Some(party) => keeps(&party).await,
        None => eprintln!("skipped: SLIPWAY_CONTRACT_URL is not set"),
    }
}

/// The promises, in the order in which a site relies on them.
async fn keeps(party: &Party) {
    party.site_part_is_brought_about_and_stays().await;
    let machine = party.registers_one_machine().await;
    assert!(machine.mark.is_ours(), "{}: registered is marked", party.name);
    party.commissions_it().await;
    party.configures_it().await;
    party.deploys_only_what_is_marked_for_it().await;
    party.refuses_what_the_status_forbids().await;
    party.releases_it_and_proves_the_erase().await;
}

impl Party {
    async fn site_part_is_brought_about_and_stays(&self) {
        let material = SiteMaterial::default();
        let nothing = BTreeSet::new();
        let subject = |made| SiteSubject {
            design: &self.site.part,
            identity: &self.owner,
            made,
            take_over: None,
            material: &material,
            approved: &[],
        };
        let before = self.provisioner.observe_site(&subject(&nothing)).await.unwrap();
        assert_eq!(before.conflicts, Vec::<String>::new(), "{}", self.name);
        let made = before.makes.into_iter().collect();
        self.provisioner.perform_site(&subject(&made), &self.permit).await.unwrap();
        let after = self.provisioner.observe_site(&subject(&made)).await.unwrap();
        assert_eq!((after.pending, after.conflicts), (Vec::new(), Vec::new()), "{}: a second look", self.name);
    }

    async fn registers_one_machine(&self) -> Machine {
        assert_eq!(self.sighting().await, Sighting::Missing, "{}", self.name);
        self.act(Act::Create).await;
        let machine = self.machine().await;
        assert_eq!((machine.status, &machine.owner, &machine.mark), (Status::New, &Owner::Nobody, &Mark::None));
        self.act(Act::Create).await;
        assert_eq!(self.machine().await.id, machine.id, "{}: a create is not repeated", self.name);
        self.apply(Aspect::Registration).await;
        self.machine().await
    }

    async fn commissions_it(&self) {
        self.provisioner.news().await.unwrap();
        self.act(Act::Commission).await;
        let machine = self.until(Status::Ready).await;
        let inventory = machine.inventory.expect("an inventory");
        assert!(!inventory.nics.is_empty() && !inventory.disks.is_empty(), "{}: {inventory:?}", self.name);
        assert_eq!(machine.impossible.len(), 0, "{}: {:?}", self.name, machine.impossible);
        assert!(self.provisioner.news().await.unwrap().contains(&machine.id), "{}: there is news of it", self.name);
    }

    async fn configures_it(&self) {
        for aspect in [Aspect::Networking, Aspect::Storage, Aspect::Platform] {
            self.apply(aspect).await;
        }
    }

    async fn deploys_only_what_is_marked_for_it(&self) {
        self.act(Act::Allocate).await;
        assert_eq!(self.refusal(Act::Deploy).await, ErrorClass::Conflict, "{}: it is not marked", self.name);
        self.apply(Aspect::Mark).await;
        let machine = self.machine().await;
        assert_eq!(machine.mark, Mark::Ours { generation: Some(1), design: Some("d1".into()) });
        assert_eq!(machine.pending.len(), 0, "{}: {:?}", self.name, machine.pending);
        self.act(Act::Deploy).await;
        let machine = self.until(Status::Deployed).await;
        assert!(machine.has_system && machine.fixed.is_empty(), "{}: {machine:?}", self.name);
        assert_eq!(machine.pending.len(), 0, "{}: deployed as designed, {:?}", self.name, machine.pending);
    }

    async fn refuses_what_the_status_forbids(&self) {
        for action in [Act::Commission, Act::Allocate, Act::Deploy, Act::Apply(Aspect::Storage)] {
            let name = action.name();
            assert_eq!(self.refusal(action).await, ErrorClass::Conflict, "{}: {name} of what runs", self.name);
        }
        assert_eq!(self.machine().await.status, Status::Deployed);
    }

    async fn releases_it_and_proves_the_erase(&self) {
        self.act(Act::Release { erase: EraseMode::Quick }).await;
        let machine = self.until(Status::Ready).await;
        assert!(machine.erased, "{}: the erase is proven", self.name);
        assert!(machine.mark.is_ours() && machine.owner == Owner::Nobody, "{}: {machine:?}", self.name);
    }

    /// Another design of the same node.
    pub fn redesign(&mut self, site: SiteDesign) {
        assert_eq!(site.findings.errors(), 0, "{:?}", site.findings.first_error());
        self.design = site.nodes[&self.identity.name].design();
        self.site = site;
    }

    /// Writes that the lab's region has had.
    pub async fn writes(&self) -> u64 {
        let lab = self.lab.as_ref().expect("a lab");
        let client = reqwest::Client::builder().no_proxy().build().expect("a client");
        let stats = client.get(format!("{}/stats", lab.control_url)).send().await.expect("the control API answers");
        stats.json::<serde_json::Value>().await.expect("JSON")["maasWrites"].as_u64().expect("a count")
    }

    pub fn subject(&self) -> Subject<'_> {
        Subject {
            design: &self.design,
            design_hash: "d1",
            identity: &self.identity,
            provider_id: None,
            decided_on: None,
            generation: 1,
            take_over: None,
            adopt: None,
            bmc: Some(&self.credentials),
            cipher_suite: None,
            user_data: Some("#cloud-config\n"),
        }
    }

    async fn sighting(&self) -> Sighting {
        self.provisioner.observe(&self.subject()).await.unwrap_or_else(|error| panic!("{}: {error:?}", self.name))
    }

    async fn machine(&self) -> Machine {
        match self.sighting().await {
            Sighting::Found(machine) => *machine,
            other => panic!("{}: no machine: {other:?}", self.name),
        }
    }

    pub async fn act(&self, action: Act) {
        let outcome = self.provisioner.perform(&action, &self.subject(), &self.permit).await;
        outcome.unwrap_or_else(|error| panic!("{}: {action}: {error:?}", self.name));
    }

    /// Brings an aspect to the design; a second time there is nothing to do.
    async fn apply(&self, aspect: Aspect) {
        self.act(Act::Apply(aspect)).await;
        assert_eq!(self.machine().await.pending.get(&aspect), None, "{}: {aspect:?}", self.name);
    }

    async fn refusal(&self, action: Act) -> ErrorClass {
        let outcome = self.provisioner.perform(&action, &self.subject(), &self.permit).await;
        outcome.expect_err("it is refused").class
    }

    pub async fn until(&self, status: Status) -> Machine {
        let what = format!("{}: {}", self.name, status.name());
        let seen = slipway_testbed::eventually(self.patience, &what, || async {
            let machine = self.machine().await;
            if machine.status == status { Ok(machine) } else { Err(format!("{machine:#?}")) }
        });
        seen.await.unwrap_or_else(|error| panic!("{error}"))
    }
}

/// The lab with the sample of two racks, as a MAAS of this version.
pub async fn lab(version: &str) -> Party {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut spec = LabSpec::from_yaml(&fs::read_to_string(root.join("config/lab/two-racks.yaml")).unwrap()).unwrap();
    spec.zero_delay = true;
    spec.maas.version = version.to_owned();
    let lab = slipway_lab::start(spec).await.expect("a lab");
    let mut config = MaasConfig::new(&lab.maas_url, SecretString::from(lab.api_key.clone()));
    config.poll = Duration::ZERO;
    let credentials = BmcCredentials { username: "root".into(), password: "calvin".to_owned().into(), key: None };
    let manifests = root.join(SAMPLE);
    let name = format!("the lab's MAAS {version}");
    let party = party(name, &config, &manifests, NODE, credentials, Duration::from_mins(1));
    Party { lab: Some(lab), ..party }
}

fn region() -> Option<Party> {
    let url = env::var("SLIPWAY_CONTRACT_URL").ok()?;
    let given = |name: &str| env::var(name).unwrap_or_else(|_| panic!("{name} is needed beside SLIPWAY_CONTRACT_URL"));
    let config = MaasConfig::new(&url, SecretString::from(given("SLIPWAY_CONTRACT_API_KEY")));
    let bmc = given("SLIPWAY_CONTRACT_BMC");
    let (user, password) = bmc.split_once(':').expect("SLIPWAY_CONTRACT_BMC is user:password");
    let credentials = BmcCredentials { username: user.into(), password: password.to_owned().into(), key: None };
    let minutes = env::var("SLIPWAY_CONTRACT_MINUTES").map_or(90, |text| text.parse().expect("a number of minutes"));
    let (design, node) = (PathBuf::from(given("SLIPWAY_CONTRACT_DESIGN")), given("SLIPWAY_CONTRACT_NODE"));
    Some(party(url, &config, &design, &node, credentials, Duration::from_mins(minutes)))
}

fn party(
    name: String,
    config: &MaasConfig,
    manifests: &Path,
    node: &str,
    credentials: BmcCredentials,
    patience: Duration,
) -> Party {
    let site = resolve(&self::manifests(documents(manifests)));
    assert_eq!(site.findings.errors(), 0, "{:?}", site.findings.first_error());
    let design = site.nodes[node].design();
    let holder = PermitHolder::default();
    holder.extend(Instant::now() + Duration::from_hours(12));
    Party {
        name,
        provisioner: Maas::new(config).expect("a driver"),
        design,
        site,
        identity: NodeIdentity {
            cluster: "contract".into(),
            namespace: "contract".into(),
            name: node.into(),
            uid: "u1".into(),
        },
        owner: SiteIdentity { cluster: "contract".into(), namespace: "contract".into() },
        credentials,
        patience,
        permit: holder.permit(),
        lab: None,
    }
}

/// The sample's documents.
pub fn sample() -> Vec<serde_json::Value> {
    documents(&Path::new(env!("CARGO_MANIFEST_DIR")).join(SAMPLE))
}

/// The documents of a folder's files.
fn documents(folder: &Path) -> Vec<serde_json::Value> {
    let files = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let texts = files.map(|file| fs::read_to_string(file.unwrap().path()).unwrap());
    texts.flat_map(|text| serde_saphyr::from_multiple::<serde_json::Value>(&text).unwrap()).collect()
}

/// Documents as manifests.
pub fn manifests(documents: Vec<serde_json::Value>) -> Manifests {
    let mut manifests = Manifests::default();
    for document in documents {
        add(&mut manifests, document);
    }
    manifests
}

fn add(manifests: &mut Manifests, document: serde_json::Value) {
    use std::sync::Arc;
    fn object<T: serde::de::DeserializeOwned>(document: serde_json::Value) -> Arc<T> {
        Arc::new(serde_json::from_value(document).unwrap())
    }
    let name = document["metadata"]["name"].as_str().unwrap_or_default().to_owned();
    match document["kind"].as_str().unwrap_or_default() {
        "Site" => manifests.site = Some(object(document)),
        "Rack" => _ = manifests.racks.insert(name, object(document)),
        "NetworkLink" => _ = manifests.links.insert(name, object(document)),
        "Network" => _ = manifests.networks.insert(name, object(document)),
        "HardwareProfile" => _ = manifests.hardware_profiles.insert(name, object(document)),
        "HostProfile" => _ = manifests.host_profiles.insert(name, object(document)),
        "BootAction" => _ = manifests.boot_actions.insert(name, object(document)),
        "BaremetalNode" => _ = manifests.nodes.insert(name, object(document)),
        _ => {}
    }
}
