//! What a Job's spec must be (`validateJobSpec`, `ValidateJobSpecUpdate`).

use serde_json::{Value, json};

use super::super::pod;
use super::non_negative;
use crate::api::to_json;
use crate::api::types::batch::{JobSpec, PodFailurePolicyRule};
use crate::api::{Cause, Job};
use crate::apiserver::validation::field;
use crate::apiserver::validation::path::Path;

const MAX_PARALLELISM_INDEXED: i32 = 100_000;
const MAX_RULES: usize = 20;
const MAX_EXIT_CODES: usize = 255;

/// A Job's own spec.
pub(super) fn spec(causes: &mut Vec<Cause>, spec: &JobSpec) {
    within(causes, spec, Path::new("spec"));
}

/// A spec, wherever it stands (`validateJobSpec`).
pub(in crate::apiserver::strategies) fn within(causes: &mut Vec<Cause>, spec: &JobSpec, path: Path<'_>) {
    let deadline = spec.active_deadline_seconds.unwrap_or(0);
    non_negative(causes, spec.parallelism, path.child("parallelism"));
    non_negative(causes, spec.completions, path.child("completions"));
    field::non_negative(causes, deadline, path.child("activeDeadlineSeconds"));
    non_negative(causes, spec.backoff_limit, path.child("backoffLimit"));
    non_negative(
        causes,
        spec.ttl_seconds_after_finished,
        path.child("ttlSecondsAfterFinished"),
    );
    non_negative(
        causes,
        spec.backoff_limit_per_index,
        path.child("backoffLimitPerIndex"),
    );
    non_negative(causes, spec.max_failed_indexes, path.child("maxFailedIndexes"));
    completion_mode(causes, spec, path);
    failure_policy(causes, spec, path);
    replacement_policy(causes, spec, path);
    success_policy(causes, spec, path);
    let at = path.child("template");
    pod::validation::template(causes, &spec.template, at);
    let at = at.child("spec");
    let restart = spec
        .template
        .spec
        .as_ref()
        .and_then(|pod| pod.restart_policy.as_deref());
    if !matches!(restart, Some("OnFailure" | "Never")) {
        causes.push(field::required(
            at.child("restartPolicy"),
            "valid values: \"OnFailure\", \"Never\"",
        ));
    } else if spec.pod_failure_policy.is_some() && restart != Some("Never") {
        causes.push(field::invalid(
            at.child("restartPolicy"),
            restart.unwrap_or_default(),
            "only \"Never\" is supported when podFailurePolicy is specified",
        ));
    }
}

fn completion_mode(causes: &mut Vec<Cause>, spec: &JobSpec, path: Path<'_>) {
    let indexed = match spec.completion_mode.as_deref() {
        None | Some("NonIndexed") => false,
        Some("Indexed") => true,
        Some(other) => {
            causes.push(field::not_supported(
                path.child("completionMode"),
                other,
                &["Indexed", "NonIndexed"],
            ));
            return;
        }
    };
    if !indexed {
        if spec.backoff_limit_per_index.is_some() {
            causes.push(field::invalid(
                path.child("backoffLimitPerIndex"),
                json!(spec.backoff_limit_per_index),
                "requires indexed completion mode",
            ));
        }
        return;
    }
    if spec.completions.is_none() {
        let detail = "when completion mode is Indexed";
        causes.push(field::required(path.child("completions"), detail));
    }
    if let Some(parallelism) = spec.parallelism.filter(|found| *found > MAX_PARALLELISM_INDEXED) {
        let detail = format!(
            "must be less than or equal to {MAX_PARALLELISM_INDEXED} when completion mode is Indexed"
        );
        causes.push(field::invalid(path.child("parallelism"), parallelism, &detail));
    }
    if spec.max_failed_indexes.is_some() && spec.backoff_limit_per_index.is_none() {
        let detail = "when maxFailedIndexes is specified";
        causes.push(field::required(path.child("backoffLimitPerIndex"), detail));
    }
}

fn replacement_policy(causes: &mut Vec<Cause>, spec: &JobSpec, path: Path<'_>) {
    let Some(policy) = spec.pod_replacement_policy.as_deref() else {
        return;
    };
    let allowed: &[&str] = if spec.pod_failure_policy.is_some() {
        &["Failed"]
    } else {
        &["Failed", "TerminatingOrFailed"]
    };
    if !allowed.contains(&policy) {
        causes.push(field::not_supported(
            path.child("podReplacementPolicy"),
            policy,
            allowed,
        ));
    }
}

fn failure_policy(causes: &mut Vec<Cause>, spec: &JobSpec, path: Path<'_>) {
    let Some(policy) = &spec.pod_failure_policy else {
        return;
    };
    let at = path.child("podFailurePolicy");
    let at = at.child("rules");
    if policy.rules.len() > MAX_RULES {
        causes.push(field::too_many(at, policy.rules.len(), MAX_RULES));
    }
    let containers: Vec<&str> = spec
        .template
        .spec
        .iter()
        .flat_map(|pod| pod.containers.iter().chain(pod.init_containers.iter().flatten()))
        .map(|container| container.name.as_str())
        .collect();
    for (index, rule) in policy.rules.iter().enumerate() {
        failure_rule(causes, rule, spec, &containers, at.index(index));
    }
}

fn failure_rule(
    causes: &mut Vec<Cause>,
    rule: &PodFailurePolicyRule,
    spec: &JobSpec,
    containers: &[&str],
    at: Path<'_>,
) {
    let conditions = rule.on_pod_conditions.as_deref().unwrap_or_default();
    match rule.action.as_str() {
        "" => causes.push(field::required(
            at.child("action"),
            "valid values: [\"Count\" \"FailIndex\" \"FailJob\" \"Ignore\"]",
        )),
        "FailIndex" if spec.backoff_limit_per_index.is_none() => causes.push(field::invalid(
            at.child("action"),
            "FailIndex",
            "requires the backoffLimitPerIndex to be set",
        )),
        "Count" | "FailIndex" | "FailJob" | "Ignore" => {}
        other => causes.push(field::not_supported(
            at.child("action"),
            other,
            &["Count", "FailIndex", "FailJob", "Ignore"],
        )),
    }
    match (&rule.on_exit_codes, conditions.is_empty()) {
        (Some(_), false) => causes.push(field::invalid(
            at,
            Value::Null,
            "specifying both OnExitCodes and OnPodConditions is not supported",
        )),
        (None, true) => causes.push(field::invalid(
            at,
            Value::Null,
            "specifying one of OnExitCodes and OnPodConditions is required",
        )),
        _ => {}
    }
    let Some(codes) = &rule.on_exit_codes else { return };
    let at = at.child("onExitCodes");
    if !matches!(codes.operator.as_str(), "In" | "NotIn") {
        causes.push(field::not_supported(
            at.child("operator"),
            codes.operator.as_str(),
            &["In", "NotIn"],
        ));
    }
    if let Some(name) = codes
        .container_name
        .as_deref()
        .filter(|name| !containers.contains(name))
    {
        causes.push(field::invalid(
            at.child("containerName"),
            name,
            "must be one of the container or initContainer names in the pod template",
        ));
    }
    if codes.values.is_empty() {
        causes.push(field::invalid(
            at.child("values"),
            json!([]),
            "at least one value is required",
        ));
    } else if codes.values.len() > MAX_EXIT_CODES {
        causes.push(field::too_many(
            at.child("values"),
            codes.values.len(),
            MAX_EXIT_CODES,
        ));
    }
    let values = at.child("values");
    for (index, value) in codes.values.iter().enumerate() {
        if codes.operator == "In" && *value == 0 {
            causes.push(field::invalid(
                values.index(index),
                0,
                "must not be 0 for the In operator",
            ));
        } else if codes.values.iter().take(index).any(|before| before == value) {
            causes.push(field::duplicate(values.index(index), *value));
        }
    }
}

fn success_policy(causes: &mut Vec<Cause>, spec: &JobSpec, path: Path<'_>) {
    let Some(policy) = &spec.success_policy else {
        return;
    };
    let at = path.child("successPolicy");
    if spec.completion_mode.as_deref() != Some("Indexed") {
        causes.push(field::invalid(
            at,
            Value::Null,
            "requires indexed completion mode",
        ));
        return;
    }
    let at = at.child("rules");
    if policy.rules.is_empty() {
        let detail = "at least one rules must be specified when the successPolicy is specified";
        causes.push(field::required(at, detail));
    } else if policy.rules.len() > MAX_RULES {
        causes.push(field::too_many(at, policy.rules.len(), MAX_RULES));
    }
    for (index, rule) in policy.rules.iter().enumerate() {
        let at = at.index(index);
        if rule.succeeded_count.is_none() && rule.succeeded_indexes.is_none() {
            let detail = "at least one of succeededCount or succeededIndexes must be specified";
            causes.push(field::required(at, detail));
        }
        let count = rule.succeeded_count.unwrap_or(0);
        field::non_negative(causes, count.into(), at.child("succeededCount"));
        if let Some(completions) = spec.completions.filter(|all| count > *all) {
            let detail =
                format!("must be less than or equal to {completions} (the number of specified completions)");
            causes.push(field::invalid(at.child("succeededCount"), count, &detail));
        }
    }
}

/// What must not change (`ValidateJobUpdate`).
pub(super) fn update(causes: &mut Vec<Cause>, new: &Job, old: &Job) {
    let path = Path::new("spec");
    let (new_spec, old_spec) = (&*new.spec, &*old.spec);
    spec(causes, new_spec);
    let elastic = new_spec.completion_mode.as_deref() == Some("Indexed")
        && new_spec.completions == new_spec.parallelism
        && old_spec.completions == old_spec.parallelism;
    let mut immutable = |same: bool, name: &str, value: Value| {
        if !same {
            causes.push(field::invalid(path.child(name), value, field::IMMUTABLE));
        }
    };
    immutable(
        new_spec.completions == old_spec.completions || elastic,
        "completions",
        to_json(&new_spec.completions),
    );
    immutable(
        new_spec.selector == old_spec.selector,
        "selector",
        to_json(&new_spec.selector),
    );
    let suspended = old_spec.suspend == Some(true) && old.status.start_time.is_none();
    immutable(
        new_spec.template == old_spec.template || (suspended && alike_but_directives(new_spec, old_spec)),
        "template",
        to_json(&new_spec.template),
    );
    immutable(
        new_spec.completion_mode == old_spec.completion_mode,
        "completionMode",
        to_json(&new_spec.completion_mode),
    );
    immutable(
        new_spec.pod_failure_policy == old_spec.pod_failure_policy,
        "podFailurePolicy",
        to_json(&new_spec.pod_failure_policy),
    );
    immutable(
        new_spec.backoff_limit_per_index == old_spec.backoff_limit_per_index,
        "backoffLimitPerIndex",
        to_json(&new_spec.backoff_limit_per_index),
    );
    immutable(
        new_spec.managed_by == old_spec.managed_by,
        "managedBy",
        to_json(&new_spec.managed_by),
    );
    immutable(
        new_spec.success_policy == old_spec.success_policy,
        "successPolicy",
        to_json(&new_spec.success_policy),
    );
}

/// Whether two templates differ only in where Pods may run, which a Job that never started may change.
fn alike_but_directives(new: &JobSpec, old: &JobSpec) -> bool {
    let bare = |spec: &JobSpec| {
        let mut template = spec.template.clone();
        if let Some(metadata) = &mut template.metadata {
            metadata.labels = None;
            metadata.annotations = None;
        }
        if let Some(pod) = &mut template.spec {
            pod.affinity = None;
            pod.node_selector = None;
            pod.tolerations = None;
            pod.scheduling_gates = None;
        }
        template
    };
    bare(new) == bare(old)
}
