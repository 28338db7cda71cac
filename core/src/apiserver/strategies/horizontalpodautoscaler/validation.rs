//! What an autoscaler must be (`pkg/apis/autoscaling/validation`).

use crate::api::Cause;
use crate::api::quantity::amount;
use crate::api::types::Quantity;
use crate::api::types::autoscaling::{
    CrossVersionObjectReference, HPAScalingRules, HorizontalPodAutoscalerSpec, MetricSpec, MetricTarget,
};
use crate::apiserver::validation::path::Path;
use crate::apiserver::validation::{field, names};

const MAX_PERIOD_SECS: i32 = 1_800;
const MAX_WINDOW_SECS: i32 = 3_600;
const METRIC_TYPES: &[&str] = &["ContainerResource", "External", "Object", "Pods", "Resource"];

pub(super) fn spec(causes: &mut Vec<Cause>, spec: &HorizontalPodAutoscalerSpec) {
    let path = Path::new("spec");
    let least = spec.min_replicas.unwrap_or(1);
    if least < 1 {
        let detail = "must be greater than or equal to 1";
        causes.push(field::invalid(path.child("minReplicas"), least, detail));
    }
    if spec.max_replicas < 1 {
        let detail = "must be greater than 0";
        causes.push(field::invalid(
            path.child("maxReplicas"),
            spec.max_replicas,
            detail,
        ));
    }
    if spec.max_replicas < least {
        let detail = "must be greater than or equal to `minReplicas`";
        causes.push(field::invalid(
            path.child("maxReplicas"),
            spec.max_replicas,
            detail,
        ));
    }
    reference(causes, &spec.scale_target_ref, path.child("scaleTargetRef"));
    let at = path.child("metrics");
    for (index, found) in spec.metrics.iter().flatten().enumerate() {
        metric(causes, found, at.index(index));
    }
    if let Some(behavior) = &spec.behavior {
        let at = path.child("behavior");
        if let Some(found) = &behavior.scale_up {
            rules(causes, found, at.child("scaleUp"));
        }
        if let Some(found) = &behavior.scale_down {
            rules(causes, found, at.child("scaleDown"));
        }
    }
}

fn reference(causes: &mut Vec<Cause>, reference: &CrossVersionObjectReference, path: Path<'_>) {
    for (name, value) in [("kind", &reference.kind), ("name", &reference.name)] {
        if value.is_empty() {
            causes.push(field::required(path.child(name), ""));
        } else {
            field::invalid_each(causes, path.child(name), value, &names::path_segment(value));
        }
    }
}

fn metric(causes: &mut Vec<Cause>, metric: &MetricSpec, path: Path<'_>) {
    if metric.type_.is_empty() {
        causes.push(field::required(
            path.child("type"),
            "must specify a metric source type",
        ));
    } else if !METRIC_TYPES.contains(&metric.type_.as_str()) {
        causes.push(field::not_supported(
            path.child("type"),
            metric.type_.as_str(),
            METRIC_TYPES,
        ));
    }
    let sources = [
        ("object", "Object", metric.object.is_some()),
        ("pods", "Pods", metric.pods.is_some()),
        ("resource", "Resource", metric.resource.is_some()),
        ("external", "External", metric.external.is_some()),
        (
            "containerResource",
            "ContainerResource",
            metric.container_resource.is_some(),
        ),
    ];
    let mut given = 0;
    for (name, type_, present) in sources {
        let fits = metric.type_ == type_;
        if present && given > 0 {
            let detail = "must populate the given metric source only";
            causes.push(field::forbidden(path.child(name), detail));
        }
        given += usize::from(present);
        if fits && !present {
            let detail = "must populate information for the given metric source";
            causes.push(field::required(path.child(name), detail));
        }
    }
    if let Some(source) = &metric.resource {
        let at = path.child("resource");
        resource_name(causes, &source.name, at);
        resource_target(causes, &source.target, at.child("target"));
    }
    if let Some(source) = &metric.container_resource {
        let at = path.child("containerResource");
        if source.container.is_empty() {
            causes.push(field::required(
                at.child("container"),
                "must specify a container name",
            ));
        }
        resource_name(causes, &source.name, at);
        resource_target(causes, &source.target, at.child("target"));
    }
    if let Some(source) = &metric.pods {
        let at = path.child("pods");
        target(causes, &source.target, at.child("target"));
        if source.target.average_value.is_none() {
            let at = at.child("target");
            let detail = "must specify a positive target averageValue";
            causes.push(field::required(at.child("averageValue"), detail));
        }
    }
    if let Some(source) = &metric.object {
        let at = path.child("object");
        reference(causes, &source.described_object, at.child("describedObject"));
        value_target(causes, &source.target, at.child("target"));
    }
    if let Some(source) = &metric.external {
        let at = path.child("external");
        value_target(causes, &source.target, at.child("target"));
    }
}

fn resource_name(causes: &mut Vec<Cause>, name: &str, path: Path<'_>) {
    if name.is_empty() {
        causes.push(field::required(
            path.child("name"),
            "must specify a resource name",
        ));
    }
}

fn resource_target(causes: &mut Vec<Cause>, found: &MetricTarget, path: Path<'_>) {
    target(causes, found, path);
    match (&found.average_utilization, &found.average_value) {
        (None, None) => causes.push(field::required(
            path.child("averageUtilization"),
            "must set either a target raw value or a target utilization",
        )),
        (Some(_), Some(_)) => causes.push(field::forbidden(
            path.child("averageValue"),
            "may not set both a target raw value and a target utilization",
        )),
        _ => {}
    }
}

fn value_target(causes: &mut Vec<Cause>, found: &MetricTarget, path: Path<'_>) {
    target(causes, found, path);
    if found.value.is_none() && found.average_value.is_none() {
        let detail = "must set either a target value for metric or a per-pod target";
        causes.push(field::required(path.child("averageValue"), detail));
    }
}

fn target(causes: &mut Vec<Cause>, target: &MetricTarget, path: Path<'_>) {
    if target.type_.is_empty() {
        causes.push(field::required(
            path.child("type"),
            "must specify a metric target type",
        ));
    } else if !matches!(target.type_.as_str(), "Utilization" | "Value" | "AverageValue") {
        let detail = "must be either Utilization, Value, or AverageValue";
        causes.push(field::invalid(path.child("type"), target.type_.as_str(), detail));
    }
    let positive = |quantity: &Quantity| amount(quantity).nanos > 0;
    for (name, quantity) in [("value", &target.value), ("averageValue", &target.average_value)] {
        if let Some(quantity) = quantity.as_ref().filter(|quantity| !positive(quantity)) {
            causes.push(field::invalid(
                path.child(name),
                quantity.0.as_str(),
                "must be positive",
            ));
        }
    }
    if let Some(percent) = target.average_utilization.filter(|percent| *percent < 1) {
        let detail = "must be greater than 0";
        causes.push(field::invalid(path.child("averageUtilization"), percent, detail));
    }
}

fn rules(causes: &mut Vec<Cause>, rules: &HPAScalingRules, path: Path<'_>) {
    let window_secs = rules.stabilization_window_seconds.unwrap_or(0);
    let at = path.child("stabilizationWindowSeconds");
    if window_secs < 0 {
        causes.push(field::invalid(
            at,
            window_secs,
            "must be greater than or equal to zero",
        ));
    } else if window_secs > MAX_WINDOW_SECS {
        let detail = format!("must be less than or equal to {MAX_WINDOW_SECS}");
        causes.push(field::invalid(at, window_secs, &detail));
    }
    if let Some(policy) = rules.select_policy.as_deref()
        && !matches!(policy, "Max" | "Min" | "Disabled")
    {
        let supported = &["Disabled", "Max", "Min"];
        causes.push(field::not_supported(
            path.child("selectPolicy"),
            policy,
            supported,
        ));
    }
    let at = path.child("policies");
    let policies = rules.policies.as_deref().unwrap_or_default();
    if policies.is_empty() {
        causes.push(field::required(at, "must specify at least one Policy"));
    }
    for (index, policy) in policies.iter().enumerate() {
        let at = at.index(index);
        if !matches!(policy.type_.as_str(), "Pods" | "Percent") {
            let supported = &["Percent", "Pods"];
            causes.push(field::not_supported(
                at.child("type"),
                policy.type_.as_str(),
                supported,
            ));
        }
        if policy.value <= 0 {
            let detail = "must be greater than zero";
            causes.push(field::invalid(at.child("value"), policy.value, detail));
        }
        if policy.period_seconds <= 0 {
            let detail = "must be greater than zero";
            causes.push(field::invalid(
                at.child("periodSeconds"),
                policy.period_seconds,
                detail,
            ));
        } else if policy.period_seconds > MAX_PERIOD_SECS {
            let detail = format!("must be less than or equal to {MAX_PERIOD_SECS}");
            causes.push(field::invalid(
                at.child("periodSeconds"),
                policy.period_seconds,
                &detail,
            ));
        }
    }
}
