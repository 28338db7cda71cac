//! `Role`: its rules (`pkg/apis/rbac/validation.ValidateRole`).

use crate::apiserver::strategy::Strategy;

/// The rules of `Role`.
pub(crate) struct RoleStrategy;

impl Strategy for RoleStrategy {
    fn has_generation(&self) -> bool {
        false
    }
}
