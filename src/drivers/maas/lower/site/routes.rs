//! Static routes between subnets.

use super::{LoweredSite, SiteSeen, edit::Edit, subnet::Places};
use crate::{
    drivers::maas::call::{Call, Id},
    model::SitePart,
};

/// The key by which a route is recorded.
pub(super) fn key(source: &str, destination: &str, gateway: &str) -> String {
    format!("StaticRoute/{source} to {destination} by {gateway}")
}

/// Creates static routes that are missing.
pub(super) fn lower(design: &SitePart, seen: &SiteSeen, places: &Places<'_>, lowered: &mut LoweredSite) {
    for network in design.networks.values() {
        // The default route is the subnet's gateway.
        for route in network.routes.iter().filter(|route| route.destination.prefix_len() != 0) {
            let cidr = route.destination.trunc().to_string();
            let key = key(&network.cidr.trunc().to_string(), &cidr, &route.gateway.to_string());
            let is_new = lowered.designed.insert(key.clone());
            let Some(place) = places.get(&network.name).filter(|_| is_new) else { continue };
            let designed = design.networks.values().find(|other| other.cidr.trunc().to_string() == cidr);
            let destination = designed.and_then(|other| places.get(&other.name)).map(|place| place.subnet.clone());
            let known = seen.subnets.iter().find(|subnet| subnet.cidr == cidr).map(|subnet| Id::Known(subnet.id));
            let Some(destination) = destination.or(known) else {
                let text = format!("network {}: route to {cidr}, but MAAS has no such subnet", network.name);
                lowered.conflicts.push(text);
                continue;
            };
            let says = format!("route from {} to {cidr} by {}", network.name, route.gateway);
            let found = seen.routes.iter().find(|known| {
                place.subnet == Id::Known(known.source.id)
                    && destination == Id::Known(known.destination.id)
                    && known.gateway_ip.parse() == Ok(route.gateway)
            });
            match found {
                None => lowered.calls.push(
                    Call::post(["static-routes/".into()], format!("{says}, metric {}", route.metric))
                        .with("source", place.subnet.clone())
                        .with("destination", destination)
                        .with("gateway_ip", route.gateway.to_string())
                        .with("metric", route.metric)
                        .recorded(key),
                ),
                Some(known) => {
                    let path = ["static-routes/".into(), Id::Known(known.id).into(), "/".into()];
                    let metric = known.metric.map(|metric| metric.to_string()).unwrap_or_default();
                    lowered.calls.extend(Edit::of(path, says).set("metric", metric, route.metric).call());
                }
            }
        }
    }
}
