//! `HorizontalPodAutoscaler`: its rules (`pkg/apis/autoscaling/v2/defaults.go`, `pkg/apis/autoscaling/validation`,
//! `pkg/registry/autoscaling/horizontalpodautoscaler`).

mod defaults;
mod printing;
mod validation;

use std::sync::Arc;

use crate::api::{AnyObject, Cause, HorizontalPodAutoscaler};
use crate::apiserver::strategy::Strategy;
use crate::apiserver::table::Column;
use crate::sim::Time;

/// The rules of `HorizontalPodAutoscaler`.
pub(crate) struct HorizontalPodAutoscalerStrategy;

impl Strategy for HorizontalPodAutoscalerStrategy {
    fn default(&self, object: &mut AnyObject) {
        if let Some(autoscaler) = object.get_mut::<HorizontalPodAutoscaler>() {
            defaults::spec(autoscaler.spec_mut());
        }
    }

    fn validate(&self, object: &AnyObject) -> Vec<Cause> {
        let mut causes = Vec::new();
        if let Some(autoscaler) = object.get::<HorizontalPodAutoscaler>() {
            validation::spec(&mut causes, &autoscaler.spec);
        }
        causes
    }

    fn validate_update(&self, object: &AnyObject, old: &AnyObject) -> Vec<Cause> {
        let mut causes = Vec::new();
        if let (Some(new), Some(old)) = (
            object.get::<HorizontalPodAutoscaler>(),
            old.get::<HorizontalPodAutoscaler>(),
        ) && !Arc::ptr_eq(&new.spec, &old.spec)
        {
            validation::spec(&mut causes, &new.spec);
        }
        causes
    }

    /// Its objects do not count their generations.
    fn has_generation(&self) -> bool {
        false
    }

    fn columns(&self) -> &'static [Column] {
        printing::COLUMNS
    }

    fn cells(&self, object: &AnyObject, now: Time) -> Vec<String> {
        object
            .get::<HorizontalPodAutoscaler>()
            .map(|autoscaler| printing::cells(autoscaler, now))
            .unwrap_or_default()
    }
}
