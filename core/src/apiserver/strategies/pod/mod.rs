//! `Pod`: its rules, in rooms of their own. The pod template's, which Deployments and ReplicaSets share, are here too.

pub(super) mod defaults;
mod printing;
pub(in crate::apiserver) mod qos;
pub(super) mod validation;
mod warnings;

pub use printing::pod_status;

use std::borrow::Cow;

use crate::api::meta::meta_time;
use crate::api::types::core::{PodCondition, PodStatus, PodTemplateSpec};
use crate::api::{AnyObject, Cause, Pod, StatusError};
use crate::apiserver::strategy::{Strategy, Surroundings};
use crate::apiserver::table::Column;
use crate::apiserver::validation::path::Path;
use crate::sim::Time;

/// The rules of `Pod`.
pub(crate) struct PodStrategy;

impl Strategy for PodStrategy {
    fn default(&self, object: &mut AnyObject) {
        if let Some(pod) = object.get_mut::<Pod>() {
            defaults::pod(pod.spec_mut());
        }
    }

    fn prepare_for_create(
        &self,
        object: &mut AnyObject,
        around: Surroundings<'_>,
    ) -> Result<(), StatusError> {
        if let Some(pod) = object.get_mut::<Pod>() {
            let qos_class = qos::class(&pod.spec);
            let gates = pod.spec.scheduling_gates.as_ref();
            let gated = gates.is_some_and(|gates| !gates.is_empty());
            pod.status = PodStatus {
                phase: Some("Pending".to_owned()),
                qos_class: Some(qos_class.to_owned()),
                conditions: gated.then(|| vec![gated_condition(around.now)]),
                ..PodStatus::default()
            }
            .into();
        }
        Ok(())
    }

    fn prepare_for_status_update(&self, object: &mut AnyObject, old: &AnyObject) {
        let (Some(pod), Some(old)) = (object.get_mut::<Pod>(), old.get::<Pod>()) else {
            return;
        };
        if pod.status.qos_class.is_none() {
            pod.status_mut().qos_class.clone_from(&old.status.qos_class);
        }
    }

    fn validate(&self, object: &AnyObject) -> Vec<Cause> {
        let mut causes = Vec::new();
        if let Some(pod) = object.get::<Pod>() {
            validation::pod(&mut causes, pod);
        }
        causes
    }

    fn validate_update(&self, object: &AnyObject, old: &AnyObject) -> Vec<Cause> {
        let mut causes = Vec::new();
        if let (Some(pod), Some(old)) = (object.get::<Pod>(), old.get::<Pod>()) {
            validation::update::pod(&mut causes, pod, old);
        }
        causes
    }

    fn warnings(&self, object: &AnyObject) -> Vec<String> {
        object
            .get::<Pod>()
            .map(|pod| warnings::spec(&pod.spec, Path::new("spec")))
            .unwrap_or_default()
    }

    fn columns(&self) -> &'static [Column] {
        printing::COLUMNS
    }

    fn cells(&self, object: &AnyObject, now: Time) -> Vec<String> {
        object
            .get::<Pod>()
            .map(|pod| printing::cells(pod, now))
            .unwrap_or_default()
    }

    fn selectable_fields(&self) -> &'static [&'static str] {
        &[
            "spec.nodeName",
            "spec.restartPolicy",
            "spec.schedulerName",
            "spec.serviceAccountName",
            "spec.hostNetwork",
            "status.phase",
            "status.podIP",
            "status.podIPs",
            "status.nominatedNodeName",
        ]
    }

    fn field<'a>(&self, object: &'a AnyObject, field: &str) -> Cow<'a, str> {
        let Some(pod) = object.get::<Pod>() else {
            return Cow::Borrowed("");
        };
        let (spec, status) = (&pod.spec, &pod.status);
        let text = match field {
            "spec.nodeName" => &spec.node_name,
            "spec.restartPolicy" => &spec.restart_policy,
            "spec.schedulerName" => &spec.scheduler_name,
            "spec.serviceAccountName" => &spec.service_account_name,
            "spec.hostNetwork" => return spec.host_network.unwrap_or(false).to_string().into(),
            "status.phase" => &status.phase,
            "status.podIP" => &status.pod_ip,
            "status.podIPs" => return pod_ips(pod).into(),
            "status.nominatedNodeName" => &status.nominated_node_name,
            _ => &None,
        };
        text.as_deref().unwrap_or_default().into()
    }
}

/// Makes a Pod of the old one and the ephemeral containers of the new; answers what is wrong with these
/// (`podEphemeralContainersStrategy`).
pub(in crate::apiserver) fn add_ephemeral(pod: &mut Pod, old: &Pod) -> Vec<Cause> {
    let added = pod.spec_mut().ephemeral_containers.take();
    *pod = old.clone();
    if added == old.spec.ephemeral_containers {
        return Vec::new();
    }
    pod.spec_mut().ephemeral_containers = added;
    pod.metadata_mut().generation = Some(old.metadata.generation.unwrap_or(0) + 1);
    defaults::pod(pod.spec_mut());
    let mut causes = Vec::new();
    validation::ephemeral::update(&mut causes, pod, old);
    causes
}

/// What a Pod says whose gates are closed (`applySchedulingGatedCondition`).
fn gated_condition(now: Time) -> PodCondition {
    PodCondition {
        type_: "PodScheduled".to_owned(),
        status: "False".to_owned(),
        reason: Some("SchedulingGated".to_owned()),
        message: Some("Scheduling is blocked due to non-empty scheduling gates".to_owned()),
        last_transition_time: Some(meta_time(now)),
        observed_generation: Some(1),
        ..PodCondition::default()
    }
}

fn pod_ips(pod: &Pod) -> String {
    let addresses = pod.status.pod_ips.iter().flatten().map(|ip| ip.ip.as_str());
    addresses.collect::<Vec<_>>().join(",")
}

/// Warnings about a pod template.
pub(super) fn template_warnings(template: Option<&PodTemplateSpec>) -> Vec<String> {
    let spec = template.and_then(|template| template.spec.as_ref());
    let path = Path::new("spec");
    let path = path.child("template");
    spec.map(|spec| warnings::spec(spec, path.child("spec")))
        .unwrap_or_default()
}
