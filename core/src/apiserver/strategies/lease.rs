//! `Lease`: its rules (`pkg/apis/coordination/validation`).

use crate::apiserver::strategy::Strategy;

/// The rules of `Lease`.
pub(crate) struct LeaseStrategy;

impl Strategy for LeaseStrategy {}
