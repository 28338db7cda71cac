//! `ClusterRoleBinding`: its rules (`pkg/apis/rbac/validation.ValidateClusterRoleBinding`).

use crate::apiserver::strategy::Strategy;

/// The rules of `ClusterRoleBinding`.
pub(crate) struct ClusterRoleBindingStrategy;

impl Strategy for ClusterRoleBindingStrategy {
    fn has_generation(&self) -> bool {
        false
    }
}
