//! `Ingress`: its rules (`pkg/apis/networking/validation.ValidateIngressCreate`).

use crate::apiserver::strategy::Strategy;

/// The rules of `Ingress`.
pub(crate) struct IngressStrategy;

impl Strategy for IngressStrategy {}
