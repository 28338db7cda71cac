//! `StorageClass`: its rules (`pkg/apis/storage/validation.ValidateStorageClass`).

use crate::apiserver::strategy::Strategy;

/// The rules of `StorageClass`.
pub(crate) struct StorageClassStrategy;

impl Strategy for StorageClassStrategy {
    fn has_generation(&self) -> bool {
        false
    }
}
