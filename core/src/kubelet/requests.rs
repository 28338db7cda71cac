//! Requests that come to a Pod's containers: from the network, and from the kubelet's own probes and hooks.

use std::time::Duration;

use super::container::Container;
use super::worker::PodWorker;
use super::{Host, Kubelet, Machinery, processes};
use crate::api::quantity::amount;
use crate::api::types::IntOrString;
use crate::api::types::core::{Container as ContainerSpec, HTTPGetAction, PodSpec};
use crate::client::Env;
use crate::runtime::Limits;
use crate::runtime::traffic::{HttpReply, HttpRequest, Payload, Refused, Reply, Request, Served};

/// What the kubelet's requests say they come from.
const USER_AGENT: &str = "kube-probe/1.36";

/// What a container may use.
pub(super) fn limits(spec: Option<&ContainerSpec>, cpu_millis: i64) -> Limits {
    let limits = spec.and_then(|spec| spec.resources.as_ref()?.limits.as_ref());
    let limit = |name: &str| limits.and_then(|limits| limits.get(name)).map(amount);
    Limits {
        cpu_millis: limit("cpu").and_then(|found| u64::try_from(found.nanos / 1_000_000).ok()),
        memory_bytes: limit("memory").and_then(|found| u64::try_from(found.units()).ok()),
        cpus: cpu_millis.unsigned_abs() / 1_000,
    }
}

/// What runc itself needs to start a container, in bytes.
const LEAST_MEMORY: u64 = 4 << 20;

impl Limits {
    /// Whether not even runc can run in so little memory.
    pub(super) fn starve(self) -> bool {
        self.memory_bytes.is_some_and(|bytes| bytes < LEAST_MEMORY)
    }
}

/// Whether the Pod's control group leaves too little memory to start anything: it has a limit when every container has one
/// (`ResourceConfigForPod`).
pub(super) fn starves(pod: &PodSpec) -> bool {
    let each = |containers: &[ContainerSpec]| -> Option<Vec<u64>> {
        let limits = containers.iter().map(|spec| limits(Some(spec), 0).memory_bytes);
        limits.collect()
    };
    let init = each(pod.init_containers.as_deref().unwrap_or_default());
    let (Some(init), Some(main)) = (init, each(&pod.containers)) else {
        return false;
    };
    main.iter().sum::<u64>().max(init.into_iter().max().unwrap_or(0)) < LEAST_MEMORY
}

/// Asks one container.
pub(super) fn ask(
    worker: &mut PodWorker,
    env: &mut Env<'_>,
    host: &mut Host<'_>,
    index: usize,
    request: &Request,
) -> Result<Served, Refused> {
    let Some(container) = worker
        .containers
        .get(index)
        .filter(|container| container.is_running())
    else {
        return Err(Refused::Closed);
    };
    let limits = limits(worker.spec_of(&container.name), host.spec.cpu_millis);
    let (id, rng) = (container.id.clone(), env.sim.rng);
    let (live, around) = processes::enter(worker, env, host, index).ok_or(Refused::Closed)?;
    live.serve(request, around, (&id, rng, limits))
}

/// Asks a container over HTTP as the kubelet does; the failure in its words.
pub(super) fn http_get(
    worker: &mut PodWorker,
    env: &mut Env<'_>,
    host: &mut Host<'_>,
    index: usize,
    (action, timeout): (&HTTPGetAction, Duration),
) -> Result<HttpReply, String> {
    let path = action.path.as_deref().unwrap_or("/");
    let scheme = action.scheme.as_deref().unwrap_or("HTTP").to_lowercase();
    let address = action.host.clone().unwrap_or_else(|| worker.ip());
    let Some(port) = port_number(worker, index, &action.port) else {
        return Err(unknown_port(&action.port));
    };
    let authority = format!("{address}:{port}");
    let mut asked = HttpRequest::get(&authority, path);
    asked.headers = vec![
        ("User-Agent".to_owned(), USER_AGENT.to_owned()),
        ("Accept".to_owned(), "*/*".to_owned()),
    ];
    for header in action.http_headers.iter().flatten() {
        if header.name.eq_ignore_ascii_case("host") {
            asked.host.clone_from(&header.value);
        } else {
            asked.headers.push((header.name.clone(), header.value.clone()));
        }
    }
    let request = Request {
        source: host.spec.address.to_string(),
        port,
        payload: Payload::Http(asked),
    };
    let url = format!("Get \"{scheme}://{authority}{path}\"");
    let late =
        || format!("{url}: context deadline exceeded (Client.Timeout exceeded while awaiting headers)");
    match ask(worker, env, host, index, &request) {
        Ok(served) if served.latency > timeout => Err(late()),
        Ok(Served {
            reply: Reply::Http(reply),
            ..
        }) => Ok(reply),
        // Who has to ask somebody else first is taken at its word.
        Ok(Served {
            reply: Reply::Call(call),
            ..
        }) => Ok(call.answer),
        Ok(_) => Err(format!("{url}: EOF")),
        Err(Refused::Silent) => Err(late()),
        Err(Refused::Reset) => Err(format!("{url}: EOF")),
        Err(Refused::Closed | Refused::Gone) => Err(format!(
            "{url}: dial tcp {authority}: connect: connection refused"
        )),
    }
}

/// Opens a connection to a container; the failure in the kubelet's words.
pub(super) fn connect(
    worker: &mut PodWorker,
    env: &mut Env<'_>,
    host: &mut Host<'_>,
    index: usize,
    port: &IntOrString,
) -> Result<(), String> {
    let Some(number) = port_number(worker, index, port) else {
        return Err(unknown_port(port));
    };
    let request = Request {
        source: host.spec.address.to_string(),
        port: number,
        payload: Payload::Tcp,
    };
    let address = format!("{}:{number}", worker.ip());
    match ask(worker, env, host, index, &request) {
        Ok(_) => Ok(()),
        Err(Refused::Silent) => Err(format!("dial tcp {address}: i/o timeout")),
        Err(_) => Err(format!("dial tcp {address}: connect: connection refused")),
    }
}

fn unknown_port(port: &IntOrString) -> String {
    match port {
        IntOrString::Int(port) => format!("invalid port number: {port}"),
        IntOrString::String(name) => format!("couldn't find port: {name:?}"),
    }
}

/// The number of a port, which a container may have given a name.
fn port_number(worker: &PodWorker, index: usize, port: &IntOrString) -> Option<u16> {
    let number = match port {
        IntOrString::Int(port) => *port,
        IntOrString::String(name) => {
            let spec = worker.spec_of(&worker.containers.get(index)?.name)?;
            let mut named = spec.ports.iter().flatten();
            match named.find(|port| port.name.as_ref() == Some(name)) {
                Some(port) => port.container_port,
                None => name.parse().ok()?,
            }
        }
    };
    u16::try_from(number).ok().filter(|number| *number > 0)
}

impl Kubelet {
    /// A request has come to the Pod with this UID: the container that listens on its port answers.
    ///
    /// # Errors
    ///
    /// When there is no such Pod, nothing listens on the port, or what does gives no answer.
    pub fn serve(
        &mut self,
        env: &mut Env<'_>,
        machinery: &mut Machinery<'_>,
        uid: &str,
        request: &Request,
    ) -> Result<Served, Refused> {
        let now = env.sim.now;
        let (workers, mut host) = self.split(machinery);
        let worker = workers.get_mut(uid).ok_or(Refused::Gone)?;
        let listens =
            |container: &Container| container.is_running() && container.live.listens(request.port, now);
        let index = worker
            .containers
            .iter()
            .position(listens)
            .ok_or(Refused::Closed)?;
        let result = ask(worker, env, &mut host, index, request);
        // What it was asked may have ended it.
        if matches!(result, Err(Refused::Reset)) {
            self.plan_worker(uid, now);
        }
        result
    }

    /// How many requests the containers of a Pod have answered since they started.
    #[must_use]
    pub fn requests(&self, uid: &str) -> u64 {
        let containers = self.workers.get(uid).map(|worker| &worker.containers);
        let counts = containers
            .into_iter()
            .flatten()
            .map(|container| container.live.requests);
        counts.sum()
    }
}
