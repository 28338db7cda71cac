//! `StatefulSet`: its rules (`pkg/apis/apps/validation.ValidateStatefulSet`).

use crate::apiserver::strategy::Strategy;

/// The rules of `StatefulSet`.
pub(crate) struct StatefulSetStrategy;

impl Strategy for StatefulSetStrategy {}
