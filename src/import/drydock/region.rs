//! The Region: our Site.

use super::{Job, Source};
use crate::{
    api::{
        Site,
        maas::{MaasSpec, UnlistedKind},
        reference::SecretReference,
        site::{ProvisionerSpec, Repository, SiteOutOfBand, SiteSpec, TagDefinition},
    },
    import::{
        fields::{Fields, distinct},
        names::tag,
    },
};

/// The Site: what the Region says, and what only whoever imports knows.
pub(super) fn site(job: &Job<'_>, source: Source<'_>) -> Site {
    let Source { name, mut fields, .. } = source;
    let answers = job.answers;
    // Keys are often folded over lines; a key is one line.
    let keys =
        fields.texts("authorized_keys").iter().map(|key| key.replace(['\r', '\n'], "").trim().to_owned()).collect();
    let tags = fields.list("tag_definitions");
    let (repositories, removes) = repositories(&mut fields);
    let spec = SiteSpec {
        provisioner: ProvisionerSpec {
            maas: Some(MaasSpec {
                url: answers.maas_url.clone(),
                credentials_ref: SecretReference { name: answers.maas_secret.clone() },
                // Drydock had its region for itself.
                owns_region: Some(true),
                remove_unlisted: if removes { vec![UnlistedKind::PackageRepositories] } else { Vec::new() },
                ..MaasSpec::default()
            }),
        },
        mode: answers.mode,
        drift_policy: None,
        approval: None,
        paused: None,
        settle: answers.settle,
        resync: None,
        poll: None,
        deadlines: None,
        retries: None,
        quarantine: None,
        rollout: None,
        deletion_policy: None,
        dns: None,
        ntp_servers: Vec::new(),
        ssh_keys: distinct(&fields.at("authorized_keys"), keys),
        repositories,
        tag_definitions: tags.into_iter().filter_map(|(place, value)| definition(Fields::new(place, value))).collect(),
        out_of_band: (!answers.translate.is_empty())
            .then(|| SiteOutOfBand { translate: answers.translate.clone(), ..SiteOutOfBand::default() }),
        libraries: Vec::new(),
        next_services: Vec::new(),
        cluster: None,
        extra: std::collections::BTreeMap::default(),
    };
    Site::new(&name, spec)
}

/// The archives, and whether all others are to go.
fn repositories(fields: &mut Fields<'_>) -> (Vec<Repository>, bool) {
    let mut all = fields.map("repositories");
    let removes = all.flag("remove_unlisted") == Some(true);
    let place = all.place.clone();
    let named = all.rest().into_iter();
    let listed = named.filter_map(|(name, value)| repository(name.clone(), Fields::new(place.at(&name), value)));
    (listed.collect(), removes)
}

fn repository(name: String, mut fields: Fields<'_>) -> Option<Repository> {
    if let Some(other) = fields.text("repo_type").filter(|kind| kind != "apt") {
        fields.rest();
        fields.place.warn(format!("its repo_type is `{other}`, and only apt is supported; not carried over"));
        return None;
    }
    let Some(url) = fields.text("url") else {
        fields.rest();
        fields.place.warn("an archive needs a url; not carried over");
        return None;
    };
    Some(Repository {
        name,
        url,
        arches: fields.texts("arches"),
        distributions: fields.texts("distributions"),
        components: fields.texts("components"),
        pockets: fields.texts("subrepos"),
        key: fields.text("gpgkey"),
    })
}

fn definition(mut fields: Fields<'_>) -> Option<TagDefinition> {
    let (name, xpath, kind) = (fields.text("tag"), fields.text("definition"), fields.text("definition_type"));
    let is_xpath = kind.is_none_or(|kind| kind == "lshw_xpath");
    let given = name.zip(xpath).filter(|_| is_xpath);
    if given.is_none() {
        fields.place.warn("a definition needs tag, definition and definition_type lshw_xpath; not carried over");
    }
    given.map(|(name, xpath)| TagDefinition { name: tag(&fields.at("tag"), &name), xpath })
}

#[cfg(test)]
mod tests {
    use crate::import::drydock::testing::{errors, import, warnings};
    use serde_json::json;

    #[test]
    fn a_region_becomes_the_site() {
        let imported = import(
            "
schema: drydock/Region/v1
metadata: {name: seaside}
data:
  authorized_keys: [\"ssh-rsa AA\\nBB me\\n\", ssh-ed25519 CC, ssh-ed25519 CC]
  tag_definitions:
  - {tag: nvme, definition_type: lshw_xpath, definition: //node}
  - {tag: odd, definition_type: shell, definition: x}
  repositories:
    remove_unlisted: true
    main_archive: {repo_type: apt, url: 'http://a', arches: [amd64], components: [main], distributions: [jammy], subrepos: [security], gpgkey: KEY, options: {a: b}}
    centos: {repo_type: rpm, url: 'http://b', arches: [amd64]}
    empty: {repo_type: apt}
",
        );
        let site = serde_json::to_value(imported.site.as_ref().unwrap()).unwrap();
        assert_eq!(
            site["spec"],
            json!({
                "provisioner": {"maas": {
                    "url": "http://maas.example.com:5240/MAAS", "credentialsRef": {"name": "maas-credentials"},
                    "ownsRegion": true, "removeUnlisted": ["PackageRepositories"],
                }},
                "sshKeys": ["ssh-rsa AABB me", "ssh-ed25519 CC"],
                "tagDefinitions": [{"name": "nvme", "xpath": "//node"}],
                "repositories": [{
                    "name": "main_archive", "url": "http://a", "arches": ["amd64"], "components": ["main"],
                    "distributions": ["jammy"], "pockets": ["security"], "key": "KEY",
                }],
            })
        );
        let told = warnings(&imported);
        for field in [
            "authorized_keys",
            "tag_definitions[1]",
            "repositories.main_archive.options",
            "repositories.centos",
            "repositories.empty",
        ] {
            assert!(told.iter().any(|w| w.starts_with(&format!("Region/seaside {field}: "))), "{field}: {told:#?}");
        }
        assert_eq!(told.len(), 5, "{told:#?}");
    }

    #[test]
    fn a_second_region_is_an_error() {
        let region = |name: &str| format!("---\nschema: drydock/Region/v1\nmetadata: {{name: {name}}}\n");
        let imported = import(&format!("{}{}", region("a"), region("b")));
        assert_eq!(
            errors(&imported),
            [
                "Region/b metadata.name: found a second Region, expected one: a namespace holds one Site, here `a`; the document is left out"
            ]
        );
    }
}
