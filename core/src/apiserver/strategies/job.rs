//! `Job`: its rules (`pkg/apis/batch/validation.ValidateJob`).

use crate::apiserver::strategy::Strategy;

/// The rules of `Job`.
pub(crate) struct JobStrategy;

impl Strategy for JobStrategy {}
