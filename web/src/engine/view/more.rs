//! From API objects of the less common kinds to the view's records, by way of their JSON: a typed reader for each of them would be a
//! good deal of code for a few numbers.

use serde_json::Value;
use timonier_core::api::AnyObject;
use timonier_core::api::meta::MetaExt;

use crate::view::projection::{DeploymentRecord, Id, Meta, Record, ReplicaSetRecord, ThingRecord};
use crate::view::texts;

/// Kinds that make Pods themselves.
const SETS: [&str; 4] = ["ReplicationController", "StatefulSet", "DaemonSet", "Job"];
/// Kinds that stand beside what runs. A custom kind always does.
const THINGS: [&str; 18] = [
    "ClusterRole",
    "ClusterRoleBinding",
    "ConfigMap",
    "CustomResourceDefinition",
    "HorizontalPodAutoscaler",
    "Ingress",
    "IngressClass",
    "LimitRange",
    "NetworkPolicy",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "PodDisruptionBudget",
    "ResourceQuota",
    "Role",
    "RoleBinding",
    "Secret",
    "ServiceAccount",
    "StorageClass",
];

/// How the names of cluster-wide objects begin that come with a cluster.
const BROUGHT: [&str; 3] = ["system:", "kubeadm:", "local-path-provisioner"];

/// Whether an object has a record from here.
pub(super) fn shown(object: &AnyObject) -> bool {
    let kind = object.names().kind;
    kind == "CronJob" || SETS.contains(&kind) || is_thing(object, kind)
}

/// What somebody made, not what a cluster brings with it.
fn is_thing(object: &AnyObject, kind: &str) -> bool {
    let (metadata, name) = (object.metadata(), object.name());
    let brought = (kind == "ConfigMap" && name == "kube-root-ca.crt")
        || (kind == "ServiceAccount" && name == "default")
        || (kind == "StorageClass" && name == "standard")
        || object.namespace().starts_with("kube-")
        || BROUGHT.iter().any(|start| name.starts_with(start))
        || metadata
            .labels_or_empty()
            .contains_key("kubernetes.io/bootstrapping");
    !brought && (THINGS.contains(&kind) || object.custom_kind().is_some())
}

/// The object's record.
pub(super) fn record(object: &AnyObject) -> Option<Record> {
    if !shown(object) {
        return None;
    }
    let kind = object.names().kind.to_owned();
    let value = Json(object.to_value());
    let metadata = object.metadata();
    let meta = Meta {
        id: Id::from_uid(object.uid()),
        namespace: object.namespace().to_owned(),
        name: object.name().to_owned(),
        owner: metadata.controller().map(|owner| Id::from_uid(&owner.uid)),
        created_micros: metadata.created_at().as_micros(),
        deleting: metadata.is_deleting(),
    };
    Some(match kind.as_str() {
        "CronJob" => Record::Deployment(DeploymentRecord {
            meta,
            kind,
            schedule: value.text("/spec/schedule"),
            paused: value.at("/spec/suspend") == Some(&Value::Bool(true)),
            ..DeploymentRecord::default()
        }),
        set if SETS.contains(&set) => Record::ReplicaSet(value.set(meta, kind)),
        _ => Record::Thing(ThingRecord {
            note: value.note(&kind),
            scales: (kind == "HorizontalPodAutoscaler").then(|| {
                (
                    value.text("/spec/scaleTargetRef/kind"),
                    value.text("/spec/scaleTargetRef/name"),
                )
            }),
            meta,
            kind,
        }),
    })
}

/// An object as the API serves it.
struct Json(Value);

impl Json {
    fn at(&self, pointer: &str) -> Option<&Value> {
        self.0.pointer(pointer)
    }

    fn text(&self, pointer: &str) -> String {
        self.at(pointer)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    }

    fn number(&self, pointer: &str) -> Option<u32> {
        self.at(pointer)?
            .as_u64()
            .and_then(|number| u32::try_from(number).ok())
    }

    fn list(&self, pointer: &str) -> impl Iterator<Item = &Value> {
        self.at(pointer).and_then(Value::as_array).into_iter().flatten()
    }

    fn set(&self, meta: Meta, kind: String) -> ReplicaSetRecord {
        let of = |pointers: [&str; 3]| pointers.map(|pointer| self.number(pointer));
        let [wanted, current, ready] = match kind.as_str() {
            "DaemonSet" => of([
                "/status/desiredNumberScheduled",
                "/status/currentNumberScheduled",
                "/status/numberReady",
            ]),
            "Job" => {
                let [completions, active, succeeded] =
                    of(["/spec/completions", "/status/active", "/status/succeeded"]);
                // Without a number of completions, a Job wants as many as it runs at once.
                [
                    completions.or(self.number("/spec/parallelism")),
                    active,
                    succeeded,
                ]
            }
            _ => of(["/spec/replicas", "/status/replicas", "/status/readyReplicas"]),
        };
        let images = self
            .list("/spec/template/spec/containers")
            .filter_map(|container| container.get("image")?.as_str().map(str::to_owned));
        ReplicaSetRecord {
            meta,
            replicas: wanted.unwrap_or(u32::from(kind != "DaemonSet")),
            current: current.unwrap_or(0),
            ready: ready.unwrap_or(0),
            ended: (kind == "Job").then(|| self.ended()).flatten(),
            revision: 0,
            images: images.collect(),
            kind,
        }
    }

    /// How a Job ended.
    fn ended(&self) -> Option<bool> {
        self.list("/status/conditions").find_map(|condition| {
            let holds = condition.get("status")? == "True";
            match condition.get("type")?.as_str()? {
                "Complete" if holds => Some(true),
                "Failed" if holds => Some(false),
                _ => None,
            }
        })
    }

    fn note(&self, kind: &str) -> String {
        match kind {
            "PersistentVolumeClaim" | "PersistentVolume" => self.text("/status/phase"),
            "Secret" => match self.text("/type") {
                plain if plain == "Opaque" => String::new(),
                other => other,
            },
            "StorageClass" => self.text("/provisioner"),
            "ConfigMap" => {
                let keys = self
                    .at("/data")
                    .and_then(Value::as_object)
                    .map_or(0, serde_json::Map::len);
                texts::keys(keys)
            }
            "PodDisruptionBudget" => {
                let rule = |name: &str, words: &str| {
                    let found = self.at(&format!("/spec/{name}"))?;
                    let found = found.as_str().map_or_else(|| found.to_string(), str::to_owned);
                    Some(format!("{words}\u{a0}{found}"))
                };
                rule("minAvailable", "min.")
                    .or_else(|| rule("maxUnavailable", "max. absents"))
                    .unwrap_or_default()
            }
            "HorizontalPodAutoscaler" => format!(
                "{}–{}",
                self.number("/spec/minReplicas").unwrap_or(1),
                self.number("/spec/maxReplicas").unwrap_or(1)
            ),
            "Ingress" => {
                let hosts = self
                    .list("/spec/rules")
                    .filter_map(|rule| rule.get("host")?.as_str());
                hosts.collect::<Vec<_>>().join(", ")
            }
            _ => String::new(),
        }
    }
}
