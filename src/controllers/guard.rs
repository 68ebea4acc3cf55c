//! Whether approvals are guarded: the admission policy that lets only those approve who have the verb `approve`, in their own
//! name. It is asked for now and then, and is not watched: it changes when Slipway is installed.

use super::{cache::Key, context::Context};
use k8s_openapi::{
    api::admissionregistration::v1::{
        MatchResources, NamedRuleWithOperations, ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding,
        ValidatingAdmissionPolicyBindingSpec,
    },
    apimachinery::pkg::apis::meta::v1::LabelSelector,
};
use kube::Api;
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio_util::sync::CancellationToken;

/// Name of the policy and of its binding, as in `config/admission`.
const NAME: &str = "slipway-approvals";
/// How often it is asked for.
const INTERVAL: Duration = Duration::from_mins(5);
/// How long the API server has for an answer, in real time.
const DEADLINE: Duration = Duration::from_secs(10);
/// What to do where it is not as it should be.
const INSTALL: &str = "whoever may edit an object may approve its plan, in anybody's name; install the policy by \
                       `kubectl apply -k config/`";

/// What was last seen of the policy.
#[derive(Default)]
pub(super) struct Guard {
    seen: Mutex<Option<Guarded>>,
}

/// Whether approvals are guarded, for a condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Guarded {
    /// Nothing where it is not known.
    pub is: Option<bool>,
    /// CamelCase, why.
    pub reason: &'static str,
    /// One sentence.
    pub message: String,
}

impl Guard {
    /// What was last seen; nothing before the first look.
    pub fn seen(&self) -> Option<Guarded> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Takes up a look. Gives back whether it says something new. What cannot be told takes nothing back that was known.
    fn put(&self, look: Guarded) -> bool {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.as_ref() == Some(&look) || (look.is.is_none() && seen.is_some()) {
            return false;
        }
        *seen = Some(look);
        true
    }
}

/// Looks now and then, until the end. Every Site is due when something has changed.
pub(super) async fn follow(context: Arc<Context>, stop: CancellationToken) {
    loop {
        let changed = tokio::select! {
            () = stop.cancelled() => return,
            look = look(&context) => context.guard.put(look),
        };
        if changed {
            context.caches.sites.all().iter().for_each(|site| context.queues.sites.add(Key::of(&**site)));
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(context.clock.scale(INTERVAL)) => {}
        }
    }
}

async fn look(context: &Context) -> Guarded {
    let policies: Api<ValidatingAdmissionPolicy> = Api::all(context.client.clone());
    let bindings: Api<ValidatingAdmissionPolicyBinding> = Api::all(context.client.clone());
    let asked = async { tokio::try_join!(policies.get_metadata_opt(NAME), bindings.get_opt(NAME)) };
    match tokio::time::timeout(DEADLINE, asked).await {
        Ok(Ok((policy, binding))) => judge(policy.is_some(), binding.as_ref().map(|binding| &binding.spec)),
        Ok(Err(error)) => unknown(&error.to_string()),
        Err(_) => unknown("the API server does not answer"),
    }
}

fn unknown(why: &str) -> Guarded {
    let message = format!("Whether the policy {NAME} guards approvals cannot be told: {why}");
    Guarded { is: None, reason: "Unknown", message }
}

/// What a policy and its binding do.
fn judge(policy: bool, binding: Option<&ValidatingAdmissionPolicyBindingSpec>) -> Guarded {
    let not = |reason, why: &str| Guarded { is: Some(false), reason, message: format!("{why}: {INSTALL}") };
    let absent = format!("The ValidatingAdmissionPolicy {NAME} is not there");
    if !policy {
        return not("PolicyAbsent", &absent);
    }
    let Some(binding) = binding.filter(|binding| binding.policy_name == NAME) else {
        return not("BindingAbsent", &format!("No ValidatingAdmissionPolicyBinding {NAME} puts the policy in force"));
    };
    if !binding.validation_actions.iter().any(|action| action == "Deny") {
        return not("NotDenied", &format!("The ValidatingAdmissionPolicyBinding {NAME} denies nothing"));
    }
    if binding.match_resources.as_ref().is_some_and(narrows) {
        return not("Narrowed", &format!("The ValidatingAdmissionPolicyBinding {NAME} is not for all objects"));
    }
    let message = "Only who has the verb approve on an object may approve it, in their own name".to_owned();
    Guarded { is: Some(true), reason: "Guarded", message }
}

/// Whether it leaves anything out. What is not said is filled in by the API server, as all.
fn narrows(only: &MatchResources) -> bool {
    let selects = |selector: &Option<LabelSelector>| {
        selector.as_ref().is_some_and(|selector| *selector != LabelSelector::default())
    };
    let has = |rules: &Option<Vec<NamedRuleWithOperations>>| rules.as_ref().is_some_and(|rules| !rules.is_empty());
    has(&only.resource_rules)
        || has(&only.exclude_resource_rules)
        || selects(&only.namespace_selector)
        || selects(&only.object_selector)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn approvals_are_guarded_by_a_policy_that_is_in_force_for_all() {
        let binding = |text: &str| serde_saphyr::from_str::<ValidatingAdmissionPolicyBindingSpec>(text).unwrap();
        let fine = binding("{policyName: slipway-approvals, validationActions: [Audit, Deny]}");
        assert_eq!(judge(true, Some(&fine)).is, Some(true));
        let filled = "{policyName: slipway-approvals, validationActions: [Deny], matchResources: {matchPolicy: Equivalent, namespaceSelector: {}, objectSelector: {}}}";
        assert_eq!(judge(true, Some(&binding(filled))).is, Some(true));
        for (policy, bound, reason) in [
            (false, Some(fine), "PolicyAbsent"),
            (true, None, "BindingAbsent"),
            (true, Some(binding("{policyName: other, validationActions: [Deny]}")), "BindingAbsent"),
            (true, Some(binding("{policyName: slipway-approvals, validationActions: [Warn]}")), "NotDenied"),
            (
                true,
                Some(binding(
                    "{policyName: slipway-approvals, validationActions: [Deny], matchResources: {namespaceSelector: {matchLabels: {a: b}}}}",
                )),
                "Narrowed",
            ),
        ] {
            let seen = judge(policy, bound.as_ref());
            assert_eq!((seen.is, seen.reason), (Some(false), reason), "{}", seen.message);
            assert!(seen.message.contains("kubectl apply -k config/"));
        }
    }

    #[test]
    fn what_cannot_be_told_takes_nothing_back() {
        let guard = Guard::default();
        assert!(guard.put(unknown("x")) && guard.seen().is_some_and(|seen| seen.is.is_none()));
        let absent = judge(false, None);
        assert!(guard.put(absent.clone()) && !guard.put(absent.clone()) && !guard.put(unknown("y")));
        assert_eq!(guard.seen(), Some(absent));
    }
}
