//! `Endpoints`: its rules (`pkg/apis/core/validation.ValidateEndpoints`).

use crate::apiserver::strategy::Strategy;

/// The rules of `Endpoints`.
pub(crate) struct EndpointsStrategy;

impl Strategy for EndpointsStrategy {
    fn has_generation(&self) -> bool {
        false
    }
}
