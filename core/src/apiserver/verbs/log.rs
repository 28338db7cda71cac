//! `GET pods/log`: which container's lines are wanted; the kubelet of its node answers.

use crate::api::types::core::Container;
use crate::api::{AnyObject, Key, Kind, Pod, StatusError, as_container};
use crate::apiserver::ApiServer;
use crate::apiserver::request::{ExecRequest, LogRequest, Request, Response, ResponseBody};
use crate::apiserver::route::ResourceRoute;
use crate::sim::Time;

/// Answers whose lines to read.
pub(in crate::apiserver) fn get(
    api: &ApiServer,
    request: &Request,
    route: ResourceRoute<'_>,
    name: &str,
) -> Result<Response, StatusError> {
    let namespace = route.namespace.unwrap_or_default();
    let pod = found(api, route, name)?;
    let container = chosen_container(pod, request.param("container").unwrap_or_default())?;
    let Some(node) = pod.spec.node_name.clone().filter(|node| !node.is_empty()) else {
        return Ok(Response::ok(ResponseBody::Text(String::new())));
    };
    let number = |name: &str| request.param(name).and_then(|value| value.parse().ok());
    let flag = |name: &str| {
        request
            .param(name)
            .is_some_and(|value| matches!(value, "true" | "1"))
    };
    Ok(Response::ok(ResponseBody::Logs(LogRequest {
        namespace: namespace.to_owned(),
        pod: name.to_owned(),
        container,
        node,
        previous: flag("previous"),
        tail_lines: number("tailLines"),
        since_secs: number("sinceSeconds"),
        timestamps: flag("timestamps"),
        since: request
            .param("sinceTime")
            .and_then(|text| text.parse().ok())
            .map(Time::from_timestamp),
        limit_bytes: number("limitBytes"),
    })))
}

/// Answers where a command is to run: `POST pods/exec`, `pods/attach`.
pub(in crate::apiserver) fn exec(
    api: &ApiServer,
    request: &Request,
    route: ResourceRoute<'_>,
    (name, attach): (&str, bool),
) -> Result<Response, StatusError> {
    let namespace = route.namespace.unwrap_or_default();
    let pod = found(api, route, name)?;
    let container = chosen_container(pod, request.param("container").unwrap_or_default())?;
    let node = node_of(pod)?;
    let flag = |name: &str| request.param(name) == Some("true");
    let command = request.params("command");
    if !attach && command.is_empty() {
        return Err(StatusError::bad_request(
            "you must specify at least 1 command for the container".to_owned(),
        ));
    }
    Ok(Response::ok(ResponseBody::Exec(ExecRequest {
        namespace: namespace.to_owned(),
        pod: name.to_owned(),
        container,
        node,
        command: (!attach).then_some(command),
        stdin: flag("stdin"),
        terminal: flag("tty"),
    })))
}

/// Answers whether a Pod's ports can be reached: `POST pods/portforward`. What then goes through is the network's.
pub(in crate::apiserver) fn port_forward(
    api: &ApiServer,
    route: ResourceRoute<'_>,
    name: &str,
) -> Result<Response, StatusError> {
    node_of(found(api, route, name)?)?;
    Ok(Response {
        status: 101,
        ..Response::ok(ResponseBody::Text(String::new()))
    })
}

fn found<'a>(api: &'a ApiServer, route: ResourceRoute<'_>, name: &str) -> Result<&'a Pod, StatusError> {
    let key = Key::new(Kind::Pod, route.namespace.unwrap_or_default(), name);
    let pod = api.store.get(&key).and_then(AnyObject::get::<Pod>);
    pod.ok_or_else(|| StatusError::not_found(Kind::Pod, name))
}

/// The node of a Pod whose kubelet is to be spoken with.
fn node_of(pod: &Pod) -> Result<String, StatusError> {
    let node = pod.spec.node_name.clone().filter(|node| !node.is_empty());
    node.ok_or_else(|| StatusError::bad_request(format!("pod {} does not have a host assigned", pod.name())))
}

fn chosen_container(pod: &Pod, asked: &str) -> Result<String, StatusError> {
    let init = pod.spec.init_containers.as_deref().unwrap_or_default();
    let ephemeral: Vec<Container> = pod
        .spec
        .ephemeral_containers
        .iter()
        .flatten()
        .map(as_container)
        .collect();
    let names = |containers: &[Container]| {
        containers
            .iter()
            .map(|container| container.name.clone())
            .collect::<Vec<_>>()
            .join(" ")
    };
    let all = || init.iter().chain(&pod.spec.containers).chain(&ephemeral);
    match asked {
        "" if pod.spec.containers.len() == 1 => Ok(names(&pod.spec.containers)),
        "" => {
            let mut message = format!(
                "a container name must be specified for pod {}, choose one of: [{}]",
                pod.name(),
                names(&pod.spec.containers)
            );
            if !init.is_empty() {
                message = format!("{message} or one of the init containers: [{}]", names(init));
            }
            if !ephemeral.is_empty() {
                let ephemeral = names(&ephemeral);
                message = format!("{message} or one of the ephemeral containers: [{ephemeral}]");
            }
            Err(StatusError::bad_request(message))
        }
        asked if all().any(|container| container.name == asked) => Ok(asked.to_owned()),
        asked => Err(StatusError::bad_request(format!(
            "container {asked} is not valid for pod {}",
            pod.name()
        ))),
    }
}
