//! What a Pod needs before it can start: the objects its volumes and environment are made of (`pkg/volume`,
//! `kubelet_pods.go`).

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Host;
use super::worker::PodWorker;
use crate::api::types::core::Container as ContainerSpec;
use crate::api::{AnyObject, ConfigMap, Pod};
use crate::apiserver::User;
use crate::client::{Client, Env, EventType};
use crate::sim::Time;

/// The first delay after a mount that failed (`exponentialbackoff`), and the longest.
const RETRY_TIME: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(122));

/// Whether the volumes are mounted, and when to try again.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Mounts {
    retry_at: Option<Time>,
    delay: Duration,
}

impl Mounts {
    /// When to try again.
    pub(super) fn retry_at(&self) -> Option<Time> {
        self.retry_at
    }
}

/// Mounts the volumes; answers whether all are.
pub(super) fn mount(worker: &mut PodWorker, env: &mut Env<'_>, host: &mut Host<'_>) -> bool {
    let now = env.sim.now;
    if worker.volumes.retry_at.is_some_and(|at| at > now) {
        return false;
    }
    let missing = missing_volume(&worker.pod, env, host);
    let Some(message) = missing else {
        worker.volumes.retry_at = None;
        return true;
    };
    let about = AnyObject::Pod(worker.pod.clone());
    host.recorder.record(
        env,
        host.user,
        &about,
        None,
        (EventType::Warning, "FailedMount"),
        message,
    );
    let (first, longest) = RETRY_TIME;
    worker.volumes.delay = (worker.volumes.delay * 2).clamp(first, longest);
    worker.volumes.retry_at = Some(now + worker.volumes.delay);
    false
}

/// What is said of the first volume that cannot be mounted.
fn missing_volume(pod: &Pod, env: &mut Env<'_>, host: &Host<'_>) -> Option<String> {
    let namespace = pod.namespace();
    for volume in pod.spec.volumes.iter().flatten() {
        let direct = volume
            .config_map
            .iter()
            .map(|source| (source.name.as_str(), source.optional));
        let projected = volume
            .projected
            .iter()
            .flat_map(|projected| projected.sources.iter().flatten());
        let projected = projected
            .filter_map(|source| source.config_map.as_ref())
            .map(|source| (source.name.as_str(), source.optional));
        for (name, optional) in direct.chain(projected) {
            let found = Client::new(env, host.user).get::<ConfigMap>(namespace, name);
            if found.is_err() && optional != Some(true) {
                let volume = &volume.name;
                return Some(format!(
                    "MountVolume.SetUp failed for volume \"{volume}\" : configmap \"{name}\" not found"
                ));
            }
        }
    }
    None
}

/// Checks that what a container's environment refers to is there.
///
/// # Errors
///
/// What is missing, in the kubelet's words.
pub(super) fn check_environment(
    pod: &Pod,
    spec: &ContainerSpec,
    env: &mut Env<'_>,
    user: &User,
) -> Result<(), String> {
    let namespace = pod.namespace();
    for source in spec
        .env_from
        .iter()
        .flatten()
        .filter_map(|source| source.config_map_ref.as_ref())
    {
        let found = Client::new(env, user).get::<ConfigMap>(namespace, &source.name);
        if found.is_err() && source.optional != Some(true) {
            return Err(format!("configmap \"{}\" not found", source.name));
        }
    }
    for reference in spec
        .env
        .iter()
        .flatten()
        .filter_map(|variable| variable.value_from.as_ref()?.config_map_key_ref.as_ref())
        .filter(|reference| reference.optional != Some(true))
    {
        let found = Client::new(env, user).get::<ConfigMap>(namespace, &reference.name);
        let Ok(found) = found else {
            return Err(format!("configmap \"{}\" not found", reference.name));
        };
        if found
            .spec
            .data
            .as_ref()
            .is_none_or(|data| !data.contains_key(&reference.key))
        {
            let (key, name) = (&reference.key, &reference.name);
            return Err(format!("couldn't find key {key} in ConfigMap {namespace}/{name}"));
        }
    }
    Ok(())
}
