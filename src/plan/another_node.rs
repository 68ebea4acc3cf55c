//! A machine with the mark of another node of this cluster: a node was renamed, or two nodes are of one machine.
//!
//! A deployed machine is never renamed: its host name is what others know it by, and its mark says by which node it was
//! deployed. So nothing is written, and a person reads which names there are and what can be done.

use crate::model::{Machine, NodeIdentity, Orders, Reason, Step};

/// What is said of it; nothing where the mark is another cluster's. `held`: whether the machine is in somebody's use.
pub(super) fn step(
    identity: &NodeIdentity,
    machine: &Machine,
    mark: &str,
    held: bool,
    orders: &Orders,
) -> Option<Step> {
    let taken_over = orders.take_over.clone().map(|cluster| NodeIdentity { cluster, ..identity.clone() });
    let of = [Some(identity), taken_over.as_ref()].into_iter().flatten().find(|of| of.node_of(mark).is_some())?;
    let (namespace, name) = of.node_of(mark)?;
    let other = identity.named(namespace, name);
    let tag = NodeIdentity { namespace: namespace.to_owned(), name: name.to_owned(), ..of.clone() }.tag();
    let (id, status, own) = (&machine.id, machine.status.name(), &identity.name);
    if orders.claimed_by.is_some() {
        return Some(Step::blocked(
            Reason::IdentityConflict,
            format!(
                "machine {id} ({status}) is node {other}'s, and this node {own} has its BMC address or boot MAC as well: two \
                 nodes, one machine. Correct the address or MAC of one of them, or delete the one that is too many; a deployed \
                 machine is never renamed"
            ),
        ));
    }
    let message = if held {
        format!(
            "machine {id} is {status} as {other}, a node that is not there any more, and a deployed machine is never renamed. \
             Name the node {other} again; or, under that name, release it by a SiteTask DestroyNodes with forget: true, and \
             have it deployed as {own} then; or, to let it run on under its host name {}, take its mark off in the provisioner \
             (owner data slipway-owner, tag {tag}) and set spec.adopt.providerId: {id}",
            machine.hostname
        )
    } else {
        format!(
            "machine {id} is {status}, and carries the mark of {other}, a node that is not there any more. Name the node {other} \
             again; or, as nothing is deployed on it, take the tag {tag} off in the provisioner, and it becomes {own}'s"
        )
    };
    Some(Step::blocked(Reason::Renamed, message))
}
