//! `IngressClass`: its rules (`pkg/apis/networking/validation.ValidateIngressClass`).

use crate::apiserver::strategy::Strategy;

/// The rules of `IngressClass`.
pub(crate) struct IngressClassStrategy;

impl Strategy for IngressClassStrategy {}
