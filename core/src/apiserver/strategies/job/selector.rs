//! The selector that a Job is given (`generateSelector` in `pkg/registry/batch/job/strategy.go`): by its own UID, so that
//! no two Jobs ever fight for a Pod.

use crate::api::labels::selector_matches;
use crate::api::meta::MetaExt;
use crate::api::types::meta::{LabelSelector, ObjectMeta};
use crate::api::{Cause, Job};
use crate::apiserver::validation::path::Path;
use crate::apiserver::validation::{field, selectors};

const UID_LABEL: &str = "batch.kubernetes.io/controller-uid";
const NAME_LABEL: &str = "batch.kubernetes.io/job-name";
const OLD_UID_LABEL: &str = "controller-uid";
const OLD_NAME_LABEL: &str = "job-name";

/// Labels the template and selects by the label, unless the user does it by hand.
pub(super) fn generate(job: &mut Job) {
    let (uid, name) = (job.uid().to_owned(), job.name().to_owned());
    let spec = job.spec_mut();
    if spec.manual_selector != Some(true) {
        let labels = spec
            .template
            .metadata
            .get_or_insert_default()
            .labels
            .get_or_insert_default();
        for (label, value) in [
            (UID_LABEL, &uid),
            (OLD_UID_LABEL, &uid),
            (NAME_LABEL, &name),
            (OLD_NAME_LABEL, &name),
        ] {
            labels.entry(label.to_owned()).or_insert_with(|| value.clone());
        }
        spec.selector
            .get_or_insert_default()
            .match_labels
            .get_or_insert_default()
            .entry(UID_LABEL.to_owned())
            .or_insert(uid);
    }
    // A default (`SetDefaults_Job`) that the template's new labels reach when the object is read back.
    if job.metadata.labels_or_empty().is_empty() {
        let template = job.spec.template.metadata.as_ref();
        let labels = template.and_then(|metadata| metadata.labels.clone());
        job.metadata_mut().labels = labels;
    }
}

/// What is wrong with the selector (`ValidateJob`, `validateGeneratedSelector`).
pub(super) fn validate(causes: &mut Vec<Cause>, job: &Job) {
    let path = Path::new("spec");
    let Some(selector) = &job.spec.selector else {
        causes.push(field::required(path.child("selector"), ""));
        return;
    };
    let none = ObjectMeta::default();
    let template = job.spec.template.metadata.as_ref().unwrap_or(&none);
    if job.spec.manual_selector != Some(true) {
        generated(causes, job, selector, template);
    }
    selectors::validate(causes, selector, path.child("selector"));
    if !selector_matches(Some(selector), template.labels_or_empty()) {
        causes.push(field::invalid(
            "spec.template.metadata.labels",
            serde_json::json!(template.labels),
            "`selector` does not match template `labels`",
        ));
    }
}

fn generated(causes: &mut Vec<Cause>, job: &Job, selector: &LabelSelector, template: &ObjectMeta) {
    let labels = template.labels_or_empty();
    let wanted = [
        (UID_LABEL, job.uid()),
        (OLD_UID_LABEL, job.uid()),
        (NAME_LABEL, job.name()),
        (OLD_NAME_LABEL, job.name()),
    ];
    for (label, value) in wanted {
        let at = format!("spec.template.metadata.labels[{label}]");
        match labels.get(label) {
            None => causes.push(field::required(at, &format!("must be '{value}'"))),
            Some(found) if found != value => {
                causes.push(field::invalid(at, found.as_str(), &format!("must be '{value}'")));
            }
            Some(_) => {}
        }
    }
    let by_uid = selector
        .match_labels
        .iter()
        .flatten()
        .any(|(label, value)| (label == UID_LABEL || label == OLD_UID_LABEL) && value == job.uid());
    if !by_uid {
        let shown = selectors::shown(selector);
        causes.push(field::invalid(
            "spec.selector",
            shown,
            "`selector` not auto-generated",
        ));
    }
}
