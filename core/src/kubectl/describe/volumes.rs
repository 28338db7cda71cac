//! The volumes of a pod or of a template.

use super::writer::Writer;
use crate::api::quantity::amount;
use crate::api::types::core::{ProjectedVolumeSource, Volume};

/// Volumes under a heading; `space` is the indentation of a template's.
pub(super) fn write(w: &mut Writer, volumes: Option<&Vec<Volume>>, space: &str) {
    let volumes = volumes.map(Vec::as_slice).unwrap_or_default();
    if volumes.is_empty() {
        return w.line(0, format!("{space}Volumes:\t<none>"));
    }
    w.line(0, format!("{space}Volumes:"));
    let indent = if space.is_empty() { "" } else { " " };
    for volume in volumes {
        w.line(1, format!("{indent}{}:", volume.name));
        source(w, volume);
    }
}

/// A source of a volume.
pub(super) fn source(w: &mut Writer, volume: &Volume) {
    if let Some(path) = &volume.host_path {
        w.field(2, "Type", "HostPath (bare host directory volume)");
        w.field(2, "Path", &path.path);
        w.field(2, "HostPathType", path.type_.as_deref().unwrap_or("<none>"));
    } else if let Some(empty) = &volume.empty_dir {
        w.field(
            2,
            "Type",
            "EmptyDir (a temporary directory that shares a pod's lifetime)",
        );
        w.field(2, "Medium", empty.medium.as_deref().unwrap_or_default());
        let limit = empty
            .size_limit
            .as_ref()
            .map(amount)
            .filter(|limit| limit.nanos > 0);
        w.field(
            2,
            "SizeLimit",
            limit.map_or_else(|| "<unset>".to_owned(), |limit| limit.to_string()),
        );
    } else if let Some(secret) = &volume.secret {
        w.field(2, "Type", "Secret (a volume populated by a Secret)");
        w.field(2, "SecretName", secret.secret_name.as_deref().unwrap_or_default());
        w.field(2, "Optional", secret.optional.unwrap_or(false));
    } else if let Some(map) = &volume.config_map {
        w.field(2, "Type", "ConfigMap (a volume populated by a ConfigMap)");
        w.field(2, "Name", &map.name);
        w.field(2, "Optional", map.optional.unwrap_or(false));
    } else if let Some(claim) = &volume.persistent_volume_claim {
        let words = "PersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same namespace)";
        w.field(2, "Type", words);
        w.field(2, "ClaimName", &claim.claim_name);
        w.field(2, "ReadOnly", claim.read_only.unwrap_or(false));
    } else if let Some(downward) = &volume.downward_api {
        w.field(
            2,
            "Type",
            "DownwardAPI (a volume populated by information about the pod)",
        );
        w.line(2, "Items:");
        for item in downward.items.iter().flatten() {
            if let Some(field) = &item.field_ref {
                w.line(3, format!("{} -> {}", field.field_path, item.path));
            }
            if let Some(field) = &item.resource_field_ref {
                w.line(3, format!("{} -> {}", field.resource, item.path));
            }
        }
    } else if let Some(projected) = &volume.projected {
        projection(w, projected);
    } else if let Some(nfs) = &volume.nfs {
        w.field(2, "Type", "NFS (an NFS mount that lasts the lifetime of a pod)");
        w.field(2, "Server", &nfs.server);
        w.field(2, "Path", &nfs.path);
        w.field(2, "ReadOnly", nfs.read_only.unwrap_or(false));
    } else {
        w.line(1, "<unknown>");
    }
}

fn projection(w: &mut Writer, projected: &ProjectedVolumeSource) {
    let words = "Projected (a volume that contains injected data from multiple sources)";
    w.field(2, "Type", words);
    for source in projected.sources.iter().flatten() {
        if let Some(secret) = &source.secret {
            w.field(2, "SecretName", &secret.name);
            w.field(2, "Optional", secret.optional.unwrap_or(false));
        } else if source.downward_api.is_some() {
            w.field(2, "DownwardAPI", "true");
        } else if let Some(map) = &source.config_map {
            w.field(2, "ConfigMapName", &map.name);
            w.field(2, "Optional", map.optional.unwrap_or(false));
        } else if let Some(token) = &source.service_account_token {
            w.field(2, "TokenExpirationSeconds", token.expiration_seconds.unwrap_or(0));
        }
    }
}
