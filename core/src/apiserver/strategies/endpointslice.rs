//! `EndpointSlice`: defaults, validation and printing.

use crate::apiserver::strategy::Strategy;

/// The rules of `EndpointSlice`.
pub struct EndpointSliceStrategy;

impl Strategy for EndpointSliceStrategy {}
