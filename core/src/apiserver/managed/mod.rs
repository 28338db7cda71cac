//! Who manages which field: `managedFields` and server-side apply. What a write changed is worked out when somebody asks,
//! from the object as it was before: writes come by the thousand, questions seldom.
//!
//! Models `k8s.io/apimachinery/pkg/util/managedfields` and `sigs.k8s.io/structured-merge-diff`. Differs on purpose: several
//! writes of one manager in a row count as one.

mod compare;
mod owners;
mod set;
mod shape;

pub(super) use compare::{compare, fields_of, merge, prune};
pub(super) use owners::{Manager, Operation, Owners, Writer, conflict};
pub(super) use set::Set;
pub(super) use shape::Shape;
