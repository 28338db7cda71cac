//! Old Jobs are cleared away (`cleanupFinishedJobs`).

use super::sync::Sync;
use crate::api::meta::MetaExt;
use crate::api::{Job, StatusError};
use crate::controllers::job::holds;

impl Sync<'_, '_, '_, '_> {
    /// Deletes the oldest Jobs that ended, beyond what the limits keep.
    pub(super) fn clear_history(&mut self) -> Result<(), StatusError> {
        let spec = &self.cron_job.spec;
        let limits = [
            ("Complete", spec.successful_jobs_history_limit),
            ("Failed", spec.failed_jobs_history_limit),
        ];
        for (end, limit) in limits {
            let Some(kept) = limit.and_then(|limit| usize::try_from(limit).ok()) else {
                continue;
            };
            let mut ended: Vec<Job> = self.jobs.iter().filter(|job| holds(job, end)).cloned().collect();
            let surplus = ended.len().saturating_sub(kept);
            crate::sort::sort_by_key(&mut ended, |job| {
                (
                    job.status.start_time.as_ref().map(|at| at.0),
                    job.name().to_owned(),
                )
            });
            for job in ended
                .iter()
                .take(surplus)
                .filter(|job| !job.metadata.is_deleting())
            {
                self.delete_job(job)?;
            }
        }
        Ok(())
    }
}
