//! `ClusterRole`: its rules (`pkg/apis/rbac/validation.ValidateClusterRole`).

use crate::apiserver::strategy::Strategy;

/// The rules of `ClusterRole`.
pub(crate) struct ClusterRoleStrategy;

impl Strategy for ClusterRoleStrategy {
    fn has_generation(&self) -> bool {
        false
    }
}
