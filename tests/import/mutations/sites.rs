//! Mistakes about the whole site: its own object, libraries, the roll-out, boot actions, what cannot be read.

use super::{Mutation, mutation};
use serde_json::json;

const SITE: &str = "Site/<site>";
const SPARE: &str = "BootAction/spare";

pub fn mutations() -> Vec<Mutation> {
    objects().into_iter().chain(site()).chain(boot_actions()).collect()
}

fn objects() -> Vec<Mutation> {
    vec![mutation("SLW1038", "an object that stands twice", "Network/oam", |d| {
        let key = d.key("Network", "oam");
        d.beside.repeated.push((key, "a.yaml:3:9 and b.yaml:7:9".into()));
    })]
}

fn site() -> Vec<Mutation> {
    vec![
        mutation("SLW1080", "a window that opens at an hour that no day has", SITE, |d| {
            let window = json!({"name": "night", "schedule": "0 25 * * *", "duration": "6h"});
            d.set(SITE, "/spec/rollout", json!({"windows": [window]}));
        }),
        mutation("SLW1068", "a group that depends on none that is there", SITE, |d| {
            d.set(SITE, "/spec/rollout", json!({"groups": [{"name": "first", "dependsOn": ["zeroth"]}]}));
        }),
        mutation("SLW1068", "two groups that wait for each other", SITE, |d| {
            let group = |name: &str, other: &str| json!({"name": name, "dependsOn": [other]});
            d.set(SITE, "/spec/rollout", json!({"groups": [group("first", "second"), group("second", "first")]}));
        }),
        mutation("SLW1075", "removing what is not listed in a region of others", SITE, |d| {
            d.set(SITE, "/spec/provisioner/maas/removeUnlisted", json!(["SSHKeys"]));
            d.set(SITE, "/spec/provisioner/maas/ownsRegion", json!(false));
        }),
        mutation("SLW1076", "a script that nothing runs", SITE, |d| {
            let script = json!({"name": "45-site", "type": "Commissioning", "content": "echo hello"});
            d.set(SITE, "/spec/provisioner/maas/scripts", json!([script]));
        }),
        mutation("SLW1069", "a key that is cut off", SITE, |d| {
            d.push(SITE, "/spec/sshKeys", json!("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5 someone@somewhere"));
        }),
    ]
}

fn boot_actions() -> Vec<Mutation> {
    vec![
        mutation("SLW1015", "a boot action that waits for an answer", "BootAction/<action>", |d| {
            d.set("BootAction/<action>", "/spec/signaling", json!(true));
        }),
        mutation("SLW1018", "an asset that is to be fetched", SPARE, |d| {
            let asset =
                json!({"name": "spare", "type": "File", "path": "/etc/spare", "location": "http://files/spare"});
            d.add("BootAction", "spare", json!({"assets": [asset]}));
        }),
        mutation("SLW1061", "a boot action for nobody", SPARE, |d| {
            let asset = json!({"name": "spare", "type": "File", "path": "/etc/spare", "data": "spare"});
            let selector = json!({"filters": [{"tags": ["no-such-tag"]}]});
            d.add("BootAction", "spare", json!({"nodeSelector": selector, "assets": [asset]}));
        }),
        mutation("SLW1062", "a node that every boot action leaves out", "HostProfile/*", |d| {
            let node = d.filled("<node>");
            let names: Vec<String> = d.named("BaremetalNode").into_iter().filter(|name| *name != node).collect();
            for action in d.named("BootAction") {
                let selector = json!({"filters": [{"names": names}]});
                d.set(&format!("BootAction/{action}"), "/spec/nodeSelector", selector);
            }
        }),
        mutation("SLW1063", "a version that Debian does not write", SPARE, |d| {
            let asset = json!({"name": "spare", "type": "PackageList", "packages": {"curl": ">=8.5"}});
            d.add("BootAction", "spare", json!({"assets": [asset]}));
        }),
        mutation("SLW1064", "a template that cannot be read", SPARE, |d| {
            d.set(SPARE, "/spec/assets/spare/data", json!("{{ node.hostname }"));
        })
        .given("SLW1018", |d| {
            let asset = json!({
                "name": "spare", "type": "File", "path": "/etc/spare",
                "data": "{{ node.hostname }}", "dataPipeline": ["Template"],
            });
            d.add("BootAction", "spare", json!({"assets": [asset]}));
        }),
    ]
}
