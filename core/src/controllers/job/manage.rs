//! How many Pods run at once (`manageJob`): created in batches that double, waited for after failures, deleted when they
//! are too many.

use super::TRACKING_FINALIZER;
use super::indexes::{self, INDEX_ANNOTATION, INDEX_FAILURES_ANNOTATION, Indexes};
use super::sync::{Sync, count, is_terminating};
use crate::api::types::batch::JobSpec;
use crate::api::types::core::{EnvVar, EnvVarSource, ObjectFieldSelector};
use crate::api::{AnyObject, Key, Kind, Pod, StatusError};
use crate::client::{Client, DeleteOptions, EventType};
use crate::controllers::pod_control::{compare_for_deletion, is_active, is_ready, pod_from_template};

/// At most so many Pods are created or deleted at once (`MaxPodCreateDeletePerSync`).
const MOST_AT_ONCE: usize = 500;
const INDEX_VARIABLE: &str = "JOB_COMPLETION_INDEX";

impl Sync<'_, '_, '_, '_> {
    /// Brings the number of active Pods to what is wanted; answers how many there are then.
    pub(super) fn manage(&mut self, active: i32) -> (i32, Option<StatusError>) {
        let ended = self.succeeded + count(self.failed_indexes.iter());
        let wanted = wanted(&self.job.spec, active, self.succeeded, ended);
        let surplus = usize::try_from(active - wanted).unwrap_or(0);
        let doomed = self.least_needed(surplus.min(MOST_AT_ONCE));
        if !doomed.is_empty() {
            let (deleted, _, error) = self.delete(&doomed);
            return (active - deleted, error);
        }
        let terminating = if self.job.spec.pod_replacement_policy.as_deref() == Some("Failed") {
            count(self.pods.iter().filter(|pod| is_terminating(pod)))
        } else {
            0
        };
        let Ok(missing @ 1..) = usize::try_from(wanted - terminating - active) else {
            return (active, None);
        };
        let now = self.now();
        let wait = self.failures.remaining(now);
        if !wait.is_zero() {
            self.controller.queue.add_at(now + wait, self.key.clone(), None);
            return (active, None);
        }
        let (created, error) = self.create(missing.min(MOST_AT_ONCE));
        (active + created, error)
    }

    /// The active Pods that go first when some must.
    fn least_needed(&self, surplus: usize) -> Vec<Key> {
        let mut active: Vec<&Pod> = self.pods.iter().filter(|pod| is_active(pod)).collect();
        crate::sort::sort_by(&mut active, |a, b| compare_for_deletion((a, 0), (b, 0)));
        active.into_iter().take(surplus).map(key_of).collect()
    }

    /// Deletes every active Pod of a Job that has ended: how many, how many of them were ready, and what went wrong.
    pub(super) fn delete_active(&mut self) -> (i32, i32, Option<StatusError>) {
        let all: Vec<Key> = self
            .pods
            .iter()
            .filter(|pod| is_active(pod))
            .map(key_of)
            .collect();
        self.delete(&all)
    }

    fn delete(&mut self, doomed: &[Key]) -> (i32, i32, Option<StatusError>) {
        let (mut deleted, mut ready) = (0, 0);
        let mut failure = None;
        let now = self.now();
        for key in doomed {
            let was_ready = self
                .pods
                .iter()
                .any(|pod| pod.name() == &*key.name && is_ready(pod));
            let user = &self.controller.user;
            match Client::new(self.context.env, user).delete(key, &DeleteOptions::default()) {
                Ok(()) => {
                    self.controller
                        .expectations
                        .expect_deletion(&self.key, key.clone(), now);
                    let message = format!("Deleted pod: {}", key.name);
                    self.record(EventType::Normal, "SuccessfulDelete", message);
                }
                Err(error) if error.is_not_found() => {}
                Err(error) => {
                    failure = Some(error);
                    continue;
                }
            }
            deleted += 1;
            ready += i32::from(was_ready);
        }
        self.deleted += deleted;
        (deleted, ready, failure)
    }

    fn create(&mut self, missing: usize) -> (i32, Option<StatusError>) {
        let free = if self.indexed() {
            self.free_indexes(missing)
        } else {
            vec![None; missing]
        };
        let (mut created, mut left, mut batch) = (0, free.as_slice(), 1);
        let now = self.now();
        while !left.is_empty() {
            let (now_created, rest) = left.split_at(batch.min(left.len()));
            let mut failure = None;
            for index in now_created {
                let pod = self.pod(*index);
                let user = &self.controller.user;
                match Client::new(self.context.env, user).create(AnyObject::Pod(pod)) {
                    Ok(pod) => {
                        created += 1;
                        self.controller.expectations.expect_creations(&self.key, 1, now);
                        let message = format!("Created pod: {}", pod.name());
                        self.record(EventType::Normal, "SuccessfulCreate", message);
                    }
                    Err(error) => {
                        let message = format!("Error creating: {error}");
                        self.record(EventType::Warning, "FailedCreate", message);
                        failure = Some(error);
                    }
                }
            }
            if failure.is_some() {
                return (created, failure);
            }
            left = rest;
            batch *= 2;
        }
        (created, None)
    }

    /// The first indexes that neither run nor have ended.
    fn free_indexes(&self, missing: usize) -> Vec<Option<i32>> {
        let active: Indexes = self
            .pods
            .iter()
            .filter(|pod| is_active(pod))
            .filter_map(indexes::of)
            .collect();
        let completions = self.job.spec.completions.unwrap_or(0);
        (0..completions)
            .filter(|index| {
                !active.contains(index)
                    && !self.completed.contains(index)
                    && !self.failed_indexes.contains(index)
            })
            .take(missing)
            .map(Some)
            .collect()
    }

    fn pod(&self, index: Option<i32>) -> Pod {
        let mut pod = pod_from_template(&self.job.spec.template, &self.owner);
        let metadata = pod.metadata_mut();
        metadata
            .finalizers
            .get_or_insert_default()
            .push(TRACKING_FINALIZER.to_owned());
        let Some(index) = index else { return pod };
        let name = self.job.name();
        metadata.generate_name = Some(format!("{name}-{index}-"));
        let labels = metadata.labels.get_or_insert_default();
        labels.insert(INDEX_ANNOTATION.to_owned(), index.to_string());
        let annotations = metadata.annotations.get_or_insert_default();
        annotations.insert(INDEX_ANNOTATION.to_owned(), index.to_string());
        if self.job.spec.backoff_limit_per_index.is_some() {
            let failures = self.failures_of(index);
            annotations.insert(INDEX_FAILURES_ANNOTATION.to_owned(), failures.to_string());
        }
        let spec = pod.spec_mut();
        spec.hostname = Some(format!("{name}-{index}"));
        let containers = spec.init_containers.iter_mut().flatten();
        for container in containers.chain(&mut spec.containers) {
            let env = container.env.get_or_insert_default();
            if env.iter().all(|variable| variable.name != INDEX_VARIABLE) {
                env.push(index_variable());
            }
        }
        pod
    }

    fn failures_of(&self, index: i32) -> i32 {
        self.pods
            .iter()
            .filter(|pod| indexes::of(pod) == Some(index) && self.has_failed(pod))
            .map(|pod| indexes::failures_before(pod) + 1)
            .max()
            .unwrap_or(0)
    }
}

/// How many Pods should be active, when so many are, so many have succeeded, and so many completions have come to an end.
fn wanted(spec: &JobSpec, active: i32, succeeded: i32, ended: i32) -> i32 {
    if spec.suspend == Some(true) {
        return 0;
    }
    let parallelism = spec.parallelism.unwrap_or(1);
    match spec.completions {
        // Without a number, a first success lets the others run out.
        None if succeeded > 0 => active,
        None => parallelism,
        Some(completions) => (completions - ended).clamp(0, parallelism.max(0)),
    }
}

fn index_variable() -> EnvVar {
    EnvVar {
        name: INDEX_VARIABLE.to_owned(),
        value_from: Some(EnvVarSource {
            field_ref: Some(ObjectFieldSelector {
                field_path: format!("metadata.labels['{INDEX_ANNOTATION}']"),
                ..ObjectFieldSelector::default()
            }),
            ..EnvVarSource::default()
        }),
        ..EnvVar::default()
    }
}

fn key_of(pod: &Pod) -> Key {
    Key::new(Kind::Pod, pod.namespace(), pod.name())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pods_are_as_many_as_are_still_needed() {
        let check = |completions, parallelism, (active, succeeded, failed_indexes), expected| {
            let spec = JobSpec {
                completions,
                parallelism: Some(parallelism),
                ..JobSpec::default()
            };
            let found = wanted(&spec, active, succeeded, succeeded + failed_indexes);
            assert_eq!(
                found, expected,
                "{completions:?} {parallelism} {active} {succeeded}"
            );
        };
        check(Some(4), 2, (0, 0, 0), 2);
        check(Some(4), 2, (1, 3, 0), 1);
        check(Some(4), 2, (0, 4, 0), 0);
        check(Some(4), 2, (0, 2, 1), 1);
        check(Some(4), 0, (0, 0, 0), 0);
        check(Some(4), 9, (4, 0, 0), 4);
        check(None, 3, (0, 0, 0), 3);
        check(None, 3, (2, 1, 0), 2);
        let suspended = JobSpec {
            suspend: Some(true),
            completions: Some(4),
            ..JobSpec::default()
        };
        assert_eq!(wanted(&suspended, 2, 0, 0), 0);
    }
}
