//! The status a kubelet reports for a Pod (`generateAPIPodStatus`, `pkg/kubelet/status`).

use std::collections::BTreeMap;

use super::Host;
use super::container::{Container, State, Termination};
use super::worker::{PodWorker, Sandbox};
use crate::api::Pod;
use crate::api::meta::meta_time;
use crate::api::types::core::{
    Container as ContainerSpec, ContainerState, ContainerStateRunning, ContainerStateTerminated,
    ContainerStateWaiting, ContainerStatus, ContainerUser, HostIP, LinuxContainerUser, PodCondition, PodIP,
    PodStatus, ResourceRequirements, VolumeMountStatus,
};
use crate::client::{Client, Env};
use crate::sim::Time;

/// Writes the Pod's status if it changed.
pub(super) fn report(worker: &mut PodWorker, env: &mut Env<'_>, host: &mut Host<'_>) {
    let now = env.sim.now;
    let key = worker.key();
    let uid = worker.pod.uid().to_owned();
    let written = Client::new(env, host.user).modify(&key, Some("status"), |object| {
        if let Some(pod) = object.get_mut::<Pod>().filter(|pod| pod.uid() == uid) {
            let status = generate(worker, pod, host, now);
            if *pod.status != status {
                *pod.status_mut() = status;
            }
        }
    });
    if let Ok(object) = written
        && let Some(pod) = object.get::<Pod>().filter(|pod| pod.uid() == worker.pod.uid())
    {
        worker.pod = pod.clone();
    }
}

fn generate(worker: &PodWorker, pod: &Pod, host: &Host<'_>, now: Time) -> PodStatus {
    let mut status = (*pod.status).clone();
    let of = |belongs: fn(&Container) -> bool| -> Vec<ContainerStatus> {
        let belonging = worker.containers.iter().filter(|container| belongs(container));
        belonging
            .map(|container| container_status(worker, container))
            .collect()
    };
    status.phase = Some(phase(worker).to_owned());
    if let Some((reason, message)) = &worker.failed {
        // What is too old or was evicted has failed, whatever its containers say.
        status.phase = Some("Failed".to_owned());
        status.reason = Some(reason.clone());
        status.message = Some(message.clone());
    }
    status.observed_generation = pod.metadata.generation;
    status.host_ip = Some(host.spec.address.to_string());
    status.host_ips = Some(vec![HostIP {
        ip: host.spec.address.to_string(),
    }]);
    if let Sandbox::Up { ip } = &worker.sandbox {
        status.pod_ip = Some(ip.clone());
        status.pod_ips = Some(vec![PodIP { ip: ip.clone() }]);
    }
    status.start_time = worker.started_at.map(meta_time);
    status.container_statuses = Some(of(Container::is_main));
    status.init_container_statuses = Some(of(|container| container.init)).filter(|list| !list.is_empty());
    let ephemeral = of(|container| container.ephemeral.is_some());
    status.ephemeral_container_statuses = Some(ephemeral).filter(|list| !list.is_empty());
    // Empty: as the spec says (`api::repeated`).
    status.resources = Some(ResourceRequirements::default());
    let asks = pod.spec.containers.iter().any(asks);
    status.allocated_resources = asks.then(BTreeMap::new);
    status.conditions = Some(conditions(worker, &status, now));
    status
}

fn phase(worker: &PodWorker) -> &'static str {
    let main = || worker.containers.iter().filter(|container| container.is_main());
    let sidecar_runs = worker
        .containers
        .iter()
        .any(|container| container.init && container.is_running());
    if worker.has_ended() && !sidecar_runs
        || (worker.terminating_since.is_some() && main().all(|c| c.ended().is_some()))
    {
        let succeeded = main().all(|container| container.ended().is_some_and(|end| end.exit_code == 0));
        return if succeeded { "Succeeded" } else { "Failed" };
    }
    let started = main().all(|container| !container.id.is_empty());
    if started { "Running" } else { "Pending" }
}

#[expect(clippy::too_many_lines, reason = "one case after another")]
fn conditions(worker: &PodWorker, status: &PodStatus, now: Time) -> Vec<PodCondition> {
    let names = |containers: Vec<&Container>| {
        containers
            .iter()
            .map(|container| container.name.as_str())
            .collect::<Vec<_>>()
            .join(" ")
    };
    let initialised = |container: &&Container| {
        worker.is_sidecar(container) && container.is_running() && container.started
            || container.ended().is_some_and(|end| end.exit_code == 0)
    };
    let pending: Vec<_> = worker
        .containers
        .iter()
        .filter(|c| c.init)
        .filter(|c| !initialised(c))
        .collect();
    let unready: Vec<_> = worker
        .containers
        .iter()
        .filter(|c| c.is_main() && !c.ready)
        .collect();
    let completed = status.phase.as_deref() == Some("Succeeded");
    let failed = status.phase.as_deref() == Some("Failed");
    let (mut initialized, mut ready) = (None, None);
    if !pending.is_empty() {
        initialized = Some((
            "ContainersNotInitialized",
            format!("containers with incomplete status: [{}]", names(pending)),
        ));
    }
    if completed {
        ready = Some(("PodCompleted", String::new()));
    } else if failed {
        ready = Some(("PodFailed", String::new()));
    } else if !unready.is_empty() {
        ready = Some((
            "ContainersNotReady",
            format!("containers with unready status: [{}]", names(unready)),
        ));
    }
    let sandboxed = matches!(worker.sandbox, Sandbox::Up { .. }) && !completed && !failed;
    let sandbox = (!sandboxed).then(|| ("", String::new()));
    let generation = worker.pod.metadata.generation;
    let mut conditions = Vec::with_capacity(5);
    for (type_, problem) in [
        ("PodReadyToStartContainers", sandbox),
        ("Initialized", initialized.filter(|_| !completed)),
        ("Ready", ready.clone()),
        ("ContainersReady", ready),
    ] {
        let before = status
            .conditions
            .iter()
            .flatten()
            .find(|condition| condition.type_ == type_);
        let value = if problem.is_none() { "True" } else { "False" };
        let since = before.filter(|condition| condition.status == value);
        let (reason, message) = problem.unwrap_or_default();
        conditions.push(PodCondition {
            type_: type_.to_owned(),
            status: value.to_owned(),
            reason: (!reason.is_empty()).then(|| reason.to_owned()),
            message: (!message.is_empty()).then_some(message),
            last_transition_time: since
                .and_then(|condition| condition.last_transition_time.clone())
                .or_else(|| Some(meta_time(now))),
            observed_generation: generation,
            ..PodCondition::default()
        });
    }
    let known = |type_: &str| {
        status
            .conditions
            .iter()
            .flatten()
            .find(|condition| condition.type_ == type_)
    };
    conditions.extend(known("PodScheduled").cloned());
    if let Some((_, message)) = worker.failed.as_ref().filter(|(reason, _)| reason == "Evicted") {
        conditions.push(
            known("DisruptionTarget")
                .cloned()
                .unwrap_or_else(|| PodCondition {
                    type_: "DisruptionTarget".to_owned(),
                    status: "True".to_owned(),
                    reason: Some("TerminationByKubelet".to_owned()),
                    message: Some(message.clone()),
                    last_transition_time: Some(meta_time(now)),
                    observed_generation: generation,
                    ..PodCondition::default()
                }),
        );
    } else {
        conditions.extend(known("DisruptionTarget").cloned());
    }
    conditions
}

/// Whether a container requests resources.
fn asks(container: &ContainerSpec) -> bool {
    let resources = container.resources.as_ref();
    resources.is_some_and(|r| r.requests.as_ref().is_some_and(|requests| !requests.is_empty()))
}

fn container_status(worker: &PodWorker, container: &Container) -> ContainerStatus {
    let spec = worker.spec_of(&container.name);
    let image = container.image.as_ref();
    let running = container.is_running();
    let started = !container.id.is_empty();
    let (shown, last) = shown(worker, container);
    let shared = worker.pod.spec.security_context.as_ref();
    let own = spec.and_then(|spec| spec.security_context.as_ref());
    let gid = own
        .and_then(|context| context.run_as_group)
        .or_else(|| shared.and_then(|context| context.run_as_group))
        .unwrap_or(0);
    let fs_group = shared.and_then(|context| context.fs_group);
    let groups = std::iter::once(gid).chain(fs_group).collect();
    ContainerStatus {
        name: container.name.clone(),
        image: image.map_or_else(
            || spec.and_then(|spec| spec.image.clone()).unwrap_or_default(),
            |image| image.reference.to_string(),
        ),
        image_id: image.filter(|_| started).map_or_else(String::new, |image| {
            format!("{}@{}", image.reference.name(), image.digest)
        }),
        container_id: started.then(|| container.id.clone()),
        ready: if container.init {
            container.ended().is_some_and(|end| end.exit_code == 0)
                || container.is_running() && container.ready
        } else {
            container.ready
        },
        restart_count: container.restart_count,
        started: Some(running && container.started),
        state: Some(state(&shown)),
        last_state: Some(last.as_ref().map(terminated).unwrap_or_default()),
        // Empty: as the spec says (`api::repeated`).
        allocated_resources: (running && spec.is_some_and(asks)).then(BTreeMap::new),
        resources: running.then(ResourceRequirements::default),
        user: running.then_some(ContainerUser {
            linux: Some(LinuxContainerUser {
                uid: container.uid,
                gid,
                supplemental_groups: Some(groups),
            }),
        }),
        volume_mounts: spec.and_then(|spec| {
            spec.volume_mounts.as_ref().map(|mounts| {
                mounts
                    .iter()
                    .map(|mount| VolumeMountStatus {
                        name: mount.name.clone(),
                        mount_path: mount.mount_path.clone(),
                        read_only: mount.read_only,
                        recursive_read_only: mount
                            .read_only
                            .filter(|read_only| *read_only)
                            .map(|_| "Disabled".to_owned()),
                        ..VolumeMountStatus::default()
                    })
                    .collect()
            })
        }),
        ..ContainerStatus::default()
    }
}

/// What the status shows of a container, and of its last end: one that is to be started again and could not be waits for the reason
/// (`convertToAPIContainerStatuses`).
pub(super) fn shown(worker: &PodWorker, container: &Container) -> (State, Option<Termination>) {
    if worker.restarts(container)
        && !container.is_running()
        && let Some((reason, message)) = &container.failure
    {
        let waiting = State::Waiting {
            reason: reason.clone(),
            message: Some(message.clone()).filter(|message| !message.is_empty()),
        };
        return (waiting, container.last_ended().cloned());
    }
    (container.state.clone(), container.last.clone())
}

fn state(state: &State) -> ContainerState {
    match state {
        State::Waiting { reason, message } => ContainerState {
            waiting: Some(ContainerStateWaiting {
                reason: Some(reason.clone()),
                message: message.clone(),
            }),
            ..ContainerState::default()
        },
        State::Running { since } => ContainerState {
            running: Some(ContainerStateRunning {
                started_at: Some(meta_time(*since)),
            }),
            ..ContainerState::default()
        },
        State::Terminated(termination) => terminated(termination),
    }
}

fn terminated(termination: &Termination) -> ContainerState {
    ContainerState {
        terminated: Some(ContainerStateTerminated {
            container_id: Some(termination.container_id.clone()),
            exit_code: termination.exit_code,
            reason: Some(termination.reason.clone()),
            message: termination.message.clone(),
            started_at: Some(meta_time(termination.started_at)),
            finished_at: Some(meta_time(termination.finished_at)),
            ..ContainerStateTerminated::default()
        }),
        ..ContainerState::default()
    }
}
