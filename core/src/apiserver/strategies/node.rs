//! `Node`: defaults, validation and printing.

use crate::apiserver::strategy::Strategy;

/// The rules of `Node`.
pub struct NodeStrategy;

impl Strategy for NodeStrategy {}
