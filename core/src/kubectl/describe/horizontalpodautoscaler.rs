//! `HorizontalPodAutoscaler`

use super::writer::{Writer, moment};
use crate::api::HorizontalPodAutoscaler;
use crate::api::types::Quantity;
use crate::api::types::autoscaling::{
    HPAScalingRules, MetricSpec, MetricStatus, MetricTarget, MetricValueStatus,
};

const UNKNOWN: &str = "<unknown>";

/// An autoscaler.
pub(super) fn write(w: &mut Writer, autoscaler: &HorizontalPodAutoscaler) {
    let (spec, status) = (&autoscaler.spec, &autoscaler.status);
    w.name(&autoscaler.metadata);
    w.labels("", "Labels", autoscaler.metadata.labels.as_ref());
    w.annotations("Annotations", autoscaler.metadata.annotations.as_ref());
    w.field(
        0,
        "CreationTimestamp",
        moment(autoscaler.metadata.creation_timestamp.as_ref()),
    );
    let target = &spec.scale_target_ref;
    w.field(0, "Reference", format!("{}/{}", target.kind, target.name));
    w.field(0, "Metrics", "( current / target )");
    let current = status.current_metrics.as_deref().unwrap_or_default();
    for (index, found) in spec.metrics.iter().flatten().enumerate() {
        metric(w, found, current.get(index));
    }
    let least = spec
        .min_replicas
        .map_or_else(|| "<unset>".to_owned(), |count| count.to_string());
    w.field(0, "Min replicas", least);
    w.field(0, "Max replicas", spec.max_replicas);
    if let Some(behavior) = &spec.behavior {
        w.line(0, "Behavior:");
        rules(w, "Scale Up", behavior.scale_up.as_ref());
        rules(w, "Scale Down", behavior.scale_down.as_ref());
    }
    let (found, wanted) = (status.current_replicas.unwrap_or(0), status.desired_replicas);
    w.field(
        0,
        &format!("{} pods", target.kind),
        format!("{found} current / {wanted} desired"),
    );
    let conditions = status.conditions.as_deref().unwrap_or_default();
    if !conditions.is_empty() {
        w.line(0, "Conditions:");
        w.line(1, "Type\tStatus\tReason\tMessage");
        w.line(1, "----\t------\t------\t-------");
        for condition in conditions {
            let reason = condition.reason.as_deref().unwrap_or_default();
            let message = condition.message.as_deref().unwrap_or_default();
            let (type_, value) = (&condition.type_, &condition.status);
            w.line(1, format!("{type_}\t{value}\t{reason}\t{message}"));
        }
    }
}

fn metric(w: &mut Writer, metric: &MetricSpec, status: Option<&MetricStatus>) {
    if let Some(source) = &metric.resource {
        let current = status.and_then(|status| status.resource.as_ref());
        let title = format!("resource {} on pods", source.name);
        resource(w, &title, &source.target, current.map(|found| &found.current));
    } else if let Some(source) = &metric.container_resource {
        let current = status.and_then(|status| status.container_resource.as_ref());
        let title = format!(
            "resource {} of container {:?} on pods",
            source.name, source.container
        );
        resource(w, &title, &source.target, current.map(|found| &found.current));
    } else if let Some(source) = &metric.pods {
        let current = status.and_then(|status| status.pods.as_ref());
        let found = text(current.and_then(|found| found.current.average_value.as_ref()));
        let wanted = text(source.target.average_value.as_ref());
        w.field(
            1,
            &format!("{:?} on pods", source.metric.name),
            format!("{found} / {wanted}"),
        );
    } else if let Some(source) = &metric.object {
        let current = status
            .and_then(|status| status.object.as_ref())
            .map(|found| &found.current);
        let object = &source.described_object;
        let title = format!("{:?} on {}/{}", source.metric.name, object.kind, object.name);
        value(w, &title, &source.target, current);
    } else if let Some(source) = &metric.external {
        let current = status
            .and_then(|status| status.external.as_ref())
            .map(|found| &found.current);
        value(w, &format!("{:?}", source.metric.name), &source.target, current);
    } else {
        w.line(1, format!("<unknown metric type {:?}>", metric.type_));
    }
}

fn resource(w: &mut Writer, title: &str, target: &MetricTarget, current: Option<&MetricValueStatus>) {
    if target.average_value.is_some() {
        let found = text(current.and_then(|current| current.average_value.as_ref()));
        let wanted = text(target.average_value.as_ref());
        w.field(1, title, format!("{found} / {wanted}"));
        return;
    }
    let found = current.and_then(|current| {
        let percent = current.average_utilization?;
        Some(format!("{percent}% ({})", text(current.average_value.as_ref())))
    });
    let wanted = target.average_utilization;
    let wanted = wanted.map_or_else(|| "<auto>".to_owned(), |percent| format!("{percent}%"));
    w.field(
        1,
        &format!("{title}  (as a percentage of request)"),
        format!("{} / {wanted}", found.as_deref().unwrap_or(UNKNOWN)),
    );
}

fn value(w: &mut Writer, title: &str, target: &MetricTarget, current: Option<&MetricValueStatus>) {
    let average = target.average_value.is_some();
    let (kind, found, wanted) = if average {
        let found = current.and_then(|current| current.average_value.as_ref());
        ("target average value", found, target.average_value.as_ref())
    } else {
        let found = current.and_then(|current| current.value.as_ref());
        ("target value", found, target.value.as_ref())
    };
    w.field(
        1,
        &format!("{title} ({kind})"),
        format!("{} / {}", text(found), text(wanted)),
    );
}

fn rules(w: &mut Writer, title: &str, rules: Option<&HPAScalingRules>) {
    let Some(rules) = rules else { return };
    w.line(1, format!("{title}:"));
    if let Some(secs) = rules.stabilization_window_seconds {
        w.line(2, format!("Stabilization Window: {secs} seconds"));
    }
    if let Some(tolerance) = &rules.tolerance {
        w.line(2, format!("Tolerance: {}", tolerance.0));
    }
    let policies = rules.policies.as_deref().unwrap_or_default();
    if policies.is_empty() {
        return;
    }
    let select = rules.select_policy.as_deref().unwrap_or("Max");
    w.line(2, format!("Select Policy: {select}"));
    w.line(2, "Policies:");
    for policy in policies {
        w.line(
            3,
            format!(
                "- Type: {}\tValue: {}\tPeriod: {} seconds",
                policy.type_, policy.value, policy.period_seconds
            ),
        );
    }
}

fn text(quantity: Option<&Quantity>) -> &str {
    quantity.map_or(UNKNOWN, |quantity| &quantity.0)
}
