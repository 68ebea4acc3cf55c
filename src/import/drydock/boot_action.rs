//! BootActions.

use super::{Job, Source, asset::assets, filter::selector};
use crate::{
    api::{BootAction, boot_action::BootActionSpec},
    import::{ImportError, fields::Fields},
};

/// A BootAction.
pub(super) fn action(job: &Job<'_>, source: Source<'_>) -> Result<BootAction, ImportError> {
    let Source { name, mut fields, .. } = source;
    let place = fields.at("node_filter");
    let node_selector = fields.take("node_filter").map(|filter| selector(job, Fields::new(place, filter)));
    // Where a Drydock design does not say, nodes report back.
    let signaling = fields.flag("signaling").or(Some(true));
    let assets = assets(&mut fields);
    if assets.is_empty() {
        return Err(fields.at("assets").refuse("none that can be carried over", "at least one"));
    }
    Ok(BootAction::new(&name, BootActionSpec { node_selector, signaling, assets }))
}

#[cfg(test)]
mod tests {
    use crate::import::drydock::testing::{errors, import, warnings};
    use serde_json::json;

    #[test]
    fn a_boot_action_is_carried_over() {
        let imported = import(
            "
schema: drydock/BootAction/v1
metadata: {name: join}
data:
  signaling: false
  node_filter:
    filter_set_type: union
    filter_set:
    - {filter_type: intersection, node_names: [N_1], node_tags: [a, b.c], node_labels: {k: v}, rack_names: [R_1], rack_labels: {zone: east}}
    - {node_tags: [x]}
    - {filter_type: union}
  assets:
  - {type: unit, path: /etc/systemd/system/join.service, permissions: '444', data: '[Unit]', data_pipeline: [utf8_decode, template]}
  - {type: file, path: /opt/join.service, permissions: 0644, location: 'http://x/{{ y }}', location_pipeline: [template], data_pipeline: [base64_decode, utf8_encode, base64_encode, rot13]}
  - {type: pkg_list, path: /x, permissions: '644', data: {curl: null, vim: '2:8'}}
  - {type: pkg_list}
  - {type: file, path: relative, data: x}
  - {type: file, path: /opt/x, permissions: 9}
  - {type: file, path: /opt/y, permissions: 755}
",
        );
        assert_eq!(
            serde_json::to_value(&imported.boot_actions[0].spec).unwrap(),
            json!({
                "signaling": false,
                "nodeSelector": {"combine": "Union", "filters": [
                    {
                        "combine": "Intersection", "names": ["n-1"], "tags": ["a", "b_c"], "labels": {"k": "v"},
                        "racks": ["r-1"], "rackLabels": {"zone": "east"},
                    },
                    {"tags": ["x"]},
                    {"combine": "Union"},
                ]},
                "assets": [
                    {
                        "name": "join.service", "type": "Unit", "path": "/etc/systemd/system/join.service",
                        "permissions": "444", "data": "[Unit]", "dataPipeline": ["Utf8Decode", "Template"],
                    },
                    {
                        "name": "join.service-2", "type": "File", "path": "/opt/join.service", "permissions": "644",
                        "location": "http://x/{{ y }}", "locationPipeline": ["Template"],
                        "dataPipeline": ["Base64Decode", "Utf8Encode", "Base64Encode"],
                    },
                    {"name": "asset-3", "type": "PackageList", "packages": {"curl": "", "vim": "2:8"}},
                    {"name": "x", "type": "File", "path": "/opt/x"},
                    {"name": "y", "type": "File", "path": "/opt/y", "permissions": "755"},
                ],
            })
        );
        let told = warnings(&imported);
        for field in [
            "node_filter.filter_set[0].node_names",
            "node_filter.filter_set[0].node_tags",
            "node_filter.filter_set[0].rack_names",
            "node_filter.filter_set[1].filter_type",
            "node_filter.filter_set[2]",
            "assets[1].data_pipeline[3]",
            "assets[2].path",
            "assets[2].permissions",
            "assets[3]",
            "assets[4]",
            "assets[5].permissions",
        ] {
            assert!(told.iter().any(|w| w.starts_with(&format!("BootAction/join {field}: "))), "{field}: {told:#?}");
        }
        assert_eq!(told.len(), 13, "{told:#?}");
    }

    #[test]
    fn an_action_without_assets_is_an_error() {
        let imported = import("schema: drydock/BootAction/v1\nmetadata: {name: a}\ndata: {assets: [{type: odd}]}\n");
        assert_eq!(
            errors(&imported),
            [
                "BootAction/a assets: found none that can be carried over, expected at least one; the document is left out"
            ]
        );
    }
}
