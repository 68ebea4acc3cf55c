//! Which scripts were run on a machine: asked for once per commissioning and testing, and only where a design names any.

use super::{Error, client::Client, wire};
use crate::model::CommissioningDesign;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

/// Results by machine.
#[derive(Debug, Default)]
pub(super) struct Runs(Mutex<HashMap<String, (Sets, Arc<Results>)>>);

/// MAAS's numbers of a machine's last commissioning and testing.
type Sets = [Option<u64>; 2];

/// The scripts of the last commissioning, and of the last testing.
#[derive(Debug, Default)]
pub(super) struct Results {
    pub scripts: Vec<wire::ScriptResult>,
    pub tests: Vec<wire::ScriptResult>,
}

impl Runs {
    /// What was run on a machine, as far as its design asks for scripts; absent: it asks for none.
    pub async fn of(
        &self,
        design: &CommissioningDesign,
        machine: &wire::Machine,
        client: &Client,
    ) -> Result<Option<Arc<Results>>, Error> {
        let tests = design.tests.as_ref().is_some_and(|tests| !tests.is_empty());
        if design.scripts.is_empty() && !tests {
            return Ok(None);
        }
        let id = &machine.system_id;
        let sets = [machine.current_commissioning_result_id, machine.current_testing_result_id];
        if let Some((known, results)) = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(id)
            && *known == sets
        {
            return Ok(Some(Arc::clone(results)));
        }
        let get = async |which: &str, set: Option<u64>| match set {
            Some(_) => {
                let path = format!("nodes/{id}/results/{which}/");
                Ok(client.get::<wire::ScriptSet>(&path, &[]).await?.results)
            }
            None => Ok::<_, Error>(Vec::new()),
        };
        let [commissioning, testing] = sets;
        let (scripts, tests) =
            tokio::try_join!(get("current-commissioning", commissioning), get("current-testing", testing))?;
        let results = Arc::new(Results { scripts, tests });
        let entry = (sets, Arc::clone(&results));
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(id.clone(), entry);
        Ok(Some(results))
    }
}
