//! The revisions of a DaemonSet (`constructHistory`, `cleanupHistory`).

use super::{NodePods, Sync};
use crate::api::meta::MetaExt;
use crate::api::{AnyObject, ControllerRevision, DaemonSet, StatusError};
use crate::client::Client;
use crate::controllers::history::{self, HASH_LABEL, NewRevision};

impl Sync<'_, '_, '_> {
    /// Finds or creates the revision of the present template, and answers the others.
    pub(super) fn construct_history(&mut self) -> Result<Vec<ControllerRevision>, StatusError> {
        let (user, selector) = (
            self.controller.control.user.clone(),
            self.set.spec.selector.clone(),
        );
        let known = history::revisions(self.context, &user, &self.owner, &selector)?;
        let patch = history::template_patch(&self.owner);
        let (mut current, old): (Vec<_>, Vec<_>) = known
            .into_iter()
            .partition(|revision| history::holds(revision, &patch));
        let number = old.last().map_or(1, |last| last.spec.revision + 1);
        let current = match current.pop() {
            Some(found) if found.spec.revision < number => {
                history::renumber(self.context, &user, &found, number)?
            }
            Some(found) => found,
            None => {
                let metadata = self.set.spec.template.metadata.as_ref();
                let new = NewRevision {
                    patch,
                    number,
                    labels: metadata.and_then(|meta| meta.labels.clone()).unwrap_or_default(),
                    hash_label: HASH_LABEL,
                };
                let before = self.set.status.collision_count.unwrap_or(0);
                let mut collisions = before;
                let created = history::create(self.context, &user, &self.owner, new, &mut collisions)?;
                if collisions != before {
                    self.count_collisions(collisions)?;
                }
                created
            }
        };
        let hash = current.metadata.labels_or_empty().get(HASH_LABEL);
        self.hash = hash.cloned().unwrap_or_default();
        Ok(old)
    }

    fn count_collisions(&mut self, collisions: i32) -> Result<(), StatusError> {
        let user = &self.controller.control.user;
        let count = |object: &mut AnyObject| {
            if let Some(found) = object.get_mut::<DaemonSet>() {
                found.status_mut().collision_count = Some(collisions);
            }
        };
        Client::new(self.context.env, user)
            .modify(&self.owner.key(), Some("status"), count)
            .map(|_| ())
    }

    /// Deletes the oldest revisions that no Pod is of, but for `revisionHistoryLimit` of them.
    pub(super) fn clean_up_history(
        &mut self,
        pods: &NodePods,
        old: Vec<ControllerRevision>,
    ) -> Result<(), StatusError> {
        let limit = self.set.spec.revision_history_limit.unwrap_or(10);
        let surplus = old.len().saturating_sub(usize::try_from(limit).unwrap_or(0));
        if surplus == 0 {
            return Ok(());
        }
        let live: Vec<&String> = pods
            .values()
            .flatten()
            .filter_map(|pod| pod.metadata.labels_or_empty().get(HASH_LABEL))
            .collect();
        let unused = old.iter().filter(|revision| {
            let hash = revision.metadata.labels_or_empty().get(HASH_LABEL);
            hash.is_none_or(|hash| !live.contains(&hash))
        });
        let user = self.controller.control.user.clone();
        for revision in unused.take(surplus) {
            history::delete(self.context, &user, revision)?;
        }
        Ok(())
    }
}
