//! `Deployment`: defaults, validation and printing.

use crate::apiserver::strategy::Strategy;

/// The rules of `Deployment`.
pub struct DeploymentStrategy;

impl Strategy for DeploymentStrategy {}
