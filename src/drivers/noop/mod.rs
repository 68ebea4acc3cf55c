//! No driver: for sites whose switches are configured by somebody else. It has nothing to do, and says so.
//!
//! `slipway ports` prints what the design wants of them.

use super::{DriverError, ErrorClass, SwitchFabric};
use crate::model::{Permit, PortDesign, PortNeighbour, PortRole, SwitchPort};
use async_trait::async_trait;

/// Switches that Slipway does not configure.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoFabric;

#[async_trait]
impl SwitchFabric for NoFabric {
    async fn pending(&self, _ports: &[PortDesign], _role: PortRole) -> Result<Vec<SwitchPort>, DriverError> {
        Ok(Vec::new())
    }

    async fn configure(&self, _port: &PortDesign, _role: PortRole, permit: &Permit) -> Result<(), DriverError> {
        permit.check()?;
        Ok(())
    }

    async fn neighbours(&self, switch: &str) -> Result<Vec<PortNeighbour>, DriverError> {
        let message = format!("nobody asks switch {switch}: no driver for the site's switches is there");
        Err(DriverError::new(ErrorClass::Unsupported, message))
    }
}
