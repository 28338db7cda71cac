//! Defaults (`SetDefaults_HorizontalPodAutoscaler`).

use crate::api::types::autoscaling::{
    HPAScalingPolicy, HPAScalingRules, HorizontalPodAutoscalerSpec, MetricSpec, MetricTarget,
    ResourceMetricSource,
};

/// CPU is kept at this share of what was requested when no metric is given.
const UTILIZATION_PERCENT: i32 = 80;
const PERIOD_SECS: i32 = 15;

pub(super) fn spec(spec: &mut HorizontalPodAutoscalerSpec) {
    spec.min_replicas.get_or_insert(1);
    if spec.metrics.as_ref().is_none_or(Vec::is_empty) {
        spec.metrics = Some(vec![MetricSpec {
            type_: "Resource".to_owned(),
            resource: Some(ResourceMetricSource {
                name: "cpu".to_owned(),
                target: MetricTarget {
                    type_: "Utilization".to_owned(),
                    average_utilization: Some(UTILIZATION_PERCENT),
                    ..MetricTarget::default()
                },
            }),
            ..MetricSpec::default()
        }]);
    }
    // Rules are filled in only where somebody began to write some.
    if let Some(behavior) = &mut spec.behavior {
        let up = [("Pods", 4), ("Percent", 100)];
        rules(behavior.scale_up.get_or_insert_default(), Some(0), &up);
        let down = [("Percent", 100)];
        rules(behavior.scale_down.get_or_insert_default(), None, &down);
    }
}

fn rules(rules: &mut HPAScalingRules, stabilization_secs: Option<i32>, policies: &[(&str, i32)]) {
    if rules.stabilization_window_seconds.is_none() {
        rules.stabilization_window_seconds = stabilization_secs;
    }
    rules.select_policy.get_or_insert_with(|| "Max".to_owned());
    if rules.policies.is_none() {
        let policies = policies.iter().map(|(type_, value)| HPAScalingPolicy {
            type_: (*type_).to_owned(),
            value: *value,
            period_seconds: PERIOD_SECS,
        });
        rules.policies = Some(policies.collect());
    }
}
