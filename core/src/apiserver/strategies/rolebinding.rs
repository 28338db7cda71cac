//! `RoleBinding`: its rules (`pkg/apis/rbac/validation.ValidateRoleBinding`).

use crate::apiserver::strategy::Strategy;

/// The rules of `RoleBinding`.
pub(crate) struct RoleBindingStrategy;

impl Strategy for RoleBindingStrategy {
    fn has_generation(&self) -> bool {
        false
    }
}
