//! `StatefulSet`: its rules (`pkg/apis/apps/v1/defaults.go`, `pkg/apis/apps/validation`, `pkg/registry/apps/statefulset`).

use std::sync::Arc;

use serde_json::{Value, json};

use super::persistentvolumeclaim;
use super::pod::validation::int_or_string;
use super::pod::{self, defaults};
use super::replicaset::only_always;
use crate::api::labels::selector_matches;
use crate::api::meta::MetaExt;
use crate::api::types::apps::{
    StatefulSetPersistentVolumeClaimRetentionPolicy as RetentionPolicy, StatefulSetSpec,
    StatefulSetUpdateStrategy,
};
use crate::api::types::core::{
    PersistentVolumeClaim, PersistentVolumeClaimVolumeSource, PodTemplateSpec, Volume,
};
use crate::api::types::meta::ObjectMeta;
use crate::api::{AnyObject, Cause, StatefulSet, StatusError};
use crate::apiserver::printing::{age_of, container_cells};
use crate::apiserver::strategy::{Strategy, Surroundings};
use crate::apiserver::table::Column;
use crate::apiserver::validation::path::Path;
use crate::apiserver::validation::{field, names, selectors};
use crate::sim::Time;

/// The rules of `StatefulSet`.
pub(crate) struct StatefulSetStrategy;

const COLUMNS: &[Column] = &[
    Column::new("Name"),
    Column::new("Ready"),
    Column::new("Age"),
    Column::wide("Containers"),
    Column::wide("Images"),
];

const FIXED: &str = "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden";

impl Strategy for StatefulSetStrategy {
    fn default(&self, object: &mut AnyObject) {
        let Some(set) = object.get_mut::<StatefulSet>() else {
            return;
        };
        let spec = set.spec_mut();
        defaults::text(&mut spec.pod_management_policy, "OrderedReady");
        let strategy = spec.update_strategy.get_or_insert_default();
        defaults::text(&mut strategy.type_, "RollingUpdate");
        if strategy.type_.as_deref() == Some("RollingUpdate") {
            let rolling = strategy.rolling_update.get_or_insert_default();
            rolling.partition.get_or_insert(0);
        }
        let policy = spec
            .persistent_volume_claim_retention_policy
            .get_or_insert_default();
        defaults::text(&mut policy.when_deleted, "Retain");
        defaults::text(&mut policy.when_scaled, "Retain");
        spec.replicas.get_or_insert(1);
        spec.revision_history_limit.get_or_insert(10);
        defaults::template(&mut spec.template);
        spec.volume_claim_templates.iter_mut().flatten().for_each(claim);
    }

    fn prepare_for_create(&self, object: &mut AnyObject, _: Surroundings<'_>) -> Result<(), StatusError> {
        object.reset_status();
        drop_disabled_fields(object);
        Ok(())
    }

    fn prepare_for_update(
        &self,
        object: &mut AnyObject,
        old: &AnyObject,
        _: Surroundings<'_>,
    ) -> Result<(), StatusError> {
        if !object.shares_spec(old) {
            drop_disabled_fields(object);
        }
        Ok(())
    }

    fn validate(&self, object: &AnyObject) -> Vec<Cause> {
        let mut causes = Vec::new();
        if let Some(set) = object.get::<StatefulSet>() {
            validate_spec(&mut causes, &set.spec);
        }
        causes
    }

    fn validate_update(&self, object: &AnyObject, old: &AnyObject) -> Vec<Cause> {
        let mut causes = Vec::new();
        let (Some(new), Some(old)) = (object.get::<StatefulSet>(), old.get::<StatefulSet>()) else {
            return causes;
        };
        if !Arc::ptr_eq(&new.spec, &old.spec) {
            validate_spec(&mut causes, &new.spec);
            let (new, old) = (&new.spec, &old.spec);
            let fixed = new.selector == old.selector
                && new.service_name == old.service_name
                && new.pod_management_policy == old.pod_management_policy
                && new.volume_claim_templates == old.volume_claim_templates;
            if !fixed {
                causes.push(field::forbidden("spec", FIXED));
            }
        }
        causes
    }

    /// The names of its Pods are host names.
    fn validate_name(&self, name: &str) -> Vec<String> {
        names::dns1123_label(name)
    }

    fn warnings(&self, object: &AnyObject) -> Vec<String> {
        let Some(set) = object.get::<StatefulSet>() else {
            return Vec::new();
        };
        let mut warnings = pod::template_warnings(Some(&set.spec.template));
        if set.spec.revision_history_limit.is_some_and(|limit| limit < 0) {
            warnings.push("spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is recommended".to_owned());
        }
        warnings
    }

    fn columns(&self) -> &'static [Column] {
        COLUMNS
    }

    fn cells(&self, object: &AnyObject, now: Time) -> Vec<String> {
        let Some(set) = object.get::<StatefulSet>() else {
            return Vec::new();
        };
        let (ready, wanted) = (
            set.status.ready_replicas.unwrap_or(0),
            set.spec.replicas.unwrap_or(0),
        );
        let [names, images] = container_cells(set.spec.template.spec.as_ref());
        vec![
            set.name().to_owned(),
            format!("{ready}/{wanted}"),
            age_of(&set.metadata, now),
            names,
            images,
        ]
    }
}

/// A claim of a template (`SetDefaults_PersistentVolumeClaim`).
fn claim(claim: &mut PersistentVolumeClaim) {
    let status = claim.status.get_or_insert_default();
    defaults::text(&mut status.phase, "Pending");
    persistentvolumeclaim::default_spec(claim.spec.get_or_insert_default());
}

/// 1.36 has `MaxUnavailableStatefulSet` off: its field is dropped without a word.
fn drop_disabled_fields(object: &mut AnyObject) {
    if let Some(set) = object.get_mut::<StatefulSet>()
        && let Some(rolling) = set
            .spec_mut()
            .update_strategy
            .as_mut()
            .and_then(|strategy| strategy.rolling_update.as_mut())
    {
        rolling.max_unavailable = None;
    }
}

fn validate_spec(causes: &mut Vec<Cause>, spec: &StatefulSetSpec) {
    let path = Path::new("spec");
    match spec.pod_management_policy.as_deref().unwrap_or_default() {
        "" => causes.push(field::required(path.child("podManagementPolicy"), "")),
        "OrderedReady" | "Parallel" => {}
        other => {
            let detail = "must be 'OrderedReady' or 'Parallel'";
            causes.push(field::invalid(path.child("podManagementPolicy"), other, detail));
        }
    }
    if let Some(strategy) = &spec.update_strategy {
        validate_strategy(causes, strategy, path.child("updateStrategy"));
    }
    if let Some(policy) = &spec.persistent_volume_claim_retention_policy {
        retention_policy(causes, policy, path.child("persistentVolumeClaimRetentionPolicy"));
    }
    let replicas = spec.replicas.unwrap_or(0);
    field::non_negative(causes, replicas.into(), path.child("replicas"));
    let ready_secs = spec.min_ready_seconds.unwrap_or(0);
    field::non_negative(causes, ready_secs.into(), path.child("minReadySeconds"));
    let start = spec.ordinals.as_ref().and_then(|ordinals| ordinals.start);
    field::non_negative(causes, start.unwrap_or(0).into(), path.child("ordinals.start"));
    let service = spec.service_name.as_deref().unwrap_or_default();
    if !service.is_empty() {
        field::invalid_each(
            causes,
            path.child("serviceName"),
            service,
            &names::dns1123_subdomain(service),
        );
    }
    if selector(causes, spec, path.child("selector")) {
        template(causes, spec, path.child("template"));
    }
    let claims = path.child("volumeClaimTemplates");
    for (index, claim) in spec.volume_claim_templates.iter().flatten().enumerate() {
        if let Some(spec) = &claim.spec {
            let at = claims.index(index);
            persistentvolumeclaim::validate_spec(causes, spec, at.child("spec"));
        }
    }
    only_always(causes, &spec.template, "StatefulSet", path.child("template"));
}

/// Answers whether the selector can be read.
fn selector(causes: &mut Vec<Cause>, spec: &StatefulSetSpec, at: Path<'_>) -> bool {
    let (selector, faults) = (&spec.selector, causes.len());
    let absent = selector.match_labels.is_none() && selector.match_expressions.is_none();
    if absent {
        causes.push(field::required(at, ""));
        return true;
    }
    selectors::validate(causes, selector, at);
    let readable = causes.len() == faults;
    if selectors::is_empty(selector) {
        let detail = "empty selector is invalid for statefulset";
        causes.push(field::invalid(at, selectors::shown(selector), detail));
    }
    if !readable {
        causes.push(field::invalid(at, selectors::shown(selector), ""));
    }
    readable
}

fn template(causes: &mut Vec<Cause>, spec: &StatefulSetSpec, at: Path<'_>) {
    let (selector, none) = (&spec.selector, ObjectMeta::default());
    let absent = selector.match_labels.is_none() && selector.match_expressions.is_none();
    let metadata = spec.template.metadata.as_ref().unwrap_or(&none);
    if absent || !selector_matches(Some(selector), metadata.labels_or_empty()) {
        let at = at.child("metadata");
        let detail = "`selector` does not match template `labels`";
        causes.push(field::invalid(at.child("labels"), json!(metadata.labels), detail));
    }
    pod::validation::template(causes, &with_claims(spec), at);
}

/// The template with a volume for each claim, as its Pods will have it.
fn with_claims(spec: &StatefulSetSpec) -> PodTemplateSpec {
    let mut template = spec.template.clone();
    let Some(pod) = &mut template.spec else {
        return template;
    };
    for claim in spec.volume_claim_templates.iter().flatten() {
        let name = claim.metadata.name.clone().unwrap_or_default();
        let volumes = pod.volumes.get_or_insert_default();
        if !volumes.iter().any(|volume| volume.name == name) {
            volumes.push(Volume {
                persistent_volume_claim: Some(PersistentVolumeClaimVolumeSource {
                    claim_name: name.clone(),
                    read_only: None,
                }),
                name,
                ..Volume::default()
            });
        }
    }
    template
}

fn validate_strategy(causes: &mut Vec<Cause>, strategy: &StatefulSetUpdateStrategy, path: Path<'_>) {
    let at = path.child("rollingUpdate");
    // The Go types have no names of their own for JSON.
    let rolling = strategy.rolling_update.as_ref().map_or_else(
        || "null".to_owned(),
        |rolling| {
            let unavailable = rolling
                .max_unavailable
                .as_ref()
                .map_or(Value::Null, int_or_string);
            let partition = rolling.partition.unwrap_or(0);
            format!("{{\"Partition\":{partition},\"MaxUnavailable\":{unavailable}}}")
        },
    );
    match (
        strategy.type_.as_deref().unwrap_or_default(),
        &strategy.rolling_update,
    ) {
        ("", _) => causes.push(field::required(path, "")),
        ("OnDelete" | "RollingUpdate", None) => {}
        ("OnDelete", Some(_)) => {
            let detail = "only allowed for updateStrategy 'RollingUpdate'";
            causes.push(field::invalid(at, field::Shown::json(rolling), detail));
        }
        ("RollingUpdate", Some(update)) => {
            let partition = update.partition.unwrap_or(0);
            field::non_negative(causes, partition.into(), at.child("partition"));
        }
        (other, _) => {
            let type_ = Value::from(other);
            let shown = field::Shown::json(format!("{{\"Type\":{type_},\"RollingUpdate\":{rolling}}}"));
            let detail = "must be 'RollingUpdate' or 'OnDelete'";
            causes.push(field::invalid(path, shown, detail));
        }
    }
}

fn retention_policy(causes: &mut Vec<Cause>, policy: &RetentionPolicy, path: Path<'_>) {
    for (name, value) in [
        ("whenDeleted", &policy.when_deleted),
        ("whenScaled", &policy.when_scaled),
    ] {
        let value = value.as_deref().unwrap_or_default();
        if !matches!(value, "Retain" | "Delete") {
            causes.push(field::not_supported(
                path.child(name),
                value,
                &["Retain", "Delete"],
            ));
        }
    }
}
