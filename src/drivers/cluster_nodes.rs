//! The port to the cluster that a site's machines become.

use super::DriverError;
use crate::model::{LabelChange, Permit};
use async_trait::async_trait;
use std::collections::BTreeMap;

/// The Nodes of a cluster.
#[async_trait]
pub trait ClusterNodes: Send + Sync {
    /// Brings those labels of a Node that Slipway has put there to `labels`: what is not among them any more goes, what others
    /// have put there stays. Convergent: where all is so already, nothing is written. The permit is checked just before the
    /// write.
    ///
    /// The Node is the first that is there of `names`: a kubelet registers by the host's name, short or with its domain.
    ///
    /// Errors: `Missing` while there is no such Node; `Unauthorized` where the credentials cannot be used or do not suffice;
    /// `Rejected` where somebody else holds one of these labels with another value, or the cluster takes no such label, which
    /// says nothing about other Nodes; `Conflict` where the Node was replaced meanwhile.
    async fn relabel(
        &self,
        names: &[String],
        labels: &BTreeMap<String, String>,
        permit: &Permit,
    ) -> Result<LabelChange, DriverError>;
}
