//! Annotations and finalizers that people and Slipway use.

/// Approves a plan: `HASH by USER`.
pub const APPROVE: &str = "slipway.dev/approve";
/// Confirms that deleting the object may release its machine; the value is the object's name.
pub const CONFIRM_DELETION: &str = "slipway.dev/confirm-deletion";
/// Lets a node go at once, whatever its machine does.
pub const FORCE_DELETE: &str = "slipway.dev/force-delete";
/// Starts the retry budget anew; any new value counts.
pub const RETRY: &str = "slipway.dev/retry";
/// Adopts machines that were marked by the cluster with this UID.
pub const TAKE_OVER: &str = "slipway.dev/take-over";
/// On a Namespace: the namespaces to whose Sites it lends its objects, between commas; `*` for all.
pub const LEND_TO: &str = "slipway.dev/lend-to";
/// Finalizer on BaremetalNodes.
pub const FINALIZER: &str = "slipway.dev/node";
/// Finalizer on a Site while machines of its nodes may have to be released.
pub const IN_USE: &str = "slipway.dev/in-use";
/// On a node whose machine a person switches: what was asked of the person is done. The value is the token that the node's
/// condition `PersonNeeded` names; any other does nothing.
pub const ACKNOWLEDGE: &str = "slipway.dev/acknowledge";
/// On a node: any text that was not there before asks for one reboot of its deployed machine, which waits for approval. When
/// it is done, the text stands in `status.memory.handledReboot`.
pub const REBOOT: &str = "slipway.dev/reboot";
