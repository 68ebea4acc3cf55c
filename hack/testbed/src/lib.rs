//! The ground that tests and the demo stand on: real programs, started on loopback and surely ended.
//!
//! - [`ControlPlane`] is a Kubernetes API with RBAC and controllers, without nodes: etcd, kube-apiserver and
//!   kube-controller-manager, on ports that the system chose;
//! - [`Process`] is any program with its logs, signals and resource use;
//! - [`eventually`] waits for a condition, never for a time;
//! - [`target_binary`] finds what Cargo built, [`tool`] what `hack/tools/install` did.
//!
//! Whatever was started ends with its handle, and also when the test itself is killed.

mod control_plane;
mod error;
mod eventually;
mod folder;
mod guard;
mod kubectl;
mod process;
mod resources;
mod tools;

pub use control_plane::ControlPlane;
pub use error::TestbedError;
pub use eventually::eventually;
pub use kubectl::Kubectl;
pub use process::Process;
pub use tools::{project_folder, target_binary, tool};
