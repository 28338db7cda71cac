//! `NetworkPolicy`: its rules (`pkg/apis/networking/validation.ValidateNetworkPolicy`).

use crate::apiserver::strategy::Strategy;

/// The rules of `NetworkPolicy`.
pub(crate) struct NetworkPolicyStrategy;

impl Strategy for NetworkPolicyStrategy {}
