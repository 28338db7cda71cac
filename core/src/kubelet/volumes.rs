//! The volumes of a Pod (`pkg/volume`): mounted before its first container, made of ConfigMaps, Secrets and the Pod itself,
//! looked at again as the kubelet's sync period passes.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Host;
use super::downward;
use super::worker::PodWorker;
use crate::api::meta::MetaExt;
use crate::api::types::core::{
    Container as ContainerSpec, DownwardAPIVolumeFile, KeyToPath, Volume, VolumeMount,
};
use crate::api::volumes::BIND_COMPLETED;
use crate::api::{AnyObject, ConfigMap, PersistentVolumeClaim, Pod, Secret, StatusError};
use crate::client::{Client, Env, EventType};
use crate::runtime::{Mount, Place};
use crate::sh::{Files, resolve};
use crate::sim::Time;
use crate::sorted::SortedMap;
use crate::userland::Folder;

/// The first delay after a mount that failed (`exponentialbackoff`), and the longest.
const RETRY_TIME: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(122));
/// How often mounted objects are looked at again: the Pod's resync, jittered.
const REFRESH_TIME: (Duration, Duration) = (Duration::from_secs(60), Duration::from_secs(90));

/// The volumes of a Pod, and when to try again or to look again.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Mounts {
    retry_at: Option<Time>,
    refresh_at: Option<Time>,
    delay: Duration,
    /// Files by volume; absent ones are empty.
    pub(super) folders: SortedMap<String, Folder>,
    /// The PersistentVolume of each claim's volume.
    claims: BTreeMap<String, String>,
}

impl Mounts {
    /// When to try again, or to look again.
    pub(super) fn wake_at(&self) -> Option<Time> {
        self.retry_at.or(self.refresh_at)
    }
}

/// Mounts the volumes; answers whether all are.
pub(super) fn mount(worker: &mut PodWorker, env: &mut Env<'_>, host: &mut Host<'_>) -> bool {
    let now = env.sim.now;
    if worker.volumes.retry_at.is_some_and(|at| at > now) {
        return false;
    }
    match fill(worker, env, host) {
        Ok(living) => {
            worker.volumes.retry_at = None;
            worker.volumes.refresh_at =
                living.then(|| now + worker.draw(env, "volume-refresh", REFRESH_TIME));
            true
        }
        Err(message) => {
            let about = AnyObject::Pod(worker.pod.clone());
            let kind = (EventType::Warning, "FailedMount");
            host.recorder.record(env, host.user, &about, None, kind, message);
            let (first, longest) = RETRY_TIME;
            worker.volumes.delay = (worker.volumes.delay * 2).clamp(first, longest);
            worker.volumes.retry_at = Some(now + worker.volumes.delay);
            false
        }
    }
}

/// Looks again at what the volumes are made of, when it is time to.
pub(super) fn refresh(worker: &mut PodWorker, env: &mut Env<'_>, host: &mut Host<'_>) {
    let now = env.sim.now;
    if worker.volumes.refresh_at.is_none_or(|at| at > now) {
        return;
    }
    // What is missing now is left as it was.
    let _missing = fill(worker, env, host);
    worker.volumes.refresh_at = Some(now + worker.draw(env, "volume-refresh", REFRESH_TIME));
}

/// Puts the files of volumes in place; answers whether any of them may change.
fn fill(worker: &mut PodWorker, env: &mut Env<'_>, host: &mut Host<'_>) -> Result<bool, String> {
    let pod = worker.pod.clone();
    let mut living = false;
    for volume in pod.spec.volumes.iter().flatten() {
        let failed = |why: String| format!("MountVolume.SetUp failed for volume \"{}\" : {why}", volume.name);
        if let Some(path) = &volume.host_path {
            check_host_path(&path.path, path.type_.as_deref().unwrap_or_default(), host).map_err(failed)?;
            continue;
        }
        if let Some(claim) = &volume.persistent_volume_claim {
            let found =
                Client::new(env, host.user).get::<PersistentVolumeClaim>(pod.namespace(), &claim.claim_name);
            let name = bound_volume(found).map_err(|why| {
                format!(
                    "Unable to attach or mount volumes: unmounted volumes=[{0}], unattached volumes=[], failed to process volumes=[{0}]: error processing PVC {1}/{2}: {why}",
                    volume.name,
                    pod.namespace(),
                    claim.claim_name
                )
            })?;
            worker.volumes.claims.insert(volume.name.clone(), name);
            continue;
        }
        if is_token(volume) {
            // The token, the certificate and the namespace are made when something asks for them; that the certificate is
            // there is what has to be waited for.
            certificate(volume, &pod, env, host).map_err(failed)?;
            continue;
        }
        let Some(made) = content(volume, &pod, worker, env, host).map_err(failed)? else {
            continue;
        };
        living = true;
        let known = worker.volumes.folders.get(&volume.name);
        if known.is_none_or(|known| !known.same_files(&made)) {
            worker.volumes.folders.insert(volume.name.clone(), made);
        }
    }
    Ok(living)
}

/// The volume of a claim, once it is bound (`getPVCExtractPV`).
fn bound_volume(claim: Result<PersistentVolumeClaim, StatusError>) -> Result<String, String> {
    let claim = claim.map_err(|error| format!("failed to fetch PVC from API server: {}", error.message))?;
    let bound = claim.metadata.annotation(BIND_COMPLETED).is_some();
    let name = claim
        .spec
        .volume_name
        .clone()
        .filter(|name| bound && !name.is_empty());
    name.ok_or_else(|| "PVC is not bound".to_owned())
}

fn check_host_path(path: &str, type_: &str, host: &mut Host<'_>) -> Result<(), String> {
    let found = host.files.stat(path).map(|stat| stat.directory);
    let refuse = |what: &str| Err(format!("hostPath type check failed: {path} is not {what}"));
    match (type_, found) {
        ("Directory", None | Some(false)) => refuse("a directory"),
        ("File", None | Some(true)) => refuse("a file"),
        ("Socket", _) => refuse("a socket file"),
        ("FileOrCreate", None) => host
            .files
            .save(path, &[])
            .map_err(|error| error.text().to_lowercase()),
        ("" | "DirectoryOrCreate", None) => {
            let mut so_far = String::new();
            for part in path.split('/').filter(|part| !part.is_empty()) {
                so_far = format!("{so_far}/{part}");
                let _exists = host.files.make_directory(&so_far);
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

/// Whether a volume is the one that admission adds for the service account.
fn is_token(volume: &Volume) -> bool {
    volume.name.starts_with("kube-api-access-") && volume.projected.is_some()
}

fn certificate(volume: &Volume, pod: &Pod, env: &mut Env<'_>, host: &Host<'_>) -> Result<(), String> {
    let sources = volume
        .projected
        .iter()
        .flat_map(|projected| projected.sources.iter().flatten());
    for source in sources.filter_map(|source| source.config_map.as_ref()) {
        let found = Client::new(env, host.user).get::<ConfigMap>(pod.namespace(), &source.name);
        if found.is_err() && source.optional != Some(true) {
            return Err(format!("configmap \"{}\" not found", source.name));
        }
    }
    Ok(())
}

/// The service account's files, made once a process may look at them.
pub(super) fn add_token(worker: &mut PodWorker, env: &mut Env<'_>, host: &Host<'_>) {
    let made = |worker: &PodWorker, volume: &Volume| worker.volumes.folders.contains_key(&volume.name);
    let volumes = worker.pod.spec.volumes.as_deref().unwrap_or_default();
    if volumes
        .iter()
        .all(|volume| !is_token(volume) || made(worker, volume))
    {
        return;
    }
    let pod = worker.pod.clone();
    for volume in pod
        .spec
        .volumes
        .iter()
        .flatten()
        .filter(|volume| is_token(volume))
    {
        if made(worker, volume) {
            continue;
        }
        let certificate = Client::new(env, host.user)
            .get::<ConfigMap>(pod.namespace(), "kube-root-ca.crt")
            .ok()
            .and_then(|found| found.spec.data.as_ref()?.get("ca.crt").cloned())
            .unwrap_or_default();
        let token = Client::new(env, host.user)
            .create_token(&pod, None)
            .unwrap_or_default();
        let mut made = Made::new(env.sim.now);
        made.add("ca.crt", certificate.as_bytes(), None);
        made.add("namespace", pod.namespace().as_bytes(), None);
        made.add("token", token.as_bytes(), None);
        worker.volumes.folders.insert(volume.name.clone(), made.0);
    }
}

/// Files being put together.
struct Made(Folder);

impl Made {
    fn new(now: Time) -> Self {
        let mut folder = Folder::empty();
        folder.now = now;
        Self(folder)
    }

    fn add(&mut self, path: &str, bytes: &[u8], mode: Option<i32>) {
        let path = resolve("/", path);
        let _no_room = self.0.save(&path, bytes);
        if mode.is_some_and(|mode| mode & 0o111 != 0) {
            let _there = self.0.set_executable(&path, true);
        }
    }

    /// The keys of an object, or those that are asked for; the error is the first that is not there.
    fn add_keys<'a>(
        &mut self,
        data: &[(&str, &[u8])],
        items: Option<&'a Vec<KeyToPath>>,
        (mode, optional): (Option<i32>, bool),
    ) -> Result<(), &'a str> {
        match items {
            None => data.iter().for_each(|(key, bytes)| self.add(key, bytes, mode)),
            Some(items) => {
                for item in items {
                    match data.iter().find(|(key, _)| *key == item.key) {
                        Some((_, bytes)) => self.add(&item.path, bytes, item.mode.or(mode)),
                        None if optional => {}
                        None => return Err(&item.key),
                    }
                }
            }
        }
        Ok(())
    }

    fn config_map(
        &mut self,
        (name, pod, optional): (&str, &Pod, bool),
        items: Option<&Vec<KeyToPath>>,
        mode: Option<i32>,
        env: &mut Env<'_>,
        host: &Host<'_>,
    ) -> Result<(), String> {
        let Ok(found) = Client::new(env, host.user).get::<ConfigMap>(pod.namespace(), name) else {
            return if optional {
                Ok(())
            } else {
                Err(format!("configmap \"{name}\" not found"))
            };
        };
        let texts = found
            .spec
            .data
            .iter()
            .flatten()
            .map(|(key, text)| (key.as_str(), text.as_bytes()));
        let bytes = found
            .spec
            .binary_data
            .iter()
            .flatten()
            .map(|(key, bytes)| (key.as_str(), bytes.0.as_slice()));
        let data: Vec<(&str, &[u8])> = texts.chain(bytes).collect();
        self.add_keys(&data, items, (mode, optional))
            .map_err(|key| format!("configmap references non-existent config key: {key}"))
    }

    fn secret(
        &mut self,
        (name, pod, optional): (&str, &Pod, bool),
        items: Option<&Vec<KeyToPath>>,
        mode: Option<i32>,
        env: &mut Env<'_>,
        host: &Host<'_>,
    ) -> Result<(), String> {
        let Ok(found) = Client::new(env, host.user).get::<Secret>(pod.namespace(), name) else {
            return if optional {
                Ok(())
            } else {
                Err(format!("secret \"{name}\" not found"))
            };
        };
        let data = found
            .spec
            .data
            .iter()
            .flatten()
            .map(|(key, bytes)| (key.as_str(), bytes.0.as_slice()));
        let data: Vec<(&str, &[u8])> = data.collect();
        self.add_keys(&data, items, (mode, optional))
            .map_err(|key| format!("references non-existent secret key: {key}"))
    }

    fn downward(
        &mut self,
        items: Option<&Vec<DownwardAPIVolumeFile>>,
        mode: Option<i32>,
        worker: &PodWorker,
        host: &Host<'_>,
    ) -> Result<(), String> {
        let pod = &worker.pod;
        for item in items.into_iter().flatten() {
            let text = match (&item.field_ref, &item.resource_field_ref) {
                (Some(field), _) => downward::field(pod, &field.field_path, &worker.ip(), host)?,
                (None, Some(resource)) => match pod.spec.containers.first() {
                    Some(spec) => downward::resource(pod, spec, resource, host),
                    None => String::new(),
                },
                (None, None) => String::new(),
            };
            self.add(&item.path, text.as_bytes(), item.mode.or(mode));
        }
        Ok(())
    }
}

/// The files of a volume that is made of objects; `None` for one that is not.
fn content(
    volume: &Volume,
    pod: &Pod,
    worker: &PodWorker,
    env: &mut Env<'_>,
    host: &Host<'_>,
) -> Result<Option<Folder>, String> {
    let mut made = Made::new(env.sim.now);
    if let Some(source) = &volume.config_map {
        let about = (source.name.as_str(), pod, source.optional == Some(true));
        made.config_map(about, source.items.as_ref(), source.default_mode, env, host)?;
    } else if let Some(source) = &volume.secret {
        let name = source.secret_name.as_deref().unwrap_or_default();
        let about = (name, pod, source.optional == Some(true));
        made.secret(about, source.items.as_ref(), source.default_mode, env, host)?;
    } else if let Some(source) = &volume.downward_api {
        made.downward(source.items.as_ref(), source.default_mode, worker, host)?;
    } else if let Some(projected) = &volume.projected {
        let mode = projected.default_mode;
        for source in projected.sources.iter().flatten() {
            if let Some(source) = &source.config_map {
                let about = (source.name.as_str(), pod, source.optional == Some(true));
                made.config_map(about, source.items.as_ref(), mode, env, host)?;
            }
            if let Some(source) = &source.secret {
                let about = (source.name.as_str(), pod, source.optional == Some(true));
                made.secret(about, source.items.as_ref(), mode, env, host)?;
            }
            if let Some(source) = &source.downward_api {
                made.downward(source.items.as_ref(), mode, worker, host)?;
            }
            if let Some(source) = &source.service_account_token {
                let token = Client::new(env, host.user).create_token(pod, source.expiration_seconds);
                made.add(&source.path, token.unwrap_or_default().as_bytes(), mode);
            }
        }
    } else {
        return Ok(None);
    }
    Ok(Some(made.0))
}

/// The mounts of a container.
pub(super) fn mounts(worker: &PodWorker, spec: &ContainerSpec) -> Vec<Mount> {
    let mounts = spec.volume_mounts.iter().flatten();
    mounts.filter_map(|mount| mount_of(worker, spec, mount)).collect()
}

fn mount_of(worker: &PodWorker, spec: &ContainerSpec, mount: &VolumeMount) -> Option<Mount> {
    let mut volumes = worker.pod.spec.volumes.iter().flatten();
    let volume = volumes.find(|volume| volume.name == mount.name)?;
    let sub_path = mount.sub_path.as_deref().unwrap_or_default();
    let sub_path = environment_of(mount, sub_path, worker, spec);
    let mut inner = resolve("/", &sub_path);
    let objects = is_made_of_objects(volume);
    let place = if let Some(path) = &volume.host_path {
        inner = resolve(&path.path, &sub_path);
        Place::Node
    } else if volume.persistent_volume_claim.is_some() {
        Place::Claim(worker.volumes.claims.get(&volume.name)?.clone())
    } else if objects && !sub_path.is_empty() {
        Place::Pod(frozen(volume, spec))
    } else {
        Place::Pod(volume.name.clone())
    };
    Some(Mount {
        path: resolve("/", &mount.mount_path),
        place,
        inner,
        read_only: objects || mount.read_only == Some(true),
    })
}

/// The path in a volume: `subPathExpr` names variables of the container.
fn environment_of(mount: &VolumeMount, sub_path: &str, worker: &PodWorker, spec: &ContainerSpec) -> String {
    match (&mount.sub_path_expr, worker.container(&spec.name)) {
        (Some(expression), Some(container)) => super::environment::expand(expression, &[&container.live.env]),
        _ => sub_path.to_owned(),
    }
}

fn is_made_of_objects(volume: &Volume) -> bool {
    volume.config_map.is_some()
        || volume.secret.is_some()
        || volume.downward_api.is_some()
        || volume.projected.is_some()
}

/// Where a container keeps what a `subPath` showed when it started: that is not updated.
fn frozen(volume: &Volume, spec: &ContainerSpec) -> String {
    format!("{}/{}", volume.name, spec.name)
}

/// Keeps what `subPath` mounts of a container show from its start on, and makes the folders that others need.
pub(super) fn freeze(worker: &mut PodWorker, spec: &ContainerSpec, env: &Env<'_>, host: &mut Host<'_>) {
    let pod = worker.pod.clone();
    for mount in spec.volume_mounts.iter().flatten() {
        if mount.sub_path.is_none() && mount.sub_path_expr.is_none() {
            continue;
        }
        let mut volumes = pod.spec.volumes.iter().flatten();
        let Some(volume) = volumes.find(|volume| volume.name == mount.name) else {
            continue;
        };
        if is_made_of_objects(volume) {
            if let Some(folder) = worker.volumes.folders.get(&volume.name).cloned() {
                worker.volumes.folders.insert(frozen(volume, spec), folder);
            }
        } else if let Some(mount) = mount_of(worker, spec, mount) {
            let mut volumes = host.volumes(&mut worker.volumes.folders);
            let folder = volumes.get_mut(&mount.place, env.sim.now);
            let mut so_far = String::new();
            for part in mount.inner.split('/').filter(|part| !part.is_empty()) {
                so_far = format!("{so_far}/{part}");
                let _exists = folder.make_directory(&so_far);
            }
        }
    }
}
