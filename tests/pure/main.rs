//! The pure core: what a design resolves to, and what is decided about a machine. No clock, no network, no cluster.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a helper of a test fails the test as the test itself does"
)]

mod architecture;
mod drydock;
mod plan_adopt;
mod plan_approval;
mod plan_convergence;
mod plan_drift;
mod plan_hardware;
mod plan_laws;
mod plan_memory;
mod plan_orders;
mod plan_out_of_service;
mod plan_person;
mod plan_power;
mod plan_regression;
mod plan_replaced;
mod plan_requests;
mod plan_rollout;
mod plan_scene;
mod plan_tasks;
mod plan_together;
mod plan_told;
mod plan_world;
mod rules_addresses;
mod rules_boot;
mod rules_hosts;
mod rules_libraries;
mod rules_links;
mod rules_manifests;
mod rules_network;
mod rules_node;
mod rules_not_supported;
mod rules_region;
mod rules_resolve;
mod rules_storage;
mod safety;
