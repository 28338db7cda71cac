//! `PersistentVolumeClaim`: its rules (`pkg/apis/core/validation.ValidatePersistentVolumeClaim`).

use crate::apiserver::strategy::Strategy;

/// The rules of `PersistentVolumeClaim`.
pub(crate) struct PersistentVolumeClaimStrategy;

impl Strategy for PersistentVolumeClaimStrategy {}
