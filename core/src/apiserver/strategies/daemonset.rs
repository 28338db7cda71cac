//! `DaemonSet`: its rules (`pkg/apis/apps/validation.ValidateDaemonSet`).

use crate::apiserver::strategy::Strategy;

/// The rules of `DaemonSet`.
pub(crate) struct DaemonSetStrategy;

impl Strategy for DaemonSetStrategy {}
