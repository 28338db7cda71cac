//! `Secret`: its rules (`pkg/apis/core/validation.ValidateSecret`).

use crate::apiserver::strategy::Strategy;

/// The rules of `Secret`.
pub(crate) struct SecretStrategy;

impl Strategy for SecretStrategy {
    fn has_generation(&self) -> bool {
        false
    }
}
