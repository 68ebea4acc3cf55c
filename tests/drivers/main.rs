//! The drivers, over real sockets on loopback.

mod maas;
mod maas_interlocks;
mod maas_lab;
mod maas_law;
