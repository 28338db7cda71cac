//! Defaults of Pods and pod templates (`pkg/apis/core/v1/defaults.go`).

use std::collections::BTreeMap;

use crate::api::quantity;
use crate::api::types::Quantity;
use crate::api::types::core::{
    Container, DownwardAPIVolumeFile, EnvVarSource, HTTPGetAction, LifecycleHandler, ObjectFieldSelector,
    PodSpec, PodTemplateSpec, Probe, ProjectedVolumeSource, ResourceRequirements, Volume, VolumeProjection,
};

/// `0644`, in the decimal that JSON prints.
const FILE_MODE: i32 = 0o644;
const TOKEN_EXPIRATION_SECS: i64 = 3_600;

/// Sets a text that is absent or empty.
pub(in crate::apiserver) fn text(slot: &mut Option<String>, default: &str) {
    if slot.as_deref().unwrap_or_default().is_empty() {
        *slot = Some(default.to_owned());
    }
}

/// A new or changed Pod (`SetDefaults_Pod` and what it contains).
pub(in crate::apiserver) fn pod(spec: &mut PodSpec) {
    pod_spec(spec);
    for container in all_containers(spec) {
        if let Some(resources) = &mut container.resources {
            requests_from_limits(resources);
        }
    }
    if let Some(resources) = &mut spec.resources {
        canonical_resources(resources);
        requests_from_limits(resources);
    }
    spec.enable_service_links.get_or_insert(true);
    if spec.host_network == Some(true) {
        for port in all_containers(spec).flat_map(|container| container.ports.iter_mut().flatten()) {
            if port.host_port.unwrap_or(0) == 0 {
                port.host_port = Some(port.container_port);
            }
        }
    }
}

/// The template of a Deployment or ReplicaSet: as a Pod, but requests are not filled in from limits.
pub(in crate::apiserver) fn template(template: &mut PodTemplateSpec) {
    pod_spec(template.spec.get_or_insert_default());
}

fn all_containers(spec: &mut PodSpec) -> impl Iterator<Item = &mut Container> {
    spec.init_containers
        .iter_mut()
        .flatten()
        .chain(&mut spec.containers)
}

fn pod_spec(spec: &mut PodSpec) {
    text(&mut spec.dns_policy, "ClusterFirst");
    text(&mut spec.restart_policy, "Always");
    text(&mut spec.scheduler_name, "default-scheduler");
    spec.security_context.get_or_insert_default();
    spec.termination_grace_period_seconds.get_or_insert(30);
    // The deprecated alias follows the field it stands for.
    if let Some(account) = spec.service_account_name.as_ref().filter(|name| !name.is_empty()) {
        spec.service_account = Some(account.clone());
    } else {
        spec.service_account_name.clone_from(&spec.service_account);
    }
    all_containers(spec).for_each(container);
    for ephemeral in spec.ephemeral_containers.iter_mut().flatten() {
        let policy = pull_policy(ephemeral.image.as_deref().unwrap_or_default());
        text(&mut ephemeral.image_pull_policy, policy);
        text(&mut ephemeral.termination_message_path, "/dev/termination-log");
        text(&mut ephemeral.termination_message_policy, "File");
        for env in ephemeral.env.iter_mut().flatten() {
            env_source(env.value_from.as_mut());
        }
    }
    spec.volumes.iter_mut().flatten().for_each(volume);
    if let Some(overhead) = &mut spec.overhead {
        canonical(overhead);
    }
}

fn container(container: &mut Container) {
    let policy = pull_policy(container.image.as_deref().unwrap_or_default());
    text(&mut container.image_pull_policy, policy);
    text(&mut container.termination_message_path, "/dev/termination-log");
    text(&mut container.termination_message_policy, "File");
    canonical_resources(container.resources.get_or_insert_default());
    for port in container.ports.iter_mut().flatten() {
        text(&mut port.protocol, "TCP");
    }
    for env in container.env.iter_mut().flatten() {
        env_source(env.value_from.as_mut());
    }
    let probes = [
        &mut container.liveness_probe,
        &mut container.readiness_probe,
        &mut container.startup_probe,
    ];
    probes.into_iter().flatten().for_each(probe);
    if let Some(lifecycle) = &mut container.lifecycle {
        let handlers = [&mut lifecycle.post_start, &mut lifecycle.pre_stop];
        handlers.into_iter().flatten().for_each(handler);
    }
}

/// Untagged images and `latest` may change: they are pulled each time.
fn pull_policy(image: &str) -> &'static str {
    if image.contains('@') {
        return "IfNotPresent";
    }
    let last = image.rsplit('/').next().unwrap_or(image);
    match last.split_once(':') {
        Some((_, tag)) if tag != "latest" => "IfNotPresent",
        _ => "Always",
    }
}

/// Upstream treats a zero as an absent number.
fn number(slot: &mut Option<i32>, default: i32) {
    if slot.unwrap_or(0) == 0 {
        *slot = Some(default);
    }
}

fn probe(probe: &mut Probe) {
    number(&mut probe.timeout_seconds, 1);
    number(&mut probe.period_seconds, 10);
    number(&mut probe.success_threshold, 1);
    number(&mut probe.failure_threshold, 3);
    probe.http_get.iter_mut().for_each(http_get);
    if let Some(grpc) = &mut probe.grpc {
        grpc.service.get_or_insert_default();
    }
}

fn handler(handler: &mut LifecycleHandler) {
    handler.http_get.iter_mut().for_each(http_get);
}

fn http_get(action: &mut HTTPGetAction) {
    text(&mut action.path, "/");
    text(&mut action.scheme, "HTTP");
}

fn env_source(source: Option<&mut EnvVarSource>) {
    let Some(source) = source else { return };
    source.field_ref.iter_mut().for_each(field_ref);
    if let Some(resource) = &mut source.resource_field_ref {
        divisor(&mut resource.divisor);
    }
    if let Some(key) = &mut source.file_key_ref {
        key.optional.get_or_insert(false);
    }
}

fn field_ref(selector: &mut ObjectFieldSelector) {
    text(&mut selector.api_version, "v1");
}

fn divisor(slot: &mut Option<Quantity>) {
    canonical_quantity(slot.get_or_insert_with(|| Quantity("0".to_owned())));
}

fn volume(volume: &mut Volume) {
    if let Some(secret) = &mut volume.secret {
        secret.default_mode.get_or_insert(FILE_MODE);
    } else if let Some(config_map) = &mut volume.config_map {
        config_map.default_mode.get_or_insert(FILE_MODE);
    } else if let Some(downward) = &mut volume.downward_api {
        downward.default_mode.get_or_insert(FILE_MODE);
        downward.items.iter_mut().flatten().for_each(downward_file);
    } else if let Some(projected) = &mut volume.projected {
        projected_volume(projected);
    } else if let Some(host_path) = &mut volume.host_path {
        host_path.type_.get_or_insert_default();
    } else if let Some(empty_dir) = &mut volume.empty_dir {
        empty_dir.size_limit.iter_mut().for_each(canonical_quantity);
    } else if !has_source(volume) {
        volume.empty_dir = Some(Default::default());
    }
}

fn projected_volume(projected: &mut ProjectedVolumeSource) {
    projected.default_mode.get_or_insert(FILE_MODE);
    for source in projected.sources.iter_mut().flatten() {
        let VolumeProjection {
            service_account_token,
            downward_api,
            ..
        } = source;
        if let Some(token) = service_account_token {
            token.expiration_seconds.get_or_insert(TOKEN_EXPIRATION_SECS);
        }
        if let Some(downward) = downward_api {
            downward.items.iter_mut().flatten().for_each(downward_file);
        }
    }
}

fn downward_file(file: &mut DownwardAPIVolumeFile) {
    file.field_ref.iter_mut().for_each(field_ref);
    if let Some(resource) = &mut file.resource_field_ref {
        divisor(&mut resource.divisor);
    }
}

/// Whether the volume has any source besides those that have defaults.
fn has_source(volume: &Volume) -> bool {
    let named = Volume {
        name: volume.name.clone(),
        ..Volume::default()
    };
    *volume != named
}

fn canonical_resources(resources: &mut ResourceRequirements) {
    for list in [&mut resources.limits, &mut resources.requests]
        .into_iter()
        .flatten()
    {
        canonical(list);
    }
}

/// Rewrites quantities as the API server stores them (`1000m` is `1`).
pub(in crate::apiserver) fn canonical(list: &mut BTreeMap<String, Quantity>) {
    list.values_mut().for_each(canonical_quantity);
}

fn canonical_quantity(quantity: &mut Quantity) {
    if let Ok(amount) = quantity::Amount::parse(&quantity.0) {
        let text = amount.to_string();
        if text != quantity.0 {
            quantity.0 = text;
        }
    }
}

fn requests_from_limits(resources: &mut ResourceRequirements) {
    let Some(limits) = &resources.limits else { return };
    if limits.is_empty() {
        return;
    }
    let requests = resources.requests.get_or_insert_default();
    for (name, limit) in limits {
        if !requests.contains_key(name) {
            requests.insert(name.clone(), limit.clone());
        }
    }
}
