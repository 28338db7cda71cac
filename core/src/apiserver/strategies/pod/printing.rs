//! The row of a Pod (`printPod` of `pkg/printers/internalversion/printers.go`): its status is told from its containers.

use crate::api::Pod;
use crate::api::meta::MetaExt;
use crate::api::types::core::{Container, ContainerState, ContainerStateTerminated, ContainerStatus};
use crate::apiserver::printing::{age_of, human_duration, or_none};
use crate::apiserver::table::Column;
use crate::sim::Time;

pub(super) const COLUMNS: &[Column] = &[
    Column::new("Name"),
    Column::new("Ready"),
    Column::new("Status"),
    Column::new("Restarts"),
    Column::new("Age"),
    Column::wide("IP"),
    Column::wide("Node"),
    Column::wide("Nominated Node"),
    Column::wide("Readiness Gates"),
];

/// The reason of a Pod whose node is lost (`node.NodeUnreachablePodReason`).
const NODE_LOST: &str = "NodeLost";

/// What the containers add up to.
#[derive(Default)]
struct Summary {
    reason: String,
    ready: usize,
    total: usize,
    restarts: i32,
    last_restart: Option<Time>,
}

pub(super) fn cells(pod: &Pod, now: Time) -> Vec<String> {
    let summary = summary(pod);
    let restarts = match summary.last_restart {
        Some(at) if summary.restarts != 0 => {
            format!("{} ({} ago)", summary.restarts, human_duration(now.since(at)))
        }
        _ => summary.restarts.to_string(),
    };
    let ip = pod
        .status
        .pod_ips
        .iter()
        .flatten()
        .next()
        .map(|ip| ip.ip.as_str());
    vec![
        pod.name().to_owned(),
        format!("{}/{}", summary.ready, summary.total),
        summary.reason,
        restarts,
        age_of(&pod.metadata, now),
        or_none(ip),
        or_none(pod.spec.node_name.as_deref()),
        or_none(pod.status.nominated_node_name.as_deref()),
        readiness_gates(pod),
    ]
}

/// The STATUS column of `kubectl get pods`.
#[must_use]
pub fn pod_status(pod: &Pod) -> String {
    summary(pod).reason
}

fn summary(pod: &Pod) -> Summary {
    let status = &pod.status;
    let phase = status.phase.as_deref().unwrap_or_default();
    let given = status.reason.as_deref().filter(|reason| !reason.is_empty());
    let gated = status.conditions.iter().flatten().any(|condition| {
        condition.type_ == "PodScheduled" && condition.reason.as_deref() == Some("SchedulingGated")
    });
    let reason = if gated {
        "SchedulingGated"
    } else {
        given.unwrap_or(phase)
    };
    let init_specs = pod.spec.init_containers.as_deref().unwrap_or_default();
    let mut summary = Summary {
        reason: reason.to_owned(),
        total: pod.spec.containers.len() + init_specs.iter().filter(|c| is_sidecar(c)).count(),
        ..Summary::default()
    };
    let mut sidecars = Summary::default();
    let initializing = init_containers(pod, &mut summary, &mut sidecars);
    if !initializing || condition_is_true(pod, "Initialized") {
        summary.restarts = sidecars.restarts;
        summary.last_restart = sidecars.last_restart;
        containers(pod, &mut summary);
    }
    if pod.metadata.is_deleting() {
        if status.reason.as_deref() == Some(NODE_LOST) {
            summary.reason = "Unknown".to_owned();
        } else if !matches!(phase, "Succeeded" | "Failed") {
            summary.reason = "Terminating".to_owned();
        }
    }
    summary
}

/// Goes through the init containers; answers whether one of them is still to end.
fn init_containers(pod: &Pod, summary: &mut Summary, sidecars: &mut Summary) -> bool {
    let specs = pod.spec.init_containers.as_deref().unwrap_or_default();
    let statuses = pod.status.init_container_statuses.iter().flatten();
    for (index, status) in statuses.enumerate() {
        let sidecar = specs
            .iter()
            .any(|spec| spec.name == status.name && is_sidecar(spec));
        summary.count_restarts(status);
        if sidecar {
            sidecars.count_restarts(status);
        }
        let terminated = status.state.as_ref().and_then(|state| state.terminated.as_ref());
        if terminated.is_some_and(|terminated| terminated.exit_code == 0) {
            continue;
        }
        if sidecar && status.started == Some(true) {
            summary.ready += usize::from(status.ready);
            continue;
        }
        let waiting = waiting_reason(status.state.as_ref()).filter(|reason| *reason != "PodInitializing");
        summary.reason = match (terminated, waiting) {
            (Some(terminated), _) => format!("Init:{}", end_reason(terminated)),
            (None, Some(reason)) => format!("Init:{reason}"),
            (None, None) => format!("Init:{index}/{}", specs.len()),
        };
        return true;
    }
    false
}

fn containers(pod: &Pod, summary: &mut Summary) {
    let mut running = false;
    for status in pod.status.container_statuses.iter().flatten().rev() {
        summary.count_restarts(status);
        let state = status.state.as_ref();
        if let Some(reason) = waiting_reason(state) {
            reason.clone_into(&mut summary.reason);
        } else if let Some(terminated) = state.and_then(|state| state.terminated.as_ref()) {
            summary.reason = end_reason(terminated);
        } else if status.ready && state.is_some_and(|state| state.running.is_some()) {
            running = true;
            summary.ready += 1;
        }
    }
    if running && summary.reason == "Completed" {
        let ready = condition_is_true(pod, "Ready");
        summary.reason = if ready { "Running" } else { "NotReady" }.to_owned();
    }
}

impl Summary {
    fn count_restarts(&mut self, status: &ContainerStatus) {
        self.restarts += status.restart_count;
        let ended = status
            .last_state
            .as_ref()
            .and_then(|state| state.terminated.as_ref());
        if let Some(at) = ended.and_then(|ended| ended.finished_at.as_ref()) {
            self.last_restart = self.last_restart.max(Some(Time::from_timestamp(at.0)));
        }
    }
}

fn waiting_reason(state: Option<&ContainerState>) -> Option<&str> {
    let reason = state?.waiting.as_ref()?.reason.as_deref()?;
    (!reason.is_empty()).then_some(reason)
}

fn end_reason(terminated: &ContainerStateTerminated) -> String {
    match (terminated.reason.as_deref(), terminated.signal.unwrap_or(0)) {
        (Some(reason), _) if !reason.is_empty() => reason.to_owned(),
        (_, 0) => format!("ExitCode:{}", terminated.exit_code),
        (_, signal) => format!("Signal:{signal}"),
    }
}

/// Init containers that restart always run beside the others.
fn is_sidecar(container: &Container) -> bool {
    container.restart_policy.as_deref() == Some("Always")
}

fn condition_is_true(pod: &Pod, type_: &str) -> bool {
    let mut conditions = pod.status.conditions.iter().flatten();
    conditions.any(|condition| condition.type_ == type_ && condition.status == "True")
}

fn readiness_gates(pod: &Pod) -> String {
    let gates = pod.spec.readiness_gates.as_deref().unwrap_or_default();
    if gates.is_empty() {
        return "<none>".to_owned();
    }
    let met = gates
        .iter()
        .filter(|gate| condition_is_true(pod, &gate.condition_type))
        .count();
    format!("{met}/{}", gates.len())
}
