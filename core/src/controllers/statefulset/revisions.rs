//! Which revision a StatefulSet is at, and which it goes to (`getStatefulSetRevisions`, `truncateHistory`).

use super::control::Update;
use super::identity;
use crate::api::types::core::PodTemplateSpec;
use crate::api::{ControllerRevision, Pod, StatusError};
use crate::controllers::history::{self, NewRevision};

/// The label of a revision's hash (`ControllerRevisionHashLabel`).
const HASH: &str = "controller.kubernetes.io/hash";

/// The two revisions of an update, and their templates.
pub(super) struct Revisions {
    /// The name of the one that Pods come from.
    pub(super) current: String,
    /// Its template.
    pub(super) current_template: PodTemplateSpec,
    /// The name of the one that they go to.
    pub(super) update: String,
    /// Its template.
    pub(super) update_template: PodTemplateSpec,
    /// How many hashes collided.
    pub(super) collisions: i32,
}

impl Update<'_, '_, '_> {
    /// Finds or creates the revisions of the set.
    pub(super) fn revisions(&mut self, known: &[ControllerRevision]) -> Result<Revisions, StatusError> {
        let status = &self.set.status;
        let mut collisions = status.collision_count.unwrap_or(0);
        let current = status.current_revision.clone().unwrap_or_default();
        let patch = history::template_patch(&self.owner);
        let number = known.last().map_or(1, |last| last.spec.revision + 1);
        let equal = known
            .iter()
            .rposition(|revision| history::holds(revision, &patch));
        let user = &self.control.user;
        let update = match equal.and_then(|index| Some((index, known.get(index)?))) {
            Some((index, found)) if index + 1 == known.len() => found.clone(),
            // An older one is rolled back to: it takes the next number.
            Some((_, found)) => history::renumber(self.context, user, found, number)?,
            None => {
                let metadata = self.set.spec.template.metadata.as_ref();
                let new = NewRevision {
                    patch,
                    number,
                    labels: metadata.and_then(|meta| meta.labels.clone()).unwrap_or_default(),
                    hash_label: HASH,
                };
                history::create(self.context, user, &self.owner, new, &mut collisions)?
            }
        };
        let update_template = self.set.spec.template.clone();
        let (current, current_template) = known
            .iter()
            .find(|revision| revision.name() == current)
            .and_then(|revision| Some((revision.name().to_owned(), history::template_of(revision)?)))
            .unwrap_or_else(|| (update.name().to_owned(), update_template.clone()));
        Ok(Revisions {
            current,
            current_template,
            update: update.name().to_owned(),
            update_template,
            collisions,
        })
    }

    /// Deletes the oldest revisions that nothing uses, but for `revisionHistoryLimit` of them.
    pub(super) fn truncate_history(
        &mut self,
        known: &[ControllerRevision],
        revisions: &Revisions,
        pods: &[Pod],
    ) -> Result<(), StatusError> {
        let live = |name: &str| {
            name == revisions.current
                || name == revisions.update
                || pods.iter().any(|pod| identity::revision(pod) == name)
        };
        let unused: Vec<_> = known.iter().filter(|revision| !live(revision.name())).collect();
        let limit = self.set.spec.revision_history_limit.unwrap_or(10);
        // A negative limit keeps them all.
        let Ok(limit) = usize::try_from(limit) else {
            return Ok(());
        };
        for revision in unused.iter().take(unused.len().saturating_sub(limit)) {
            history::delete(self.context, &self.control.user, revision)?;
        }
        Ok(())
    }
}
