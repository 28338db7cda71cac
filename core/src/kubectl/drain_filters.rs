//! Which Pods a drain takes away, which it leaves, and which forbid it (`k8s.io/kubectl/pkg/drain/filters.go`).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::drain::aggregate;
use crate::api::meta::MetaExt;
use crate::api::{Pod, StatusError};
use crate::sim::Time;

const MIRROR_POD: &str = "kubernetes.io/config.mirror";

/// What the flags ask for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Filters {
    pub(super) force: bool,
    pub(super) ignore_daemon_sets: bool,
    pub(super) delete_emptydir_data: bool,
    pub(super) skip_deleted_after_secs: i64,
    pub(super) pod_selector: String,
}

/// What is to become of a Pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It goes; with a warning if there is one.
    Delete(Option<String>),
    /// It stays; with a warning if there is one.
    Skip(Option<String>),
    /// It forbids the drain.
    Refuse(String),
}

impl Filters {
    /// Judges a Pod; `daemon_set` asks for the DaemonSet of a name.
    pub(super) fn judge(
        &self,
        pod: &Pod,
        now: Time,
        daemon_set: impl FnOnce(&str) -> Result<Value, StatusError>,
    ) -> Verdict {
        if self.is_skipped(pod, now) {
            return Verdict::Skip(None);
        }
        let ended = matches!(pod.status.phase.as_deref(), Some("Succeeded" | "Failed"));
        let controller = pod.metadata.controller();
        let mut warning = None;
        if let Some(owner) = controller.filter(|owner| owner.kind == "DaemonSet" && !ended) {
            match daemon_set(&owner.name) {
                Err(error) if error.is_not_found() && self.force => warning = Some(error.message),
                Err(error) => return Verdict::Refuse(error.message),
                Ok(_) if self.ignore_daemon_sets => {
                    return Verdict::Skip(Some("ignoring DaemonSet-managed Pods".to_owned()));
                }
                Ok(_) => {
                    let why = "DaemonSet-managed Pods (use --ignore-daemonsets to ignore)";
                    return Verdict::Refuse(why.to_owned());
                }
            }
        }
        if pod.metadata.annotation(MIRROR_POD).is_some() {
            return Verdict::Skip(None);
        }
        // Each later filter's word replaces the earlier one's.
        if ended {
            return Verdict::Delete(None);
        }
        let local = pod
            .spec
            .volumes
            .iter()
            .flatten()
            .any(|volume| volume.empty_dir.is_some());
        if local && !self.delete_emptydir_data {
            let why = "Pods with local storage (use --delete-emptydir-data to override)";
            return Verdict::Refuse(why.to_owned());
        }
        match (controller, self.force) {
            (Some(_), _) => {
                drop(warning);
                Verdict::Delete(None)
            }
            (None, true) => Verdict::Delete(Some("deleting Pods that declare no controller".to_owned())),
            (None, false) => {
                let why = "cannot delete Pods that declare no controller (use --force to override)";
                Verdict::Refuse(why.to_owned())
            }
        }
    }

    /// Whether a Pod has been going for so long that it is not waited for.
    pub(super) fn is_skipped(&self, pod: &Pod, now: Time) -> bool {
        let limit = self.skip_deleted_after_secs;
        let going = pod
            .metadata
            .deletion_timestamp
            .as_ref()
            .map(|at| i64::try_from(now.since(Time::from_timestamp(at.0)).as_secs()).unwrap_or(i64::MAX));
        limit > 0 && going.is_some_and(|secs| secs > limit)
    }
}

/// The Pods of a node with their verdicts.
#[derive(Debug, Default)]
pub(super) struct PodDeleteList {
    items: Vec<(Pod, Verdict)>,
}

impl PodDeleteList {
    pub(super) fn add(&mut self, pod: &Pod, verdict: Verdict) {
        self.items.push((pod.clone(), verdict));
    }

    /// Those that go.
    pub(super) fn pods(&self) -> impl Iterator<Item = &Pod> {
        self.items
            .iter()
            .filter(|(_, verdict)| matches!(verdict, Verdict::Delete(_)))
            .map(|(pod, _)| pod)
    }

    /// All warnings in one line.
    pub(super) fn warnings(&self) -> String {
        let said = self.by_message(|verdict| match verdict {
            Verdict::Delete(warning) | Verdict::Skip(warning) => warning.clone(),
            Verdict::Refuse(_) => None,
        });
        said.join("; ")
    }

    /// Nothing, if no Pod forbids the drain.
    ///
    /// # Errors
    ///
    /// Which Pods forbid it, and why.
    pub(super) fn refused(&self) -> Result<(), String> {
        let said: Vec<String> = self
            .by_message(|verdict| match verdict {
                Verdict::Refuse(why) => Some(why.clone()),
                _ => None,
            })
            .into_iter()
            .map(|why| {
                if why.to_lowercase().starts_with("cannot delete") {
                    why
                } else {
                    format!("cannot delete {why}")
                }
            })
            .collect();
        if said.is_empty() {
            Ok(())
        } else {
            Err(aggregate(&said))
        }
    }

    fn by_message(&self, of: impl Fn(&Verdict) -> Option<String>) -> Vec<String> {
        let mut pods: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (pod, verdict) in &self.items {
            if let Some(message) = of(verdict) {
                let name = format!("{}/{}", pod.namespace(), pod.name());
                pods.entry(message).or_default().push(name);
            }
        }
        pods.into_iter()
            .map(|(message, pods)| format!("{message}: {}", pods.join(", ")))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::api::{AnyObject, Kind};

    fn pod(value: Value) -> Pod {
        let mut value = value;
        value["apiVersion"] = json!("v1");
        value["kind"] = json!("Pod");
        value["metadata"]["name"] = json!("p");
        value["metadata"]["namespace"] = json!("default");
        let object = AnyObject::from_value(Kind::Pod, value).expect("a Pod");
        object.get::<Pod>().expect("a Pod").clone()
    }

    #[test]
    fn pods_are_judged_as_the_filters_do() {
        let owned = |kind: &str| {
            json!({"metadata": {"ownerReferences": [{"apiVersion": "apps/v1", "kind": kind, "name": "o",
                   "uid": "1", "controller": true}]}, "spec": {"containers": []}})
        };
        let mut local = owned("ReplicaSet");
        local["spec"]["volumes"] = json!([{"name": "v", "emptyDir": {}}]);
        let mut ended = json!({"metadata": {}, "spec": {"containers": []}});
        ended["status"] = json!({"phase": "Succeeded"});
        let mut mirror = json!({"metadata": {}, "spec": {"containers": []}});
        mirror["metadata"]["annotations"] = json!({"kubernetes.io/config.mirror": "x"});
        let naked = json!({"metadata": {}, "spec": {"containers": []}});
        let (none, force) = (
            Filters::default(),
            Filters {
                force: true,
                ..Filters::default()
            },
        );
        let ignore = Filters {
            ignore_daemon_sets: true,
            ..Filters::default()
        };
        let data = Filters {
            delete_emptydir_data: true,
            ..Filters::default()
        };
        let delete = Verdict::Delete(None);
        let skip = |why: Option<&str>| Verdict::Skip(why.map(str::to_owned));
        let refuse = |why: &str| Verdict::Refuse(why.to_owned());
        for (filters, value, expected) in [
            (&none, &owned("ReplicaSet"), delete.clone()),
            (
                &none,
                &naked,
                refuse("cannot delete Pods that declare no controller (use --force to override)"),
            ),
            (
                &force,
                &naked,
                Verdict::Delete(Some("deleting Pods that declare no controller".to_owned())),
            ),
            (
                &none,
                &owned("DaemonSet"),
                refuse("DaemonSet-managed Pods (use --ignore-daemonsets to ignore)"),
            ),
            (
                &ignore,
                &owned("DaemonSet"),
                skip(Some("ignoring DaemonSet-managed Pods")),
            ),
            (
                &none,
                &local,
                refuse("Pods with local storage (use --delete-emptydir-data to override)"),
            ),
            (&data, &local, delete.clone()),
            (&none, &ended, delete.clone()),
            (&none, &mirror, skip(None)),
        ] {
            let verdict = filters.judge(&pod(value.clone()), Time::ZERO, |_| Ok(Value::Null));
            assert_eq!(verdict, expected, "{value}");
        }
    }
}
