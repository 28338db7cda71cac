//! One look at one StatefulSet: create, replace, scale down, update
//! (`pkg/controller/statefulset/stateful_set_control.go`). 1.36 has `MaxUnavailableStatefulSet` off: Pods are updated one
//! at a time.

use super::identity::{self, is_running_and_available, is_unavailable};
use super::revisions::Revisions;
use super::status::{Counts, count};
use crate::api::meta::MetaExt;
use crate::api::{AnyObject, Pod, StatefulSet, StatusError};
use crate::controllers::pod_control::PodControl;
use crate::controllers::{Context, history};
use crate::sim::Time;
use crate::sorted::SortedMap;

/// An update of one set.
pub(super) struct Update<'s, 'a, 'b> {
    pub(super) control: &'s mut PodControl,
    pub(super) context: &'s mut Context<'a, 'b>,
    pub(super) set: StatefulSet,
    pub(super) owner: AnyObject,
}

/// An ordinal, and its Pod if it is there.
type Replica<'p> = (i32, Option<&'p Pod>);

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
        let (replicas, mut condemned) = self.partition(pods);
        crate::sort::sort_by_key(&mut condemned, |pod| std::cmp::Reverse(identity::ordinal(pod)));
        if self.set.metadata.is_deleting() {
            return (counts, Ok(()));
        }
        let found = || replicas.iter().filter_map(|(_, pod)| *pod);
        let missing = replicas.iter().any(|(_, pod)| pod.is_none());
        let first_unavailable = found()
            .chain(condemned.iter().rev().copied())
            .find(|pod| is_unavailable(pod, &self.set, now))
            .filter(|_| !missing)
            .map(Pod::name);
        let mut counts = count(
            &self.set,
            revisions,
            found().chain(condemned.iter().copied()),
            now,
        );
        let result = match self.steps(&replicas, &condemned, revisions, first_unavailable) {
            Ok(Step::Next) => self.roll(&replicas, revisions, &mut counts),
            Ok(Step::Wait) => Ok(()),
            Err(error) => Err(error),
        };
        (counts, result)
    }

    /// The Pod of each ordinal wanted, if it is there; and those too many.
    fn partition<'p>(&self, pods: &'p [Pod]) -> (Vec<Replica<'p>>, Vec<&'p Pod>) {
        let start = identity::start_ordinal(&self.set);
        let wanted = start..start.saturating_add(identity::wanted(&self.set));
        let (in_range, condemned): (Vec<&Pod>, Vec<&Pod>) =
            pods.iter().partition(|pod| identity::in_range(pod, &self.set));
        let by_ordinal: SortedMap<i32, &Pod> = in_range
            .into_iter()
            .map(|pod| (identity::ordinal(pod), pod))
            .collect();
        let replicas = wanted.map(|ordinal| (ordinal, by_ordinal.get(&ordinal).copied()));
        (replicas.collect(), condemned)
    }

    /// The Pod to create for an ordinal (`newVersionedStatefulSetPod`).
    fn new_pod(&self, revisions: &Revisions, ordinal: i32) -> Pod {
        let partition = identity::partition(&self.set);
        let first_updated = identity::start_ordinal(&self.set).saturating_add(partition);
        let stays = identity::is_rolling(&self.set) && ordinal < first_updated;
        let (template, revision) = if stays {
            (&revisions.current_template, &revisions.current)
        } else {
            (&revisions.update_template, &revisions.update)
        };
        identity::new_pod(&self.owner, &self.set, template, revision, ordinal)
    }

    fn steps(
        &mut self,
        replicas: &[Replica<'_>],
        condemned: &[&Pod],
        revisions: &Revisions,
        first_unavailable: Option<&str>,
    ) -> Result<Step, StatusError> {
        let monotonic = !identity::allows_burst(&self.set);
        for (ordinal, found) in replicas {
            let step = match found {
                Some(pod) => self.process_replica(pod, monotonic)?,
                None => {
                    let pod = self.new_pod(revisions, *ordinal);
                    if !self.has_stale_claim(&pod) {
                        self.create_pod(&pod)?;
                    }
                    Step::Wait
                }
            };
            if step == Step::Wait && monotonic {
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
        replicas: &[Replica<'_>],
        revisions: &Revisions,
        counts: &mut Counts,
    ) -> Result<(), StatusError> {
        if !identity::is_rolling(&self.set) {
            return Ok(());
        }
        let first = usize::try_from(identity::partition(&self.set)).unwrap_or(0);
        for (_, found) in replicas.iter().skip(first).rev() {
            // One that was created just now is awaited.
            let Some(pod) = found else { return Ok(()) };
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
