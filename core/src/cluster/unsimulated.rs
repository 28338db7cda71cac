//! What is accepted and has no effect here: said to the learner once, beside what Kubernetes says. Who lets such a field do something
//! takes it off this list.

use super::Cluster;
use crate::api::types::core::{Container, PodSecurityContext, PodSpec, SecurityContext, Volume};
use crate::api::{AnyObject, as_container};

/// A field and whether an object has it.
type Has = (&'static str, bool);

/// The fields of a new object that do nothing, or its kind if nothing acts on it.
fn of(object: &AnyObject) -> Vec<&'static str> {
    match object {
        AnyObject::Pod(pod) => {
            let mut found: Vec<Has> = Vec::new();
            pod_spec(&pod.spec, &mut found);
            found
                .into_iter()
                .filter(|(_, has)| *has)
                .map(|(field, _)| field)
                .collect()
        }
        // What belongs to custom kinds has a controller, or it has none, as anywhere.
        AnyObject::Dynamic(_) if object.custom_kind().is_none() => vec![object.kind().name()],
        _ => Vec::new(),
    }
}

fn pod_spec(spec: &PodSpec, found: &mut Vec<Has>) {
    let on = |flag: Option<bool>| flag == Some(true);
    found.extend([
        ("spec.hostIPC", on(spec.host_ipc)),
        ("spec.hostPID", on(spec.host_pid)),
        ("spec.hostUsers", spec.host_users.is_some()),
        ("spec.os", spec.os.is_some()),
        (
            "spec.resourceClaims",
            spec.resource_claims
                .as_ref()
                .is_some_and(|claims| !claims.is_empty()),
        ),
        ("spec.runtimeClassName", spec.runtime_class_name.is_some()),
        ("spec.setHostnameAsFQDN", on(spec.set_hostname_as_fqdn)),
        ("spec.shareProcessNamespace", on(spec.share_process_namespace)),
    ]);
    if let Some(context) = &spec.security_context {
        pod_security(context, found);
    }
    for volume in spec.volumes.iter().flatten() {
        volume_source(volume, found);
    }
    let init = spec.init_containers.iter().flatten();
    for plain in init.chain(&spec.containers) {
        container(plain, found);
    }
    for ephemeral in spec.ephemeral_containers.iter().flatten() {
        container(&as_container(ephemeral), found);
    }
}

fn pod_security(context: &PodSecurityContext, found: &mut Vec<Has>) {
    found.extend([
        (
            "spec.securityContext.appArmorProfile",
            context.app_armor_profile.is_some(),
        ),
        ("spec.securityContext.fsGroup", context.fs_group.is_some()),
        (
            "spec.securityContext.seLinuxOptions",
            context.se_linux_options.is_some(),
        ),
        (
            "spec.securityContext.seccompProfile",
            context.seccomp_profile.is_some(),
        ),
        (
            "spec.securityContext.supplementalGroups",
            context.supplemental_groups.is_some(),
        ),
        ("spec.securityContext.sysctls", context.sysctls.is_some()),
        (
            "spec.securityContext.windowsOptions",
            context.windows_options.is_some(),
        ),
    ]);
}

fn container(container: &Container, found: &mut Vec<Has>) {
    let devices = container.volume_devices.as_ref();
    found.push((
        "spec.containers[*].volumeDevices",
        devices.is_some_and(|devices| !devices.is_empty()),
    ));
    if let Some(context) = &container.security_context {
        security(context, found);
    }
}

fn security(context: &SecurityContext, found: &mut Vec<Has>) {
    found.extend([
        (
            "spec.containers[*].securityContext.appArmorProfile",
            context.app_armor_profile.is_some(),
        ),
        (
            "spec.containers[*].securityContext.capabilities",
            context.capabilities.is_some(),
        ),
        (
            "spec.containers[*].securityContext.privileged",
            context.privileged == Some(true),
        ),
        (
            "spec.containers[*].securityContext.procMount",
            context.proc_mount.is_some(),
        ),
        (
            "spec.containers[*].securityContext.seLinuxOptions",
            context.se_linux_options.is_some(),
        ),
        (
            "spec.containers[*].securityContext.seccompProfile",
            context.seccomp_profile.is_some(),
        ),
        (
            "spec.containers[*].securityContext.windowsOptions",
            context.windows_options.is_some(),
        ),
    ]);
}

fn volume_source(volume: &Volume, found: &mut Vec<Has>) {
    found.extend([
        (
            "spec.volumes[*].awsElasticBlockStore",
            volume.aws_elastic_block_store.is_some(),
        ),
        ("spec.volumes[*].azureDisk", volume.azure_disk.is_some()),
        ("spec.volumes[*].azureFile", volume.azure_file.is_some()),
        ("spec.volumes[*].cephfs", volume.cephfs.is_some()),
        ("spec.volumes[*].csi", volume.csi.is_some()),
        ("spec.volumes[*].ephemeral", volume.ephemeral.is_some()),
        ("spec.volumes[*].fc", volume.fc.is_some()),
        (
            "spec.volumes[*].gcePersistentDisk",
            volume.gce_persistent_disk.is_some(),
        ),
        ("spec.volumes[*].image", volume.image.is_some()),
        ("spec.volumes[*].iscsi", volume.iscsi.is_some()),
        ("spec.volumes[*].nfs", volume.nfs.is_some()),
        ("spec.volumes[*].rbd", volume.rbd.is_some()),
    ]);
}

impl Cluster {
    /// A new object is there: what of it does nothing is to be told, unless it was before.
    pub(super) fn note_unsimulated(&mut self, object: &AnyObject) {
        for field in of(object) {
            if self.unsimulated_seen.insert(field.into()) {
                self.unsimulated.push(field.into());
            }
        }
    }

    /// What was used so far was nobody's who is to be told of it.
    pub fn forget_unsimulated(&mut self) {
        self.unsimulated_seen.clear();
        self.unsimulated.clear();
    }

    /// Takes the fields, and the kinds, that were used since the last call for the first time and do nothing here: `spec.hostIPC`,
    /// `ValidatingWebhookConfiguration`.
    pub fn take_unsimulated(&mut self) -> Vec<String> {
        std::mem::take(&mut self.unsimulated)
    }
}

#[cfg(test)]
mod tests {
    use crate::cluster::command_tests::Desk;

    #[test]
    fn what_does_nothing_is_told_once() {
        let mut desk = Desk::after("true");
        assert!(
            desk.cluster.take_unsimulated().is_empty(),
            "the system's own Pods are nobody's"
        );
        let pod = |name: &str| {
            format!(
                "apiVersion: v1\nkind: Pod\nmetadata: {{name: {name}}}\nspec:\n  hostIPC: true\n  securityContext: {{sysctls: [{{name: a.b, value: c}}]}}\n  volumes: [{{name: v, nfs: {{server: s, path: /p}}}}]\n  containers: [{{name: c, image: nginx, securityContext: {{privileged: true}}}}]\n---\n"
            )
        };
        let webhook = "apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingWebhookConfiguration\nmetadata: {name: w}\n";
        let text = format!("{}{}{webhook}", pod("a"), pod("b"));
        desk.cluster
            .laptop_mut()
            .save_file("m.yaml", &text)
            .expect("there is room");
        let applied = desk.run("kubectl apply -f m.yaml");
        assert!(
            !applied.contains("simul"),
            "kubectl says what it says elsewhere: {applied}"
        );
        assert_eq!(
            desk.cluster.take_unsimulated(),
            [
                "spec.hostIPC",
                "spec.securityContext.sysctls",
                "spec.volumes[*].nfs",
                "spec.containers[*].securityContext.privileged",
                "ValidatingWebhookConfiguration"
            ]
        );
        desk.run("kubectl delete -f m.yaml --now; kubectl apply -f m.yaml");
        assert!(desk.cluster.take_unsimulated().is_empty());
    }
}
