//! Volume mounts and block devices of a container (`ValidateVolumeMounts`, `ValidateVolumeDevices`).

use super::volumes::{self, Volumes};
use crate::api::Cause;
use crate::api::types::core::{Container, VolumeMount};
use crate::apiserver::validation::field;
use crate::apiserver::validation::path::Path;

pub(super) fn mounts(causes: &mut Vec<Cause>, container: &Container, volumes: &Volumes<'_>, path: Path<'_>) {
    let mounts = container.volume_mounts.as_deref().unwrap_or_default();
    let devices = container.volume_devices.as_deref().unwrap_or_default();
    for (index, mount) in mounts.iter().enumerate() {
        let at = path.index(index);
        let (name, mount_path) = (mount.name.as_str(), mount.mount_path.as_str());
        if name.is_empty() {
            causes.push(field::required(at.child("name"), ""));
        }
        let volume = volumes.iter().find(|volume| volume.name == name);
        if volume.is_none() {
            causes.push(field::not_found(at.child("name"), name));
        }
        if mount_path.is_empty() {
            causes.push(field::required(at.child("mountPath"), ""));
        }
        if mounts
            .iter()
            .take(index)
            .any(|before| before.mount_path == mount_path)
        {
            causes.push(field::invalid(
                at.child("mountPath"),
                mount_path,
                "must be unique",
            ));
        }
        if devices.iter().any(|device| device.name == name) {
            let detail = "must not already exist in volumeDevices";
            causes.push(field::invalid(at.child("name"), name, detail));
        }
        if devices.iter().any(|device| device.device_path == mount_path) {
            let detail = "must not already exist as a path in volumeDevices";
            causes.push(field::invalid(at.child("mountPath"), mount_path, detail));
        }
        if volume.is_some_and(|volume| volume.image.is_some()) {
            for (field_name, value) in [
                ("subPath", &mount.sub_path),
                ("subPathExpr", &mount.sub_path_expr),
            ] {
                if let Some(value) = value.as_deref().filter(|value| !value.is_empty()) {
                    let detail = "not allowed in image volume sources";
                    causes.push(field::invalid(at.child(field_name), value, detail));
                }
            }
        }
        sub_paths(causes, mount, at, path);
        propagation(causes, container, mount, path);
    }
}

/// Upstream names the list, not the mount, in some of these: so do we.
fn sub_paths(causes: &mut Vec<Cause>, mount: &VolumeMount, at: Path<'_>, list: Path<'_>) {
    let sub_path = mount.sub_path.as_deref().unwrap_or_default();
    if !sub_path.is_empty() {
        volumes::descending_path(causes, sub_path, list.child("subPath"));
    }
    let expression = mount.sub_path_expr.as_deref().unwrap_or_default();
    if !expression.is_empty() {
        if !sub_path.is_empty() {
            let detail = "subPathExpr and subPath are mutually exclusive";
            causes.push(field::invalid(at.child("subPathExpr"), expression, detail));
        }
        volumes::descending_path(causes, expression, list.child("subPathExpr"));
    }
}

fn propagation(causes: &mut Vec<Cause>, container: &Container, mount: &VolumeMount, list: Path<'_>) {
    if let Some(mode) = mount.mount_propagation.as_deref() {
        let path = list.child("mountPropagation");
        let supported = ["Bidirectional", "HostToContainer", "None"];
        if !supported.contains(&mode) {
            causes.push(field::not_supported(path, mode, &supported));
        }
        let privileged = container
            .security_context
            .as_ref()
            .is_some_and(|context| context.privileged == Some(true));
        if mode == "Bidirectional" && !privileged {
            let detail = "Bidirectional mount propagation is available only to privileged containers";
            causes.push(field::forbidden(path, detail));
        }
    }
    let path = list.child("recursiveReadOnly");
    match mount.recursive_read_only.as_deref() {
        None | Some("Disabled") => {}
        Some("Enabled" | "IfPossible") => {
            if mount.read_only != Some(true) {
                let detail = "may only be specified when readOnly is true";
                causes.push(field::forbidden(path, detail));
            }
            if mount
                .mount_propagation
                .as_deref()
                .is_some_and(|mode| mode != "None")
            {
                let detail = "may only be specified when mountPropagation is None or not specified";
                causes.push(field::forbidden(path, detail));
            }
        }
        Some(other) => {
            let supported = ["Disabled", "Enabled", "IfPossible"];
            causes.push(field::not_supported(path, other, &supported));
        }
    }
}

pub(super) fn devices(causes: &mut Vec<Cause>, container: &Container, volumes: &Volumes<'_>, path: Path<'_>) {
    let devices = container.volume_devices.as_deref().unwrap_or_default();
    let mounts = container.volume_mounts.as_deref().unwrap_or_default();
    for (index, device) in devices.iter().enumerate() {
        let at = path.index(index);
        let (name, device_path) = (device.name.as_str(), device.device_path.as_str());
        if name.is_empty() {
            causes.push(field::required(at.child("name"), ""));
        }
        let before = || devices.iter().take(index);
        if before().any(|before| before.name == name) {
            causes.push(field::invalid(at.child("name"), name, "must be unique"));
        }
        match volumes.iter().find(|volume| volume.name == name) {
            None => causes.push(field::not_found(at.child("name"), name)),
            Some(volume) if volume.persistent_volume_claim.is_none() && volume.ephemeral.is_none() => {
                let detail =
                    "can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode";
                causes.push(field::invalid(at.child("name"), name, detail));
            }
            Some(_) => {}
        }
        if device_path.is_empty() {
            causes.push(field::required(at.child("devicePath"), ""));
        }
        if before().any(|before| before.device_path == device_path) {
            causes.push(field::invalid(
                at.child("devicePath"),
                device_path,
                "must be unique",
            ));
        }
        if device_path.split('/').any(|part| part == "..") {
            let detail = "can not contain backsteps ('..')";
            causes.push(field::invalid(at.child("devicePath"), device_path, detail));
        }
        if mounts.iter().any(|mount| mount.name == name) {
            let detail = "must not already exist in volumeMounts";
            causes.push(field::invalid(at.child("name"), name, detail));
        }
        if mounts.iter().any(|mount| mount.mount_path == device_path) {
            let detail = "must not already exist as a path in volumeMounts";
            causes.push(field::invalid(at.child("devicePath"), device_path, detail));
        }
    }
}
