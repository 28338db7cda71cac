//! `ServiceAccount`: every Pod runs as one, and finds its token mounted (`plugin/pkg/admission/serviceaccount`).

use crate::api::types::core::{
    ConfigMapProjection, DownwardAPIProjection, DownwardAPIVolumeFile, KeyToPath, ObjectFieldSelector,
    PodSpec, ProjectedVolumeSource, ServiceAccountTokenProjection, Volume, VolumeMount, VolumeProjection,
};
use crate::api::{AnyObject, Key, Kind, Pod, ServiceAccount, StatusError};
use crate::etcd::Store;
use crate::sim::Rng;

const MOUNT_PATH: &str = "/var/run/secrets/kubernetes.io/serviceaccount";
const VOLUME_PREFIX: &str = "kube-api-access-";
/// An hour, and a little so that clocks may differ.
const TOKEN_EXPIRATION_SECS: i64 = 3_607;

/// Admits a new Pod.
pub(super) fn admit(store: &Store, rng: Rng, pod: &mut Pod) -> Result<(), StatusError> {
    let namespace = pod.namespace().to_owned();
    let name = pod
        .spec
        .service_account_name
        .clone()
        .filter(|name| !name.is_empty());
    let name = name.unwrap_or_else(|| "default".to_owned());
    let found = store.get(&Key::new(Kind::ServiceAccount, &namespace, &name));
    let Some(account) = found.and_then(AnyObject::get::<ServiceAccount>) else {
        let why = format!(
            "error looking up service account {namespace}/{name}: serviceaccount \"{name}\" not found"
        );
        return Err(StatusError::forbidden(Kind::Pod, pod.name(), &why));
    };
    let automount = pod
        .spec
        .automount_service_account_token
        .or(account.spec.automount_service_account_token)
        .unwrap_or(true);
    let key = format!("{namespace}/{}", pod.name());
    let spec = pod.spec_mut();
    spec.service_account_name = Some(name.clone());
    spec.service_account = Some(name);
    if spec.image_pull_secrets.as_ref().is_none_or(Vec::is_empty) {
        spec.image_pull_secrets
            .clone_from(&account.spec.image_pull_secrets);
    }
    if automount {
        mount_token(
            spec,
            &format!("{VOLUME_PREFIX}{}", rng.suffix("kube-api-access", &key, 0, 5)),
        );
    }
    Ok(())
}

fn mount_token(spec: &mut PodSpec, volume_name: &str) {
    let mut mounted = false;
    for container in spec
        .init_containers
        .iter_mut()
        .flatten()
        .chain(&mut spec.containers)
    {
        let mounts = container.volume_mounts.get_or_insert_default();
        if mounts.iter().any(|mount| mount.mount_path == MOUNT_PATH) {
            continue;
        }
        mounts.push(VolumeMount {
            name: volume_name.to_owned(),
            read_only: Some(true),
            mount_path: MOUNT_PATH.to_owned(),
            ..VolumeMount::default()
        });
        mounted = true;
    }
    if mounted {
        spec.volumes
            .get_or_insert_default()
            .push(token_volume(volume_name));
    }
}

fn token_volume(name: &str) -> Volume {
    let token = VolumeProjection {
        service_account_token: Some(ServiceAccountTokenProjection {
            expiration_seconds: Some(TOKEN_EXPIRATION_SECS),
            path: "token".to_owned(),
            ..ServiceAccountTokenProjection::default()
        }),
        ..VolumeProjection::default()
    };
    let certificate = VolumeProjection {
        config_map: Some(ConfigMapProjection {
            name: "kube-root-ca.crt".to_owned(),
            items: Some(vec![KeyToPath {
                key: "ca.crt".to_owned(),
                path: "ca.crt".to_owned(),
                mode: None,
            }]),
            ..ConfigMapProjection::default()
        }),
        ..VolumeProjection::default()
    };
    let namespace = VolumeProjection {
        downward_api: Some(DownwardAPIProjection {
            items: Some(vec![DownwardAPIVolumeFile {
                path: "namespace".to_owned(),
                field_ref: Some(ObjectFieldSelector {
                    api_version: Some("v1".to_owned()),
                    field_path: "metadata.namespace".to_owned(),
                }),
                ..DownwardAPIVolumeFile::default()
            }]),
        }),
        ..VolumeProjection::default()
    };
    Volume {
        name: name.to_owned(),
        projected: Some(ProjectedVolumeSource {
            default_mode: Some(0o644),
            sources: Some(vec![token, certificate, namespace]),
        }),
        ..Volume::default()
    }
}
