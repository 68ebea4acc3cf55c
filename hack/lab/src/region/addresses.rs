//! Who uses which addresses of a subnet: the answers to a subnet's questions, and the address MAAS chooses itself.

use std::net::IpAddr;

use ipnet::IpNet;
use serde_json::{Value, json};

use super::Region;
use super::network::Subnet;

/// A stretch of addresses with one use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stretch {
    pub(crate) start: u128,
    pub(crate) end: u128,
    pub(crate) purposes: Vec<&'static str>,
}

/// An address as a number.
pub(crate) fn number(ip: IpAddr) -> u128 {
    match ip {
        IpAddr::V4(ip) => u128::from(u32::from(ip)),
        IpAddr::V6(ip) => u128::from(ip),
    }
}

fn address(net: &IpNet, number: u128) -> IpAddr {
    match net {
        IpNet::V4(_) => IpAddr::V4(u32::try_from(number).unwrap_or(u32::MAX).into()),
        IpNet::V6(_) => IpAddr::V6(number.into()),
    }
}

/// The first and the last address that a host can have.
fn hosts(net: &IpNet) -> (u128, u128) {
    let (first, last) = (number(net.network()), number(net.broadcast()));
    match net {
        IpNet::V4(net) if net.prefix_len() < 31 => (first + 1, last - 1),
        IpNet::V6(net) if net.prefix_len() < 127 => (first + 1, last),
        IpNet::V4(_) | IpNet::V6(_) => (first, last),
    }
}

impl Stretch {
    fn size(&self) -> u128 {
        self.end - self.start + 1
    }

    fn view(&self, net: &IpNet, with_purpose: bool) -> Value {
        let mut view = json!({
            "start": address(net, self.start).to_string(), "end": address(net, self.end).to_string(),
            "num_addresses": u64::try_from(self.size()).unwrap_or(u64::MAX),
        });
        if with_purpose {
            view["purpose"] = json!(self.purposes);
        }
        view
    }
}

impl Region {
    /// Every use of the subnet's addresses, in order and without gaps between equal uses.
    fn uses(&self, subnet: &Subnet) -> Vec<Stretch> {
        let mut uses: Vec<(u128, u128, &'static str)> = Vec::new();
        let gateway = subnet.gateway();
        uses.extend(gateway.map(number).map(|at| (at, at, "gateway-ip")));
        for ip in self.used_addresses(subnet.id) {
            if Some(ip) != gateway {
                uses.push((number(ip), number(ip), "assigned-ip"));
            }
        }
        for server in subnet.dns_servers.iter().filter_map(|server| server.parse::<IpAddr>().ok()) {
            if subnet.cidr.contains(&server) {
                uses.push((number(server), number(server), "dns-server"));
            }
        }
        for range in self.ranges.values().filter(|range| range.subnet == subnet.id) {
            let purpose = if range.dynamic { "dynamic" } else { "reserved" };
            uses.push((number(range.start), number(range.end), purpose));
        }
        for reserved in self.reserved_ips.values().filter(|reserved| reserved.subnet == subnet.id) {
            uses.push((number(reserved.ip), number(reserved.ip), "reserved"));
        }
        let mut edges: Vec<u128> = uses.iter().flat_map(|(start, end, _)| [*start, end.saturating_add(1)]).collect();
        edges.sort_unstable();
        edges.dedup();
        let mut stretches: Vec<Stretch> = Vec::new();
        for (start, next) in edges.iter().zip(edges.iter().skip(1)) {
            let over = uses.iter().filter(|(from, to, _)| from <= start && start <= to);
            let mut purposes: Vec<&'static str> = over.map(|(.., purpose)| *purpose).collect();
            purposes.sort_unstable();
            purposes.dedup();
            if purposes.is_empty() {
                continue;
            }
            match stretches.last_mut() {
                Some(last) if last.end + 1 == *start && last.purposes == purposes => last.end = next - 1,
                _ => stretches.push(Stretch { start: *start, end: next - 1, purposes }),
            }
        }
        stretches
    }

    /// What is free between the uses.
    fn unused(subnet: &Subnet, uses: &[Stretch]) -> Vec<Stretch> {
        let (first, last) = hosts(&subnet.cidr);
        let mut free = Vec::new();
        let mut next = first;
        for used in uses {
            if used.start > next {
                free.push(Stretch { start: next, end: (used.start - 1).min(last), purposes: vec!["unused"] });
            }
            next = next.max(used.end + 1);
        }
        if next <= last {
            free.push(Stretch { start: next, end: last, purposes: vec!["unused"] });
        }
        free
    }

    /// `op=reserved_ip_ranges`.
    pub(crate) fn reserved_ranges_view(&self, subnet: &Subnet) -> Value {
        self.uses(subnet).iter().map(|used| used.view(&subnet.cidr, true)).collect()
    }

    /// `op=unreserved_ip_ranges`.
    pub(crate) fn unreserved_ranges_view(&self, subnet: &Subnet) -> Value {
        Self::unused(subnet, &self.uses(subnet)).iter().map(|free| free.view(&subnet.cidr, false)).collect()
    }

    /// `op=statistics`.
    #[allow(clippy::cast_precision_loss, reason = "a share of the addresses need not be exact")]
    pub(crate) fn statistics_view(&self, subnet: &Subnet, ranges: bool, suggestions: bool) -> Value {
        let net = &subnet.cidr;
        let uses = self.uses(subnet);
        let free = Self::unused(subnet, &uses);
        let (first, last) = hosts(net);
        let total = last - first + 1;
        let largest = free.iter().max_by_key(|free| free.size());
        let available: u128 = free.iter().map(Stretch::size).sum();
        let part = |number: u128| number as f64 / total as f64;
        let count = |number: u128| u64::try_from(number).unwrap_or(u64::MAX);
        let mut view = json!({
            "num_available": count(available), "largest_available": count(largest.map_or(0, Stretch::size)),
            "num_unavailable": count(total - available), "total_addresses": count(total),
            "usage": part(total - available), "usage_string": format!("{:.0}%", part(total - available) * 100.0),
            "available_string": format!("{:.0}%", part(available) * 100.0),
            "first_address": address(net, first).to_string(), "last_address": address(net, last).to_string(),
            "ip_version": if matches!(net, IpNet::V4(_)) { 4 } else { 6 },
        });
        if ranges {
            let mut all: Vec<&Stretch> = uses.iter().chain(&free).collect();
            all.sort_by_key(|stretch| stretch.start);
            view["ranges"] = all.iter().map(|stretch| stretch.view(net, true)).collect();
        }
        if suggestions {
            let is_free = |at: u128| free.iter().any(|free| free.start <= at && at <= free.end);
            let gateway = if is_free(first) { Some(first) } else { Some(last).filter(|last| is_free(*last)) };
            view["suggested_gateway"] = json!(gateway.map(|at| address(net, at).to_string()));
            view["suggested_dynamic_range"] = largest.map_or(Value::Null, |free| {
                let quarter = (total / 4).max(1).min(free.size());
                let range = Stretch { start: free.end - quarter + 1, end: free.end, purposes: vec!["dynamic"] };
                range.view(net, false)
            });
        }
        view
    }

    /// The address MAAS chooses for an AUTO link: the first of the smallest free stretch.
    pub(crate) fn free_address(&self, subnet: u64) -> Option<IpAddr> {
        let subnet = self.subnets.get(subnet)?;
        let free = Self::unused(subnet, &self.uses(subnet));
        let smallest = free.iter().min_by_key(|free| (free.size(), free.start))?;
        Some(address(&subnet.cidr, smallest.start))
    }

    /// An address from the dynamic range, as DHCP gives it.
    pub(crate) fn lease(&self, subnet: u64, mac: &str) -> Option<IpAddr> {
        let reserved = self.reserved_ips.values().find(|reserved| {
            reserved.subnet == subnet && reserved.mac.as_deref().is_some_and(|held| held.eq_ignore_ascii_case(mac))
        });
        if let Some(reserved) = reserved {
            return Some(reserved.ip);
        }
        let held = self.nodes.values().flat_map(|node| &node.interfaces).filter_map(|interface| interface.discovered);
        let taken: Vec<u128> = held.map(|(_, ip)| number(ip)).collect();
        let range = self.ranges.values().find(|range| range.dynamic && range.subnet == subnet)?;
        let net = self.subnets.get(subnet)?.cidr;
        let mut all = number(range.start)..=number(range.end);
        all.find(|at| !taken.contains(at)).map(|at| address(&net, at))
    }
}
