//! Which namespaces lend their objects, and to whom: the annotation `slipway.dev/lend-to` of the Namespace.

use crate::{api::annotation::LEND_TO, design::lends};
use k8s_openapi::api::core::v1::Namespace;
use kube::{ResourceExt, core::PartialObjectMeta, runtime::watcher::Event};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, PoisonError},
};
use tokio::sync::watch;

/// The namespaces that are there, and to whom each lends.
#[derive(Debug)]
pub(super) struct Lenders {
    state: Mutex<State>,
    listed: watch::Sender<bool>,
}

#[derive(Debug, Default)]
struct State {
    /// The annotation of each namespace; empty where it has none.
    lend_to: BTreeMap<String, String>,
    /// Namespaces seen since a new list began.
    seen: BTreeSet<String>,
}

impl Default for Lenders {
    fn default() -> Self {
        Self { state: Mutex::default(), listed: watch::channel(false).0 }
    }
}

impl Lenders {
    /// Whether a namespace lends to another; `None` where it is not there.
    pub fn lends(&self, namespace: &str, to: &str) -> Option<bool> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.lend_to.get(namespace).map(|names| lends(names, to))
    }

    /// Takes in an event of the watch; gives back the namespaces that differ.
    pub fn apply(&self, event: Event<PartialObjectMeta<Namespace>>) -> Vec<String> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            Event::Init => state.seen.clear(),
            Event::InitApply(namespace) | Event::Apply(namespace) => {
                let name = namespace.name_any();
                let lend_to = namespace.annotations().get(LEND_TO).cloned().unwrap_or_default();
                state.seen.insert(name.clone());
                if state.lend_to.insert(name.clone(), lend_to.clone()) != Some(lend_to) {
                    return vec![name];
                }
            }
            Event::Delete(namespace) => {
                state.lend_to.remove(&namespace.name_any());
                return vec![namespace.name_any()];
            }
            Event::InitDone => {
                let State { lend_to, seen } = &mut *state;
                let gone: Vec<String> = lend_to.keys().filter(|name| !seen.contains(*name)).cloned().collect();
                lend_to.retain(|name, _| seen.contains(name));
                drop(state);
                self.listed.send_replace(true);
                return gone;
            }
        }
        Vec::new()
    }

    /// Waits until the first list is there.
    pub async fn listed(&self) {
        // The sender is ours and lives as long as we do.
        let _ = self.listed.subscribe().wait_for(|listed| *listed).await;
    }
}
