//! `ConfigMap`: defaults, validation and printing.

use crate::apiserver::strategy::Strategy;

/// The rules of `ConfigMap`.
pub struct ConfigMapStrategy;

impl Strategy for ConfigMapStrategy {}
