//! `ResourceQuota`: its rules (`pkg/apis/core/validation.ValidateResourceQuota`).

use std::sync::Arc;

use serde_json::json;

use super::pod::defaults::canonical;
use super::pod::validation::resources::{any_resource_name, is_standard};
use crate::api::quantity::amount;
use crate::api::types::Quantity;
use crate::api::types::core::ResourceQuotaSpec;
use crate::api::{AnyObject, Cause, ResourceQuota, StatusError};
use crate::apiserver::printing::age_of;
use crate::apiserver::quota::amounts;
use crate::apiserver::strategy::{Strategy, Surroundings};
use crate::apiserver::table::Column;
use crate::apiserver::validation::field;
use crate::apiserver::validation::path::Path;
use crate::sim::Time;
use crate::sorted::SortedSet;

/// The rules of `ResourceQuota`.
pub(crate) struct ResourceQuotaStrategy;

/// What is counted in whole numbers.
const WHOLE: [&str; 10] = [
    "pods",
    "resourcequotas",
    "services",
    "replicationcontrollers",
    "secrets",
    "configmaps",
    "persistentvolumeclaims",
    "services.nodeports",
    "services.loadbalancers",
    "count",
];
const COMPUTE: [&str; 6] = [
    "cpu",
    "memory",
    "limits.cpu",
    "limits.memory",
    "requests.cpu",
    "requests.memory",
];
/// The scopes, and whether they can be applied to CPU and memory.
const SCOPES: [(&str, bool); 7] = [
    ("Terminating", true),
    ("NotTerminating", true),
    ("BestEffort", false),
    ("NotBestEffort", true),
    ("PriorityClass", true),
    ("CrossNamespacePodAffinity", true),
    ("VolumeAttributesClass", false),
];

impl Strategy for ResourceQuotaStrategy {
    fn default(&self, object: &mut AnyObject) {
        if let Some(quota) = object.get_mut::<ResourceQuota>() {
            quota.spec_mut().hard.iter_mut().for_each(canonical);
        }
    }

    fn prepare_for_create(&self, object: &mut AnyObject, _: Surroundings<'_>) -> Result<(), StatusError> {
        object.reset_status();
        Ok(())
    }

    fn has_generation(&self) -> bool {
        false
    }

    fn validate(&self, object: &AnyObject) -> Vec<Cause> {
        let mut causes = Vec::new();
        if let Some(quota) = object.get::<ResourceQuota>() {
            validate(&mut causes, &quota.spec);
        }
        causes
    }

    fn validate_update(&self, object: &AnyObject, old: &AnyObject) -> Vec<Cause> {
        let mut causes = Vec::new();
        let (Some(new), Some(old)) = (object.get::<ResourceQuota>(), old.get::<ResourceQuota>()) else {
            return causes;
        };
        if Arc::ptr_eq(&new.spec, &old.spec) {
            return causes;
        }
        validate(&mut causes, &new.spec);
        let scopes = |quota: &ResourceQuota| -> SortedSet<String> {
            quota.spec.scopes.iter().flatten().cloned().collect()
        };
        if scopes(new) != scopes(old) {
            let given = json!(new.spec.scopes);
            causes.push(field::invalid("spec.scopes", given, field::IMMUTABLE));
        }
        causes
    }

    fn columns(&self) -> &'static [Column] {
        const {
            &[
                Column::new("Name"),
                Column::new("Request"),
                Column::new("Limit"),
                Column::new("Age"),
            ]
        }
    }

    fn cells(&self, object: &AnyObject, now: Time) -> Vec<String> {
        let Some(quota) = object.get::<ResourceQuota>() else {
            return Vec::new();
        };
        let used = amounts(quota.status.used.as_ref());
        let (mut requests, mut limits) = (Vec::new(), Vec::new());
        for (name, hard) in amounts(quota.status.hard.as_ref()) {
            let used = used
                .get(&name)
                .map_or_else(|| "0".to_owned(), ToString::to_string);
            let cell = format!("{name}: {used}/{hard}");
            if name.starts_with("limits.") {
                limits.push(cell);
            } else {
                requests.push(cell);
            }
        }
        vec![
            quota.name().to_owned(),
            requests.join(", "),
            limits.join(", "),
            age_of(&quota.metadata, now),
        ]
    }
}

/// Whether quotas can limit this: resources of the core only, if the name has no group.
fn is_quota_resource(name: &str) -> bool {
    name != "storage" && (is_standard(name) || matches!(name, "cpu" | "memory" | "ephemeral-storage"))
        || name.starts_with("hugepages-")
        || name.starts_with("requests.hugepages-")
}

fn validate(causes: &mut Vec<Cause>, spec: &ResourceQuotaSpec) {
    let path = Path::new("spec");
    let hard = path.child("hard");
    for (name, quantity) in spec.hard.iter().flatten() {
        let path = hard.key(name);
        any_resource_name(causes, name, path);
        if !name.contains('/') && !is_quota_resource(name) {
            let detail = "must be a standard resource for quota";
            causes.push(field::invalid(path, name.as_str(), detail));
        }
        quantity_value(causes, name, quantity, path);
    }
    scopes(causes, spec, path.child("scopes"));
    scope_selector(causes, spec, path.child("scopeSelector"));
}

fn quantity_value(causes: &mut Vec<Cause>, name: &str, quantity: &Quantity, path: Path<'_>) {
    let value = amount(quantity);
    if value.nanos < 0 {
        causes.push(field::invalid(path, value.to_string(), field::NOT_NEGATIVE));
    }
    let extended = name.contains('/') && !name.contains("kubernetes.io/") && !name.starts_with("requests.");
    if (extended || WHOLE.contains(&name)) && value.nanos % 1_000_000_000 != 0 {
        causes.push(field::invalid(path, value.to_string(), "must be an integer"));
    }
}

/// Whether a scope and a resource go together.
fn fits(scope: &str, resource: &str) -> bool {
    match SCOPES.iter().find(|(name, _)| *name == scope) {
        Some((_, compute)) => {
            resource == "pods" && scope != "VolumeAttributesClass"
                || *compute && COMPUTE.contains(&resource)
                || scope == "VolumeAttributesClass"
                    && matches!(resource, "persistentvolumeclaims" | "requests.storage")
        }
        None => true,
    }
}

fn unfit<'a>(spec: &'a ResourceQuotaSpec, scope: &str) -> impl Iterator<Item = &'a String> {
    let scope = scope.to_owned();
    let names = spec.hard.iter().flatten().map(|(name, _)| name);
    names.filter(move |name| is_quota_resource(name) && !fits(&scope, name))
}

fn scopes(causes: &mut Vec<Cause>, spec: &ResourceQuotaSpec, path: Path<'_>) {
    let scopes = spec.scopes.as_deref().unwrap_or_default();
    let mut refuse = |detail: &str| causes.push(field::invalid(path, json!(scopes), detail));
    for scope in scopes {
        if !SCOPES.iter().any(|(name, _)| name == scope) {
            refuse("unsupported scope");
        }
        for _ in unfit(spec, scope) {
            refuse("unsupported scope applied to resource");
        }
    }
    for pair in [["BestEffort", "NotBestEffort"], ["Terminating", "NotTerminating"]] {
        if pair.iter().all(|name| scopes.iter().any(|scope| scope == name)) {
            refuse("conflicting scopes");
        }
    }
}

fn scope_selector(causes: &mut Vec<Cause>, spec: &ResourceQuotaSpec, path: Path<'_>) {
    let Some(selector) = &spec.scope_selector else {
        return;
    };
    let path = path.child("matchExpressions");
    for requirement in selector.match_expressions.iter().flatten() {
        let scope = requirement.scope_name.as_str();
        if !SCOPES.iter().any(|(name, _)| *name == scope) {
            causes.push(field::invalid(
                path.child("scopeName"),
                scope,
                "unsupported scope",
            ));
        }
        for _ in unfit(spec, scope) {
            let detail = "unsupported scope applied to resource";
            causes.push(field::invalid(path, json!(selector), detail));
        }
        let (operator, values) = (
            requirement.operator.as_str(),
            requirement.values.as_deref().unwrap_or_default(),
        );
        let bare = !matches!(scope, "PriorityClass" | "VolumeAttributesClass");
        if bare && operator != "Exists" {
            let detail = "must be 'Exist' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity";
            causes.push(field::invalid(path.child("operator"), operator, detail));
        }
        match operator {
            "In" | "NotIn" if values.is_empty() => causes.push(field::required(
                path.child("values"),
                "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector",
            )),
            "Exists" | "DoesNotExist" if !values.is_empty() => causes.push(field::invalid(
                path.child("values"),
                json!(values),
                "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector",
            )),
            "In" | "NotIn" | "Exists" | "DoesNotExist" => {}
            other => causes.push(field::invalid(
                path.child("operator"),
                other,
                "not a valid selector operator",
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::api::Kind;

    #[test]
    fn limits_and_scopes_are_checked() {
        for (spec, expected) in [
            (
                json!({"hard": {"pods": "2", "requests.cpu": "1", "count/jobs.batch": "1", "vif.storageclass.storage.k8s.io/requests.storage": "1Gi"}}),
                vec![],
            ),
            (
                json!({"hard": {"licornes": "2"}}),
                vec![
                    "spec.hard[licornes]: Invalid value: \"licornes\": must be a standard resource type or fully qualified",
                    "spec.hard[licornes]: Invalid value: \"licornes\": must be a standard resource for quota",
                ],
            ),
            (
                json!({"hard": {"pods": "1500m"}}),
                vec!["spec.hard[pods]: Invalid value: \"1500m\": must be an integer"],
            ),
            (
                json!({"hard": {"cpu": "-1"}}),
                vec!["spec.hard[cpu]: Invalid value: \"-1\": must be greater than or equal to 0"],
            ),
            (
                json!({"hard": {"pods": "1", "cpu": "1"}, "scopes": ["BestEffort"]}),
                vec!["spec.scopes: Invalid value: [\"BestEffort\"]: unsupported scope applied to resource"],
            ),
            (
                json!({"hard": {"pods": "1"}, "scopes": ["Terminating", "NotTerminating"]}),
                vec!["spec.scopes: Invalid value: [\"Terminating\",\"NotTerminating\"]: conflicting scopes"],
            ),
            (
                json!({"hard": {"pods": "1"}, "scopes": ["Rapide"]}),
                vec!["spec.scopes: Invalid value: [\"Rapide\"]: unsupported scope"],
            ),
            (
                json!({"scopeSelector": {"matchExpressions": [{"scopeName": "PriorityClass", "operator": "In"}]}}),
                vec![
                    "spec.scopeSelector.matchExpressions.values: Required value: must be at least one value when `operator` is 'In' or 'NotIn' for scope selector",
                ],
            ),
        ] {
            let value: Value = json!({"metadata": {"name": "q"}, "spec": spec});
            let object = AnyObject::from_value(Kind::ResourceQuota, value).expect("a quota");
            let said: Vec<String> = ResourceQuotaStrategy
                .validate(&object)
                .iter()
                .map(ToString::to_string)
                .collect();
            assert_eq!(said, expected);
        }
    }
}
