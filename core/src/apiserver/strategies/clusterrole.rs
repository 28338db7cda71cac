//! `ClusterRole`: its rules (`pkg/apis/rbac/validation.ValidateClusterRole`).

use crate::api::{AnyObject, Cause, ClusterRole};
use crate::apiserver::printing::created_at;
use crate::apiserver::strategy::Strategy;
use crate::apiserver::table::Column;
use crate::apiserver::validation::path::Path;
use crate::apiserver::validation::{field, names, rbac, selectors};
use crate::sim::Time;

/// The rules of `ClusterRole`.
pub(crate) struct ClusterRoleStrategy;

impl Strategy for ClusterRoleStrategy {
    fn has_generation(&self) -> bool {
        false
    }

    fn validate(&self, object: &AnyObject) -> Vec<Cause> {
        let mut causes = Vec::new();
        let Some(role) = object.get::<ClusterRole>() else {
            return causes;
        };
        rbac::rules(&mut causes, role.spec.rules.as_ref(), false);
        let Some(aggregation) = &role.spec.aggregation_rule else {
            return causes;
        };
        let path = Path::new("aggregationRule");
        let path = path.child("clusterRoleSelectors");
        let list = aggregation.cluster_role_selectors.as_deref().unwrap_or_default();
        if list.is_empty() {
            let why = "at least one clusterRoleSelector required if aggregationRule is non-nil";
            causes.push(field::required(path, why));
        }
        for (index, selector) in list.iter().enumerate() {
            selectors::validate(&mut causes, selector, path.index(index));
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
