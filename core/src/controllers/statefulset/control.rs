//! One look at one StatefulSet: create, replace, scale down, update
//! (`pkg/controller/statefulset/stateful_set_control.go`). 1.36 has `MaxUnavailableStatefulSet` off: Pods are updated one
//! at a time.

use super::identity::{self, is_created, is_running_and_available, is_unavailable};
use super::revisions::Revisions;
use super::status::{Counts, count};
use crate::api::meta::MetaExt;
use crate::api::{AnyObject, Pod, StatefulSet, StatusError};
use crate::controllers::pod_control::PodControl;
use crate::controllers::{Context, history};
use crate::sim::Time;

/// An update of one set.
pub(super) struct Update<'s, 'a, 'b> {
    pub(super) control: &'s mut PodControl,
    pub(super) context: &'s mut Context<'a, 'b>,
    pub(super) set: StatefulSet,
    pub(super) owner: AnyObject,
}

/// Whether to look at the next Pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Next,
    Wait,
}

impl Update<'_, '_, '_> {
    /// Brings the set closer to what was asked (`UpdateStatefulSet`).
    pub(super) fn run(mut self, pods: Vec<Pod>) -> Result<(), StatusError> {
        let user = self.control.user.clone();
        let selector = self.set.spec.selector.clone();
        let known = history::revisions(self.context, &user, &self.owner, &selector)?;
        let revisions = self.revisions(&known)?;
        let (counts, result) = self.update(&pods, &revisions);
        self.write_status(&revisions, counts)?;
        result?;
        self.truncate_history(&known, &revisions, &pods)
    }

    fn now(&self) -> Time {
        self.context.env.sim.now
    }

    /// (`updateStatefulSet`)
    fn update(&mut self, pods: &[Pod], revisions: &Revisions) -> (Counts, Result<(), StatusError>) {
        let now = self.now();
        let counts = count(&self.set, revisions, pods, now);
        let replicas = self.replicas(pods, revisions);
        let mut condemned: Vec<Pod> = pods
            .iter()
            .filter(|pod| !identity::in_range(pod, &self.set))
            .cloned()
            .collect();
        crate::sort::sort_by_key(&mut condemned, |pod| std::cmp::Reverse(identity::ordinal(pod)));
        if self.set.metadata.is_deleting() {
            return (counts, Ok(()));
        }
        let mut by_need = replicas.iter().chain(condemned.iter().rev());
        let first_unavailable = by_need
            .find(|pod| is_unavailable(pod, &self.set, now))
            .map(|pod| pod.name().to_owned());
        let mut counts = count(&self.set, revisions, replicas.iter().chain(&condemned), now);
        let result = self.steps(&replicas, &condemned, first_unavailable.as_deref());
        let result = match result {
            Ok(Step::Next) => self.roll(&replicas, revisions, &mut counts),
            Ok(Step::Wait) => Ok(()),
            Err(error) => Err(error),
        };
        (counts, result)
    }

    /// The Pod of each ordinal wanted: the one that is there, or one to create.
    fn replicas(&self, pods: &[Pod], revisions: &Revisions) -> Vec<Pod> {
        let start = identity::start_ordinal(&self.set);
        let partition = identity::partition(&self.set);
        let ordinals = start..start.saturating_add(identity::wanted(&self.set));
        ordinals
            .map(|ordinal| {
                let found = pods.iter().find(|pod| identity::ordinal(pod) == ordinal);
                found.cloned().unwrap_or_else(|| {
                    let stays = identity::is_rolling(&self.set) && ordinal < start.saturating_add(partition);
                    let (template, revision) = if stays {
                        (&revisions.current_template, &revisions.current)
                    } else {
                        (&revisions.update_template, &revisions.update)
                    };
                    identity::new_pod(&self.owner, &self.set, template, revision, ordinal)
                })
            })
            .collect()
    }

    fn steps(
        &mut self,
        replicas: &[Pod],
        condemned: &[Pod],
        first_unavailable: Option<&str>,
    ) -> Result<Step, StatusError> {
        let monotonic = !identity::allows_burst(&self.set);
        for pod in replicas {
            if self.process_replica(pod, monotonic)? == Step::Wait && monotonic {
                return Ok(Step::Wait);
            }
        }
        for pod in condemned {
            self.settle_claims(pod)?;
        }
        for pod in condemned {
            if self.process_condemned(pod, monotonic, first_unavailable)? == Step::Wait && monotonic {
                return Ok(Step::Wait);
            }
        }
        Ok(Step::Next)
    }

    fn process_replica(&mut self, pod: &Pod, monotonic: bool) -> Result<Step, StatusError> {
        let phase = pod.status.phase.as_deref().unwrap_or_default();
        if matches!(phase, "Failed" | "Succeeded") {
            if !pod.metadata.is_deleting() {
                self.delete_pod(pod)?;
            }
            // The next one comes when this one is gone.
            return Ok(Step::Wait);
        }
        if !is_created(pod) {
            if self.has_stale_claim(pod) {
                return Ok(Step::Wait);
            }
            self.create_pod(pod)?;
            return Ok(if monotonic { Step::Wait } else { Step::Next });
        }
        if phase == "Pending" {
            self.create_missing_claims(pod)?;
        }
        if monotonic && (pod.metadata.is_deleting() || !is_running_and_available(pod, &self.set, self.now()))
        {
            return Ok(Step::Wait);
        }
        if !identity::identity_matches(&self.set, pod)
            || !identity::storage_matches(&self.set, pod)
            || !self.claims_match(pod)
        {
            self.update_pod(pod)?;
        }
        Ok(Step::Next)
    }

    fn process_condemned(
        &mut self,
        pod: &Pod,
        monotonic: bool,
        first_unavailable: Option<&str>,
    ) -> Result<Step, StatusError> {
        if pod.metadata.is_deleting() {
            return Ok(Step::Wait);
        }
        let available = is_running_and_available(pod, &self.set, self.now());
        if monotonic && !available && first_unavailable != Some(pod.name()) {
            return Ok(Step::Wait);
        }
        self.delete_pod(pod)?;
        Ok(Step::Wait)
    }

    /// Deletes the last Pod that is not of the newest revision, once all after it are available.
    fn roll(
        &mut self,
        replicas: &[Pod],
        revisions: &Revisions,
        counts: &mut Counts,
    ) -> Result<(), StatusError> {
        if !identity::is_rolling(&self.set) {
            return Ok(());
        }
        let first = usize::try_from(identity::partition(&self.set)).unwrap_or(0);
        for pod in replicas.iter().skip(first).rev() {
            if identity::revision(pod) != revisions.update && !pod.metadata.is_deleting() {
                self.delete_pod(pod)?;
                counts.current -= 1;
                return Ok(());
            }
            if is_unavailable(pod, &self.set, self.now()) {
                return Ok(());
            }
        }
        Ok(())
    }
}
