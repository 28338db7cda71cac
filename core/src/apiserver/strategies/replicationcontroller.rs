//! `ReplicationController`: its rules (`pkg/apis/core/validation.ValidateReplicationController`).

use crate::apiserver::strategy::Strategy;

/// The rules of `ReplicationController`.
pub(crate) struct ReplicationControllerStrategy;

impl Strategy for ReplicationControllerStrategy {}
