//! `docker inspect`: a container or an image as JSON, or what a format picks from it.

#![expect(clippy::manual_try_fold, reason = "one step of a path after another")]

use serde_json::{Value, json};

use super::container::{Container, State};
use super::images::{Local, familiar};
use super::{Engine, Host};
use crate::runtime::Place;

impl Container {
    /// What the daemon knows of it.
    pub(super) fn inspect(&self, host: &Host<'_>) -> Value {
        let stamp = |at: crate::sim::Time| at.timestamp_micros().to_string();
        let (status, running, code, started, finished) = match self.state {
            State::Created => ("created", false, 0, None, None),
            State::Running { since } => ("running", true, 0, Some(since), None),
            State::Restarting { code, ended, .. } => ("restarting", false, code, None, Some(ended)),
            State::Exited { code, at } => ("exited", false, code, None, Some(at)),
        };
        let zero = || "0001-01-01T00:00:00Z".to_owned();
        let env: Vec<String> = self
            .live
            .env
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let mounts: Vec<Value> = self
            .config
            .mounts
            .iter()
            .map(|mount| match &mount.place {
                Place::Pod(name) => json!({"Type": "volume", "Name": name, "Source": format!("/var/lib/docker/volumes/{name}/_data"), "Destination": mount.path, "Driver": "local", "RW": !mount.read_only}),
                _ => json!({"Type": "bind", "Source": mount.inner, "Destination": mount.path, "RW": !mount.read_only}),
            })
            .collect();
        let mut ports = serde_json::Map::new();
        let mut bindings = serde_json::Map::new();
        for port in self.local.exposed() {
            ports.insert(format!("{port}/tcp"), Value::Null);
        }
        for (outer, inner) in &self.config.ports {
            let bound = json!([{"HostIp": "0.0.0.0", "HostPort": outer.to_string()}]);
            bindings.insert(format!("{inner}/tcp"), bound.clone());
            ports.insert(format!("{inner}/tcp"), bound);
        }
        let address = if running { self.address.as_str() } else { "" };
        json!({
            "Id": self.id,
            "Created": stamp(self.created),
            "Path": self.command_line().split(' ').next().unwrap_or_default(),
            "Args": self.command_line().split(' ').skip(1).collect::<Vec<_>>(),
            "State": {
                "Status": status, "Running": running, "Paused": false, "Restarting": status == "restarting",
                "OOMKilled": self.live.out_of_memory, "Dead": false, "Pid": if running { 4_000 + self.created.as_secs() } else { 0 },
                "ExitCode": code, "Error": "",
                "StartedAt": started.map_or_else(zero, stamp), "FinishedAt": finished.map_or_else(zero, stamp),
            },
            "Image": format!("sha256:{}", self.local.id),
            "Name": format!("/{}", self.name),
            "RestartCount": self.restarts,
            "HostConfig": {
                "PortBindings": bindings,
                "RestartPolicy": {"Name": self.config.restart.name(), "MaximumRetryCount": 0},
                "AutoRemove": self.auto_remove, "Memory": self.config.memory_bytes.unwrap_or(0),
                "NanoCpus": self.config.cpu_millis.unwrap_or(0) * 1_000_000,
            },
            "Mounts": mounts,
            "Config": {
                "Hostname": self.config.hostname, "User": self.config.user.map(|user| user.to_string()).unwrap_or_default(), "Tty": self.config.terminal,
                "OpenStdin": self.config.stdin, "Env": env,
                "Cmd": if self.config.command.is_empty() { Value::Null } else { json!(self.config.command) },
                "Image": self.image, "WorkingDir": self.local.facts().work_dir,
                "Entrypoint": if self.config.entrypoint.is_empty() { Value::Null } else { json!(self.config.entrypoint) },
            },
            "NetworkSettings": {
                "Ports": if running { Value::Object(ports) } else { json!({}) },
                "IPAddress": address, "Gateway": if running { "172.17.0.1" } else { "" },
                "Networks": {"bridge": {"Gateway": if running { "172.17.0.1" } else { "" }, "IPAddress": address}},
            },
            "Now": stamp(host.now),
        })
    }
}

impl Local {
    fn inspect(&self, name: &str) -> Value {
        let facts = self.facts();
        let env: Vec<String> = facts
            .env
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let exposed: serde_json::Map<String, Value> = self
            .exposed()
            .into_iter()
            .map(|port| (format!("{port}/tcp"), json!({})))
            .collect();
        let built = self.build();
        json!({
            "Id": format!("sha256:{}", self.id),
            "RepoTags": [familiar(name)],
            "RepoDigests": [format!("{}@{}", familiar(name).rsplit_once(':').map_or("", |(name, _)| name), self.digest)],
            "Architecture": "amd64", "Os": "linux", "Size": self.size_bytes,
            "Config": {
                "Env": env, "WorkingDir": facts.work_dir, "ExposedPorts": exposed,
                "User": if facts.user == 0 { String::new() } else { facts.user.to_string() },
                "Cmd": built.map(|built| built.command.clone()).unwrap_or_default(),
                "Entrypoint": built.map(|built| built.entrypoint.clone()).unwrap_or_default(),
            },
        })
    }

    /// The ports that the image says it listens on.
    pub(super) fn exposed(&self) -> Vec<u16> {
        let own = self
            .build()
            .map(|built| built.exposed.clone())
            .unwrap_or_default();
        if own.is_empty() {
            self.published().0.ports()
        } else {
            own
        }
    }
}

impl Engine {
    /// `docker inspect`: what is printed, what is missing.
    pub(super) fn inspect(
        &self,
        names: &[String],
        format: Option<&str>,
        host: &Host<'_>,
    ) -> (String, Vec<String>) {
        let mut found = Vec::new();
        let mut missing = Vec::new();
        for name in names {
            let container = self.find(name).and_then(|index| self.containers.get(index));
            match container {
                Some(container) => {
                    let mut value = container.inspect(host);
                    if let Value::Object(map) = &mut value {
                        map.remove("Now");
                    }
                    found.push(value);
                }
                None => match self.image(name) {
                    Some((full, local)) => found.push(local.inspect(&full)),
                    None => missing.push(format!("Error: No such object: {name}")),
                },
            }
        }
        let Some(format) = format else {
            let text = crate::manifest::print::to_json(&Value::Array(found));
            return (text + "\n", missing);
        };
        let mut text = String::new();
        for value in &found {
            text.push_str(&pick(format, value));
            text.push('\n');
        }
        (text, missing)
    }
}

/// A format with `{{.State.Status}}` and `{{json .Config}}`.
fn pick(format: &str, value: &Value) -> String {
    let mut out = String::new();
    let mut rest = format;
    while let Some((before, after)) = rest.split_once("{{") {
        out.push_str(before);
        let (action, tail) = after.split_once("}}").unwrap_or((after, ""));
        let action = action.trim();
        let (as_json, path) = match action.strip_prefix("json ") {
            Some(path) => (true, path.trim()),
            None => (false, action),
        };
        let parts = path.split('.').filter(|part| !part.is_empty());
        let found = parts.fold(Some(value), |value, part| value?.get(part));
        out.push_str(&match found {
            None => "<no value>".to_owned(),
            Some(found) if as_json => found.to_string(),
            Some(Value::String(text)) => text.clone(),
            Some(Value::Null) => "<nil>".to_owned(),
            Some(Value::Array(items)) => {
                let words: Vec<String> = items
                    .iter()
                    .map(|item| item.as_str().map_or_else(|| item.to_string(), str::to_owned))
                    .collect();
                format!("[{}]", words.join(" "))
            }
            Some(other) => other.to_string(),
        });
        rest = tail;
    }
    out.push_str(rest);
    out
}
