//! What may change through `pods/ephemeralcontainers` (`ValidatePodEphemeralContainersUpdate`, `validateEphemeralContainers`).

use super::volumes::Volumes;
use super::{Whole, containers};
use crate::api::types::core::{EphemeralContainer, PodSpec};
use crate::api::{Cause, Pod, as_container};
use crate::apiserver::validation::field;
use crate::apiserver::validation::path::Path;

/// What is wrong with a change of a Pod's ephemeral containers.
pub(in crate::apiserver) fn update(causes: &mut Vec<Cause>, pod: &Pod, old: &Pod) {
    let path = Path::new("spec");
    let path = path.child("ephemeralContainers");
    let (new, before) = (list(&pod.spec), list(&old.spec));
    let whole = Whole {
        spec: &pod.spec,
        is_pod: true,
    };
    let volumes: Volumes<'_> = pod.spec.volumes.iter().flatten().collect();
    for (index, container) in new.iter().enumerate() {
        let at = path.index(index);
        let plain = as_container(container);
        containers::common(causes, whole, &plain, &volumes, at);
        let init = pod.spec.init_containers.iter().flatten();
        let mut others = pod.spec.containers.iter().chain(init);
        let mut earlier = new.iter().take(index);
        if others.any(|other| other.name == container.name)
            || earlier.any(|other| other.name == container.name)
        {
            causes.push(field::duplicate(at.child("name"), container.name.as_str()));
        }
        let target = container.target_container_name.as_deref().unwrap_or_default();
        let init = pod.spec.init_containers.iter().flatten();
        let mut all = pod.spec.containers.iter().chain(init);
        if !target.is_empty() && !all.any(|other| other.name == target) {
            causes.push(field::not_found(at.child("targetContainerName"), target));
        }
        for (name, set) in [
            ("ports", plain.ports.is_some_and(|ports| !ports.is_empty())),
            ("livenessProbe", plain.liveness_probe.is_some()),
            ("readinessProbe", plain.readiness_probe.is_some()),
            ("startupProbe", plain.startup_probe.is_some()),
            ("lifecycle", plain.lifecycle.is_some()),
            (
                "resources",
                plain
                    .resources
                    .is_some_and(|resources| resources != Default::default()),
            ),
        ] {
            if set {
                let detail = "cannot be set for an Ephemeral Container";
                causes.push(field::forbidden(at.child(name), detail));
            }
        }
    }
    for container in before {
        let name = &container.name;
        match new.iter().find(|found| found.name == *name) {
            None => {
                let detail = format!("existing ephemeral containers {name:?} may not be removed\n");
                causes.push(field::forbidden(path, &detail));
            }
            Some(found) if found != container => {
                let detail = format!("existing ephemeral containers {name:?} may not be changed\n");
                causes.push(field::forbidden(path, &detail));
            }
            Some(_) => {}
        }
    }
}

fn list(spec: &PodSpec) -> &[EphemeralContainer] {
    spec.ephemeral_containers.as_deref().unwrap_or_default()
}
