//! Links: addresses on interfaces, and the default gateway.

use super::{Obstacle, Plan};
use crate::{
    api::baremetal_node::AddressMode,
    drivers::maas::{
        call::{Call, Id, Name},
        wire::{Gateways, Interface, Link, Subnet},
    },
    model::AttachmentDesign,
};

/// How an interface stands once the calls before are done.
pub(super) enum Stands<'a> {
    /// As observed, links and all.
    Observed(&'a Interface),
    /// Observed, but its links are gone, for its VLAN changes.
    Stripped(u64),
    /// New, brought up by MAAS with a bare link.
    New(Name),
}

impl<'a> Stands<'a> {
    pub(super) fn id(&self) -> Id {
        match self {
            Self::Observed(interface) => Id::Known(interface.id),
            Self::Stripped(id) => Id::Known(*id),
            Self::New(name) => Id::Made(name.clone()),
        }
    }

    pub(super) fn links(&self) -> &'a [Link] {
        match self {
            Self::Observed(interface) => &interface.links,
            _ => &[],
        }
    }
}

impl<'a> Plan<'a> {
    /// Links an interface to what is attached to it.
    pub(super) fn link(
        &self,
        name: &str,
        stands: &Stands<'a>,
        wanted: &[&AttachmentDesign],
        calls: &mut Vec<Call>,
    ) -> Result<(), Obstacle> {
        for attachment in wanted {
            let subnet = self.networks.subnet(attachment)?;
            // MAAS takes a default gateway only from a subnet that has one, and only for an address that it knows.
            let gateway = attachment.default_gateway
                && attachment.mode == AddressMode::Static
                && subnet.gateway_ip.as_ref().is_some_and(|gateway| !gateway.is_empty());
            let (mode, address) = match attachment.mode {
                AddressMode::Static => ("STATIC", attachment.address),
                AddressMode::Dhcp => ("DHCP", None),
                AddressMode::LinkUp => {
                    self.link_up(name, stands, wanted, calls);
                    continue;
                }
            };
            if let Some(found) = stands.links().iter().find(|link| matches(link, attachment, subnet, self.runs())) {
                if gateway && !self.is_gateway(found.id, subnet) {
                    let says = format!("make {} the default gateway, by {name}", attachment.network);
                    calls.push(
                        Call::post(self.path(stands.id()), says)
                            .op("set_default_gateway")
                            .with("link_id", Id::Known(found.id)),
                    );
                }
                continue;
            }
            let at = address.map(|address| address.to_string());
            let says = format!(
                "link {name} to {} ({}{}{})",
                attachment.network,
                mode.to_ascii_lowercase(),
                at.as_ref().map(|at| format!(" {at}")).unwrap_or_default(),
                if gateway { ", default gateway" } else { "" }
            );
            calls.push(
                Call::post(self.path(stands.id()), says)
                    .op("link_subnet")
                    .with("mode", mode)
                    .with("subnet", Id::Known(subnet.id))
                    .maybe("ip_address", at)
                    .maybe("default_gateway", gateway.then_some(true)),
            );
        }
        Ok(())
    }

    /// Brings an interface up without an address, unless some link does so.
    pub(super) fn link_up(&self, name: &str, stands: &Stands<'_>, wanted: &[&AttachmentDesign], calls: &mut Vec<Call>) {
        let up = matches!(stands, Stands::New(_)) || !stands.links().is_empty();
        if !up && wanted.iter().all(|attachment| attachment.mode == AddressMode::LinkUp) {
            let says = format!("bring {name} up without an address");
            calls.push(Call::post(self.path(stands.id()), says).op("link_subnet").with("mode", "LINK_UP"));
        }
    }

    /// Whether a link is that of the default gateway. Where nobody has chosen one, a machine that runs has the gateway that
    /// MAAS chose.
    pub(super) fn is_gateway(&self, link: u64, subnet: &Subnet) -> bool {
        let chosen_by_maas = |gateway: &Gateways| {
            self.runs()
                && gateway.link_id.is_none()
                && gateway.gateway_ip.is_some()
                && gateway.gateway_ip == subnet.gateway_ip
        };
        self.machine.default_gateways.values().any(|gateway| gateway.link_id == Some(link) || chosen_by_maas(gateway))
    }
}

/// Whether a link is what an attachment asks for. An address that MAAS chose is as good as a designed one while the machine
/// runs with it.
pub(super) fn matches(link: &Link, attachment: &AttachmentDesign, subnet: &Subnet, runs: bool) -> bool {
    let same_subnet = link.subnet.as_ref().is_some_and(|found| found.id == subnet.id);
    let same_address = || {
        let found = link.ip_address.as_ref().and_then(|address| address.parse().ok());
        found.is_some() && found == attachment.address
    };
    same_subnet
        && match attachment.mode {
            AddressMode::Static => (link.mode == "static" || (runs && link.mode == "auto")) && same_address(),
            AddressMode::Dhcp => link.mode == "dhcp",
            AddressMode::LinkUp => false,
        }
}
