//! `PersistentVolume`: its rules (`pkg/apis/core/validation.ValidatePersistentVolume`).

use crate::apiserver::strategy::Strategy;

/// The rules of `PersistentVolume`.
pub(crate) struct PersistentVolumeStrategy;

impl Strategy for PersistentVolumeStrategy {}
