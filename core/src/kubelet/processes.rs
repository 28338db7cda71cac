//! What runs inside the containers of a Pod: their processes are run when their time has come, their output becomes the log, and
//! whoever is attached hears of it (`pkg/kubelet/server/streaming`).

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::container::{Container, State};
use super::worker::PodWorker;
use super::{Host, Kubelet, Machinery, requests, volumes};
use crate::api::types::core::Container as ContainerSpec;
use crate::api::{Pod, StatusError};
use crate::apiserver::ExecRequest;
use crate::client::Env;
use crate::runtime::{Command, Generated, Instance, Surroundings, Volumes};
use crate::sh::Chunk;
use crate::sim::Time;
use crate::userland::Identity;

/// How long the runtime takes to start a command in a container.
const EXEC_TIME: Duration = Duration::from_millis(12);

/// Somebody who is attached to a container.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Stream {
    uid: String,
    container: String,
    /// The session of the command; 0 is the container's own.
    session: u64,
    /// The instance of the container that it is attached to.
    id: String,
    output: Vec<Chunk>,
    ended: Option<i32>,
}

/// What came over a stream.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Streamed {
    /// What was printed.
    pub output: Vec<Chunk>,
    /// The exit code once the command has ended.
    pub ended: Option<i32>,
}

/// The present instance of a container, and where it is; `None` before it has one.
pub(super) fn enter<'a>(
    worker: &'a mut PodWorker,
    env: &mut Env<'_>,
    host: &'a mut Host<'_>,
    index: usize,
) -> Option<(&'a mut Instance, Surroundings<'a>)> {
    volumes::add_token(worker, env, host);
    let now = env.sim.now;
    let generated = generated(worker, host);
    let PodWorker {
        pod,
        containers,
        volumes,
        ..
    } = worker;
    let container = containers.get_mut(index)?;
    let mut specs = pod
        .spec
        .init_containers
        .iter()
        .flatten()
        .chain(&pod.spec.containers);
    let spec = match &container.ephemeral {
        Some(own) => &**own,
        None => specs.find(|spec| spec.name == container.name)?,
    };
    let facts = host.catalog.facts(&container.image.as_ref()?.reference);
    let identity = identity(pod, spec, facts.user, Arc::clone(&generated.hostname));
    let read_only = spec
        .security_context
        .as_ref()
        .is_some_and(|context| context.read_only_root_filesystem == Some(true));
    let around = Surroundings {
        now,
        image: facts,
        read_only,
        mounts: &container.mounts,
        volumes: Volumes {
            pod: &mut volumes.folders,
            node: host.files,
            claims: host.claims,
        },
        generated,
        identity,
    };
    Some((&mut container.live, around))
}

/// What is made for a Pod's containers: once for each address, as every request and every look at a process asks for it.
fn generated(worker: &mut PodWorker, host: &Host<'_>) -> Arc<Generated> {
    let ip = worker.address();
    if let Some(known) = worker.generated.as_ref().filter(|known| known.ip == ip) {
        return Arc::clone(known);
    }
    let pod = &worker.pod;
    let generated = Arc::new(Generated {
        hostname: hostname(pod, host).into(),
        ip: ip.to_owned(),
        namespace: pod.namespace().to_owned(),
        resolv_conf: super::resolv::resolv_conf(pod),
        aliases: super::resolv::aliases(pod),
    });
    worker.generated = Some(Arc::clone(&generated));
    generated
}

/// The command line of a server that no process of ours stands for.
pub(super) fn served_by(spec: &ContainerSpec, container: &Container) -> String {
    let words: Vec<String> = [&spec.command, &spec.args]
        .into_iter()
        .flatten()
        .flatten()
        .cloned()
        .collect();
    if words.is_empty() {
        container.name.clone()
    } else {
        words.join(" ")
    }
}

/// The name that the Pod's containers see.
pub(super) fn hostname(pod: &Pod, host: &Host<'_>) -> String {
    if pod.spec.host_network == Some(true) {
        return host.spec.name.clone();
    }
    let name = pod
        .spec
        .hostname
        .as_deref()
        .filter(|name| !name.is_empty())
        .unwrap_or(pod.name());
    name.get(..63).unwrap_or(name).to_owned()
}

/// The user that a container runs as.
pub(super) fn user(pod: &Pod, spec: &ContainerSpec, image_user: i64) -> i64 {
    let own = spec.security_context.as_ref();
    let shared = pod.spec.security_context.as_ref();
    own.and_then(|context| context.run_as_user)
        .or_else(|| shared.and_then(|context| context.run_as_user))
        .unwrap_or(image_user)
}

fn identity(pod: &Pod, spec: &ContainerSpec, image_user: i64, host: Arc<str>) -> Identity {
    let own = spec.security_context.as_ref();
    let shared = pod.spec.security_context.as_ref();
    let uid = user(pod, spec, image_user);
    let gid = own
        .and_then(|context| context.run_as_group)
        .or_else(|| shared.and_then(|context| context.run_as_group))
        .unwrap_or(0);
    Identity {
        host,
        user: match uid {
            0 => "root",
            65_534 => "nobody",
            _ => "",
        }
        .into(),
        uid,
        gid,
    }
}

/// Runs the processes of a Pod whose time has come; answers whether any of them ended.
pub(super) fn run_due(worker: &mut PodWorker, env: &mut Env<'_>, host: &mut Host<'_>) -> bool {
    let now = env.sim.now;
    let mut ended = false;
    for index in 0..worker.containers.len() {
        let due = worker
            .containers
            .get(index)
            .and_then(|container| container.live.processes.as_ref()?.wake_at())
            .is_some_and(|at| at <= now);
        if due {
            ended |= run(worker, env, host, index);
        }
    }
    ended
}

fn run(worker: &mut PodWorker, env: &mut Env<'_>, host: &mut Host<'_>, index: usize) -> bool {
    let name = worker
        .containers
        .get(index)
        .map(|container| container.name.as_str());
    let limits = requests::limits(name.and_then(|name| worker.spec_of(name)), host.spec.cpu_millis);
    let Some((live, around)) = enter(worker, env, host, index) else {
        return false;
    };
    let ran = live.run(around, limits);
    let out_of_memory = live.out_of_memory;
    super::network::collect(worker, host, index);
    let Some(container) = worker.containers.get_mut(index) else {
        return false;
    };
    let uid = worker.pod.uid();
    for stream in host
        .streams
        .values_mut()
        .filter(|stream| stream.uid == uid && stream.container == container.name)
    {
        if stream.session == 0 {
            stream.output.extend(ran.output.iter().cloned());
            if stream.id != container.id || !container.is_running() {
                stream.ended.get_or_insert(0);
            } else if let Some(code) = ran.ended {
                stream.ended.get_or_insert(code);
            }
        }
        *host.spoke = true;
    }
    ran.ended.is_some() || ran.other_ended || !ran.signals.is_empty() || out_of_memory
}

/// Starts a command in a container that runs; its session, or why not.
pub(super) fn exec(
    worker: &mut PodWorker,
    env: &mut Env<'_>,
    host: &mut Host<'_>,
    index: usize,
    (argv, stdin, terminal): (&[String], bool, bool),
) -> Result<u64, String> {
    let not_found = || "container not found".to_owned();
    let container = worker
        .containers
        .get(index)
        .filter(|container| container.is_running());
    let container = container.ok_or_else(not_found)?;
    let mut variables = (*container.live.env).clone();
    if terminal {
        variables.insert("TERM".to_owned(), "xterm".to_owned());
    }
    let cwd = worker
        .spec_of(&container.name)
        .and_then(|spec| spec.working_dir.clone())
        .unwrap_or_default();
    let command = Command {
        argv: argv.to_vec(),
        env: variables,
        cwd,
        stdin,
        terminal,
    };
    let (live, around) = enter(worker, env, host, index).ok_or_else(not_found)?;
    live.exec(command, around)
}

impl Kubelet {
    /// Attaches somebody to a container, or starts a command in it.
    ///
    /// # Errors
    ///
    /// When the container does not run, or has no such program.
    pub fn open(
        &mut self,
        env: &mut Env<'_>,
        machinery: &mut Machinery<'_>,
        request: &ExecRequest,
    ) -> Result<u64, StatusError> {
        let (workers, mut host) = self.split(machinery);
        let refuse = |message: String| StatusError::new(500, "InternalError", &message);
        let not_found = || {
            refuse(format!(
                "unable to upgrade connection: container not found (\"{}\")",
                request.container
            ))
        };
        let worker = workers
            .values_mut()
            .find(|worker| worker.pod.namespace() == request.namespace && worker.pod.name() == request.pod)
            .ok_or_else(not_found)?;
        let index = worker
            .containers
            .iter()
            .position(|container| container.name == request.container && container.is_running())
            .ok_or_else(not_found)?;
        let session = match &request.command {
            None => 0,
            Some(argv) => exec(worker, env, &mut host, index, (argv, request.stdin, request.terminal)).map_err(|why| {
                let id = format!("{:016x}", env.sim.rng.draw("exec", &request.pod, env.sim.now.as_micros()));
                refuse(format!(
                    "Internal error occurred: error executing command in container: failed to exec in container: failed to start exec \"{id}\": OCI runtime exec failed: exec failed: unable to start container process: {why}"
                ))
            })?,
        };
        let container = worker.containers.get(index).ok_or_else(not_found)?;
        let stream = Stream {
            uid: worker.pod.uid().to_owned(),
            container: request.container.clone(),
            session,
            id: container.id.clone(),
            output: Vec::new(),
            ended: None,
        };
        let uid = stream.uid.clone();
        let id = host.streams.keys().next_back().map_or(1, |last| last + 1);
        host.streams.insert(id, stream);
        self.plan_processes(&uid, env.sim.now + EXEC_TIME);
        Ok(id)
    }

    /// Says something over a stream, and takes what came.
    pub fn stream(&mut self, id: u64, input: &[u8], input_ended: bool, now: Time) -> Streamed {
        let Some(stream) = self.streams.get_mut(&id) else {
            return Streamed {
                output: Vec::new(),
                ended: Some(137),
            };
        };
        let uid = stream.uid.clone();
        let container = self.workers.get_mut(&uid).and_then(|worker| {
            let mut containers = worker.containers.iter_mut();
            containers.find(|container| container.name == stream.container && container.id == stream.id)
        });
        let mut streamed = Streamed {
            output: std::mem::take(&mut stream.output),
            ended: stream.ended,
        };
        match container {
            Some(container) => {
                let running = matches!(container.state, State::Running { .. });
                if let Some(processes) = &mut container.live.processes {
                    if !input.is_empty() || input_ended {
                        processes.feed(stream.session, input, input_ended, now);
                    }
                    if stream.session != 0 {
                        let (output, ended) = processes.take(stream.session);
                        streamed.output.extend(output);
                        streamed.ended = streamed.ended.or(ended);
                    }
                } else if stream.session != 0 || !running {
                    streamed
                        .ended
                        .get_or_insert(if stream.session == 0 { 0 } else { 137 });
                }
            }
            None => {
                streamed
                    .ended
                    .get_or_insert(if stream.session == 0 { 0 } else { 137 });
            }
        }
        if streamed.ended.is_some() {
            self.streams.remove(&id);
        } else if !input.is_empty() || input_ended {
            self.plan_processes(&uid, now);
        }
        streamed
    }
}

/// The environment that the runtime adds to a container's own.
pub(super) fn runtime_variables(
    variables: &mut super::environment::Variables,
    image: &crate::runtime::ImageFacts,
    (hostname, uid): (&str, i64),
) {
    let path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    for (name, value) in &image.env {
        variables.entry(name.clone()).or_insert_with(|| value.clone());
    }
    for (name, value) in [
        ("PATH", path),
        ("HOSTNAME", hostname),
        ("HOME", if uid == 0 { "/root" } else { "/" }),
    ] {
        variables
            .entry(name.to_owned())
            .or_insert_with(|| value.to_owned());
    }
}
