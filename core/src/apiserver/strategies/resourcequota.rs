//! `ResourceQuota`: its rules (`pkg/apis/core/validation.ValidateResourceQuota`).

use crate::apiserver::strategy::Strategy;

/// The rules of `ResourceQuota`.
pub(crate) struct ResourceQuotaStrategy;

impl Strategy for ResourceQuotaStrategy {}
