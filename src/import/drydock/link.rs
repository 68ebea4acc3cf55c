//! NetworkLinks.

use super::{
    Job, Source,
    envelope::NETWORK,
    network::{labels, mtu},
};
use crate::{
    api::{
        NetworkLink,
        network_link::{BondMode, Bonding, LacpRate, NetworkLinkSpec, TransmitHashPolicy, Trunking},
    },
    import::{
        ImportError,
        fields::{Fields, distinct},
    },
};

/// What only a bond has.
const BOND_OPTIONS: [&str; 5] = ["hash", "peer_rate", "mon_rate", "up_delay", "down_delay"];

/// A NetworkLink. A mode of bonding or trunking that is not known would make another link: that is an error.
pub(super) fn link(job: &Job<'_>, source: Source<'_>) -> Result<NetworkLink, ImportError> {
    let Source { name, mut fields, .. } = source;
    let place = fields.at("allowed_networks");
    let allowed = fields.texts("allowed_networks");
    if allowed.is_empty() {
        return Err(place.refuse("nothing", "the networks that may run over the link"));
    }
    let allowed = allowed.iter().map(|network| job.names.refer(&place, NETWORK, network)).collect();
    let (unmanaged, labels) = labels(&mut fields);
    let bonding = bonding(fields.map("bonding"))?;
    let mut trunk = fields.map("trunking");
    let trunking = match trunk.text("mode").as_deref() {
        None => None,
        Some("disabled") => Some(Trunking::Disabled),
        Some("802.1q" | "802.1Q") => Some(Trunking::Tagged),
        Some(other) => return Err(trunk.at("mode").refuse(format!("`{other}`"), "disabled or 802.1q")),
    };
    let native = trunk.text("default_network").map(|n| job.names.refer(&trunk.at("default_network"), NETWORK, &n));
    let spec = NetworkLinkSpec {
        bonding,
        mtu: mtu(&mut fields),
        link_speed: fields.text("linkspeed"),
        trunking,
        native_network: native,
        allowed_networks: distinct(&place, allowed),
        unmanaged,
    };
    let mut link = NetworkLink::new(&name, spec);
    link.metadata.labels = labels;
    Ok(link)
}

fn bonding(mut fields: Fields<'_>) -> Result<Option<Bonding>, ImportError> {
    let mode = match fields.text("mode").as_deref() {
        None | Some("disabled") => {
            pass_over(&mut fields, &BOND_OPTIONS, "means nothing while bonding is disabled; not carried over");
            return Ok(None);
        }
        Some("802.3ad") => BondMode::Lacp,
        // Drydock's documentation spells it the second way.
        Some("balance-rr" | "balanced-rr") => BondMode::RoundRobin,
        Some("active-backup") => BondMode::ActiveBackup,
        Some(other) => {
            let expected = "one of disabled, 802.3ad, balance-rr, active-backup";
            return Err(fields.at("mode").refuse(format!("`{other}`"), expected));
        }
    };
    if mode != BondMode::Lacp {
        pass_over(&mut fields, &BOND_OPTIONS[..2], "Drydock reads it with 802.3ad only; not carried over");
    }
    let policies = [
        ("layer2", TransmitHashPolicy::Layer2),
        ("layer2+3", TransmitHashPolicy::Layer2And3),
        ("layer3+4", TransmitHashPolicy::Layer3And4),
    ];
    Ok(Some(Bonding {
        mode,
        transmit_hash_policy: fields.choice("hash", &policies),
        lacp_rate: fields.choice("peer_rate", &[("fast", LacpRate::Fast), ("slow", LacpRate::Slow)]),
        monitor_interval: fields.number("mon_rate"),
        up_delay: fields.number("up_delay"),
        down_delay: fields.number("down_delay"),
        peer_notifications: None,
    }))
}

fn pass_over(fields: &mut Fields<'_>, keys: &[&str], why: &str) {
    for key in keys {
        if fields.take(key).is_some() {
            fields.at(key).warn(why);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::import::drydock::testing::{errors, import, warnings};
    use serde_json::json;

    fn link(data: &str) -> crate::import::Imported {
        import(&format!("schema: drydock/NetworkLink/v1\nmetadata: {{name: l}}\ndata: {data}\n"))
    }

    #[test]
    fn bonds_and_trunks_are_carried_over() {
        let imported = link(
            "{bonding: {mode: 802.3ad, hash: layer2+3, peer_rate: slow, mon_rate: 50, up_delay: '5', down_delay: 6},
              mtu: 9100, linkspeed: auto, trunking: {mode: 802.1q, default_network: PXE}, allowed_networks: [a_b, PXE],
              labels: {noconfig: 'true'}}",
        );
        assert_eq!(
            serde_json::to_value(&imported.links[0].spec).unwrap(),
            json!({
                "bonding": {
                    "mode": "802.3ad", "transmitHashPolicy": "layer2+3", "lacpRate": "Slow", "monitorInterval": 50,
                    "upDelay": 5, "downDelay": 6,
                },
                "mtu": 9100, "linkSpeed": "auto", "trunking": "802.1q", "nativeNetwork": "pxe",
                "allowedNetworks": ["a-b", "pxe"], "unmanaged": true,
            })
        );
    }

    #[test]
    fn round_robin_has_two_spellings_and_disabled_no_options() {
        for mode in ["balance-rr", "balanced-rr"] {
            let imported = link(&format!("{{bonding: {{mode: {mode}, hash: layer2}}, allowed_networks: [a]}}"));
            let bonding = serde_json::to_value(&imported.links[0].spec.bonding).unwrap();
            assert_eq!(bonding, json!({"mode": "balance-rr"}));
            assert_eq!(warnings(&imported).len(), 1);
        }
        let imported = link("{bonding: {mode: disabled, up_delay: 1, hash: layer2}, allowed_networks: [a]}");
        assert_eq!(imported.links[0].spec.bonding, None);
        assert_eq!(warnings(&imported).len(), 2);
    }

    #[test]
    fn what_would_make_it_another_link_is_an_error() {
        for (data, field) in [
            ("{bonding: {mode: balance-tlb}, allowed_networks: [a]}", "bonding.mode"),
            ("{trunking: {mode: isl}, allowed_networks: [a]}", "trunking.mode"),
            ("{bonding: {mode: disabled}}", "allowed_networks"),
        ] {
            let imported = link(data);
            let errors = errors(&imported);
            assert!(errors[0].starts_with(&format!("NetworkLink/l {field}: found ")), "{errors:?}");
        }
    }
}
