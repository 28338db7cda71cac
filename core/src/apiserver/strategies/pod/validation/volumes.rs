//! Volumes (`ValidateVolumes`). The sources that the lab can mount are looked into; of the others, which belong to
//! providers of storage it does not have, only that there is one of them.

use super::env;
use crate::api::Cause;
use crate::api::quantity::amount;
use crate::api::types::core::{
    DownwardAPIVolumeFile, HostPathVolumeSource, KeyToPath, NFSVolumeSource, ProjectedVolumeSource, Volume,
};
use crate::apiserver::validation::path::Path;
use crate::apiserver::validation::{field, names};

/// The valid volumes of a Pod: mounts can name these.
pub(super) type Volumes<'a> = Vec<&'a Volume>;

const FILE_MODE: &str = "must be a number between 0 and 0777 (octal), both inclusive";
const HOST_PATH_TYPES: [&str; 8] = [
    "",
    "BlockDevice",
    "CharDevice",
    "Directory",
    "DirectoryOrCreate",
    "File",
    "FileOrCreate",
    "Socket",
];
const TOKEN_SECS: std::ops::RangeInclusive<i64> = 600..=1 << 32;

/// Checks the volumes and answers the valid ones.
pub(super) fn volumes<'a>(causes: &mut Vec<Cause>, volumes: &'a [Volume], path: Path<'_>) -> Volumes<'a> {
    let mut valid = Volumes::with_capacity(volumes.len());
    for (index, volume) in volumes.iter().enumerate() {
        let path = path.index(index);
        let before = causes.len();
        source(causes, volume, path);
        if volume.name.is_empty() {
            causes.push(field::required(path.child("name"), ""));
        } else {
            let wrong = names::dns1123_label(&volume.name);
            field::invalid_each(causes, path.child("name"), &volume.name, &wrong);
        }
        if valid.iter().any(|other| other.name == volume.name) {
            causes.push(field::duplicate(path.child("name"), volume.name.as_str()));
        }
        if causes.len() == before {
            valid.push(volume);
        }
    }
    valid
}

/// Which sources are given, in upstream's order; `cephFS` and `downwarAPI` are its own spellings.
fn given(volume: &Volume) -> [(&'static str, bool); 30] {
    [
        ("emptyDir", volume.empty_dir.is_some()),
        ("hostPath", volume.host_path.is_some()),
        ("gitRepo", volume.git_repo.is_some()),
        ("gcePersistentDisk", volume.gce_persistent_disk.is_some()),
        ("awsElasticBlockStore", volume.aws_elastic_block_store.is_some()),
        ("secret", volume.secret.is_some()),
        ("nfs", volume.nfs.is_some()),
        ("iscsi", volume.iscsi.is_some()),
        ("glusterfs", volume.glusterfs.is_some()),
        ("flocker", volume.flocker.is_some()),
        ("persistentVolumeClaim", volume.persistent_volume_claim.is_some()),
        ("rbd", volume.rbd.is_some()),
        ("cinder", volume.cinder.is_some()),
        ("cephFS", volume.cephfs.is_some()),
        ("quobyte", volume.quobyte.is_some()),
        ("downwarAPI", volume.downward_api.is_some()),
        ("fc", volume.fc.is_some()),
        ("flexVolume", volume.flex_volume.is_some()),
        ("configMap", volume.config_map.is_some()),
        ("azureFile", volume.azure_file.is_some()),
        ("vsphereVolume", volume.vsphere_volume.is_some()),
        ("photonPersistentDisk", volume.photon_persistent_disk.is_some()),
        ("portworxVolume", volume.portworx_volume.is_some()),
        ("azureDisk", volume.azure_disk.is_some()),
        ("storageos", volume.storageos.is_some()),
        ("projected", volume.projected.is_some()),
        ("scaleIO", volume.scale_io.is_some()),
        ("csi", volume.csi.is_some()),
        ("ephemeral", volume.ephemeral.is_some()),
        ("image", volume.image.is_some()),
    ]
}

fn source(causes: &mut Vec<Cause>, volume: &Volume, path: Path<'_>) {
    let mut found = false;
    for (name, _) in given(volume).into_iter().filter(|(_, given)| *given) {
        if found {
            let detail = "may not specify more than 1 volume type";
            causes.push(field::forbidden(path.child(name), detail));
        } else {
            found = true;
            contents(causes, volume, path);
        }
    }
    if !found {
        causes.push(field::required(path, "must specify a volume type"));
    }
}

/// Looks into the first source that is given.
fn contents(causes: &mut Vec<Cause>, volume: &Volume, path: Path<'_>) {
    if let Some(empty_dir) = &volume.empty_dir {
        let limit = empty_dir.size_limit.as_ref();
        if limit.is_some_and(|limit| amount(limit).nanos < 0) {
            let path = path.child("emptyDir");
            let detail = "SizeLimit field must be a valid resource quantity";
            causes.push(field::forbidden(path.child("sizeLimit"), detail));
        }
    } else if let Some(source) = &volume.host_path {
        host_path(causes, source, path.child("hostPath"));
    } else if let Some(secret) = &volume.secret {
        let path = path.child("secret");
        let name = secret.secret_name.as_deref().unwrap_or_default();
        required_text(causes, name, path.child("secretName"));
        mode(causes, secret.default_mode, path.child("defaultMode"));
        keys(causes, secret.items.as_deref(), path.child("items"));
    } else if let Some(source) = &volume.nfs {
        nfs(causes, source, path.child("nfs"));
    } else if let Some(claim) = &volume.persistent_volume_claim {
        let path = path.child("persistentVolumeClaim");
        required_text(causes, &claim.claim_name, path.child("claimName"));
    } else if let Some(downward) = &volume.downward_api {
        let path = path.child("downwardAPI");
        mode(causes, downward.default_mode, path.child("defaultMode"));
        for file in downward.items.iter().flatten() {
            downward_file(causes, file, path);
        }
    } else if let Some(config_map) = &volume.config_map {
        let path = path.child("configMap");
        required_text(causes, &config_map.name, path.child("name"));
        mode(causes, config_map.default_mode, path.child("defaultMode"));
        keys(causes, config_map.items.as_deref(), path.child("items"));
    } else if let Some(source) = &volume.projected {
        projected(causes, source, path.child("projected"));
    }
}

fn required_text(causes: &mut Vec<Cause>, text: &str, path: Path<'_>) {
    if text.is_empty() {
        causes.push(field::required(path, ""));
    }
}

fn mode(causes: &mut Vec<Cause>, mode: Option<i32>, path: Path<'_>) {
    if let Some(mode) = mode.filter(|mode| !(0..=0o777).contains(mode)) {
        causes.push(field::invalid(path, mode, FILE_MODE));
    }
}

fn keys(causes: &mut Vec<Cause>, items: Option<&[KeyToPath]>, path: Path<'_>) {
    for (index, item) in items.unwrap_or_default().iter().enumerate() {
        let path = path.index(index);
        required_text(causes, &item.key, path.child("key"));
        required_text(causes, &item.path, path.child("path"));
        local_path(causes, &item.path, path.child("path"));
        mode(causes, item.mode, path.child("mode"));
    }
}

pub(in crate::apiserver::strategies) fn nfs(
    causes: &mut Vec<Cause>,
    source: &NFSVolumeSource,
    path: Path<'_>,
) {
    required_text(causes, &source.server, path.child("server"));
    required_text(causes, &source.path, path.child("path"));
    if !source.path.starts_with('/') {
        let detail = "must be an absolute path";
        causes.push(field::invalid(path.child("path"), source.path.as_str(), detail));
    }
}

/// A folder of a node, as only PersistentVolumes can be.
pub(in crate::apiserver::strategies) fn local_volume(causes: &mut Vec<Cause>, text: &str, path: Path<'_>) {
    required_text(causes, text, path.child("path"));
    no_backsteps(causes, text, path.child("path"));
}

pub(in crate::apiserver::strategies) fn host_path(
    causes: &mut Vec<Cause>,
    source: &HostPathVolumeSource,
    path: Path<'_>,
) {
    if source.path.is_empty() {
        causes.push(field::required(path.child("path"), ""));
        return;
    }
    no_backsteps(causes, &source.path, path.child("path"));
    let type_ = source.type_.as_deref().unwrap_or_default();
    if !HOST_PATH_TYPES.contains(&type_) {
        causes.push(field::not_supported(path.child("type"), type_, &HOST_PATH_TYPES));
    }
}

fn downward_file(causes: &mut Vec<Cause>, file: &DownwardAPIVolumeFile, path: Path<'_>) {
    required_text(causes, &file.path, path.child("path"));
    local_path(causes, &file.path, path.child("path"));
    match (&file.field_ref, &file.resource_field_ref) {
        (Some(selector), resource) => {
            env::field_ref(causes, selector, &env::FILE_FIELDS, path.child("fieldRef"));
            if resource.is_some() {
                let detail = "fieldRef and resourceFieldRef can not be specified simultaneously";
                causes.push(field::invalid(path, "resource", detail));
            }
        }
        (None, Some(selector)) => {
            env::resource_field_ref(causes, selector, true, path.child("resourceFieldRef"));
        }
        (None, None) => {
            let detail = "one of fieldRef and resourceFieldRef is required";
            causes.push(field::required(path, detail));
        }
    }
    mode(causes, file.mode, path.child("mode"));
}

fn projected(causes: &mut Vec<Cause>, source: &ProjectedVolumeSource, path: Path<'_>) {
    mode(causes, source.default_mode, path.child("defaultMode"));
    let mut taken: Vec<&str> = Vec::new();
    let list = path.child("sources");
    for (index, source) in source.sources.iter().flatten().enumerate() {
        let at = list.index(index);
        let secret = source
            .secret
            .as_ref()
            .map(|secret| (&secret.name, secret.items.as_deref()));
        let config_map = source
            .config_map
            .as_ref()
            .map(|config_map| (&config_map.name, config_map.items.as_deref()));
        for (field_name, named) in [("secret", secret), ("configMap", config_map)] {
            let Some((name, items)) = named else { continue };
            let at = at.child(field_name);
            required_text(causes, name, at.child("name"));
            keys(causes, items, at.child("items"));
            for item in items.unwrap_or_default() {
                take(causes, &mut taken, &item.path, name, path);
            }
        }
        if let Some(downward) = &source.downward_api {
            for file in downward.items.iter().flatten() {
                downward_file(causes, file, at.child("downwardAPI"));
                take(causes, &mut taken, &file.path, &file.path, path);
            }
        }
        if let Some(token) = &source.service_account_token {
            let at = at.child("serviceAccountToken");
            let secs = token.expiration_seconds.unwrap_or(0);
            if !TOKEN_SECS.contains(&secs) {
                let detail = if secs < *TOKEN_SECS.start() {
                    "may not specify a duration less than 10 minutes"
                } else {
                    "may not specify a duration larger than 2^32 seconds"
                };
                causes.push(field::invalid(at.child("expirationSeconds"), secs, detail));
            }
            required_text(causes, &token.path, path.child("path"));
            local_path(causes, &token.path, path.child("path"));
        }
        let sources = [
            source.secret.is_some(),
            source.config_map.is_some(),
            source.downward_api.is_some(),
            source.service_account_token.is_some(),
            source.cluster_trust_bundle.is_some(),
            source.pod_certificate.is_some(),
        ];
        if sources.iter().filter(|given| **given).count() > 1 {
            let detail = "may not specify more than 1 volume type per source";
            causes.push(field::forbidden(at, detail));
        }
    }
}

/// Two sources of one volume may not write the same file.
fn take<'a>(causes: &mut Vec<Cause>, taken: &mut Vec<&'a str>, file: &'a str, blamed: &str, path: Path<'_>) {
    if file.is_empty() {
        return;
    }
    if taken.contains(&file) {
        causes.push(field::invalid(path, blamed, "conflicting duplicate paths"));
    } else {
        taken.push(file);
    }
}

/// A relative path that does not climb (`validateLocalDescendingPath`).
pub(super) fn descending_path(causes: &mut Vec<Cause>, text: &str, path: Path<'_>) {
    if text.starts_with('/') {
        causes.push(field::invalid(path, text, "must be a relative path"));
    }
    no_backsteps(causes, text, path);
}

fn no_backsteps(causes: &mut Vec<Cause>, text: &str, path: Path<'_>) {
    if text.split('/').any(|part| part == "..") {
        causes.push(field::invalid(path, text, "must not contain '..'"));
    }
}

fn local_path(causes: &mut Vec<Cause>, text: &str, path: Path<'_>) {
    descending_path(causes, text, path);
    if text.starts_with("..") && text != ".." && !text.starts_with("../") {
        causes.push(field::invalid(path, text, "must not start with '..'"));
    }
}
