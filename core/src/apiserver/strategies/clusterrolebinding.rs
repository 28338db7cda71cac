//! `ClusterRoleBinding`: its rules (`pkg/apis/rbac/validation.ValidateClusterRoleBinding`).

use crate::api::{AnyObject, Cause, ClusterRoleBinding};
use crate::apiserver::printing::age_of;
use crate::apiserver::strategy::Strategy;
use crate::apiserver::table::Column;
use crate::apiserver::validation::{names, rbac};
use crate::sim::Time;

/// The rules of `ClusterRoleBinding`.
pub(crate) struct ClusterRoleBindingStrategy;

const COLUMNS: &[Column] = &[
    Column::new("Name"),
    Column::new("Role"),
    Column::new("Age"),
    Column::wide("Users"),
    Column::wide("Groups"),
    Column::wide("ServiceAccounts"),
];

impl Strategy for ClusterRoleBindingStrategy {
    fn has_generation(&self) -> bool {
        false
    }

    fn default(&self, object: &mut AnyObject) {
        let Some(binding) = object.get_mut::<ClusterRoleBinding>() else {
            return;
        };
        if !rbac::is_complete(&binding.spec.role_ref, binding.spec.subjects.as_ref()) {
            let spec = binding.spec_mut();
            rbac::default(&mut spec.role_ref, spec.subjects.as_mut());
        }
    }

    fn validate(&self, object: &AnyObject) -> Vec<Cause> {
        let mut causes = Vec::new();
        if let Some(binding) = object.get::<ClusterRoleBinding>() {
            let (role, subjects) = (&binding.spec.role_ref, binding.spec.subjects.as_ref());
            rbac::binding(&mut causes, role, subjects, false);
        }
        causes
    }

    fn validate_update(&self, object: &AnyObject, old: &AnyObject) -> Vec<Cause> {
        let mut causes = self.validate(object);
        if let (Some(new), Some(old)) = (
            object.get::<ClusterRoleBinding>(),
            old.get::<ClusterRoleBinding>(),
        ) {
            rbac::same_role(&mut causes, &new.spec.role_ref, &old.spec.role_ref);
        }
        causes
    }

    fn validate_name(&self, name: &str) -> Vec<String> {
        names::path_segment(name)
    }

    fn columns(&self) -> &'static [Column] {
        COLUMNS
    }

    fn cells(&self, object: &AnyObject, now: Time) -> Vec<String> {
        let Some(binding) = object.get::<ClusterRoleBinding>() else {
            return Vec::new();
        };
        let role = &binding.spec.role_ref;
        let [users, groups, accounts] = rbac::subject_cells(binding.spec.subjects.as_ref());
        vec![
            binding.name().to_owned(),
            format!("{}/{}", role.kind, role.name),
            age_of(&binding.metadata, now),
            users,
            groups,
            accounts,
        ]
    }
}
