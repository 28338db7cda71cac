//! `ServiceAccount`: defaults, validation and printing.

use crate::apiserver::strategy::Strategy;

/// The rules of `ServiceAccount`.
pub struct ServiceAccountStrategy;

impl Strategy for ServiceAccountStrategy {}
