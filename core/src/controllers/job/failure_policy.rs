//! What the failure of a Pod means for its Job (`pod_failure_policy.go`).

use crate::api::Pod;
use crate::api::types::batch::{JobSpec, PodFailurePolicyOnExitCodesRequirement, PodFailurePolicyRule};
use crate::api::types::core::ContainerStatus;

/// What is done about a failed Pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It counts towards the back-off limit.
    Count,
    /// It does not count.
    Ignore,
    /// Its index has failed.
    FailIndex,
    /// The Job has failed, for this reason.
    FailJob(String),
}

/// The first rule that fits decides; without one, the failure counts.
pub(super) fn verdict(spec: &JobSpec, pod: &Pod) -> Verdict {
    let rules = spec.pod_failure_policy.iter().flat_map(|policy| &policy.rules);
    for (index, rule) in rules.enumerate() {
        let Some(why) = fits(rule, pod) else { continue };
        return match rule.action.as_str() {
            "Ignore" => Verdict::Ignore,
            "FailIndex" => Verdict::FailIndex,
            "FailJob" => Verdict::FailJob(format!("{why} matching FailJob rule at index {index}")),
            _ => Verdict::Count,
        };
    }
    Verdict::Count
}

fn fits(rule: &PodFailurePolicyRule, pod: &Pod) -> Option<String> {
    let (namespace, name) = (pod.namespace(), pod.name());
    if let Some(codes) = &rule.on_exit_codes {
        let statuses = pod.status.container_statuses.iter().flatten();
        let init = pod.status.init_container_statuses.iter().flatten();
        let (container, code) = statuses
            .chain(init)
            .find_map(|status| Some((status.name.as_str(), matching_code(codes, status)?)))?;
        return Some(format!(
            "Container {container} for pod {namespace}/{name} failed with exit code {code}"
        ));
    }
    let patterns = rule.on_pod_conditions.as_deref().unwrap_or_default();
    let conditions = pod.status.conditions.as_deref().unwrap_or_default();
    let found = conditions.iter().find(|condition| {
        patterns.iter().any(|pattern| {
            let wanted = pattern.status.as_deref().unwrap_or("True");
            pattern.type_ == condition.type_ && wanted == condition.status
        })
    })?;
    Some(format!("Pod {namespace}/{name} has condition {}", found.type_))
}

fn matching_code(codes: &PodFailurePolicyOnExitCodesRequirement, status: &ContainerStatus) -> Option<i32> {
    if codes
        .container_name
        .as_ref()
        .is_some_and(|name| *name != status.name)
    {
        return None;
    }
    let code = status.state.as_ref()?.terminated.as_ref()?.exit_code;
    let named = codes.values.contains(&code);
    let fits = if codes.operator == "NotIn" { !named } else { named };
    (code != 0 && fits).then_some(code)
}
