//! One look at an autoscaler (`reconcileAutoscaler`).

use serde_json::Value;

use super::HorizontalController;
use super::calculator::{Goal, Measured, TOLERANCE, Tolerances, replicas};
use super::measure::{Resource, samples};
use super::normalize::{Allowed, WITHIN};
use crate::api::labels::Selector;
use crate::api::meta::meta_time;
use crate::api::quantity::{Amount, Format, amount};
use crate::api::types::autoscaling::{
    ContainerResourceMetricStatus, HorizontalPodAutoscalerCondition, MetricSpec, MetricStatus, MetricTarget,
    MetricValueStatus, ResourceMetricStatus,
};
use crate::api::{AnyObject, HorizontalPodAutoscaler, Key, Kind, StatusError};
use crate::client::{Client, EventType};
use crate::controllers::Context;

/// One look.
pub(super) struct Sync<'s, 'c, 'a, 'b> {
    pub(super) controller: &'s mut HorizontalController,
    pub(super) context: &'c mut Context<'a, 'b>,
    pub(super) key: &'s Key,
    pub(super) owner: AnyObject,
    pub(super) autoscaler: HorizontalPodAutoscaler,
}

/// What a metric asks for.
struct Proposal {
    replicas: i32,
    /// How it is called.
    name: String,
    status: MetricStatus,
}

/// Why a metric asks for nothing.
struct Unable {
    reason: &'static str,
    error: String,
}

impl Sync<'_, '_, '_, '_> {
    pub(super) fn run(mut self) -> Result<(), StatusError> {
        let spec = self.autoscaler.spec.clone();
        let (target, scale) = match self.scale() {
            Ok(found) => found,
            Err(error) => {
                self.record(EventType::Warning, "FailedGetScale", error.clone());
                let message =
                    format!("the HPA controller was unable to get the target's current scale: {error}");
                self.condition("AbleToScale", "False", "FailedGetScale", message);
                return self.write();
            }
        };
        self.condition(
            "AbleToScale",
            "True",
            "SucceededGetScale",
            "the HPA controller was able to get the target's current scale",
        );
        let number = |path: &str| scale.pointer(path).and_then(Value::as_i64).unwrap_or(0);
        let current = i32::try_from(number("/spec/replicas")).unwrap_or(i32::MAX);
        let least = spec.min_replicas.unwrap_or(1);
        let mut metrics = Vec::new();
        let (desired, reason) = if current == 0 && least != 0 {
            let message = "scaling is disabled since the replica count of the target is zero";
            self.condition("ScalingActive", "False", "ScalingDisabled", message);
            (0, String::new())
        } else if current > spec.max_replicas {
            let reason = "Current number of replicas above Spec.MaxReplicas";
            (spec.max_replicas, reason.to_owned())
        } else if current < least {
            (
                least,
                "Current number of replicas below Spec.MinReplicas".to_owned(),
            )
        } else {
            let selector = scale.pointer("/status/selector").and_then(Value::as_str);
            let (proposed, statuses, error) = self.compute(current, selector.unwrap_or_default());
            metrics = statuses;
            let Some((wanted, name)) = proposed else {
                self.status(current, None, metrics);
                if let Some(error) = error {
                    self.record(EventType::Warning, "FailedComputeMetricsReplicas", error);
                }
                return self.write();
            };
            let allowed = self.allow(current, wanted);
            let reason = if wanted > current {
                format!("{name} above target")
            } else {
                "All metrics below target".to_owned()
            };
            (allowed.replicas, reason)
        };
        let rescale = desired != current && !(current == 0 && desired == 0);
        if rescale && let Err(error) = self.rescale(&target, current, desired, &reason) {
            self.status(current, None, metrics);
            self.write()?;
            return Err(error);
        }
        self.status(current, Some((desired, rescale)), metrics);
        self.write()
    }

    /// What is scaled, and its scale.
    fn scale(&mut self) -> Result<(Key, Value), String> {
        let target = &self.autoscaler.spec.scale_target_ref;
        let version = target.api_version.as_deref().unwrap_or_default();
        let Some(kind) = Kind::from_manifest(version, &target.kind) else {
            return Err(format!(
                "no matches for kind {:?} in version {version:?}",
                target.kind
            ));
        };
        let key = Key::new(kind, self.autoscaler.namespace(), &target.name);
        let user = &self.controller.user;
        let scale = Client::new(self.context.env, user).scale(&key);
        scale.map(|scale| (key, scale)).map_err(|error| error.message)
    }

    fn rescale(&mut self, target: &Key, current: i32, desired: i32, reason: &str) -> Result<(), StatusError> {
        let now = self.context.env.sim.now;
        let user = &self.controller.user;
        if let Err(error) = Client::new(self.context.env, user).set_scale(target, desired) {
            let message = format!("New size: {desired}; reason: {reason}; error: {error}");
            self.record(EventType::Warning, "FailedRescale", message);
            let message = format!("the HPA controller was unable to update the target scale: {error}");
            self.condition("AbleToScale", "False", "FailedUpdateScale", message);
            return Err(error);
        }
        let message = format!("the HPA controller was able to update the target scale to {desired}");
        self.condition("AbleToScale", "True", "SucceededRescale", message);
        let message = format!("New size: {desired}; reason: {reason}");
        self.record(EventType::Normal, "SuccessfulRescale", message);
        let history = self.controller.history.entry(self.key.clone()).or_default();
        history.changed(current, desired, now);
        Ok(())
    }

    /// The largest number that a metric asks for and its name; what was measured; what went wrong.
    fn compute(
        &mut self,
        current: i32,
        selector: &str,
    ) -> (Option<(i32, String)>, Vec<MetricStatus>, Option<String>) {
        let selector = match self.selector(selector) {
            Ok(selector) => selector,
            Err(Unable { reason, error }) => {
                self.record(EventType::Warning, reason, error.clone());
                let message = format!("the HPA was unable to compute the replica count: {error}");
                self.condition("ScalingActive", "False", reason, message);
                return (None, Vec::new(), Some(error));
            }
        };
        let specs = self.autoscaler.spec.metrics.clone().unwrap_or_default();
        let mut best: Option<(i32, String)> = None;
        let mut statuses = Vec::new();
        let mut first_failure: Option<Unable> = None;
        let mut failures = 0;
        for spec in &specs {
            match self.propose(spec, current, &selector) {
                Ok(proposal) => {
                    if best.as_ref().is_none_or(|(most, _)| proposal.replicas > *most) {
                        best = Some((proposal.replicas, proposal.name));
                    }
                    statuses.push(proposal.status);
                }
                Err(unable) => {
                    self.record(EventType::Warning, unable.reason, unable.error.clone());
                    failures += 1;
                    first_failure.get_or_insert(unable);
                    statuses.push(MetricStatus::default());
                }
            }
        }
        // With a part of the metrics, growing is right and shrinking may be wrong.
        let shrinks = best.as_ref().is_none_or(|(most, _)| *most < current);
        if let Some(Unable { reason, error }) = first_failure.filter(|_| shrinks) {
            let message = format!("the HPA was unable to compute the replica count: {error}");
            self.condition("ScalingActive", "False", reason, message);
            let total = specs.len();
            let error =
                format!("invalid metrics ({failures} invalid out of {total}), first error is: {error}");
            return (None, statuses, Some(error));
        }
        if let Some((_, name)) = &best {
            let message = format!("the HPA was able to successfully calculate a replica count from {name}");
            self.condition("ScalingActive", "True", "ValidMetricFound", message);
        }
        (best, statuses, None)
    }

    fn selector(&self, text: &str) -> Result<Selector, Unable> {
        let unable = |reason, error: String| Unable { reason, error };
        if text.is_empty() {
            return Err(unable("InvalidSelector", "selector is required".to_owned()));
        }
        let selector = Selector::parse(text).map_err(|error| {
            let why =
                format!("couldn't convert selector into a corresponding internal selector object: {error}");
            unable("InvalidSelector", why)
        })?;
        let target = &self.autoscaler.spec.scale_target_ref;
        let rivals: Vec<String> = self
            .context
            .cache
            .list_in::<HorizontalPodAutoscaler>(self.autoscaler.namespace())
            .filter(|other| other.spec.scale_target_ref == *target)
            .map(|other| format!("{}/{}", other.namespace(), other.name()))
            .collect();
        if rivals.len() > 1 {
            let rivals = rivals.join(" ");
            let why = format!("pods by selector {text} are controlled by multiple HPAs: [{rivals}]");
            return Err(unable("AmbiguousSelector", why));
        }
        Ok(selector)
    }

    fn propose(&self, metric: &MetricSpec, current: i32, selector: &Selector) -> Result<Proposal, Unable> {
        let (resource, target) = match (&metric.resource, &metric.container_resource) {
            (Some(source), _) => (
                Resource {
                    name: &source.name,
                    container: None,
                },
                &source.target,
            ),
            (None, Some(source)) => (
                Resource {
                    name: &source.name,
                    container: Some(&source.container),
                },
                &source.target,
            ),
            _ => return Err(custom(metric)),
        };
        let goal = match (&target.average_value, target.average_utilization) {
            (Some(value), _) => Goal::Average(amount(value).millis()),
            (None, Some(percent)) => Goal::Utilization(percent),
            (None, None) => Goal::Utilization(100),
        };
        let what = if matches!(goal, Goal::Utilization(_)) {
            "utilization"
        } else {
            "usage"
        };
        let name = resource.name;
        let unable = |error: String| Unable {
            reason: if resource.container.is_some() {
                "FailedGetContainerResourceMetric"
            } else {
                "FailedGetResourceMetric"
            },
            error: format!("failed to get {name} {what}: {error}"),
        };
        let Some(metrics) = self.context.env.api.metrics() else {
            return Err(unable(format!(
                "unable to get metrics for resource {name}: unable to fetch metrics from resource metrics API: the server \
                 could not find the requested resource (get pods.metrics.k8s.io)"
            )));
        };
        let place = (self.autoscaler.namespace(), selector);
        let needed = matches!(goal, Goal::Utilization(_));
        let found = samples(self.context.cache, metrics, place, resource, needed)
            .and_then(|samples| replicas(&samples, goal, current, self.tolerances()));
        let (replicas, measured) = found.map_err(unable)?;
        let shown = match (goal, resource.container) {
            (Goal::Utilization(_), _) => format!("{name} resource utilization (percentage of request)"),
            (Goal::Average(_), Some(_)) => format!("{name} container resource"),
            (Goal::Average(_), None) => format!("{name} resource"),
        };
        Ok(Proposal {
            replicas,
            name: shown,
            status: status_of(metric, target, measured, name),
        })
    }

    fn tolerances(&self) -> Tolerances {
        let behavior = self.autoscaler.spec.behavior.as_ref();
        let of = |quantity: Option<&crate::api::types::Quantity>| {
            let Some(quantity) = quantity else {
                return TOLERANCE;
            };
            f64::from(i32::try_from(amount(quantity).millis()).unwrap_or(i32::MAX)) / 1_000.0
        };
        let up = behavior.and_then(|behavior| behavior.scale_up.as_ref()?.tolerance.as_ref());
        let down = behavior.and_then(|behavior| behavior.scale_down.as_ref()?.tolerance.as_ref());
        Tolerances {
            up: of(up),
            down: of(down),
        }
    }

    fn allow(&mut self, current: i32, wanted: i32) -> Allowed {
        let now = self.context.env.sim.now;
        let history = self.controller.history.entry(self.key.clone()).or_default();
        if history.recommendations.is_empty() {
            history.recommendations.push((now, current));
        }
        let allowed = history.allow(&self.autoscaler.spec, current, wanted, now);
        let (reason, message) = allowed.able;
        self.condition("AbleToScale", "True", reason, message);
        let status = if allowed.limited.is_some() {
            "True"
        } else {
            "False"
        };
        let (reason, message) = allowed.limited.unwrap_or(WITHIN);
        self.condition("ScalingLimited", status, reason, message);
        allowed
    }

    fn condition(&mut self, name: &str, value: &str, reason: &str, message: impl Into<String>) {
        let now = self.context.env.sim.now;
        let conditions = self.autoscaler.status_mut().conditions.get_or_insert_default();
        let place = conditions.iter().position(|condition| condition.type_ == name);
        let known = place.and_then(|place| conditions.get_mut(place));
        let known = match known {
            Some(known) => known,
            None => {
                conditions.push(HorizontalPodAutoscalerCondition {
                    type_: name.to_owned(),
                    ..HorizontalPodAutoscalerCondition::default()
                });
                let Some(last) = conditions.last_mut() else { return };
                last
            }
        };
        if known.status != value {
            known.last_transition_time = Some(meta_time(now));
            value.clone_into(&mut known.status);
        }
        known.reason = Some(reason.to_owned());
        known.message = Some(message.into());
    }

    /// What the status says; `desired` with whether it was just set.
    fn status(&mut self, current: i32, desired: Option<(i32, bool)>, metrics: Vec<MetricStatus>) {
        let now = self.context.env.sim.now;
        let status = self.autoscaler.status_mut();
        status.current_replicas = (current != 0).then_some(current);
        status.current_metrics = Some(metrics).filter(|metrics| !metrics.is_empty());
        if let Some((desired, rescaled)) = desired {
            status.desired_replicas = desired;
            if rescaled {
                status.last_scale_time = Some(meta_time(now));
            }
        }
    }

    fn write(&mut self) -> Result<(), StatusError> {
        let object = AnyObject::HorizontalPodAutoscaler(self.autoscaler.clone());
        if object.same_status(&self.owner) {
            return Ok(());
        }
        let user = &self.controller.user;
        match Client::new(self.context.env, user).update_status(object) {
            Err(error) if !error.is_not_found() => Err(error),
            _ => Ok(()),
        }
    }

    fn record(&mut self, event_type: EventType, reason: &str, message: impl Into<String>) {
        let controller = &mut *self.controller;
        controller.recorder.record(
            self.context.env,
            &controller.user,
            &self.owner,
            None,
            (event_type, reason),
            message,
        );
    }
}

/// The lab has no server of custom or external metrics, as most clusters have none.
fn custom(metric: &MetricSpec) -> Unable {
    let (reason, what, api) = match metric.type_.as_str() {
        "Pods" => ("FailedGetPodsMetric", "pods", "custom.metrics.k8s.io"),
        "Object" => ("FailedGetObjectMetric", "object", "custom.metrics.k8s.io"),
        _ => ("FailedGetExternalMetric", "external", "external.metrics.k8s.io"),
    };
    let source = match what {
        "external" => "external",
        _ => "custom",
    };
    Unable {
        reason,
        error: format!(
            "failed to get {what} metric value: unable to get metric: unable to fetch metrics from {source} metrics API: no \
             {source} metrics API ({api}) registered"
        ),
    }
}

fn status_of(metric: &MetricSpec, target: &MetricTarget, measured: Measured, name: &str) -> MetricStatus {
    let average = Amount {
        nanos: i128::from(measured.average) * 1_000_000,
        format: if name == "cpu" {
            Format::DecimalSi
        } else {
            Format::BinarySi
        },
    };
    let current = MetricValueStatus {
        average_utilization: target.average_value.is_none().then_some(measured.percent),
        average_value: Some(average.into()),
        value: None,
    };
    let mut status = MetricStatus {
        type_: metric.type_.clone(),
        ..MetricStatus::default()
    };
    match &metric.container_resource {
        Some(source) => {
            status.container_resource = Some(ContainerResourceMetricStatus {
                container: source.container.clone(),
                name: name.to_owned(),
                current,
            });
        }
        None => {
            status.resource = Some(ResourceMetricStatus {
                name: name.to_owned(),
                current,
            });
        }
    }
    status
}
