//! `kubectl rollout status`: what a rollout waits for, until it is done.

use serde::{Deserialize, Serialize};

use super::{pick, unsupported};
use crate::api::{AnyObject, DaemonSet, Deployment, StatefulSet};
use crate::apiserver::{Method, ResponseBody, Watch, collection_path};
use crate::etcd::ChangeType;
use crate::kubectl::command::Command;
use crate::kubectl::common::{FILENAME, SELECTOR};
use crate::kubectl::context::Cx;
use crate::kubectl::failure::Failure;
use crate::kubectl::flags::{Flag, Parsed};
use crate::kubectl::machine::{Flow, Machine, Progress};
use crate::kubectl::resources::Info;
use crate::sim::Time;

const FLAGS: &[Flag] = &[
    Flag::int(
        "revision",
        "0",
        "Pin to a specific revision for showing its status. Defaults to 0 (last revision).",
    ),
    Flag::duration(
        "timeout",
        "0s",
        "The length of time to wait before ending watch, zero means never.",
    ),
    Flag::switch(
        "watch",
        "true",
        "Watch the status of the rollout until it's done.",
    )
    .short('w'),
];

/// The command.
pub(super) const COMMAND: Command = Command {
    usage: "(TYPE NAME | TYPE/NAME) [flags]",
    flags: &[FLAGS, FILENAME, SELECTOR],
    run: Some(run),
    ..Command::named("status", "Show the status of the rollout")
};

/// Rollouts that are watched one after the other.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Watching {
    infos: Vec<Info>,
    current: Option<Watch>,
    revision: i64,
    watch: bool,
    timeout: Option<std::time::Duration>,
    until: Option<Time>,
}

fn run(cx: &mut Cx<'_>, parsed: &Parsed) -> Result<Flow, Failure> {
    if parsed.int("revision") < 0 {
        let revision = parsed.int("revision");
        return Err(Failure::Message(format!(
            "revision must be a positive integer: {revision}"
        )));
    }
    let infos = pick(cx, parsed)?.all()?;
    if infos.is_empty() {
        let message = format!("No resources found in {} namespace.", cx.namespace);
        cx.warn(&message);
        return Ok(Flow::Done(0));
    }
    Ok(Flow::Wait(Box::new(Machine::Rollout(Watching {
        infos,
        current: None,
        revision: parsed.int("revision"),
        watch: parsed.on("watch"),
        timeout: parsed.duration("timeout").filter(|timeout| !timeout.is_zero()),
        until: None,
    }))))
}

impl Watching {
    pub(crate) fn poll(&mut self, cx: &mut Cx<'_>) -> Result<Progress, Failure> {
        while let Some(info) = self.infos.first().cloned() {
            let done = match self.current.take() {
                None => self.begin(cx, &info)?,
                Some(mut watch) => {
                    let events = cx.api.watch_next(&mut watch)?;
                    self.current = Some(watch);
                    let mut done = false;
                    for event in events {
                        if event.change == ChangeType::Deleted {
                            return Err("object has been deleted".into());
                        }
                        done = self.show(cx, &info, &event.object)?;
                        if done {
                            break;
                        }
                    }
                    done
                }
            };
            if done {
                self.infos.remove(0);
                self.current = None;
            } else if self.until.is_some_and(|until| cx.api.now() >= until) {
                return Err("timed out waiting for the condition".into());
            } else {
                return Ok(Progress::Blocked(self.until));
            }
        }
        Ok(Progress::Done(0))
    }

    fn begin(&mut self, cx: &mut Cx<'_>, info: &Info) -> Result<bool, Failure> {
        self.until = self.timeout.map(|timeout| cx.api.now() + timeout);
        let fields = format!("metadata.name={}", info.name);
        let listed = cx.list(info.kind, &info.namespace, "", &fields)?;
        let request = cx
            .request(Method::Get, collection_path(info.kind, &info.namespace))
            .with_query("watch", "true")
            .with_query("resourceVersion", listed.revision.to_string())
            .with_query("fieldSelector", fields);
        let ResponseBody::Watch(watch) = cx.send(request)?.body else {
            return Err("the answer is no watch".into());
        };
        self.current = Some(watch);
        match listed.items.first() {
            Some(object) => self.show(cx, info, object),
            None => Ok(false),
        }
    }

    /// Says how a rollout stands; answers whether to stop.
    fn show(&self, cx: &mut Cx<'_>, info: &Info, object: &AnyObject) -> Result<bool, Failure> {
        let (status, done) = match object {
            AnyObject::Deployment(found) => status(found, self.revision)?,
            AnyObject::DaemonSet(found) => daemon_set(found)?,
            AnyObject::StatefulSet(found) => stateful_set(found)?,
            _ => return Err(unsupported(info, "status viewer")),
        };
        cx.say(&status);
        Ok(done || !self.watch)
    }
}

/// How the rollout of a Deployment stands (`DeploymentStatusViewer`).
fn status(deployment: &Deployment, revision: i64) -> Result<(String, bool), Failure> {
    use crate::api::meta::MetaExt;
    let name = deployment.name();
    if revision > 0 {
        let running: i64 = deployment
            .metadata
            .annotation(super::REVISION)
            .and_then(|text| text.parse().ok())
            .unwrap_or(0);
        if running != revision {
            return Err(Failure::Message(format!(
                "desired revision ({revision}) is different from the running revision ({running})"
            )));
        }
    }
    let state = &deployment.status;
    if deployment.metadata.generation.unwrap_or(0) > state.observed_generation.unwrap_or(0) {
        return Ok((
            "Waiting for deployment spec update to be observed...".to_owned(),
            false,
        ));
    }
    let late = state.conditions.iter().flatten().any(|condition| {
        condition.type_ == "Progressing" && condition.reason.as_deref() == Some("ProgressDeadlineExceeded")
    });
    if late {
        return Err(Failure::Message(format!(
            "deployment {name:?} exceeded its progress deadline"
        )));
    }
    let (wanted, updated) = (
        deployment.spec.replicas.unwrap_or(1),
        state.updated_replicas.unwrap_or(0),
    );
    let (all, available) = (state.replicas.unwrap_or(0), state.available_replicas.unwrap_or(0));
    let waiting = format!("Waiting for deployment {name:?} rollout to finish:");
    Ok(if updated < wanted {
        (
            format!("{waiting} {updated} out of {wanted} new replicas have been updated..."),
            false,
        )
    } else if all > updated {
        (
            format!(
                "{waiting} {} old replicas are pending termination...",
                all - updated
            ),
            false,
        )
    } else if available < updated {
        (
            format!("{waiting} {available} of {updated} updated replicas are available..."),
            false,
        )
    } else {
        (format!("deployment {name:?} successfully rolled out"), true)
    })
}

/// Only rolling updates can be watched.
fn only_rolling(type_: Option<&str>) -> Result<(), Failure> {
    match type_ {
        Some("RollingUpdate") => Ok(()),
        _ => Err("rollout status is only available for RollingUpdate strategy type".into()),
    }
}

/// How the rollout of a DaemonSet stands (`DaemonSetStatusViewer`).
fn daemon_set(set: &DaemonSet) -> Result<(String, bool), Failure> {
    let strategy = set.spec.update_strategy.as_ref();
    only_rolling(strategy.and_then(|strategy| strategy.type_.as_deref()))?;
    let state = &set.status;
    if set.metadata.generation.unwrap_or(0) > state.observed_generation.unwrap_or(0) {
        return Ok((
            "Waiting for daemon set spec update to be observed...".to_owned(),
            false,
        ));
    }
    let wanted = state.desired_number_scheduled;
    let updated = state.updated_number_scheduled.unwrap_or(0);
    let available = state.number_available.unwrap_or(0);
    let name = set.name();
    let waiting = format!("Waiting for daemon set {name:?} rollout to finish:");
    Ok(if updated < wanted {
        (
            format!("{waiting} {updated} out of {wanted} new pods have been updated..."),
            false,
        )
    } else if available < wanted {
        (
            format!("{waiting} {available} of {wanted} updated pods are available..."),
            false,
        )
    } else {
        (format!("daemon set {name:?} successfully rolled out"), true)
    })
}

/// How the rollout of a StatefulSet stands (`StatefulSetStatusViewer`).
fn stateful_set(set: &StatefulSet) -> Result<(String, bool), Failure> {
    let strategy = set.spec.update_strategy.as_ref();
    only_rolling(strategy.and_then(|strategy| strategy.type_.as_deref()))?;
    let (state, wanted) = (&set.status, set.spec.replicas.unwrap_or(1));
    let observed = state.observed_generation.unwrap_or(0);
    if observed == 0 || set.metadata.generation.unwrap_or(0) > observed {
        return Ok((
            "Waiting for statefulset spec update to be observed...".to_owned(),
            false,
        ));
    }
    let (ready, updated) = (
        state.ready_replicas.unwrap_or(0),
        state.updated_replicas.unwrap_or(0),
    );
    if ready < wanted {
        return Ok((
            format!("Waiting for {} pods to be ready...", wanted - ready),
            false,
        ));
    }
    let rolling = strategy.and_then(|strategy| strategy.rolling_update.as_ref());
    let revision = |name: &Option<String>| name.clone().unwrap_or_default();
    let (current, update) = (
        revision(&state.current_revision),
        revision(&state.update_revision),
    );
    // The API server always sets a partition, so that this is what is seen.
    Ok(if let Some(rolling) = rolling {
        let due = wanted - rolling.partition.unwrap_or(0);
        if updated < due {
            (
                format!(
                    "Waiting for partitioned roll out to finish: {updated} out of {due} new pods have been updated..."
                ),
                false,
            )
        } else {
            (
                format!("partitioned roll out complete: {updated} new pods have been updated..."),
                true,
            )
        }
    } else if update != current {
        (
            format!(
                "waiting for statefulset rolling update to complete {updated} pods at revision {update}..."
            ),
            false,
        )
    } else {
        let pods = state.current_replicas.unwrap_or(0);
        (
            format!("statefulset rolling update complete {pods} pods at revision {current}..."),
            true,
        )
    })
}
