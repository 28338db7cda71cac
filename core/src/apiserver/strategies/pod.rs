//! `Pod`: defaults, validation and printing.

use crate::apiserver::strategy::Strategy;

/// The rules of `Pod`.
pub struct PodStrategy;

impl Strategy for PodStrategy {}
