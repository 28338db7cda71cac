//! `ControllerRevision`: its rules (`pkg/apis/apps/validation.ValidateControllerRevision`).

use crate::apiserver::strategy::Strategy;

/// The rules of `ControllerRevision`.
pub(crate) struct ControllerRevisionStrategy;

impl Strategy for ControllerRevisionStrategy {
    fn has_generation(&self) -> bool {
        false
    }
}
