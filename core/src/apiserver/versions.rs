//! One object, several versions: `events.k8s.io/v1` shows the events of `v1`, `autoscaling/v1` the autoscalers of
//! `autoscaling/v2`; custom objects change nothing but their `apiVersion` (`conversion.strategy: None`).
//!
//! Models `pkg/apis/core/v1` and `pkg/apis/events/v1` conversions, and `pkg/apis/autoscaling/v1/conversion.go`.

use serde_json::{Map, Value, json};

use super::request::{List, Response, ResponseBody};
use super::route::Form;
use crate::api::{AnyObject, Kind, Mismatch};

/// An object as it is stored, from what a client sends.
///
/// # Errors
///
/// When a field has another type than the kind's.
pub(super) fn stored(form: Form<'_>, mut value: Value) -> Result<AnyObject, Mismatch> {
    match form {
        Form::Custom(kind) => AnyObject::custom(kind, value),
        Form::Kind(kind) => {
            if kind != kind.storage() {
                convert(kind, &mut value, true);
                let stored = kind.storage().info();
                if let Value::Object(map) = &mut value {
                    map.insert("apiVersion".to_owned(), stored.api_version().into());
                    map.insert("kind".to_owned(), stored.name.into());
                }
            }
            AnyObject::from_value(kind.storage(), value)
        }
    }
}

/// A stored object as a client sees it.
pub(super) fn shown_object(object: AnyObject, form: Form<'_>) -> AnyObject {
    match form {
        Form::Custom(kind) => {
            let mut object = object;
            object.show_in(kind);
            object
        }
        Form::Kind(kind) if kind == kind.storage() || object.kind() != kind.storage() => object,
        Form::Kind(kind) => {
            let mut value = object.to_value();
            convert(kind, &mut value, false);
            AnyObject::from_value(kind, value).unwrap_or(object)
        }
    }
}

/// An answer as a client sees it.
pub(super) fn shown(mut response: Response, form: Form<'_>) -> Response {
    if matches!(form, Form::Kind(kind) if kind == kind.storage()) {
        return response;
    }
    response.body = match response.body {
        ResponseBody::Object(object) => ResponseBody::Object(shown_object(object, form)),
        ResponseBody::List(list) => ResponseBody::List(List {
            items: list
                .items
                .into_iter()
                .map(|item| shown_object(item, form))
                .collect(),
            kind: match form {
                Form::Kind(kind) => kind,
                Form::Custom(kind) => Kind::Custom(kind.id),
            },
            custom: match form {
                Form::Kind(_) => None,
                Form::Custom(kind) => Some(kind.clone()),
            },
            ..list
        }),
        ResponseBody::Table(mut table) => {
            for row in &mut table.rows {
                row.object = shown_object(row.object.clone(), form);
            }
            ResponseBody::Table(table)
        }
        other => other,
    };
    response
}

/// Renames and moves fields between a version and the one that is stored.
fn convert(kind: Kind, value: &mut Value, to_stored: bool) {
    let Value::Object(map) = value else { return };
    match kind {
        Kind::EventV1 => rename(map, EVENT_FIELDS, to_stored),
        Kind::HorizontalPodAutoscalerV1 if to_stored => autoscaler_to_stored(map),
        Kind::HorizontalPodAutoscalerV1 => autoscaler_to_v1(map),
        _ => {}
    }
}

/// Fields of `events.k8s.io/v1` and their names in `v1`.
const EVENT_FIELDS: &[(&str, &str)] = &[
    ("note", "message"),
    ("regarding", "involvedObject"),
    ("reportingController", "reportingComponent"),
    ("deprecatedSource", "source"),
    ("deprecatedFirstTimestamp", "firstTimestamp"),
    ("deprecatedLastTimestamp", "lastTimestamp"),
    ("deprecatedCount", "count"),
];

fn rename(map: &mut Map<String, Value>, fields: &[(&str, &str)], to_stored: bool) {
    for (here, there) in fields {
        let (from, to) = if to_stored { (here, there) } else { (there, here) };
        if let Some(value) = map.remove(*from) {
            map.insert((*to).to_owned(), value);
        }
    }
}

/// The annotation that keeps what `autoscaling/v1` has no field for.
const METRICS: &str = "autoscaling.alpha.kubernetes.io/metrics";
const BEHAVIOR: &str = "autoscaling.alpha.kubernetes.io/behavior";
const CONDITIONS: &str = "autoscaling.alpha.kubernetes.io/conditions";
const CURRENT_METRICS: &str = "autoscaling.alpha.kubernetes.io/current-metrics";

fn is_cpu(metric: &Value) -> bool {
    metric.pointer("/resource/name") == Some(&json!("cpu"))
}

fn below<'v>(map: &'v mut Map<String, Value>, key: &str) -> Option<&'v mut Map<String, Value>> {
    map.get_mut(key)?.as_object_mut()
}

fn autoscaler_to_stored(map: &mut Map<String, Value>) {
    let kept = map
        .get("metadata")
        .and_then(|metadata| metadata.get("annotations"));
    let annotation = |name: &str| -> Option<Value> {
        let text = kept?.get(name)?.as_str()?.to_owned();
        serde_json::from_str(&text).ok()
    };
    let (others, behavior) = (annotation(METRICS), annotation(BEHAVIOR));
    let annotations = map
        .get_mut("metadata")
        .and_then(|metadata| metadata.get_mut("annotations"));
    if let Some(Value::Object(annotations)) = annotations {
        for name in [METRICS, BEHAVIOR, CONDITIONS, CURRENT_METRICS] {
            annotations.remove(name);
        }
    }
    let Some(spec) = below(map, "spec") else { return };
    let mut metrics = Vec::new();
    if let Some(Value::Array(others)) = others {
        metrics.extend(others);
    }
    if let Some(wanted) = spec.remove("targetCPUUtilizationPercentage") {
        metrics.push(json!({
            "type": "Resource",
            "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": wanted}},
        }));
    }
    if !metrics.is_empty() {
        spec.insert("metrics".to_owned(), Value::Array(metrics));
    }
    if let Some(behavior) = behavior {
        spec.insert("behavior".to_owned(), behavior);
    }
    if let Some(status) = below(map, "status") {
        status.remove("currentCPUUtilizationPercentage");
    }
}

fn autoscaler_to_v1(map: &mut Map<String, Value>) {
    let mut annotations = Vec::new();
    if let Some(spec) = below(map, "spec") {
        let metrics = match spec.remove("metrics") {
            Some(Value::Array(metrics)) => metrics,
            _ => Vec::new(),
        };
        let (cpu, others): (Vec<_>, Vec<_>) = metrics.into_iter().partition(|metric| {
            is_cpu(metric) && metric.pointer("/resource/target/averageUtilization").is_some()
        });
        if let Some(wanted) = cpu
            .first()
            .and_then(|cpu| cpu.pointer("/resource/target/averageUtilization"))
        {
            spec.insert("targetCPUUtilizationPercentage".to_owned(), wanted.clone());
        }
        if !others.is_empty() {
            annotations.push((METRICS, Value::Array(others)));
        }
        annotations.extend(spec.remove("behavior").map(|behavior| (BEHAVIOR, behavior)));
    }
    if let Some(status) = below(map, "status") {
        annotations.extend(
            status
                .remove("conditions")
                .map(|conditions| (CONDITIONS, conditions)),
        );
        if let Some(Value::Array(current)) = status.remove("currentMetrics") {
            let cpu = current.iter().find(|metric| is_cpu(metric));
            if let Some(found) = cpu.and_then(|cpu| cpu.pointer("/resource/current/averageUtilization")) {
                status.insert("currentCPUUtilizationPercentage".to_owned(), found.clone());
            }
            annotations.push((CURRENT_METRICS, Value::Array(current)));
        }
    }
    let Some(metadata) = below(map, "metadata").filter(|_| !annotations.is_empty()) else {
        return;
    };
    let place = metadata.entry("annotations").or_insert_with(|| json!({}));
    if let Value::Object(place) = place {
        place.extend(
            annotations
                .into_iter()
                .map(|(name, value)| (name.to_owned(), json!(value.to_string()))),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn autoscalers_go_to_v1_and_back() {
        let v1 = json!({"apiVersion": "autoscaling/v1", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "a"},
                        "spec": {"maxReplicas": 3, "targetCPUUtilizationPercentage": 50,
                                 "scaleTargetRef": {"kind": "Deployment", "name": "d"}},
                        "status": {"currentReplicas": 0, "desiredReplicas": 0}});
        let form = Form::Kind(Kind::HorizontalPodAutoscalerV1);
        let object = stored(form, v1).expect("it fits");
        let metric = json!({"type": "Resource",
            "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 50}}});
        assert_eq!(object.to_value()["spec"]["metrics"], json!([metric]));
        assert_eq!(object.to_value()["apiVersion"], "autoscaling/v2");
        let back = shown_object(object, form).to_value();
        assert_eq!(back["spec"]["targetCPUUtilizationPercentage"], 50);
        assert_eq!(back["apiVersion"], "autoscaling/v1");
    }

    #[test]
    fn events_have_other_names_in_their_own_group() {
        let form = Form::Kind(Kind::EventV1);
        let event = json!({"apiVersion": "v1", "kind": "Event", "metadata": {"name": "e"}, "message": "m", "count": 2,
                           "involvedObject": {"kind": "Pod"}, "source": {}});
        let object = AnyObject::from_value(Kind::Event, event).expect("it fits");
        let shown = shown_object(object, form).to_value();
        assert_eq!(shown["note"], "m");
        assert_eq!(shown["deprecatedCount"], 2);
        assert_eq!(shown["regarding"], json!({"kind": "Pod"}));
        let back = stored(form, shown).expect("it fits").to_value();
        assert_eq!(back["message"], "m");
        assert_eq!(back["apiVersion"], "v1");
    }
}
