//! `CronJob`: its rules (`pkg/apis/batch/validation.ValidateCronJobCreate`).

use crate::apiserver::strategy::Strategy;

/// The rules of `CronJob`.
pub(crate) struct CronJobStrategy;

impl Strategy for CronJobStrategy {}
