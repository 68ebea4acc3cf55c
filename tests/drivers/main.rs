//! The drivers, over real sockets: against services that others wrote, and against the lab.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::large_futures,
    reason = "a helper of a test fails the test as the test itself does"
)]

mod contract;
mod ipmi_faults;
mod ipmi_interop;
mod ipmi_lab;
mod ipmi_sim;
mod ipmi_suites;
mod maas;
mod maas_adopt;
mod maas_edits;
mod maas_hardware;
mod maas_interlocks;
mod maas_lab;
mod maas_law;
mod maas_site;
mod maas_site_part;
mod maas_watch;
mod pypi;
mod redfish_clients;
mod redfish_faults;
mod redfish_fuzz;
mod redfish_lab;
mod redfish_scene;
mod redfish_script;
mod redfish_sushy;
mod redfish_trust;
mod redfish_wire;
mod relay;
