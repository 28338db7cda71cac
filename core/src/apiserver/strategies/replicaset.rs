//! `ReplicaSet`: defaults, validation and printing.

use crate::apiserver::strategy::Strategy;

/// The rules of `ReplicaSet`.
pub struct ReplicaSetStrategy;

impl Strategy for ReplicaSetStrategy {}
