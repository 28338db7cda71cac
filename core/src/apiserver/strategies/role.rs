//! `Role`: its rules (`pkg/apis/rbac/validation.ValidateRole`).

use crate::api::{AnyObject, Cause, Role};
use crate::apiserver::printing::created_at;
use crate::apiserver::strategy::Strategy;
use crate::apiserver::table::Column;
use crate::apiserver::validation::{names, rbac};
use crate::sim::Time;

/// The rules of `Role`.
pub(crate) struct RoleStrategy;

impl Strategy for RoleStrategy {
    fn has_generation(&self) -> bool {
        false
    }

    fn validate(&self, object: &AnyObject) -> Vec<Cause> {
        let mut causes = Vec::new();
        if let Some(role) = object.get::<Role>() {
            rbac::rules(&mut causes, role.spec.rules.as_ref(), true);
        }
        causes
    }

    fn validate_name(&self, name: &str) -> Vec<String> {
        names::path_segment(name)
    }

    fn columns(&self) -> &'static [Column] {
        const { &[Column::new("Name"), Column::new("Created At")] }
    }

    fn cells(&self, object: &AnyObject, _now: Time) -> Vec<String> {
        vec![object.name().to_owned(), created_at(object)]
    }
}
