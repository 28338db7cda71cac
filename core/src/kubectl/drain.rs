//! `kubectl drain`: cordons nodes, then evicts their Pods and waits until they are gone (`k8s.io/kubectl/pkg/drain`).

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::command::Command;
use super::common::{CHUNK_SIZE, DRY_RUN, DryRun, SELECTOR};
use super::context::Cx;
use super::cordon;
use super::drain_filters::{Filters, PodDeleteList};
use super::failure::Failure;
use super::flags::{Flag, Parsed};
use super::machine::{Flow, Machine, Progress};
use crate::api::{AnyObject, Kind, Pod, StatusError};
use crate::apiserver::{Body, Method, object_path};
use crate::sim::{Time, go_duration};

const FLAGS: &[Flag] = &[
    Flag::off(
        "delete-emptydir-data",
        "Continue even if there are pods using emptyDir (local data that will be deleted when the node is drained).",
    ),
    Flag::off(
        "disable-eviction",
        "Force drain to use delete, even if eviction is supported. This will bypass checking PodDisruptionBudgets, use with caution.",
    ),
    Flag::off(
        "force",
        "Continue even if there are pods that do not declare a controller.",
    ),
    Flag::int(
        "grace-period",
        "-1",
        "Period of time in seconds given to each pod to terminate gracefully. If negative, the default value specified in the pod will be used.",
    ),
    Flag::off("ignore-daemonsets", "Ignore DaemonSet-managed pods."),
    Flag::text("pod-selector", "", "Label selector to filter pods on the node"),
    Flag::int(
        "skip-wait-for-delete-timeout",
        "0",
        "If pod DeletionTimestamp older than N seconds, skip waiting for the pod.  Seconds must be greater than 0 to skip.",
    ),
    Flag::duration(
        "timeout",
        "0s",
        "The length of time to wait before giving up, zero means infinite",
    ),
];

/// The command.
pub(crate) const COMMAND: Command = Command {
    usage: "NODE",
    flags: &[FLAGS, SELECTOR, DRY_RUN, CHUNK_SIZE],
    run: Some(run),
    ..Command::named("drain", "Drain node in preparation for maintenance")
};

/// How often it looks whether a Pod is gone.
const POLL: Duration = Duration::from_secs(1);
/// How long it waits after a budget refused an eviction.
const RETRY: Duration = Duration::from_secs(5);

/// A drain that goes on: one node after the other.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Draining {
    filters: Filters,
    grace_period_secs: Option<i64>,
    evict: bool,
    dry_run: Dry,
    timeout: Option<Duration>,
    nodes: Vec<String>,
    current: Option<Current>,
    failed: Vec<(String, String)>,
}

/// [`DryRun`] as it is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Dry {
    No,
    Client,
    Server,
}

/// The node that is being drained.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Current {
    until: Option<Time>,
    pods: Vec<Leaving>,
    errors: Vec<String>,
}

/// A Pod on its way.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Leaving {
    namespace: String,
    name: String,
    uid: String,
    /// Its eviction is under way.
    asked: bool,
    /// When to ask or to look again.
    at: Time,
}

fn run(cx: &mut Cx<'_>, parsed: &Parsed) -> Result<Flow, Failure> {
    let dry_run = DryRun::of(cx, parsed)?;
    let nodes = cordon::nodes(cx, parsed, "drain")?;
    cordon::mark(cx, &nodes, true, dry_run);
    let grace = parsed.int("grace-period");
    let draining = Draining {
        filters: Filters {
            force: parsed.on("force"),
            ignore_daemon_sets: parsed.on("ignore-daemonsets"),
            delete_emptydir_data: parsed.on("delete-emptydir-data"),
            skip_deleted_after_secs: parsed.int("skip-wait-for-delete-timeout"),
            pod_selector: parsed.text("pod-selector").to_owned(),
        },
        grace_period_secs: (grace >= 0).then_some(grace),
        evict: !parsed.on("disable-eviction"),
        dry_run: match dry_run {
            DryRun::No => Dry::No,
            DryRun::Client => Dry::Client,
            DryRun::Server => Dry::Server,
        },
        timeout: parsed.duration("timeout").filter(|timeout| !timeout.is_zero()),
        nodes: nodes.into_iter().map(|info| info.name).collect(),
        current: None,
        failed: Vec::new(),
    };
    Ok(Flow::Wait(Box::new(Machine::Drain(draining))))
}

impl Draining {
    pub(crate) fn poll(&mut self, cx: &mut Cx<'_>) -> Result<Progress, Failure> {
        while let Some(node) = self.nodes.first().cloned() {
            let ended = match self.current.take() {
                None => self.begin(cx, &node),
                Some(current) => self.go_on(cx, &node, current),
            };
            match ended {
                Ok(true) => cx.say(&format!("node/{node} drained{}", self.suffix())),
                Ok(false) => return Ok(Progress::Blocked(self.wake_at())),
                Err(why) => {
                    cx.warn(&format!(
                        "error: unable to drain node {node:?} due to error: {why}, continuing command..."
                    ));
                    self.failed.push((node, why));
                }
            }
            self.nodes.remove(0);
        }
        if self.failed.is_empty() {
            return Ok(Progress::Done(0));
        }
        cx.warn("There are pending nodes to be drained:");
        for (node, _) in &self.failed {
            cx.warn(&format!(" {node}"));
        }
        let said = self.failed.drain(..).map(|(_, why)| Failure::Plain(why));
        Err(Failure::Many(said.collect()))
    }

    fn suffix(&self) -> &'static str {
        match self.dry_run {
            Dry::No => "",
            Dry::Client => " (dry run)",
            Dry::Server => " (server dry run)",
        }
    }

    fn wake_at(&self) -> Option<Time> {
        let current = self.current.as_ref()?;
        current.pods.iter().map(|pod| pod.at).min()
    }

    /// Chooses the Pods of a node; answers whether nothing is left to do.
    fn begin(&mut self, cx: &mut Cx<'_>, node: &str) -> Result<bool, String> {
        let list = self.filters.pods_for_deletion(cx, node)?;
        list.refused()?;
        let warnings = list.warnings();
        if !warnings.is_empty() {
            cx.warn(&format!("Warning: {warnings}"));
        }
        if self.dry_run == Dry::Client {
            for pod in list.pods() {
                cx.say(&format!(
                    "evicting pod {}/{} (dry run)",
                    pod.namespace(),
                    pod.name()
                ));
            }
            return Ok(true);
        }
        let now = cx.api.now();
        let mut current = Current {
            until: self.timeout.map(|timeout| now + timeout),
            pods: list.pods().map(|pod| Leaving::new(pod, now)).collect(),
            errors: Vec::new(),
        };
        if !self.evict {
            for pod in &mut current.pods {
                match self.ask(cx, pod) {
                    Err(error) if !error.is_not_found() => {
                        return Err(self.pending(cx, node, said(&error)));
                    }
                    _ => pod.asked = true,
                }
            }
        }
        self.go_on(cx, node, current)
    }

    fn go_on(&mut self, cx: &mut Cx<'_>, node: &str, mut current: Current) -> Result<bool, String> {
        let now = cx.api.now();
        let mut pods = std::mem::take(&mut current.pods);
        for pod in &mut pods {
            if self.evict && !pod.asked && pod.at <= now {
                self.evict(cx, pod, &mut current);
            }
        }
        pods.retain_mut(|pod| pod.at > now || !self.is_done(cx, pod, &mut current));
        current.pods = pods;
        if !current.pods.is_empty() {
            self.current = Some(current);
            return Ok(false);
        }
        if current.errors.is_empty() {
            return Ok(true);
        }
        let why = aggregate(&current.errors);
        Err(self.pending(cx, node, why))
    }

    /// Asks for an eviction, and says so.
    fn evict(&self, cx: &mut Cx<'_>, pod: &mut Leaving, current: &mut Current) {
        cx.say(&format!(
            "evicting pod {}/{}{}",
            pod.namespace,
            pod.name,
            self.suffix()
        ));
        let about = format!("pods/{:?} -n {:?}", pod.name, pod.namespace);
        let now = cx.api.now();
        if current.until.is_some_and(|until| until <= now) {
            let timeout = self.timeout.unwrap_or_default();
            current.errors.push(format!(
                "error when evicting {about}: global timeout reached: {}",
                go_duration(timeout)
            ));
            pod.uid.clear();
            return;
        }
        match self.ask(cx, pod) {
            Ok(()) => pod.asked = true,
            Err(error) if error.is_not_found() => pod.uid.clear(),
            Err(error) if error.code == 429 => {
                cx.warn(&format!(
                    "error when evicting {about} (will retry after 5s): {}",
                    error.message
                ));
                pod.at = now + RETRY;
            }
            Err(error) => {
                current
                    .errors
                    .push(format!("error when evicting {about}: {}", error.message));
                pod.uid.clear();
            }
        }
    }

    /// Whether a Pod needs no more looking after; one whose UID was cleared was given up.
    fn is_done(&self, cx: &mut Cx<'_>, pod: &mut Leaving, current: &mut Current) -> bool {
        if pod.uid.is_empty() || (pod.asked && self.dry_run == Dry::Server) {
            return true;
        }
        let now = cx.api.now();
        let found = match cx.get_object(Kind::Pod, &pod.namespace, &pod.name) {
            Ok(found) if found.uid() == pod.uid => found,
            Err(error) if !error.is_not_found() => {
                current.errors.push(format!(
                    "error when waiting for pod {:?} in namespace {:?} to terminate: {}",
                    pod.name, pod.namespace, error.message
                ));
                return true;
            }
            _ => {
                let done = if self.evict { "evicted" } else { "deleted" };
                cx.say(&format!("pod/{} {done}", pod.name));
                return true;
            }
        };
        let secs = self.filters.skip_deleted_after_secs;
        if found
            .get::<Pod>()
            .is_some_and(|pod| self.filters.is_skipped(pod, now))
        {
            cx.say(&format!(
                "pod {:?} has DeletionTimestamp older than {secs} seconds, skipping",
                pod.name
            ));
            return true;
        }
        if current.until.is_some_and(|until| until <= now) {
            let timeout = go_duration(self.timeout.unwrap_or_default());
            let why = format!("global timeout reached: {timeout}");
            current.errors.push(if self.evict {
                format!(
                    "error when waiting for pod {:?} in namespace {:?} to terminate: {why}",
                    pod.name, pod.namespace
                )
            } else {
                why
            });
            return true;
        }
        pod.at = now + POLL;
        false
    }

    /// Deletes or evicts a Pod.
    fn ask(&self, cx: &mut Cx<'_>, pod: &Leaving) -> Result<(), StatusError> {
        let mut options = json!({"apiVersion": "v1", "kind": "DeleteOptions"});
        if let Some(map) = options.as_object_mut() {
            if let Some(secs) = self.grace_period_secs {
                map.insert("gracePeriodSeconds".to_owned(), json!(secs));
            }
            if self.dry_run == Dry::Server {
                map.insert("dryRun".to_owned(), json!(["All"]));
            }
        }
        let path = object_path(Kind::Pod, &pod.namespace, &pod.name);
        let request = if self.evict {
            let eviction = json!({
                "apiVersion": "policy/v1", "kind": "Eviction",
                "metadata": {"name": pod.name, "namespace": pod.namespace}, "deleteOptions": options,
            });
            cx.request(Method::Post, format!("{path}/eviction"))
                .with_body(Body::Json(eviction))
        } else {
            cx.request(Method::Delete, path).with_body(Body::Json(options))
        };
        cx.send(request).map(|_| ())
    }

    /// Says which Pods are still there after an error, and gives it back.
    fn pending(&self, cx: &mut Cx<'_>, node: &str, why: String) -> String {
        let left = self
            .filters
            .pods_for_deletion(cx, node)
            .unwrap_or_else(|_| PodDeleteList::default());
        let mut pods = left.pods().peekable();
        if pods.peek().is_some() {
            cx.warn(&format!(
                "There are pending pods in node {node:?} when an error occurred: {why}"
            ));
            for pod in pods {
                cx.warn(&format!("pod/{}", pod.name()));
            }
        }
        why
    }
}

impl Leaving {
    fn new(pod: &Pod, at: Time) -> Self {
        Self {
            namespace: pod.namespace().to_owned(),
            name: pod.name().to_owned(),
            uid: pod.uid().to_owned(),
            asked: false,
            at,
        }
    }
}

fn said(error: &StatusError) -> String {
    error.message.clone()
}

/// Several errors in one line (`utilerrors.NewAggregate`), doubles left out.
pub(super) fn aggregate(errors: &[String]) -> String {
    let mut unique: Vec<&str> = Vec::new();
    for error in errors {
        if !unique.contains(&error.as_str()) {
            unique.push(error);
        }
    }
    match unique.as_slice() {
        [one] => (*one).to_owned(),
        several => format!("[{}]", several.join(", ")),
    }
}

impl Filters {
    /// The Pods of a node, and what is to become of each (`GetPodsForDeletion`).
    fn pods_for_deletion(&self, cx: &mut Cx<'_>, node: &str) -> Result<PodDeleteList, String> {
        let fields = format!("spec.nodeName={node}");
        let listed = cx
            .list(Kind::Pod, "", &self.pod_selector, &fields)
            .map_err(|error| error.message)?;
        let now = cx.api.now();
        let mut list = PodDeleteList::default();
        for pod in listed.items.iter().filter_map(AnyObject::get::<Pod>) {
            let owner =
                |name: &str| -> Result<Value, StatusError> { cx.get(Kind::DaemonSet, pod.namespace(), name) };
            list.add(pod, self.judge(pod, now, owner));
        }
        Ok(list)
    }
}
