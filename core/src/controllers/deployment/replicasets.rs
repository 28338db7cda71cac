//! The ReplicaSets of a Deployment: which is the new one, how it is made, and how any is sized (`deployment/sync.go`).

use super::revisions::{
    DESIRED_REPLICAS, HASH_LABEL, MAX_REPLICAS, REVISION, max_revision, new_set_annotations, same_template,
    template_hash,
};
use super::{Sync, arithmetic};
use crate::api::meta::{MetaExt, controller_reference};
use crate::api::types::apps::ReplicaSetSpec;
use crate::api::types::core::PodTemplateSpec;
use crate::api::types::meta::{LabelSelector, ObjectMeta};
use crate::api::{AnyObject, Key, Kind, ReplicaSet, StatusError};
use crate::client::{Client, EventType};

/// Old ReplicaSets that are kept when nothing is said.
const DEFAULT_HISTORY: i32 = 10;

impl Sync<'_, '_, '_> {
    /// The place of the ReplicaSet whose template is the Deployment's: the oldest, if there are several.
    pub(super) fn new_set_index(&self) -> Option<usize> {
        let template = &self.deployment.spec.template;
        let mut found: Vec<usize> = (0..self.sets.len())
            .filter(|index| {
                self.sets
                    .get(*index)
                    .and_then(|set| set.spec.template.as_ref())
                    .is_some_and(|candidate| same_template(candidate, template))
            })
            .collect();
        crate::sort::sort_by_key(&mut found, |index| {
            self.sets
                .get(*index)
                .map(|set| (set.metadata.created_at(), set.name().to_owned()))
        });
        found.first().copied()
    }

    /// The new ReplicaSet.
    pub(super) fn new_set(&self) -> Option<&ReplicaSet> {
        self.sets.get(self.new_set_index()?)
    }

    /// All others, the oldest first.
    pub(super) fn old_sets(&self) -> Vec<ReplicaSet> {
        let new = self.new_set_index();
        let others = self
            .sets
            .iter()
            .enumerate()
            .filter(|(index, _)| Some(*index) != new);
        let mut old: Vec<ReplicaSet> = others.map(|(_, set)| set.clone()).collect();
        crate::sort::sort_by_key(&mut old, |set| (set.metadata.created_at(), set.name().to_owned()));
        old
    }

    /// Sees that the new ReplicaSet exists (if `create`) and bears the right revision and annotations
    /// (`getAllReplicaSetsAndSyncRevision`).
    pub(super) fn sync_revision(&mut self, create: bool) -> Result<(), StatusError> {
        let revision = max_revision(&self.old_sets()) + 1;
        let Some(index) = self.new_set_index() else {
            return if create {
                self.create_new_set(revision)
            } else {
                Ok(())
            };
        };
        let Some(set) = self.sets.get(index).cloned() else {
            return Ok(());
        };
        let annotations = new_set_annotations(&self.deployment, set.metadata.annotations.as_ref(), revision);
        let min_ready_secs = self.deployment.spec.min_ready_seconds;
        let same_min_ready = set.spec.min_ready_seconds.unwrap_or(0) == min_ready_secs.unwrap_or(0);
        if set.metadata.annotations.as_ref() != Some(&annotations) || !same_min_ready {
            let key = Key::new(Kind::ReplicaSet, set.namespace(), set.name());
            let written =
                Client::new(self.context.env, &self.controller.user).modify(&key, None, |object| {
                    if let Some(set) = object.get_mut::<ReplicaSet>() {
                        set.metadata_mut().annotations = Some(annotations);
                        set.spec_mut().min_ready_seconds = min_ready_secs;
                    }
                })?;
            self.replace_set(&written);
        }
        let revision = self
            .sets
            .get(index)
            .and_then(|set| set.metadata.annotation(REVISION))
            .map(str::to_owned);
        self.set_deployment_revision(revision)?;
        self.note_found_set(index)
    }

    /// The Deployment bears the revision of its new ReplicaSet.
    fn set_deployment_revision(&mut self, revision: Option<String>) -> Result<(), StatusError> {
        let Some(revision) = revision else { return Ok(()) };
        if self.deployment.metadata.annotation(REVISION) == Some(&revision) {
            return Ok(());
        }
        self.deployment.metadata_mut().set_annotation(REVISION, revision);
        self.write((*self.deployment.status).clone())
    }

    fn create_new_set(&mut self, revision: i64) -> Result<(), StatusError> {
        let collisions = self.deployment.status.collision_count.unwrap_or(0);
        let hash = template_hash(&self.deployment.spec.template, collisions);
        let desired = self.desired();
        let replicas = arithmetic::new_replicas(&self.deployment, arithmetic::replicas_of(&self.sets), 0);
        let set = self.template_set(
            &hash,
            revision,
            replicas,
            desired + arithmetic::limits(&self.deployment).0,
        );
        let created = Client::new(self.context.env, &self.controller.user).create(AnyObject::ReplicaSet(set));
        match created {
            Ok(object) => {
                let name = object.name().to_owned();
                self.sets.extend(object.get::<ReplicaSet>().cloned());
                if replicas > 0 {
                    let message = format!("Scaled up replica set {name} from 0 to {replicas}");
                    self.event((EventType::Normal, "ScalingReplicaSet"), message);
                }
                self.set_deployment_revision(Some(revision.to_string()))?;
                self.note_created_set(&name)
            }
            // The cache has not heard of it yet: the next synchronisation will find it.
            Err(error) if error.is_already_exists() => Err(error),
            Err(error) => {
                let message = format!("Failed to create new replica set: {error}");
                self.event((EventType::Warning, "ReplicaSetCreateError"), message);
                self.note_creation_failure(&error)?;
                Err(error)
            }
        }
    }

    fn template_set(&self, hash: &str, revision: i64, replicas: i32, max_replicas: i32) -> ReplicaSet {
        let deployment = &self.deployment;
        let mut template: PodTemplateSpec = deployment.spec.template.clone();
        let metadata = template.metadata.get_or_insert_default();
        metadata
            .labels
            .get_or_insert_default()
            .insert(HASH_LABEL.to_owned(), hash.to_owned());
        let mut selector: LabelSelector = deployment.spec.selector.clone();
        selector
            .match_labels
            .get_or_insert_default()
            .insert(HASH_LABEL.to_owned(), hash.to_owned());
        let mut annotations = new_set_annotations(deployment, None, revision);
        annotations.insert(DESIRED_REPLICAS.to_owned(), self.desired().to_string());
        annotations.insert(MAX_REPLICAS.to_owned(), max_replicas.to_string());
        let metadata = ObjectMeta {
            name: Some(format!("{}-{hash}", deployment.name())),
            namespace: Some(deployment.namespace().to_owned()),
            labels: template
                .metadata
                .as_ref()
                .and_then(|metadata| metadata.labels.clone()),
            annotations: Some(annotations),
            owner_references: Some(vec![controller_reference(&self.owner)]),
            ..ObjectMeta::default()
        };
        let spec = ReplicaSetSpec {
            replicas: Some(replicas),
            min_ready_seconds: deployment.spec.min_ready_seconds,
            selector,
            template: Some(template),
        };
        ReplicaSet::new(metadata, spec, Default::default())
    }

    /// Sizes a ReplicaSet and says so (`scaleReplicaSetAndRecordEvent`); answers whether its size changed.
    pub(super) fn scale_set(&mut self, set: &ReplicaSet, replicas: i32) -> Result<bool, StatusError> {
        let before = set.spec.replicas.unwrap_or(1);
        let desired = self.desired().to_string();
        let most = (self.desired() + arithmetic::limits(&self.deployment).0).to_string();
        let annotated = set.metadata.annotation(DESIRED_REPLICAS) == Some(desired.as_str())
            && set.metadata.annotation(MAX_REPLICAS) == Some(most.as_str());
        if before == replicas && annotated {
            return Ok(false);
        }
        let key = Key::new(Kind::ReplicaSet, set.namespace(), set.name());
        let written = Client::new(self.context.env, &self.controller.user).modify(&key, None, |object| {
            if let Some(set) = object.get_mut::<ReplicaSet>() {
                set.metadata_mut().set_annotation(DESIRED_REPLICAS, desired);
                set.metadata_mut().set_annotation(MAX_REPLICAS, most);
                if set.spec.replicas != Some(replicas) {
                    set.spec_mut().replicas = Some(replicas);
                }
            }
        })?;
        self.replace_set(&written);
        if before == replicas {
            return Ok(false);
        }
        let direction = if replicas > before { "up" } else { "down" };
        let message = format!(
            "Scaled {direction} replica set {} from {before} to {replicas}",
            set.name()
        );
        self.event((EventType::Normal, "ScalingReplicaSet"), message);
        Ok(true)
    }

    fn replace_set(&mut self, written: &AnyObject) {
        if let Some(written) = written.get::<ReplicaSet>()
            && let Some(known) = self.sets.iter_mut().find(|set| set.uid() == written.uid())
        {
            *known = written.clone();
        }
    }

    /// Forgets the oldest revisions beyond what is to be kept (`cleanupDeployment`).
    pub(super) fn clean_up(&mut self) -> Result<(), StatusError> {
        let keep = self
            .deployment
            .spec
            .revision_history_limit
            .unwrap_or(DEFAULT_HISTORY);
        let old = self.old_sets();
        let mut finished: Vec<&ReplicaSet> = old.iter().filter(|set| !set.metadata.is_deleting()).collect();
        let surplus = finished
            .len()
            .saturating_sub(usize::try_from(keep).unwrap_or(usize::MAX));
        crate::sort::sort_by_key(&mut finished, |set| super::revisions::revision_of(set));
        for set in finished.into_iter().take(surplus) {
            let idle = set.status.replicas == 0
                && set.spec.replicas == Some(0)
                && set.metadata.generation.unwrap_or(0) <= set.status.observed_generation.unwrap_or(0);
            if !idle {
                continue;
            }
            let key = Key::new(Kind::ReplicaSet, set.namespace(), set.name());
            match Client::new(self.context.env, &self.controller.user).delete(&key, &Default::default()) {
                Err(error) if !error.is_not_found() => return Err(error),
                _ => self.sets.retain(|known| known.uid() != set.uid()),
            }
        }
        Ok(())
    }

    pub(super) fn event(&mut self, kind: (EventType, &str), message: String) {
        let controller = &mut *self.controller;
        controller.recorder.record(
            self.context.env,
            &controller.user,
            &self.owner,
            None,
            kind,
            message,
        );
    }
}
