//! `PodDisruptionBudget`: its rules (`pkg/apis/policy/validation.ValidatePodDisruptionBudget`).

use crate::apiserver::strategy::Strategy;

/// The rules of `PodDisruptionBudget`.
pub(crate) struct PodDisruptionBudgetStrategy;

impl Strategy for PodDisruptionBudgetStrategy {}
