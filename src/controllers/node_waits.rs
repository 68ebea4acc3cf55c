//! What a node waits for, and until when, in one place for whoever looks.

use super::conditions::find;
use crate::{
    api::{
        baremetal_node::WaitingFor,
        status::condition::{PAUSED, READY},
    },
    model::Step,
};
use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};

/// What is waited for: nothing where the node is Ready and not set aside. `conditions` are those that the step has led to.
pub(super) fn waiting_for(conditions: &[Condition], step: &Step) -> Option<WaitingFor> {
    if let Some(paused) = find(conditions, PAUSED) {
        return Some(WaitingFor { message: paused.message.clone(), until: None });
    }
    let ready = find(conditions, READY).filter(|ready| ready.status != "True")?;
    let until = match step {
        Step::Wait(awaited) => awaited.until,
        Step::Done { .. } | Step::Act(_) | Step::Blocked(_) => None,
    };
    // To the second, as the message says it.
    let until = until.and_then(|until| Timestamp::from_second(until.as_second()).ok());
    Some(WaitingFor { message: ready.message.clone(), until: until.map(Time) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{controllers::conditions::Conditions, model::Awaited};

    fn told(step: &Step, tell: impl Fn(&mut Conditions<'_>)) -> Option<(String, Option<String>)> {
        let mut conditions = Conditions::new(&[], 1, Timestamp::UNIX_EPOCH);
        tell(&mut conditions);
        let waits = waiting_for(&conditions.finish(), step)?;
        Some((waits.message, waits.until.map(|until| until.0.to_string())))
    }

    #[test]
    fn whoever_is_not_ready_says_what_it_waits_for_and_until_when() {
        let done = Step::Done { state: "Deployed", message: String::new() };
        assert_eq!(told(&done, |c| c.ready("Deployed", "Deployed")), None);

        let until = "2026-03-01T12:45:00.7Z".parse().unwrap();
        let awaited = Awaited { state: "Commissioning", message: "Commissioning".into(), until: Some(until) };
        let seen = told(&Step::Wait(awaited), |c| c.reconciling("Commissioning", "Commissioning"));
        assert_eq!(seen, Some(("Commissioning".into(), Some("2026-03-01T12:45:00Z".into()))));

        let seen = told(&done, |c| c.stalled("DesignInvalid", "correct spec.image"));
        assert_eq!(seen, Some(("correct spec.image".into(), None)));

        let paused = |c: &mut Conditions<'_>| {
            c.ready("Deployed", "Deployed");
            c.set(PAUSED, Some(true), "Maintenance", "In maintenance: a DIMM");
        };
        assert_eq!(told(&done, paused), Some(("In maintenance: a DIMM".into(), None)));
    }
}
