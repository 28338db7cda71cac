//! `Lease`: its rules (`pkg/apis/coordination/validation`, `printLease`).

use crate::api::{AnyObject, Lease};
use crate::apiserver::printing::age;
use crate::apiserver::strategy::Strategy;
use crate::apiserver::table::Column;
use crate::sim::Time;

/// The rules of `Lease`.
pub(crate) struct LeaseStrategy;

impl Strategy for LeaseStrategy {
    fn has_generation(&self) -> bool {
        false
    }

    fn columns(&self) -> &'static [Column] {
        const { &[Column::new("Name"), Column::new("Holder"), Column::new("Age")] }
    }

    fn cells(&self, object: &AnyObject, now: Time) -> Vec<String> {
        let lease = object.get::<Lease>();
        let holder = lease.and_then(|lease| lease.spec.holder_identity.clone());
        vec![
            object.name().to_owned(),
            holder.unwrap_or_default(),
            age(object, now),
        ]
    }
}
