//! `LimitRange`: its rules (`pkg/apis/core/validation.ValidateLimitRange`).

use crate::apiserver::strategy::Strategy;

/// The rules of `LimitRange`.
pub(crate) struct LimitRangeStrategy;

impl Strategy for LimitRangeStrategy {}
