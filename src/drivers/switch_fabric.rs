//! The network port: what the switches of a site can do for Slipway.

use super::DriverError;
use crate::model::{Permit, PortDesign, PortNeighbour, PortRole, SwitchPort};
use async_trait::async_trait;

/// The switches of a site.
#[async_trait]
pub trait SwitchFabric: Send + Sync {
    /// Which of these ports are not configured for `role`, all of it read now. A port that the fabric does not answer for is
    /// none of them.
    async fn pending(&self, ports: &[PortDesign], role: PortRole) -> Result<Vec<SwitchPort>, DriverError>;

    /// Configures one port for `role`. Convergent: it may be called again, and what is so already is left alone. The permit is
    /// checked just before each write.
    async fn configure(&self, port: &PortDesign, role: PortRole, permit: &Permit) -> Result<(), DriverError>;

    /// What a switch hears at its ports, read now.
    async fn neighbours(&self, switch: &str) -> Result<Vec<PortNeighbour>, DriverError>;
}
