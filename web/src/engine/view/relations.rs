//! What relates objects besides owner references: labels and selectors, what Pods mount and read, what an Ingress or a claim leads to.

use std::collections::BTreeMap;

use serde_json::Value;
use timonier_core::api::AnyObject;
use timonier_core::api::labels::selector_matches;
use timonier_core::api::meta::MetaExt;
use timonier_core::api::types::core::{EnvFromSource, EnvVar, PodSpec};
use timonier_core::api::types::meta::{LabelSelector, LabelSelectorRequirement};
use timonier_core::sorted::{SortedMap, SortedSet};

use crate::view::projection::Id;

/// Kind and name of an object in the same namespace, or of a cluster-wide one.
pub(in crate::engine) type Reference = (String, String);

/// What one object says of others.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::engine) struct Relation {
    /// Its own labels.
    pub(in crate::engine) labels: BTreeMap<String, String>,
    /// What it needs by name.
    pub(in crate::engine) uses: SortedSet<Reference>,
    /// The Pods of its namespace that it selects.
    pub(in crate::engine) selector: Option<LabelSelector>,
}

/// The relations of all shown objects.
#[derive(Clone, Debug, Default)]
pub(in crate::engine) struct Relations(SortedMap<Id, Relation>);

impl Relations {
    /// What an object says, as it is now.
    pub(super) fn add(&mut self, object: &AnyObject) {
        let relation = match object {
            AnyObject::Pod(pod) => Relation {
                uses: uses(&pod.spec),
                ..Relation::default()
            },
            AnyObject::ReplicaSet(set) => Relation {
                uses: set
                    .spec
                    .template
                    .as_ref()
                    .and_then(|template| template.spec.as_ref())
                    .map(uses)
                    .unwrap_or_default(),
                ..Relation::default()
            },
            AnyObject::Service(service) => Relation {
                // A Service without a selector selects nothing, unlike other selectors.
                selector: service.spec.selector.clone().map(|labels| LabelSelector {
                    match_labels: Some(labels),
                    ..LabelSelector::default()
                }),
                ..Relation::default()
            },
            other => match other.names().kind {
                "NetworkPolicy" => selecting(&other.to_value(), "/spec/podSelector"),
                "PodDisruptionBudget" => selecting(&other.to_value(), "/spec/selector"),
                "Ingress" => leading(&other.to_value()),
                "PersistentVolumeClaim" => {
                    named(&other.to_value(), &[("PersistentVolume", "/spec/volumeName")])
                }
                "PersistentVolume" => named(&other.to_value(), &[("StorageClass", "/spec/storageClassName")]),
                _ => return,
            },
        };
        let labels = object.metadata().labels_or_empty().clone();
        self.0
            .insert(Id::from_uid(object.uid()), Relation { labels, ..relation });
    }

    /// These objects are gone.
    pub(super) fn forget(&mut self, gone: &[Id]) {
        for id in gone {
            self.0.remove(id);
        }
    }

    /// What an object says.
    pub(in crate::engine) fn of(&self, id: Id) -> Option<&Relation> {
        self.0.get(&id)
    }

    /// Whether one object selects a Pod of its namespace.
    pub(in crate::engine) fn selects(&self, selecting: Id, pod: Id) -> bool {
        let (Some(one), Some(pod)) = (self.of(selecting), self.of(pod)) else {
            return false;
        };
        one.selector.is_some() && selector_matches(one.selector.as_ref(), &pod.labels)
    }
}

fn selecting(value: &Value, pointer: &str) -> Relation {
    Relation {
        selector: value.pointer(pointer).map(selector),
        ..Relation::default()
    }
}

/// A selector of an object that is kept as JSON; the API server has seen to it that it is one.
fn selector(value: &Value) -> LabelSelector {
    let text = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or_default().to_owned();
    let labels = value.get("matchLabels").and_then(Value::as_object);
    let expressions = value.get("matchExpressions").and_then(Value::as_array);
    let requirement = |value: &Value| LabelSelectorRequirement {
        key: text(value.get("key")),
        operator: text(value.get("operator")),
        values: value
            .get("values")
            .and_then(Value::as_array)
            .map(|values| values.iter().map(|value| text(Some(value))).collect()),
    };
    LabelSelector {
        match_labels: labels.map(|labels| {
            labels
                .iter()
                .map(|(name, value)| (name.clone(), text(Some(value))))
                .collect()
        }),
        match_expressions: expressions.map(|list| list.iter().map(requirement).collect()),
    }
}

fn named(value: &Value, wanted: &[(&str, &str)]) -> Relation {
    let named = wanted.iter().filter_map(|(kind, pointer)| {
        let name = value.pointer(pointer)?.as_str()?;
        (!name.is_empty()).then(|| ((*kind).to_owned(), name.to_owned()))
    });
    Relation {
        uses: named.collect(),
        ..Relation::default()
    }
}

/// The Services behind an Ingress.
fn leading(ingress: &Value) -> Relation {
    let list = |value: &Value, pointer: &str| value.pointer(pointer).and_then(Value::as_array).cloned();
    let mut backends: Vec<Value> = ingress
        .pointer("/spec/defaultBackend")
        .cloned()
        .into_iter()
        .collect();
    for rule in list(ingress, "/spec/rules").unwrap_or_default() {
        for path in list(&rule, "/http/paths").unwrap_or_default() {
            backends.extend(path.get("backend").cloned());
        }
    }
    let names = backends
        .iter()
        .filter_map(|backend| backend.pointer("/service/name")?.as_str());
    Relation {
        uses: names
            .map(|name| ("Service".to_owned(), name.to_owned()))
            .collect(),
        ..Relation::default()
    }
}

/// What a Pod of this spec mounts and reads.
fn uses(spec: &PodSpec) -> SortedSet<Reference> {
    let mut found = SortedSet::new();
    let mut add = |kind: &str, name: &str| {
        if !name.is_empty() && name != "kube-root-ca.crt" {
            found.insert((kind.to_owned(), name.to_owned()));
        }
    };
    for volume in spec.volumes.iter().flatten() {
        if let Some(map) = &volume.config_map {
            add("ConfigMap", &map.name);
        }
        if let Some(secret) = &volume.secret {
            add("Secret", secret.secret_name.as_deref().unwrap_or_default());
        }
        if let Some(claim) = &volume.persistent_volume_claim {
            add("PersistentVolumeClaim", &claim.claim_name);
        }
        for source in volume
            .projected
            .iter()
            .flat_map(|projected| projected.sources.iter().flatten())
        {
            if let Some(map) = &source.config_map {
                add("ConfigMap", &map.name);
            }
            if let Some(secret) = &source.secret {
                add("Secret", &secret.name);
            }
        }
    }
    for container in spec.init_containers.iter().flatten().chain(&spec.containers) {
        container
            .env
            .iter()
            .flatten()
            .for_each(|variable| of_variable(variable, &mut add));
        container
            .env_from
            .iter()
            .flatten()
            .for_each(|source| of_source(source, &mut add));
    }
    if let Some(account) = spec
        .service_account_name
        .as_deref()
        .filter(|name| *name != "default")
    {
        add("ServiceAccount", account);
    }
    found
}

fn of_variable(variable: &EnvVar, add: &mut impl FnMut(&str, &str)) {
    let Some(source) = &variable.value_from else {
        return;
    };
    if let Some(map) = &source.config_map_key_ref {
        add("ConfigMap", &map.name);
    }
    if let Some(secret) = &source.secret_key_ref {
        add("Secret", &secret.name);
    }
}

fn of_source(source: &EnvFromSource, add: &mut impl FnMut(&str, &str)) {
    if let Some(map) = &source.config_map_ref {
        add("ConfigMap", &map.name);
    }
    if let Some(secret) = &source.secret_ref {
        add("Secret", &secret.name);
    }
}
