//! Deployments: a ReplicaSet for each version of the template, and the way from one to the next
//! (`pkg/controller/deployment`).

mod arithmetic;
mod progress;
mod recreate;
mod replicasets;
mod revisions;
mod rolling;
mod scale;

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::claim::claim;
use super::{Context, Controller};
use crate::api::labels::selector_matches;
use crate::api::meta::MetaExt;
use crate::api::types::apps::DeploymentStatus;
use crate::api::{AnyObject, Deployment, Key, Kind, Pod, ReplicaSet, StatusError};
use crate::apiserver::User;
use crate::client::{Cache, Client, Delta, EventRecorder, QueuedItem, WorkQueue};
use crate::etcd::ChangeType;
use crate::sim::Time;

/// Moves each Deployment towards its template.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct DeploymentController {
    user: User,
    queue: WorkQueue,
    recorder: EventRecorder,
}

impl Default for DeploymentController {
    fn default() -> Self {
        Self {
            user: User::component("system:serviceaccount:kube-system:deployment-controller"),
            queue: WorkQueue::default(),
            recorder: EventRecorder::new("deployment-controller", ""),
        }
    }
}

impl Controller for DeploymentController {
    fn queue(&mut self) -> &mut WorkQueue {
        &mut self.queue
    }

    fn observe(&mut self, cache: &Cache, delta: &Delta, _: Time) {
        match &delta.object {
            AnyObject::Deployment(deployment) => {
                if delta.change == ChangeType::Deleted {
                    self.recorder.forget(deployment.uid());
                }
                self.queue.add(delta.object.key(), delta.trace);
            }
            AnyObject::ReplicaSet(set) => self.observe_replica_set(cache, delta, set),
            AnyObject::Pod(pod) if delta.change == ChangeType::Deleted => {
                self.observe_pod_deletion(cache, delta, pod);
            }
            _ => {}
        }
    }

    fn reconcile(&mut self, context: &mut Context<'_, '_>, item: &QueuedItem) -> Result<(), StatusError> {
        let found = context
            .cache
            .typed::<Deployment>(&item.key.namespace, &item.key.name);
        let Some(deployment) = found.cloned() else {
            return Ok(());
        };
        let owner = AnyObject::Deployment(deployment.clone());
        let selector = &deployment.spec.selector;
        let claimed = claim::<ReplicaSet>(context, &self.user, &owner, selector, |_| true)?;
        let sets = claimed.into_iter().map(Cow::into_owned).collect();
        Sync {
            controller: self,
            context,
            deployment,
            owner,
            sets,
        }
        .run()
    }
}

impl DeploymentController {
    fn observe_replica_set(&mut self, cache: &Cache, delta: &Delta, set: &ReplicaSet) {
        let mut add_owner = |object: &AnyObject| {
            if let Some(owner) = object
                .metadata()
                .controller()
                .filter(|owner| owner.kind == "Deployment")
            {
                self.queue.add(
                    Key::new(Kind::Deployment, object.namespace(), &owner.name),
                    delta.trace,
                );
            }
        };
        add_owner(&delta.object);
        if let Some(before) = &delta.previous {
            add_owner(before);
        }
        if set.metadata.controller().is_none() && delta.change != ChangeType::Deleted {
            let labels = set.metadata.labels_or_empty();
            for deployment in cache.list_in::<Deployment>(set.namespace()) {
                if selector_matches(Some(&deployment.spec.selector), labels) {
                    self.queue.add(
                        Key::new(Kind::Deployment, set.namespace(), deployment.name()),
                        delta.trace,
                    );
                }
            }
        }
    }

    /// A Recreate rollout waits for the last old Pod to be gone.
    fn observe_pod_deletion(&mut self, cache: &Cache, delta: &Delta, pod: &Pod) {
        let owner = pod
            .metadata
            .controller()
            .filter(|owner| owner.kind == "ReplicaSet");
        let set = owner.and_then(|owner| cache.typed::<ReplicaSet>(pod.namespace(), &owner.name));
        let deployment = set
            .and_then(|set| set.metadata.controller())
            .filter(|owner| owner.kind == "Deployment");
        let Some(deployment) = deployment else { return };
        let Some(found) = cache.typed::<Deployment>(pod.namespace(), &deployment.name) else {
            return;
        };
        if is_recreate(found) {
            self.queue.add(
                Key::new(Kind::Deployment, pod.namespace(), &deployment.name),
                delta.trace,
            );
        }
    }
}

/// Whether all old Pods are stopped before new ones start.
fn is_recreate(deployment: &Deployment) -> bool {
    deployment
        .spec
        .strategy
        .as_ref()
        .and_then(|strategy| strategy.type_.as_deref())
        == Some("Recreate")
}

/// One synchronisation of one Deployment.
struct Sync<'s, 'a, 'b> {
    controller: &'s mut DeploymentController,
    context: &'s mut Context<'a, 'b>,
    deployment: Deployment,
    owner: AnyObject,
    /// Its ReplicaSets, as last known.
    sets: Vec<ReplicaSet>,
}

impl Sync<'_, '_, '_> {
    fn run(mut self) -> Result<(), StatusError> {
        if self.deployment.metadata.is_deleting() {
            return self.sync_status_only();
        }
        self.sync_paused_condition()?;
        if self.deployment.spec.paused == Some(true) || self.is_scaling_event() {
            return self.sync_scale();
        }
        if is_recreate(&self.deployment) {
            self.rollout_recreate()
        } else {
            self.rollout_rolling()
        }
    }

    fn desired(&self) -> i32 {
        self.deployment.spec.replicas.unwrap_or(1)
    }

    fn key(&self) -> Key {
        self.owner.key()
    }

    /// Writes annotations and status of the Deployment (`UpdateStatus`).
    fn write(&mut self, status: DeploymentStatus) -> Result<(), StatusError> {
        let key = self.key();
        let annotations = self.deployment.metadata.annotations.clone();
        let uid = self.deployment.uid().to_owned();
        let written =
            Client::new(self.context.env, &self.controller.user).modify(&key, Some("status"), |object| {
                let Some(found) = object.get_mut::<Deployment>().filter(|found| found.uid() == uid) else {
                    return;
                };
                let revision = annotations
                    .as_ref()
                    .and_then(|all| all.get(revisions::REVISION))
                    .cloned();
                if let Some(revision) = revision
                    && found.metadata.annotation(revisions::REVISION) != Some(&revision)
                {
                    found.metadata_mut().set_annotation(revisions::REVISION, revision);
                }
                if *found.status != status {
                    *found.status_mut() = status;
                }
            });
        match written {
            Ok(object) => {
                if let Some(found) = object.get::<Deployment>() {
                    self.deployment = found.clone();
                }
                Ok(())
            }
            Err(error) if error.is_not_found() => Ok(()),
            Err(error) => Err(error),
        }
    }
}
