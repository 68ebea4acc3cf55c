//! What all scenarios share: one control plane with our CRDs and roles, and one runtime that its programs belong to.

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
static GROUND: OnceCell<Ground> = OnceCell::const_new();
static TURN: Mutex<()> = Mutex::const_new(());

/// One control plane, and the kubeconfig of the operator's ServiceAccount.
pub struct Ground {
    pub control_plane: ControlPlane,
    pub operator: PathBuf,
    /// A client of ours, for looking: much faster than a kubectl for each look.
    pub client: kube::Client,
}

/// Runs one scenario; the others wait.
pub fn scenario<F: Future<Output = ()>>(story: impl FnOnce(&'static Ground, MutexGuard<'static, ()>) -> F) {
    RUNTIME.block_on(async {
        let turn = TURN.lock().await;
        let ground = GROUND.get_or_init(prepare).await;
        story(ground, turn).await;
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
