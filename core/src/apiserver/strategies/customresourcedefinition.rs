//! `CustomResourceDefinition`: its rules (`k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/validation`).

use crate::apiserver::strategy::Strategy;

/// The rules of `CustomResourceDefinition`.
pub(crate) struct CustomResourceDefinitionStrategy;

impl Strategy for CustomResourceDefinitionStrategy {}
