//! The rows (`printHorizontalPodAutoscaler`, `formatHPAMetrics`).

use crate::api::HorizontalPodAutoscaler;
use crate::api::types::Quantity;
use crate::api::types::autoscaling::{MetricSpec, MetricStatus, MetricTarget, MetricValueStatus};
use crate::apiserver::printing::age_of;
use crate::apiserver::table::Column;
use crate::sim::Time;

/// How many metrics a row names.
const NAMED: usize = 2;
const UNKNOWN: &str = "<unknown>";

pub(super) const COLUMNS: &[Column] = &[
    Column::new("Name"),
    Column::new("Reference"),
    Column::new("Targets"),
    Column::new("MinPods"),
    Column::new("MaxPods"),
    Column::new("Replicas"),
    Column::new("Age"),
];

pub(super) fn cells(autoscaler: &HorizontalPodAutoscaler, now: Time) -> Vec<String> {
    let (spec, status) = (&autoscaler.spec, &autoscaler.status);
    let target = &spec.scale_target_ref;
    let metrics = spec.metrics.as_deref().unwrap_or_default();
    let current = status.current_metrics.as_deref().unwrap_or_default();
    vec![
        autoscaler.name().to_owned(),
        format!("{}/{}", target.kind, target.name),
        targets(metrics, current),
        spec.min_replicas
            .map_or_else(|| "<unset>".to_owned(), |count| count.to_string()),
        spec.max_replicas.to_string(),
        status.current_replicas.unwrap_or(0).to_string(),
        age_of(&autoscaler.metadata, now),
    ]
}

/// What is measured and what is wanted, in a cell.
fn targets(metrics: &[MetricSpec], current: &[MetricStatus]) -> String {
    if metrics.is_empty() {
        return "<none>".to_owned();
    }
    let shown: Vec<String> = metrics
        .iter()
        .enumerate()
        .map(|(index, metric)| one(metric, current.get(index)))
        .collect();
    let more = shown.len().saturating_sub(NAMED);
    let named = shown.get(..NAMED.min(shown.len())).unwrap_or_default().join(", ");
    match more {
        0 => named,
        more => format!("{named} + {more} more..."),
    }
}

fn one(metric: &MetricSpec, status: Option<&MetricStatus>) -> String {
    match metric.type_.as_str() {
        "Resource" => {
            let Some(source) = &metric.resource else {
                return UNKNOWN.to_owned();
            };
            let current = status.and_then(|status| status.resource.as_ref());
            let shown = resource(&source.target, current.map(|found| &found.current));
            format!("{}: {shown}", source.name)
        }
        "ContainerResource" => {
            let Some(source) = &metric.container_resource else {
                return UNKNOWN.to_owned();
            };
            let current = status.and_then(|status| status.container_resource.as_ref());
            let shown = resource(&source.target, current.map(|found| &found.current));
            format!("{}: {shown}", source.name)
        }
        "Pods" => {
            let current = status.and_then(|status| status.pods.as_ref());
            let target = metric.pods.as_ref().map(|source| &source.target);
            average(target, current.map(|found| &found.current))
        }
        "Object" => {
            let current = status.and_then(|status| status.object.as_ref());
            let target = metric.object.as_ref().map(|source| &source.target);
            value_or_average(target, current.map(|found| &found.current))
        }
        "External" => {
            let current = status.and_then(|status| status.external.as_ref());
            let target = metric.external.as_ref().map(|source| &source.target);
            value_or_average(target, current.map(|found| &found.current))
        }
        _ => "<unknown type>".to_owned(),
    }
}

fn resource(target: &MetricTarget, current: Option<&MetricValueStatus>) -> String {
    if target.average_value.is_some() {
        return average(Some(target), current);
    }
    let found = current.and_then(|current| current.average_utilization);
    let found = found.map_or_else(|| UNKNOWN.to_owned(), |percent| format!("{percent}%"));
    let wanted = target.average_utilization;
    let wanted = wanted.map_or_else(|| "<auto>".to_owned(), |percent| format!("{percent}%"));
    format!("{found}/{wanted}")
}

fn average(target: Option<&MetricTarget>, current: Option<&MetricValueStatus>) -> String {
    let found = text(current.and_then(|current| current.average_value.as_ref()));
    format!(
        "{found}/{}",
        text(target.and_then(|target| target.average_value.as_ref()))
    )
}

fn value_or_average(target: Option<&MetricTarget>, current: Option<&MetricValueStatus>) -> String {
    if target.is_some_and(|target| target.average_value.is_some()) {
        return format!("{} (avg)", average(target, current));
    }
    let found = text(current.and_then(|current| current.value.as_ref()));
    format!(
        "{found}/{}",
        text(target.and_then(|target| target.value.as_ref()))
    )
}

fn text(quantity: Option<&Quantity>) -> &str {
    quantity.map_or(UNKNOWN, |quantity| &quantity.0)
}
