//! `ServiceAccount`: its rules.

use crate::apiserver::strategy::Strategy;

/// The rules of `ServiceAccount`.
pub(crate) struct ServiceAccountStrategy;

impl Strategy for ServiceAccountStrategy {
    fn has_generation(&self) -> bool {
        false
    }
}
