//! Validation that several kinds share (`k8s.io/apimachinery/pkg/api/validation`, `pkg/util/validation/field`).

pub mod field;
pub mod metadata;
pub mod names;
pub mod path;
pub mod pem;
pub mod rbac;
pub mod selectors;
pub mod unified_diff;
