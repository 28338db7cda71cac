//! A HorizontalPodAutoscaler that cannot measure, or has reached a bound.

use super::{Chain, World, texts};
use crate::api::{AnyObject, HorizontalPodAutoscaler, Kind};

/// Explains an autoscaler.
pub(super) fn explain(
    world: &World<'_>,
    object: &AnyObject,
    scaler: &HorizontalPodAutoscaler,
    chain: &mut Chain,
) {
    let target = &scaler.spec.scale_target_ref;
    let mut conditions = scaler.status.conditions.iter().flatten();
    let bad = conditions
        .clone()
        .find(|condition| condition.status == "False" && condition.type_ != "ScalingLimited");
    if let Some(bad) = bad {
        let words = bad.message.as_deref().unwrap_or_default();
        chain
            .blame(texts::SCALER_BLIND, &[object.name(), &target.name])
            .about(object)
            .quoting(words);
        let server = world
            .store
            .list(Kind::Deployment)
            .any(|found| found.name() == "metrics-server");
        let api_version = target.api_version.as_deref().unwrap_or("apps/v1");
        let owner = world.find(api_version, &target.kind, object.namespace(), &target.name);
        if bad.type_ == "AbleToScale" && owner.is_none() {
            chain
                .say(texts::SCALER_TARGET, &[&texts::the(&target.kind), &target.name])
                .from(world, object, "spec.scaleTargetRef.name");
        } else if words.contains("missing request for") {
            let step = chain.say(texts::SCALER_REQUEST, &[&target.name]);
            if let Some(owner) = owner {
                step.about(owner)
                    .from(world, owner, "spec.template.spec.containers[0].resources");
            }
        } else if !server {
            chain.say(texts::SCALER_SERVER, &[]);
        } else {
            chain.say(texts::SCALER_SOON, &[]);
        }
        return;
    }
    let limited =
        conditions.find(|condition| condition.type_ == "ScalingLimited" && condition.status == "True");
    if let Some(limited) = limited {
        let low = limited.reason.as_deref() == Some("TooFewReplicas");
        let (text, path) = if low {
            (texts::SCALER_LOW, "spec.minReplicas")
        } else {
            (texts::SCALER_HIGH, "spec.maxReplicas")
        };
        chain
            .say(text, &[object.name(), &target.name])
            .about(object)
            .quoting(limited.message.as_deref().unwrap_or_default())
            .from(world, object, path);
    }
}
