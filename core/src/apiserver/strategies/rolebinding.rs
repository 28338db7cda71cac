//! `RoleBinding` and `ClusterRoleBinding`: their rules, which are one (`pkg/apis/rbac/validation.ValidateRoleBinding`,
//! `ValidateClusterRoleBinding`).

use crate::api::types::rbac::{RoleRef, Subject};
use crate::api::{AnyObject, Cause};
use crate::apiserver::printing::age_of;
use crate::apiserver::strategy::Strategy;
use crate::apiserver::table::Column;
use crate::apiserver::validation::{names, rbac};
use crate::sim::Time;

/// The rules of `RoleBinding` and of `ClusterRoleBinding`.
pub(crate) struct RoleBindingStrategy;

const COLUMNS: &[Column] = &[
    Column::new("Name"),
    Column::new("Role"),
    Column::new("Age"),
    Column::wide("Users"),
    Column::wide("Groups"),
    Column::wide("ServiceAccounts"),
];

/// The role of a binding, and to whom it is bound.
fn parts(object: &AnyObject) -> Option<(&RoleRef, Option<&Vec<Subject>>)> {
    match object {
        AnyObject::RoleBinding(found) => Some((&found.spec.role_ref, found.spec.subjects.as_ref())),
        AnyObject::ClusterRoleBinding(found) => Some((&found.spec.role_ref, found.spec.subjects.as_ref())),
        _ => None,
    }
}

impl Strategy for RoleBindingStrategy {
    fn has_generation(&self) -> bool {
        false
    }

    fn default(&self, object: &mut AnyObject) {
        if parts(object).is_none_or(|(role, subjects)| rbac::is_complete(role, subjects)) {
            return;
        }
        match object {
            AnyObject::RoleBinding(found) => {
                let spec = found.spec_mut();
                rbac::default(&mut spec.role_ref, spec.subjects.as_mut());
            }
            AnyObject::ClusterRoleBinding(found) => {
                let spec = found.spec_mut();
                rbac::default(&mut spec.role_ref, spec.subjects.as_mut());
            }
            _ => {}
        }
    }

    fn validate(&self, object: &AnyObject) -> Vec<Cause> {
        let mut causes = Vec::new();
        if let Some((role, subjects)) = parts(object) {
            rbac::binding(&mut causes, role, subjects, object.kind().namespaced());
        }
        causes
    }

    fn validate_update(&self, object: &AnyObject, old: &AnyObject) -> Vec<Cause> {
        let mut causes = self.validate(object);
        if let (Some((new, _)), Some((old, _))) = (parts(object), parts(old)) {
            rbac::same_role(&mut causes, new, old);
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
        let Some((role, subjects)) = parts(object) else {
            return Vec::new();
        };
        let [users, groups, accounts] = rbac::subject_cells(subjects);
        vec![
            object.name().to_owned(),
            format!("{}/{}", role.kind, role.name),
            age_of(object.metadata(), now),
            users,
            groups,
            accounts,
        ]
    }
}
