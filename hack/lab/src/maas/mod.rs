//! The region's HTTP API. A request is taken apart (`request`), let in (`oauth`), routed (`route`) to a handler that
//! changes the world, and answered with MAAS's own shapes and words (`reply`).

pub(crate) mod config;
mod images;
mod interface_ops;
mod interfaces;
mod lifecycle;
mod machine;
mod machines;
mod networks;
mod oauth;
mod plain;
mod power_params;
mod ranges;
mod release;
mod reply;
mod request;
mod results;
mod route;
mod server;
mod storage;
mod volumes;

pub(crate) use server::serve;
