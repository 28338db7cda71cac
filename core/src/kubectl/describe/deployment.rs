//! `Deployment`

use super::containers::port;
use super::template;
use super::writer::{Writer, moment};
use crate::api::labels::format_selector;
use crate::api::meta::MetaExt;
use crate::api::types::core::PodTemplateSpec;
use crate::api::{AnyObject, Deployment, Kind, ReplicaSet};
use crate::kubectl::context::Cx;
use crate::kubectl::failure::Failure;

/// A Deployment.
pub(super) fn write(cx: &mut Cx<'_>, w: &mut Writer, deployment: &Deployment) -> Result<(), Failure> {
    let (spec, status) = (&deployment.spec, &deployment.status);
    w.name(&deployment.metadata);
    w.field(
        0,
        "CreationTimestamp",
        moment(deployment.metadata.creation_timestamp.as_ref()),
    );
    w.labels("", "Labels", deployment.metadata.labels.as_ref());
    w.annotations("Annotations", deployment.metadata.annotations.as_ref());
    w.field(0, "Selector", format_selector(&spec.selector));
    w.field(
        0,
        "Replicas",
        format!(
            "{} desired | {} updated | {} total | {} available | {} unavailable",
            spec.replicas.unwrap_or(1),
            status.updated_replicas.unwrap_or(0),
            status.replicas.unwrap_or(0),
            status.available_replicas.unwrap_or(0),
            status.unavailable_replicas.unwrap_or(0)
        ),
    );
    let strategy = spec.strategy.as_ref();
    let kind = strategy.and_then(|strategy| strategy.type_.as_deref());
    w.field(0, "StrategyType", kind.unwrap_or_default());
    w.field(0, "MinReadySeconds", spec.min_ready_seconds.unwrap_or(0));
    if let Some(rolling) = strategy.and_then(|strategy| strategy.rolling_update.as_ref()) {
        let text = |value: &Option<_>| value.as_ref().map(port).unwrap_or_default();
        let (unavailable, surge) = (text(&rolling.max_unavailable), text(&rolling.max_surge));
        w.field(
            0,
            "RollingUpdateStrategy",
            format!("{unavailable} max unavailable, {surge} max surge"),
        );
    }
    template::write(w, &spec.template);
    let conditions = status.conditions.as_deref().unwrap_or_default();
    if !conditions.is_empty() {
        w.line(0, "Conditions:");
        w.line(1, "Type\tStatus\tReason");
        w.line(1, "----\t------\t------");
        for condition in conditions {
            let reason = condition.reason.as_deref().unwrap_or_default();
            w.line(1, format!("{} \t{}\t{reason}", condition.type_, condition.status));
        }
    }
    replica_sets(cx, w, deployment)
}

fn replica_sets(cx: &mut Cx<'_>, w: &mut Writer, deployment: &Deployment) -> Result<(), Failure> {
    let selector = format_selector(&deployment.spec.selector);
    let listed = cx.list(Kind::ReplicaSet, deployment.namespace(), &selector, "")?;
    let mut sets: Vec<&ReplicaSet> = listed
        .items
        .iter()
        .filter_map(AnyObject::get::<ReplicaSet>)
        .filter(|set| set.metadata.is_controlled_by(deployment.uid()))
        .collect();
    crate::sort::sort_by_key(&mut sets, |set| {
        (set.metadata.created_at(), set.name().to_owned())
    });
    let wanted = without_hash(&deployment.spec.template);
    let is_new = |set: &&ReplicaSet| {
        set.spec
            .template
            .as_ref()
            .is_some_and(|found| without_hash(found) == wanted)
    };
    let new = sets.iter().position(is_new);
    let (mut old, mut fresh) = (Vec::new(), Vec::new());
    for (index, set) in sets.into_iter().enumerate() {
        let text = format!(
            "{} ({}/{} replicas created)",
            set.name(),
            set.status.replicas,
            set.spec.replicas.unwrap_or(1)
        );
        if Some(index) == new {
            fresh.push(text);
        } else {
            old.push(text);
        }
    }
    if old.is_empty() && fresh.is_empty() {
        return Ok(());
    }
    w.field(0, "OldReplicaSets", super::writer::or_none(old.join(", ")));
    w.field(0, "NewReplicaSet", super::writer::or_none(fresh.join(", ")));
    Ok(())
}

fn without_hash(template: &PodTemplateSpec) -> PodTemplateSpec {
    let mut template = template.clone();
    let labels = template
        .metadata
        .as_mut()
        .and_then(|metadata| metadata.labels.as_mut());
    if let Some(labels) = labels {
        labels.remove("pod-template-hash");
    }
    template
}
