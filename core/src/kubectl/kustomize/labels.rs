//! `labels`, `commonLabels` and `commonAnnotations`: on the objects, on their templates, and in selectors
//! (`builtinpluginconsts/commonlabels.go`).

use serde_json::{Map, Value};

use super::{Resource, items, pairs};
use crate::kubectl::value::map_mut;

/// The templates of a kind, as paths to their metadata.
fn templates(kind: &str) -> &'static [&'static [&'static str]] {
    match kind {
        "Deployment" | "ReplicaSet" | "DaemonSet" | "StatefulSet" | "Job" | "ReplicationController" => {
            &[&["spec", "template", "metadata"]]
        }
        "CronJob" => &[
            &["spec", "jobTemplate", "metadata"],
            &["spec", "jobTemplate", "spec", "template", "metadata"],
        ],
        _ => &[],
    }
}

/// The selectors of a kind, and whether they are made where there are none.
fn selectors(kind: &str) -> &'static [(&'static [&'static str], bool)] {
    match kind {
        "Service" | "ReplicationController" => &[(&["spec", "selector"], true)],
        "Deployment" | "ReplicaSet" | "DaemonSet" | "StatefulSet" => {
            &[(&["spec", "selector", "matchLabels"], true)]
        }
        "Job" | "PodDisruptionBudget" => &[(&["spec", "selector", "matchLabels"], false)],
        "CronJob" => &[(&["spec", "jobTemplate", "spec", "selector", "matchLabels"], false)],
        "NetworkPolicy" => &[(&["spec", "podSelector", "matchLabels"], false)],
        _ => &[],
    }
}

fn add(object: &mut Value, path: &[&str], pairs: &[(String, Value)]) {
    let map = map_mut(object, path);
    for (key, value) in pairs {
        // Numbers and truth values are written as texts.
        let value = match value {
            Value::Number(_) | Value::Bool(_) => value.to_string().into(),
            value => value.clone(),
        };
        map.insert(key.clone(), value);
    }
}

fn exists(object: &Value, path: &[&str]) -> bool {
    let mut value = Some(object);
    for key in path {
        value = value.and_then(|value| value.get(key));
    }
    value
        .and_then(Value::as_object)
        .is_some_and(|map: &Map<String, Value>| !map.is_empty())
}

/// Sets what a kustomization says of labels and annotations.
pub(super) fn run(resources: &mut [Resource], rules: &Value) {
    let mut labels: Vec<(Vec<(String, Value)>, bool, bool)> =
        vec![(pairs(rules, "/commonLabels"), true, true)];
    for entry in items(rules, "/labels") {
        let on = |key: &str| entry.get(key).and_then(Value::as_bool).unwrap_or(false);
        labels.push((
            pairs(entry, "/pairs"),
            on("includeSelectors"),
            on("includeTemplates"),
        ));
    }
    let annotations = pairs(rules, "/commonAnnotations");
    for resource in resources {
        let kind = resource.kind().to_owned();
        let object = &mut resource.object;
        for (pairs, in_selectors, in_templates) in labels.iter().filter(|(pairs, _, _)| !pairs.is_empty()) {
            add(object, &["metadata", "labels"], pairs);
            if *in_selectors || *in_templates {
                for path in templates(&kind) {
                    add(object, &[path, &["labels"][..]].concat(), pairs);
                }
            }
            if *in_selectors {
                for (path, made) in selectors(&kind) {
                    if *made || exists(object, path) {
                        add(object, path, pairs);
                    }
                }
            }
        }
        if !annotations.is_empty() {
            add(object, &["metadata", "annotations"], &annotations);
            for path in templates(&kind) {
                add(object, &[path, &["annotations"][..]].concat(), &annotations);
            }
        }
    }
}
