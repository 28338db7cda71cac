//! A container is made and started (`kuberuntime_container.go`, `startContainer`): its environment, its user, its first process, its hook.

#![expect(
    clippy::indexing_slicing,
    reason = "indices come from the worker's own list of containers, which never changes"
)]

use std::time::Duration;

use super::container::Step;
use super::environment::{self, Variables};
use super::worker::{PodWorker, RETRY_TIME, SEEN_ENDED, SEEN_STARTED};
use super::{Host, hooks, processes, requests, termination, volumes};
use crate::api::types::core::Container as ContainerSpec;
use crate::client::{Env, EventType};
use crate::runtime::{Command, Entry};

/// What the runtime says when runc cannot start a container.
const RUNC: &str = "failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: ";

/// The same when the kernel kills runc itself, for want of memory.
pub(super) const STARVED: &str = "failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: container init was OOM-killed (memory limit too low?): unknown";

impl PodWorker {
    pub(super) fn start(&mut self, env: &mut Env<'_>, host: &mut Host<'_>, index: usize) -> bool {
        let Some(spec) = self.spec_of(&self.containers[index].name).cloned() else {
            return false;
        };
        let ip = self.ip();
        let source = environment::Source {
            pod: &self.pod,
            spec: &spec,
            ip: &ip,
        };
        let mut variables = match environment::make(&source, env, host) {
            Ok(variables) => variables,
            Err(why) => return self.misconfigured(env, host, index, why),
        };
        let Some(image) = self.containers[index].image.clone() else {
            return false;
        };
        let facts = host.catalog.facts(&image.reference);
        let uid = processes::user(&self.pod, &spec, facts.user);
        if let Some(why) = self.root_refused(&spec, (uid, facts.user_name.as_deref())) {
            return self.misconfigured(env, host, index, why);
        }
        let expand = |words: &Option<Vec<String>>, variables: &Variables| -> Vec<String> {
            let words = words.iter().flatten();
            words
                .map(|word| environment::expand(word, &[variables]))
                .collect()
        };
        let (command, args) = (expand(&spec.command, &variables), expand(&spec.args, &variables));
        let hostname = processes::hostname(&self.pod, host);
        processes::runtime_variables(&mut variables, &facts, (&hostname, uid));
        let entry = host
            .catalog
            .entry(&image.reference, (&command, &args), &variables);
        let id = self.container_id(env);
        self.event(
            env,
            host,
            index,
            (EventType::Normal, "Created"),
            "Container created".to_owned(),
        );
        self.containers[index].uid = uid;
        self.run_entry(env, host, (index, &spec), (id, entry, variables))
    }

    /// The configuration of a container is wrong.
    fn misconfigured(&mut self, env: &mut Env<'_>, host: &mut Host<'_>, index: usize, why: String) -> bool {
        let message = format!("Error: {why}");
        self.event(env, host, index, (EventType::Warning, "Failed"), message);
        self.containers[index].fail("CreateContainerConfigError", why);
        self.retry(env, RETRY_TIME);
        false
    }

    /// Runs what a container begins with.
    fn run_entry(
        &mut self,
        env: &mut Env<'_>,
        host: &mut Host<'_>,
        (index, spec): (usize, &ContainerSpec),
        (id, entry, variables): (String, Entry, Variables),
    ) -> bool {
        let now = env.sim.now;
        let env_shared = host.shared_environment(variables);
        self.containers[index].start(now, id, env_shared);
        volumes::freeze(self, spec, env, host);
        self.containers[index].mounts = volumes::mounts(self, spec);
        let started = if requests::limits(Some(spec), 0).starve() {
            Err(STARVED.to_owned())
        } else {
            let refused = |why| format!("{RUNC}error during container init: {why}: unknown");
            self.run_first(env, host, (index, spec), entry).map_err(refused)
        };
        if let Err(message) = started {
            self.event(
                env,
                host,
                index,
                (EventType::Warning, "Failed"),
                format!("Error: {message}"),
            );
            self.containers[index].end(now, 128, "StartError", Some(message.clone()));
            self.containers[index].fail("RunContainerError", message);
            self.notice(env, SEEN_ENDED);
            return false;
        }
        self.event(
            env,
            host,
            index,
            (EventType::Normal, "Started"),
            "Container started".to_owned(),
        );
        let container = &mut self.containers[index];
        container.ready = spec.readiness_probe.is_none() && spec.startup_probe.is_none();
        container.started = spec.startup_probe.is_none();
        self.probes.begin(spec, now);
        self.notice(env, SEEN_STARTED);
        let post_start = spec
            .lifecycle
            .as_ref()
            .and_then(|lifecycle| lifecycle.post_start.as_ref());
        let Some(handler) = post_start else { return true };
        match hooks::start(self, env, host, index, handler) {
            Ok(None) => true,
            Ok(Some(hook)) => {
                self.containers[index].step = Some(Step::PostStart(hook));
                false
            }
            Err(why) => self.hook_failed(env, host, index, &why),
        }
    }

    /// Starts the first process of a container.
    fn run_first(
        &mut self,
        env: &mut Env<'_>,
        host: &mut Host<'_>,
        (index, spec): (usize, &ContainerSpec),
        entry: Entry,
    ) -> Result<(), String> {
        let line = processes::served_by(spec, &self.containers[index]);
        let Some((live, around)) = processes::enter(self, env, host, index) else {
            return Ok(());
        };
        match entry {
            Entry::Server(server) => {
                live.line = line;
                live.start_server(server, around);
                Ok(())
            }
            Entry::Command(argv) => {
                let command = Command {
                    argv,
                    env: (*live.env).clone(),
                    cwd: spec.working_dir.clone().unwrap_or_default(),
                    stdin: spec.stdin == Some(true),
                    terminal: spec.tty == Some(true),
                };
                live.start_command(command, around)
            }
        }
    }

    /// Why a container may not run as root, if it would.
    fn root_refused(&self, spec: &ContainerSpec, (uid, name): (i64, Option<&str>)) -> Option<String> {
        let own = spec.security_context.as_ref();
        let shared = self.pod.spec.security_context.as_ref();
        let non_root = own
            .and_then(|context| context.run_as_non_root)
            .or_else(|| shared.and_then(|context| context.run_as_non_root));
        if non_root != Some(true) || uid != 0 && name.is_none() {
            return None;
        }
        let named = own
            .and_then(|context| context.run_as_user)
            .or_else(|| shared.and_then(|context| context.run_as_user));
        let about = format!("(pod: {:?}, container: {})", self.identity(), spec.name);
        if let Some(name) = name {
            return named.is_none().then(|| {
                format!("container has runAsNonRoot and image has non-numeric user ({name}), cannot verify user is non-root {about}")
            });
        }
        Some(if named.is_some() {
            format!("container's runAsUser breaks non-root policy {about}")
        } else {
            format!("container has runAsNonRoot and image will run as root {about}")
        })
    }

    /// The hook after a container's start failed: the container is killed.
    pub(super) fn hook_failed(
        &mut self,
        env: &mut Env<'_>,
        host: &mut Host<'_>,
        index: usize,
        why: &str,
    ) -> bool {
        let message = format!("PostStartHook failed: {why}");
        self.event(
            env,
            host,
            index,
            (EventType::Warning, "FailedPostStartHook"),
            message,
        );
        self.containers[index].step = None;
        let grace = self.pod.spec.termination_grace_period_seconds.unwrap_or(30);
        let grace = Duration::from_secs(grace.max(0).unsigned_abs());
        termination::begin(self, env, host, index, (grace, "FailedPostStartHook".to_owned()));
        termination::advance(self, env, host, index);
        self.containers[index].failure = Some(("PostStartHookError".to_owned(), why.to_owned()));
        false
    }

    fn container_id(&mut self, env: &Env<'_>) -> String {
        self.draws += 1;
        let word = |n| {
            env.sim
                .rng
                .draw("container-id", self.pod.uid(), self.draws * 4 + n)
        };
        format!(
            "containerd://{:016x}{:016x}{:016x}{:016x}",
            word(0),
            word(1),
            word(2),
            word(3)
        )
    }
}
