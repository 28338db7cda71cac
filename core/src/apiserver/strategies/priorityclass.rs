//! `PriorityClass`: its rules (`pkg/apis/scheduling/validation.ValidatePriorityClass`).

use crate::apiserver::strategy::Strategy;

/// The rules of `PriorityClass`.
pub(crate) struct PriorityClassStrategy;

impl Strategy for PriorityClassStrategy {
    fn has_generation(&self) -> bool {
        false
    }
}
