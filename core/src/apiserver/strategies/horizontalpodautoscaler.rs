//! `HorizontalPodAutoscaler`: its rules (`pkg/apis/autoscaling/validation`).

use crate::apiserver::strategy::Strategy;

/// The rules of `HorizontalPodAutoscaler`.
pub(crate) struct HorizontalPodAutoscalerStrategy;

impl Strategy for HorizontalPodAutoscalerStrategy {}
