//! What scenarios share: control planes with our CRDs and roles, and one runtime that their programs belong to.
//!
//! An operator looks after a whole cluster, so a control plane is one scenario's at a time. There are two of them: scenarios
//! wait more than they compute.

use kube::config::{Config, KubeConfigOptions, Kubeconfig};
use slipway_testbed::ControlPlane;
use std::{
    path::{Path, PathBuf},
    sync::LazyLock,
};
use tokio::{
    runtime::Runtime,
    sync::{Mutex, MutexGuard, OnceCell},
};

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());
static GROUNDS: [Place; 2] = [Place::new(), Place::new()];

/// A control plane, started when it is first needed, and whose turn it is there.
struct Place {
    ground: OnceCell<Ground>,
    turn: Mutex<()>,
}

impl Place {
    const fn new() -> Self {
        Self { ground: OnceCell::const_new(), turn: Mutex::const_new(()) }
    }
}

/// One control plane, and the kubeconfig of the operator's ServiceAccount.
pub struct Ground {
    pub control_plane: ControlPlane,
    pub operator: PathBuf,
    /// A client of ours, for looking: much faster than a kubectl for each look.
    pub client: kube::Client,
}

/// Runs one scenario where there is room; the others wait.
pub fn scenario<F: Future<Output = ()>>(story: impl FnOnce(&'static Ground, MutexGuard<'static, ()>) -> F) {
    RUNTIME.block_on(async {
        let [first, second] = &GROUNDS;
        let (place, turn) = tokio::select! {
            biased;
            turn = first.turn.lock() => (first, turn),
            turn = second.turn.lock() => (second, turn),
        };
        let ground = place.ground.get_or_init(prepare).await;
        story(ground, turn).await;
    });
}

/// Runs a scenario beside which nothing else runs: one of many stages, which takes the whole computer.
pub fn scenario_alone<F: Future<Output = ()>>(story: impl FnOnce(&'static Ground, MutexGuard<'static, ()>) -> F) {
    RUNTIME.block_on(async {
        let [first, second] = &GROUNDS;
        let turn = first.turn.lock().await;
        let _nobody_else = second.turn.lock().await;
        let ground = first.ground.get_or_init(prepare).await;
        story(ground, turn).await;
    });
}

/// Runs a scenario on a control plane of its own, which it may change for good. It takes its turn as the others do.
pub fn scenario_apart<F: Future<Output = ()>>(story: impl FnOnce(&'static Ground, MutexGuard<'static, ()>) -> F) {
    RUNTIME.block_on(async {
        let [first, second] = &GROUNDS;
        let turn = tokio::select! {
            biased;
            turn = first.turn.lock() => turn,
            turn = second.turn.lock() => turn,
        };
        // As the others, it is there until the program ends.
        story(Box::leak(Box::new(prepare().await)), turn).await;
    });
}

async fn prepare() -> Ground {
    rustls::crypto::ring::default_provider().install_default().ok();
    let control_plane = ControlPlane::start().await.unwrap();
    let operator = control_plane.install_slipway().await.unwrap();
    let kubeconfig = Kubeconfig::read_from(&control_plane.kubeconfig).unwrap();
    let config = Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await.unwrap();
    let client = kube::Client::try_from(config).unwrap();
    Ground { control_plane, operator, client }
}

/// The project's folder.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
