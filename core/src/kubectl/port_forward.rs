//! `kubectl port-forward`: ports of this machine that lead to a Pod, through the API server and its kubelet
//! (`k8s.io/kubectl/pkg/cmd/portforward`, `k8s.io/client-go/tools/portforward`).
//!
//! The command holds the ports; who connects to one finds it in [`Forward`] and says through [`Io::connections`] how it went.

use serde::{Deserialize, Serialize};

use super::command::Command;
use super::context::Cx;
use super::failure::Failure;
use super::flags::{Flag, Parsed};
use super::logs::attachable_pod;
use super::machine::{Flow, Machine, Progress};
use crate::api::types::IntOrString;
use crate::api::types::core::{Container, ServicePort};
use crate::api::{AnyObject, Kind, Pod, Service};
use crate::apiserver::{Method, object_path};

const FLAGS: &[Flag] = &[
    Flag::list(
        "address",
        "Addresses to listen on (comma separated). Only accepts IP addresses or localhost as a value. When localhost is supplied, kubectl will try to bind on both 127.0.0.1 and ::1 and will fail if neither of these addresses are available to bind.",
    ),
    Flag::duration(
        "pod-running-timeout",
        "1m0s",
        "The length of time to wait until at least one pod is running",
    ),
];

/// The command.
pub(crate) const COMMAND: Command = Command {
    usage: "TYPE/NAME [options] [LOCAL_PORT:]REMOTE_PORT [...[LOCAL_PORT_N:]REMOTE_PORT_N]",
    flags: &[FLAGS],
    run: Some(run),
    ..Command::named("port-forward", "Forward one or more local ports to a pod")
};

/// Ports below this one are the administrator's.
const PRIVILEGED: u16 = 1_024;
/// From here on ports are free to be picked.
const ANY_PORT: u16 = 35_000;

/// Where a port of this machine leads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Forward {
    /// The Pod's namespace.
    pub namespace: String,
    /// The Pod's name.
    pub pod: String,
    /// Its UID: another Pod of the name is not meant.
    pub uid: String,
    /// The port in the Pod.
    pub port: u16,
}

/// The connections that came in at a port.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connections {
    /// How many.
    pub count: u32,
    /// The worst that one met.
    pub met: Met,
}

/// What became of a connection as far as the Pod's network.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Met {
    /// A process that listens.
    #[default]
    Somebody,
    /// The Pod, where nobody listens on the port.
    Nobody,
    /// Not even the Pod: it is gone, or its kubelet does not answer.
    Lost,
}

/// Ports that are held until the command is stopped, or the Pod is gone.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Forwarding {
    /// The ports of this machine, and where they lead.
    pub(super) ports: Vec<(u16, Forward)>,
}

fn run(cx: &mut Cx<'_>, parsed: &Parsed) -> Result<Flow, Failure> {
    let (resource, ports) = match parsed.args.as_slice() {
        [resource, ports @ ..] if !ports.is_empty() => (resource, ports),
        _ => {
            return Err(Failure::usage(
                "kubectl port-forward",
                "TYPE/NAME and list of ports are required for port-forward",
            ));
        }
    };
    let pod = attachable_pod(cx, resource)?;
    let service = service_named(cx, resource)?;
    let ports: Vec<(String, String)> = ports
        .iter()
        .map(|port| match &service {
            Some(service) => through_service(service, &pod, port),
            None => of_pod(&pod, port),
        })
        .collect::<Result<_, _>>()?;
    let phase = pod.status.phase.as_deref().unwrap_or_default();
    if phase != "Running" {
        return Err(Failure::Message(format!(
            "unable to forward port because pod is not running. Current status={phase}"
        )));
    }
    let ports: Vec<(u16, u16)> = ports.iter().map(numbers).collect::<Result<_, _>>()?;
    let addresses = addresses(parsed)?;
    let path = object_path(Kind::Pod, pod.namespace(), pod.name());
    let request = cx.request(Method::Post, format!("{path}/portforward"));
    cx.send(request)
        .map_err(|error| Failure::from(error).during("error upgrading connection"))?;
    let mut held = Vec::new();
    for (local, remote) in &ports {
        if let Some(local) = listen(cx, &addresses, &held, *local, *remote) {
            let forward = Forward {
                namespace: pod.namespace().to_owned(),
                pod: pod.name().to_owned(),
                uid: pod.uid().to_owned(),
                port: *remote,
            };
            held.push((local, forward));
        }
    }
    if held.is_empty() {
        let ports: Vec<String> = ports
            .iter()
            .map(|(local, remote)| format!("{{{local} {remote}}}"))
            .collect();
        return Err(Failure::Message(format!(
            "unable to listen on any of the requested ports: [{}]",
            ports.join(" ")
        )));
    }
    Ok(Flow::Wait(Box::new(Machine::PortForward(Forwarding {
        ports: held,
    }))))
}

fn service_named(cx: &mut Cx<'_>, resource: &str) -> Result<Option<Service>, Failure> {
    let Some((word, name)) = resource.split_once('/') else {
        return Ok(None);
    };
    if cx.kind_named(word)? != Kind::Service {
        return Ok(None);
    }
    let namespace = cx.namespace.clone();
    let object = cx.get_object(Kind::Service, &namespace, name)?;
    Ok(object.get::<Service>().cloned())
}

/// The two sides of `[LOCAL:]REMOTE`.
fn split(port: &str) -> (&str, &str) {
    match port.split_once(':') {
        Some((local, remote)) if !remote.contains(':') => (local, remote),
        Some((local, _)) => (local, local),
        None => (port, port),
    }
}

fn udp(remote: &str) -> Failure {
    Failure::Message(format!("UDP protocol is not supported for {remote}"))
}

/// A port of a Service, as the Pod behind it has it.
fn through_service(service: &Service, pod: &Pod, port: &str) -> Result<(String, String), Failure> {
    let (mut local, remote) = split(port);
    let entries = service.spec.ports.as_deref().unwrap_or_default();
    let number = match remote.parse::<i32>() {
        Ok(number) => number,
        Err(_) => {
            let named = entries.iter().find(|entry| entry.name.as_deref() == Some(remote));
            named.map(|entry| entry.port).ok_or_else(|| {
                let service = service.name();
                Failure::Message(format!(
                    "Service '{service}' does not have a named port '{remote}'"
                ))
            })?
        }
    };
    let shown = number.to_string();
    if local == remote {
        local = &shown;
    }
    let of_number = || entries.iter().filter(|entry| entry.port == number);
    let is_udp = |entry: &ServicePort| entry.protocol.as_deref() == Some("UDP");
    if of_number().any(is_udp) && of_number().all(is_udp) {
        return Err(udp(remote));
    }
    let Some(entry) = of_number().next() else {
        let service = service.name();
        return Err(Failure::Message(format!(
            "Service {service} does not have a service port {number}"
        )));
    };
    let target = match &entry.target_port {
        _ if service.spec.cluster_ip.as_deref() == Some("None") => number,
        None | Some(IntOrString::Int(0)) => number,
        Some(IntOrString::Int(target)) => *target,
        Some(IntOrString::String(name)) => named_port(pod, name)?,
    };
    Ok((local.to_owned(), target.to_string()))
}

fn named_port(pod: &Pod, name: &str) -> Result<i32, Failure> {
    let ports = pod
        .spec
        .containers
        .iter()
        .filter_map(|found| found.ports.as_ref());
    let mut named = ports.flatten().filter(|port| port.name.as_deref() == Some(name));
    named.next().map(|port| port.container_port).ok_or_else(|| {
        let pod = pod.name();
        Failure::Message(format!("Pod '{pod}' does not have a named port '{name}'"))
    })
}

/// A port of a Pod, by number or by name.
fn of_pod(pod: &Pod, port: &str) -> Result<(String, String), Failure> {
    let (local, remote) = split(port);
    if remote.is_empty() {
        return Err("remote port cannot be empty".into());
    }
    let number = match remote.parse::<i64>() {
        Ok(_) => remote.to_owned(),
        Err(_) => named_port(pod, remote)?.to_string(),
    };
    let declared = |container: &Container| {
        let ports = container.ports.clone().unwrap_or_default();
        ports
            .into_iter()
            .filter(|port| port.container_port.to_string() == number)
    };
    let found: Vec<_> = pod.spec.containers.iter().flat_map(declared).collect();
    if !found.is_empty() && found.iter().all(|port| port.protocol.as_deref() == Some("UDP")) {
        return Err(udp(remote));
    }
    let local = if local == remote { &number } else { local };
    Ok((local.to_owned(), number.clone()))
}

/// Go's `strconv.ParseUint(text, 10, 16)`.
fn number(side: &str, text: &str) -> Result<u16, Failure> {
    text.parse().map_err(|_| {
        let why = if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
            "value out of range"
        } else {
            "invalid syntax"
        };
        Failure::Message(format!(
            "error parsing {side} port '{text}': strconv.ParseUint: parsing {text:?}: {why}"
        ))
    })
}

fn numbers((local, remote): &(String, String)) -> Result<(u16, u16), Failure> {
    let local = number("local", if local.is_empty() { "0" } else { local })?;
    match number("remote", remote)? {
        0 => Err("remote port must be > 0".into()),
        remote => Ok((local, remote)),
    }
}

/// The addresses to listen on, as they are shown.
fn addresses(parsed: &Parsed) -> Result<Vec<String>, Failure> {
    let mut shown = Vec::new();
    let asked = parsed.list("address");
    for address in asked {
        match (address.as_str(), address.parse()) {
            ("localhost", _) => shown.extend(["127.0.0.1".to_owned(), "[::1]".to_owned()]),
            (_, Ok(std::net::IpAddr::V4(address))) => shown.push(address.to_string()),
            (_, Ok(std::net::IpAddr::V6(address))) => shown.push(format!("[{address}]")),
            (other, Err(_)) => return Err(Failure::Message(format!("{other} is not a valid IP"))),
        }
    }
    if asked.is_empty() {
        shown.extend(["127.0.0.1".to_owned(), "[::1]".to_owned()]);
    }
    Ok(shown)
}

/// Listens at a port, 0 for any, and says so; `None` if it is not to be had.
fn listen(
    cx: &mut Cx<'_>,
    addresses: &[String],
    held: &[(u16, Forward)],
    local: u16,
    remote: u16,
) -> Option<u16> {
    let taken = |cx: &Cx<'_>, port| cx.io.is_listening(port) || held.iter().any(|(own, _)| *own == port);
    let why = match local {
        0 => None,
        1..PRIVILEGED => Some("permission denied"),
        port => taken(cx, port).then_some("address already in use"),
    };
    if let Some(why) = why {
        let each: Vec<String> = addresses
            .iter()
            .map(|address| {
                let tcp = if address.starts_with('[') { "tcp6" } else { "tcp4" };
                format!("unable to create listener: Error listen {tcp} {address}:{local}: bind: {why}")
            })
            .collect();
        cx.io.stderr(&format!(
            "Unable to listen on port {local}: Listeners failed to create with the following errors: [{}]\n",
            each.join(" ")
        ));
        return None;
    }
    let port = if local == 0 {
        let start = ANY_PORT + u16::try_from(cx.api.now().as_micros() % 20_000).unwrap_or(0);
        (start..=u16::MAX).find(|port| !taken(cx, *port))?
    } else {
        local
    };
    for address in addresses {
        cx.say(&format!("Forwarding from {address}:{port} -> {remote}"));
    }
    Some(port)
}

impl Forwarding {
    pub(crate) fn poll(&mut self, cx: &mut Cx<'_>) -> Result<Progress, Failure> {
        for (local, forward) in &self.ports {
            let connections = cx.io.connections(*local);
            for _ in 0..connections.count {
                cx.say(&format!("Handling connection for {local}"));
            }
            if connections.met == Met::Nobody {
                let remote = forward.port;
                // A sandbox has an identifier of its own.
                let id = forward.uid.replace('-', "").repeat(2);
                let uid = &forward.uid;
                cx.log_error("portforward.go:424", &format!("\"Unhandled Error\" err=\"an error occurred forwarding {local} -> {remote}: error forwarding port {remote} to pod {id}, uid : failed to execute portforward in network namespace \\\"/var/run/netns/cni-{uid}\\\": failed to connect to localhost:{remote} inside namespace \\\"{id}\\\", IPv4: dial tcp4 127.0.0.1:{remote}: connect: connection refused IPv6 dial tcp6 [::1]:{remote}: connect: connection refused \" logger=\"UnhandledError\""));
            }
            if connections.met != Met::Somebody {
                return Err("lost connection to pod".into());
            }
        }
        if self
            .ports
            .first()
            .is_some_and(|(_, forward)| is_there(cx, forward))
        {
            Ok(Progress::Blocked(None))
        } else {
            Err("lost connection to pod".into())
        }
    }
}

/// Whether the stream still has another end: its own Pod, whose containers run, and an API server between.
fn is_there(cx: &mut Cx<'_>, forward: &Forward) -> bool {
    let request = cx.request(
        Method::Get,
        object_path(Kind::Pod, &forward.namespace, &forward.pod),
    );
    let Ok(AnyObject::Pod(pod)) = cx.api.request(request).into_object() else {
        return false;
    };
    pod.metadata.uid.as_deref() == Some(&forward.uid) && pod.status.phase.as_deref() == Some("Running")
}
