//! Who a node is, so that its machine can be marked as ours and found again.

/// The identity of a BaremetalNode across clusters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeIdentity {
    /// UID of the cluster: that of its `kube-system` namespace.
    pub cluster: String,
    /// Namespace of the node's object.
    pub namespace: String,
    /// Name of the node's object.
    pub name: String,
    /// UID of the node's object; changes when it is created anew.
    pub uid: String,
}

impl NodeIdentity {
    /// The owner mark that a machine carries in its owner data: `cluster/namespace/name`.
    pub fn mark(&self) -> String {
        format!("{}/{}/{}", self.cluster, self.namespace, self.name)
    }

    /// The tag that a machine carries from registration on, in the characters that MAAS takes. No part of it can hold an
    /// underscore, so it reads back without doubt.
    pub fn tag(&self) -> String {
        format!("{TAG_PREFIX}{}_{}_{}", self.cluster, self.namespace, self.name)
    }

    /// The namespace and name of the node whose owner mark this is, where it is a node of this cluster.
    pub fn node_of<'m>(&self, mark: &'m str) -> Option<(&'m str, &'m str)> {
        mark.strip_prefix(self.cluster.as_str())?.strip_prefix('/')?.split_once('/')
    }

    /// A node of this cluster as messages name it: with its namespace where that is another.
    pub fn named(&self, namespace: &str, name: &str) -> String {
        if namespace == self.namespace { name.to_owned() } else { format!("{namespace}/{name}") }
    }

    /// The owner mark for which a tag stands, if it is one of Slipway's.
    pub fn mark_of_tag(tag: &str) -> Option<String> {
        tag.strip_prefix(TAG_PREFIX).map(|rest| rest.replacen('_', "/", 2))
    }
}

/// How Slipway's registration tags begin.
const TAG_PREFIX: &str = "slipway_";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tag_and_owner_data_carry_the_same_mark() {
        let id = NodeIdentity {
            cluster: "c0ffee".into(),
            namespace: "east".into(),
            name: "r01-u10".into(),
            uid: "1".into(),
        };
        assert_eq!(NodeIdentity::mark_of_tag(&id.tag()), Some(id.mark()));
        assert_eq!(NodeIdentity::mark_of_tag("masters"), None);
        assert_eq!(id.node_of("c0ffee/west/n1"), Some(("west", "n1")));
        assert_eq!([id.node_of("c0ffe/west/n1"), id.node_of("c0ffee2/west/n1")], [None, None]);
        assert_eq!([id.named("east", "n1"), id.named("west", "n1")], ["n1", "west/n1"]);
    }
}
