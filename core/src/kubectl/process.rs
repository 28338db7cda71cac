//! A running command: plain data that is polled.

use std::collections::BTreeSet;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::command::{self, Found};
use super::context::{Client, Cx};
use super::credentials;
use super::failure::Failure;
use super::flags::{self, Parsed};
use super::help;
use super::io::Io;
use super::kubeconfig::Env;
use super::machine::{Flow, Machine, Progress};
use super::port_forward::Forward;
use super::root::ROOT;
use crate::apiserver::{Method, Outage, Request, ResponseBody};
use crate::sim::Time;

/// How long the server waits for etcd (`ReqTimeout`: five seconds and two elections).
const ETCD_TIMEOUT: Duration = Duration::from_secs(7);

/// How a command stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Poll {
    /// It has ended with this exit code.
    Done(i32),
    /// It waits; poll it again when any of these comes true.
    Blocked {
        /// At this moment.
        wake_at: Option<Time>,
        /// When anything in the cluster has changed.
        on_change: bool,
        /// When something came on standard input, or it ended.
        on_stdin: bool,
    },
}

/// A running command.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Process {
    argv: Vec<String>,
    env: Env,
    stdin: String,
    namespace: String,
    explicit: bool,
    /// The warnings that were printed: each is only once.
    warned: BTreeSet<String>,
    verbosity: i64,
    /// `--chunk-size`
    chunk: i64,
    phase: Phase,
}

/// Where a command stands.
#[derive(Clone, Debug, Serialize, Deserialize)]
enum Phase {
    /// Nothing happened yet.
    New,
    /// The program starts, reads its configuration and asks what is served.
    Starting { until: Time },
    /// It reads standard input to its end.
    Reading,
    /// It waits.
    Waiting(Box<Machine>),
    /// It waits in vain for the server, and will say so then.
    Failing { until: Time, text: String, code: i32 },
    /// It has ended.
    Ended(i32),
}

/// Starts `kubectl` with these arguments (the first is the program's name).
#[must_use]
pub fn start(argv: Vec<String>, env: &Env) -> Process {
    Process {
        argv,
        env: env.clone(),
        stdin: String::new(),
        namespace: env.kubeconfig.namespace().to_owned(),
        explicit: false,
        warned: BTreeSet::new(),
        verbosity: 0,
        chunk: 0,
        phase: Phase::New,
    }
}

impl Process {
    /// The arguments it was started with.
    #[must_use]
    pub fn argv(&self) -> &[String] {
        &self.argv
    }

    /// The port at which it passes requests on to the API server, and as whom.
    #[must_use]
    pub fn proxy(&self) -> Option<(u16, &Env)> {
        match &self.phase {
            Phase::Waiting(machine) => match **machine {
                Machine::Proxy(listening) => Some((listening.port, &self.env)),
                _ => None,
            },
            _ => None,
        }
    }

    /// The ports that it holds, and where in Pods they lead.
    #[must_use]
    pub fn forwards(&self) -> &[(u16, Forward)] {
        match &self.phase {
            Phase::Waiting(machine) => match &**machine {
                Machine::PortForward(forwarding) => &forwarding.ports,
                _ => &[],
            },
            _ => &[],
        }
    }

    /// Goes on as far as it can.
    pub fn poll(&mut self, io: &mut dyn Io, api: &mut dyn Client) -> Poll {
        loop {
            let now = api.now();
            match &mut self.phase {
                Phase::New => {
                    let until = now + start_up(&self.argv);
                    self.phase = Phase::Starting { until };
                }
                Phase::Starting { until } if now < *until => return blocked(Some(*until), false, false),
                Phase::Starting { .. } => {
                    self.phase = if self.wants_stdin() {
                        Phase::Reading
                    } else {
                        self.run(io, api)
                    };
                }
                Phase::Reading => {
                    let stdin = io.read_stdin();
                    self.stdin.push_str(&stdin.text);
                    if !stdin.ended {
                        return blocked(None, false, true);
                    }
                    self.phase = self.run(io, api);
                }
                Phase::Waiting(machine) => {
                    let mut machine = machine.clone();
                    match machine.poll(&mut self.context(io, api)) {
                        Ok(Progress::Blocked(wake_at)) => {
                            self.phase = Phase::Waiting(machine);
                            return blocked(wake_at, true, false);
                        }
                        Ok(Progress::Listening) => {
                            self.phase = Phase::Waiting(machine);
                            return blocked(None, true, true);
                        }
                        Ok(Progress::Done(code)) => self.phase = Phase::Ended(code),
                        Err(failure) => self.phase = failing(io, now, &failure),
                    }
                }
                Phase::Failing { until, .. } if now < *until => return blocked(Some(*until), false, false),
                Phase::Failing { text, code, .. } => {
                    io.stderr(text);
                    self.phase = Phase::Ended(*code);
                }
                Phase::Ended(code) => return Poll::Done(*code),
            }
        }
    }

    fn context<'a>(&'a mut self, io: &'a mut dyn Io, api: &'a mut dyn Client) -> Cx<'a> {
        let manager = self.manager();
        Cx {
            io,
            api,
            env: &mut self.env,
            stdin: &self.stdin,
            warned: &mut self.warned,
            namespace: self.namespace.clone(),
            explicit: self.explicit,
            manager,
            offline: false,
            verbosity: self.verbosity,
            chunk: self.chunk,
        }
    }

    /// `--field-manager`, or what the command calls itself.
    fn manager(&self) -> String {
        let found = command::find(&ROOT, self.words());
        let parsed = flags::parse(found.command.all_flags(), &found.rest).unwrap_or_default();
        let asked = parsed.text("field-manager");
        if !asked.is_empty() {
            return asked.to_owned();
        }
        match found.path.split(' ').nth(1).unwrap_or_default() {
            "apply" if parsed.on("server-side") => "kubectl".to_owned(),
            "apply" => "kubectl-client-side-apply".to_owned(),
            "cordon" | "drain" | "scale" | "uncordon" | "" => "kubectl".to_owned(),
            name => format!("kubectl-{name}"),
        }
    }

    fn words(&self) -> &[String] {
        self.argv.get(1..).unwrap_or_default()
    }

    /// Whether a file is to be read from standard input.
    fn wants_stdin(&self) -> bool {
        let found = command::find(&ROOT, self.words());
        let parsed = flags::parse(found.command.all_flags(), &found.rest).unwrap_or_default();
        let dash = |name: &str| parsed.list(name).iter().any(|value| value == "-");
        dash("filename") || dash("patch-file") || dash("from-env-file")
    }

    fn run(&mut self, io: &mut dyn Io, api: &mut dyn Client) -> Phase {
        let found = command::find(&ROOT, self.words());
        match self.execute(&found, io, api) {
            Ok(Flow::Done(code)) => Phase::Ended(code),
            Ok(Flow::Wait(machine)) => Phase::Waiting(machine),
            Err(failure) => failing(io, api.now(), &failure),
        }
    }

    fn execute(&mut self, found: &Found, io: &mut dyn Io, api: &mut dyn Client) -> Result<Flow, Failure> {
        // What names no command is told before its flags are looked at.
        if found.command.name == ROOT.name
            && let Some((_, word)) = command::first_argument(found.command, &found.rest)
        {
            return Err(Failure::Message(command::unknown(found.command, word)));
        }
        let parsed = flags::parse(found.command.all_flags(), &found.rest)
            .map_err(|why| Failure::Message(format!("{why}\nSee '{} --help' for usage.", found.path)))?;
        if parsed.on("help") {
            io.stdout(&help::of(found));
            return Ok(Flow::Done(0));
        }
        let Some(run) = found.command.run else {
            return group(found, &parsed, io);
        };
        let missing: Vec<String> = found
            .command
            .required
            .iter()
            .filter(|name| !parsed.given(name))
            .map(|name| format!("{name:?}"))
            .collect();
        if !missing.is_empty() {
            return Err(Failure::Message(format!(
                "required flag(s) {} not set",
                missing.join(", ")
            )));
        }
        if let Some(flag) = unsimulated(&found.path, &parsed) {
            return Err(Failure::Message(format!(
                "the flag --{flag} of \"{}\" is not simulated by this lab: leave it out",
                found.path
            )));
        }
        let namespace = parsed.text("namespace");
        if !namespace.is_empty() {
            namespace.clone_into(&mut self.namespace);
            self.explicit = true;
        }
        self.verbosity = parsed.int("v");
        self.chunk = parsed.int("chunk-size");
        let mut cx = self.context(io, api);
        cx.offline = found.path.starts_with("kubectl config ");
        // A command's own `--user` is not the kubeconfig's.
        let own = found.command.flags.iter().flat_map(|group| group.iter());
        let mut global = parsed.clone();
        own.for_each(|flag| global.forget(flag.name));
        credentials::load(&mut cx, &global)?;
        // What flags name is what these commands change, not what they use.
        if !cx.offline {
            credentials::settle(&mut cx, &global)?;
            cx.log_config();
        }
        validate_against(&mut cx, &parsed)?;
        let result = run(&mut cx, &parsed);
        self.namespace = cx.namespace;
        result
    }
}

/// Manifests are checked against the server's schema before they are sent: without a server they cannot be.
fn validate_against(cx: &mut Cx<'_>, parsed: &Parsed) -> Result<(), Failure> {
    let skipped = matches!(parsed.text("validate"), "" | "false" | "ignore");
    let Some(file) = parsed.list("filename").first().filter(|_| !skipped) else {
        return Ok(());
    };
    let request = Request::new(Method::Get, "/openapi/v2", cx.env.user.clone());
    let ResponseBody::Error(error) = cx.api.request(request).body else {
        return Ok(());
    };
    if Outage::of(&error) != Some(Outage::Refused) {
        return Ok(());
    }
    Err(Failure::Message(format!(
        "error validating {file:?}: error validating data: failed to download openapi: Get \"https://127.0.0.1:6443/openapi/v2?timeout=32s\": dial tcp 127.0.0.1:6443: connect: connection refused; if you choose to ignore these errors, turn validation off with --validate=false"
    )))
}

/// A group of commands alone: its help; with a word that names none of them: what is near.
fn group(found: &Found, parsed: &Parsed, io: &mut dyn Io) -> Result<Flow, Failure> {
    let at_root = found.command.name == ROOT.name;
    match parsed.args.as_slice() {
        [] => {
            io.stdout(&help::of(found));
            Ok(Flow::Done(i32::from(!at_root)))
        }
        words => {
            let message = format!("unknown command {:?}", words.join(" "));
            Err(Failure::usage(&found.path, &message))
        }
    }
}

/// How long the program takes before it asks for anything: a manifest makes it ask what is served first.
fn start_up(argv: &[String]) -> Duration {
    let reads = |word: &String| matches!(word.as_str(), "apply" | "replace" | "diff");
    Duration::from_millis(if argv.iter().any(reads) { 75 } else { 45 })
}

fn blocked(wake_at: Option<Time>, on_change: bool, on_stdin: bool) -> Poll {
    Poll::Blocked {
        wake_at,
        on_change,
        on_stdin,
    }
}

/// Says what failed: at once, or once the server has given up waiting for etcd.
fn failing(io: &mut dyn Io, now: Time, failure: &Failure) -> Phase {
    if failure.outage() != Some(Outage::NoQuorum) {
        return Phase::Ended(fail(io, failure));
    }
    let said = failure.say();
    Phase::Failing {
        until: now + ETCD_TIMEOUT,
        text: said.text,
        code: said.code,
    }
}

fn fail(io: &mut dyn Io, failure: &Failure) -> i32 {
    let said = failure.say();
    io.stderr(&said.text);
    said.code
}
/// Flags that are read as kubectl reads them and would do nothing here: said, rather than passed over.
const UNSIMULATED: &[(&str, &[&str])] = &[("kubectl diff", &["prune"])];

/// The flag that was given and is not simulated, if there is one.
fn unsimulated(path: &str, parsed: &Parsed) -> Option<&'static str> {
    let (_, names) = UNSIMULATED.iter().find(|(command, _)| *command == path)?;
    let asked = |name: &&&str| parsed.given(name) && parsed.text(name) != "false";
    names.iter().find(asked).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_that_would_do_nothing_are_refused() {
        for (command, words, expected) in [
            (
                super::super::diff::COMMAND,
                &["-f", "a.yaml", "--prune"][..],
                Some("prune"),
            ),
            (
                super::super::diff::COMMAND,
                &["-f", "a.yaml", "--prune=false"],
                None,
            ),
            (super::super::apply::COMMAND, &["-f", "a.yaml", "--prune"], None),
        ] {
            let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
            let parsed = flags::parse(command.all_flags(), &words).expect("known flags");
            let path = format!("kubectl {}", command.name);
            assert_eq!(unsimulated(&path, &parsed), expected, "{path} {words:?}");
        }
    }
}
