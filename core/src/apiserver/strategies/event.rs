//! `Event`: defaults, validation and printing.

use crate::apiserver::strategy::Strategy;

/// The rules of `Event`.
pub struct EventStrategy;

impl Strategy for EventStrategy {}
