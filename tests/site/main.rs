//! Whole sites: a real API server, the operator as its own ServiceAccount, the lab's MAAS and BMCs.
//!
//! Each scenario has a namespace and a lab of its own; they take turns, since the operator watches the whole cluster.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a helper of a test fails the test as the test itself does"
)]

mod admission;
mod adopt;
mod approvals;
mod crash;
mod credentials;
mod deploy;
mod destroy;
mod drift;
mod faults;
mod fleet;
mod going;
mod ground;
mod groups;
mod hands_off;
mod libraries;
mod locks;
mod maas_api;
mod maintenance;
mod namespaces;
mod outage;
mod person;
mod power;
mod production;
mod read_back;
mod redfish;
mod relabel;
mod replaced;
mod rest;
mod rollout;
mod scene;
mod seaworthy;
mod service;
mod site_objects;
mod sweep;
mod task_people;
mod tasks;
mod trust;
mod wrong_design;
