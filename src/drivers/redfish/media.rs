//! Virtual media: an image that the BMC shows to the machine as a CD.

use super::{
    bmc::RedfishBmc,
    client::Resource,
    error::RedfishError,
    inventory::PARTS,
    json::{at, link, text, words},
    links::{below, last, local},
    quirks::Quirk,
};
use crate::{drivers::DriverError, model::Permit};
use serde_json::{Value, json};

impl RedfishBmc {
    /// Inserts the image at `url` into the virtual CD drive, in place of what is in it, and makes the next boot come from
    /// there. The BMC fetches the image itself.
    pub async fn boot_from_image(&self, url: &str, permit: &Permit) -> Result<(), DriverError> {
        self.failed(self.try_insert(url, permit).await, "insert virtual media")?;
        self.failed(self.boot_once_from(&["Cd"], None, permit).await, "set the boot device")
    }

    /// Takes the image out of the virtual CD drive. An empty drive is left alone.
    pub async fn eject_image(&self, permit: &Permit) -> Result<(), DriverError> {
        self.failed(self.try_eject(permit).await, "eject virtual media")
    }

    /// The URL of the image in the virtual CD drive.
    pub async fn inserted_image(&self) -> Result<Option<String>, DriverError> {
        let drive = self.failed(self.drive().await, "read virtual media")?;
        Ok(image(&drive.body))
    }

    async fn try_insert(&self, url: &str, permit: &Permit) -> Result<(), RedfishError> {
        let drive = self.drive().await?;
        match image(&drive.body) {
            Some(image) if image == url => return Ok(()),
            Some(_) => self.eject(&drive, permit).await?,
            None => {}
        }
        if self.by_patch(&drive).await? {
            self.client().patch(&drive.path, &json!({"Image": url, "Inserted": true}), permit).await?;
        } else {
            let path = self.action(&drive, "InsertMedia");
            // The least that the specification asks for; some want the rest as well, and say so.
            let outcome = match self.client().post(&path, &json!({"Image": url}), permit).await {
                Err(error) if error.status() == Some(400) => {
                    let whole = json!({"Image": url, "Inserted": true, "WriteProtected": true});
                    self.client().post(&path, &whole, permit).await?
                }
                outcome => outcome?,
            };
            self.client().finish(outcome, "virtual media").await?;
        }
        match image(&self.client().get(&drive.path).await?.body) {
            Some(_) => Ok(()),
            None => Err(RedfishError::NotKept("the BMC took the image, and its drive is empty".into())),
        }
    }

    async fn try_eject(&self, permit: &Permit) -> Result<(), RedfishError> {
        let drive = self.drive().await?;
        if image(&drive.body).is_none() { Ok(()) } else { self.eject(&drive, permit).await }
    }

    async fn eject(&self, drive: &Resource, permit: &Permit) -> Result<(), RedfishError> {
        if self.by_patch(drive).await? {
            self.client().patch(&drive.path, &json!({"Image": null, "Inserted": false}), permit).await?;
            return Ok(());
        }
        let outcome = self.client().post(&self.action(drive, "EjectMedia"), &json!({}), permit).await?;
        self.client().finish(outcome, "virtual media").await?;
        Ok(())
    }

    /// Without an action the image is written.
    async fn by_patch(&self, drive: &Resource) -> Result<bool, RedfishError> {
        let acts = at(&drive.body, &["Actions", "#VirtualMedia.InsertMedia"]).is_object();
        Ok(!acts && self.places().await?.quirks.has(Quirk::MediaByPatch))
    }

    fn action(&self, drive: &Resource, name: &str) -> String {
        let told = at(&drive.body, &["Actions", &format!("#VirtualMedia.{name}")]).get("target");
        let told = told.and_then(Value::as_str).and_then(|target| local(target, &self.client().http.own));
        told.unwrap_or_else(|| below(&drive.path, &format!("Actions/VirtualMedia.{name}")))
    }

    /// The virtual CD drive: of the system with newer BMCs, of the manager with older ones.
    async fn drive(&self) -> Result<Resource, RedfishError> {
        let (places, system) = self.system().await?;
        let mut collections: Vec<String> = link(&system.body, "VirtualMedia").map(str::to_owned).into_iter().collect();
        for manager in &places.managers {
            let manager = self.client().follow(Some(manager)).await?;
            collections.extend(manager.and_then(|manager| link(&manager.body, "VirtualMedia").map(str::to_owned)));
        }
        for collection in collections {
            for drive in self.client().each(Some(&collection), PARTS).await? {
                // Lenovo's RDOC and Remote drives take no URL.
                let usable = !["RDOC", "Remote"].iter().any(|name| last(&drive.path).starts_with(name));
                if usable && words(&drive.body, "MediaTypes").iter().any(|kind| kind == "CD" || kind == "DVD") {
                    return Ok(drive);
                }
            }
        }
        Err(RedfishError::Lacks("has no virtual CD drive".into()))
    }
}

/// The image in a drive. Supermicro keeps its name after an eject, and says only here that nothing is connected:
/// ansible-collections/community.general#6969.
fn image(drive: &Value) -> Option<String> {
    let inserted = drive.get("Inserted").and_then(Value::as_bool).unwrap_or(true);
    let connected = text(drive, "ConnectedVia").is_none_or(|via| via != "NotConnected");
    text(drive, "Image").filter(|_| inserted && connected)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drive_is_empty_in_more_than_one_way() {
        assert_eq!(image(&json!({"Image": "http://a/b.iso"})).as_deref(), Some("http://a/b.iso"));
        assert_eq!(image(&json!({"Image": "http://a/b.iso", "Inserted": false})), None);
        assert_eq!(image(&json!({"Image": "http://a/b.iso", "ConnectedVia": "NotConnected"})), None);
        assert_eq!(image(&json!({"Image": "", "Inserted": true})), None);
    }
}
