//! `kubectl delete`: asks for the deletion of each object, then waits until all of them are gone.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::command::Command;
use super::common::{ALL, ALL_NAMESPACES, DRY_RUN, DryRun, FIELD_SELECTOR, FILENAME, SELECTOR};
use super::context::Cx;
use super::delete_flags;
use super::failure::Failure;
use super::flags::{Flag, Parsed};
use super::machine::{Flow, Machine, Progress};
use super::resources::{Info, Pick, Picked};
use super::value::text;
use crate::api::Kind;
use crate::apiserver::Outage;
use crate::sim::Time;

const FLAGS: &[Flag] = &[
    Flag::off(
        "ignore-not-found",
        "Treat \"resource not found\" as a successful delete.",
    ),
    Flag::off("interactive", "If true, delete resource only when user confirms.").short('i'),
    Flag::off(
        "now",
        "If true, resources are signaled for immediate shutdown (same as --grace-period=1).",
    ),
    Flag::text(
        "output",
        "",
        "Output mode. Use \"-o name\" for shorter output (resource/name).",
    )
    .short('o'),
    Flag::text("raw", "", "Raw URI to DELETE to the server."),
    Flag::switch(
        "wait",
        "true",
        "If true, wait for resources to be gone before returning. This waits for finalizers.",
    ),
];

/// The command.
pub(crate) const COMMAND: Command = Command {
    suggested_for: &["remove", "rm"],
    usage: "([-f FILENAME] | [-k DIRECTORY] | TYPE [(NAME | -l label | --all)])",
    flags: &[
        FLAGS,
        delete_flags::DELETE,
        FILENAME,
        SELECTOR,
        FIELD_SELECTOR,
        ALL,
        ALL_NAMESPACES,
        DRY_RUN,
    ],
    run: Some(run),
    ..Command::named(
        "delete",
        "Delete resources by file names, stdin, resources and names, or by resources and label selector",
    )
};

/// How a deletion is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct How {
    /// Seconds given to stop; the object's own if none.
    pub(crate) grace_period_secs: Option<i64>,
    /// What becomes of owned objects.
    pub(crate) propagation: &'static str,
    /// Whether it is kept.
    pub(crate) dry_run: DryRun,
}

/// An object that was asked to go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Leaving {
    kind: Kind,
    namespace: String,
    name: String,
    uid: String,
}

/// Waits until objects are gone.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Waiting {
    leaving: Vec<Leaving>,
    until: Option<Time>,
}

/// Waits for somebody to say whether these are to go.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Asking {
    parsed: Parsed,
    infos: Vec<Info>,
    answer: String,
    /// Once they are going.
    waiting: Option<Waiting>,
}

fn run(cx: &mut Cx<'_>, parsed: &Parsed) -> Result<Flow, Failure> {
    let how = how(cx, parsed)?;
    let picked = cx.pick(
        parsed,
        &parsed.args,
        Pick {
            fetch: parsed.on("interactive"),
            ..Pick::default()
        },
    )?;
    if parsed.on("interactive") {
        return ask(cx, parsed, picked);
    }
    delete(cx, parsed, how, picked)
}

/// Shows what is about to be deleted.
fn ask(cx: &mut Cx<'_>, parsed: &Parsed, picked: Picked) -> Result<Flow, Failure> {
    let infos = picked.all()?;
    if infos.is_empty() {
        cx.say("No resources found");
        return Ok(Flow::Done(0));
    }
    let count = infos.len();
    cx.say(&format!(
        "You are about to delete the following {count} resource(s):"
    ));
    for info in &infos {
        let kind = cx.names(info.kind).group_singular();
        cx.say(&format!("{kind}/{}", info.name));
    }
    cx.io.stdout("Do you want to continue? (y/N): ");
    Ok(Flow::Wait(Box::new(Machine::Confirm(Asking {
        parsed: parsed.clone(),
        infos,
        answer: String::new(),
        waiting: None,
    }))))
}

impl Asking {
    pub(crate) fn poll(&mut self, cx: &mut Cx<'_>) -> Result<Progress, Failure> {
        if let Some(waiting) = &mut self.waiting {
            return waiting.poll(cx);
        }
        let stdin = cx.io.read_stdin();
        self.answer.push_str(&stdin.text);
        if !self.answer.contains('\n') && !stdin.ended {
            return Ok(Progress::Listening);
        }
        let line = self.answer.lines().next().unwrap_or_default();
        if !line.trim().eq_ignore_ascii_case("y") {
            cx.say("deletion is cancelled");
            return Ok(Progress::Done(0));
        }
        let how = how(cx, &self.parsed)?;
        let picked = Picked {
            infos: std::mem::take(&mut self.infos),
            failures: Vec::new(),
        };
        match delete(cx, &self.parsed.clone(), how, picked)? {
            Flow::Done(code) => Ok(Progress::Done(code)),
            Flow::Wait(machine) => match *machine {
                Machine::Delete(mut waiting) => {
                    let progress = waiting.poll(cx)?;
                    self.waiting = Some(waiting);
                    Ok(progress)
                }
                _ => Ok(Progress::Done(0)),
            },
        }
    }
}

fn delete(cx: &mut Cx<'_>, parsed: &Parsed, how: How, picked: Picked) -> Result<Flow, Failure> {
    let ignore = parsed.on("ignore-not-found") || parsed.on("all");
    let (mut failures, mut leaving, mut found) = (Vec::new(), Vec::new(), 0);
    let absent = |failure: &Failure| failure.status().is_some_and(|status| status.reason == "NotFound");
    failures.extend(
        picked
            .failures
            .into_iter()
            .filter(|failure| !(ignore && absent(failure))),
    );
    let mut warned = !cx.explicit;
    for info in &picked.infos {
        found += 1;
        if !warned && !info.kind.namespaced() {
            cx.io
                .stderr("Warning: deleting cluster-scoped resources, not scoped to the provided namespace\n");
            warned = true;
        }
        match delete_one(cx, info, how, Some(parsed.text("output") == "name")) {
            Ok(gone) => leaving.extend(gone),
            Err(failure) if ignore && absent(&failure) => {}
            Err(failure) => failures.push(failure),
        }
    }
    if let Some(failure) = Failure::all(failures) {
        return Err(failure);
    }
    if found == 0 {
        cx.say("No resources found");
        return Ok(Flow::Done(0));
    }
    if !parsed.on("wait") || how.dry_run != DryRun::No {
        return Ok(Flow::Done(0));
    }
    let timeout = parsed.duration("timeout").filter(|timeout| !timeout.is_zero());
    Ok(wait_until_gone(cx, leaving, timeout))
}

/// Goes on until the objects are gone.
pub(crate) fn wait_until_gone(cx: &Cx<'_>, leaving: Vec<Leaving>, timeout: Option<Duration>) -> Flow {
    let until = timeout.map(|timeout| cx.api.now() + timeout);
    Flow::Wait(Box::new(Machine::Delete(Waiting::new(leaving, until))))
}

fn how(cx: &mut Cx<'_>, parsed: &Parsed) -> Result<How, Failure> {
    let dry_run = DryRun::of(cx, parsed)?;
    let output = parsed.text("output");
    if !matches!(output, "" | "name") {
        return Err(Failure::Message(format!(
            "unexpected -o output mode: {output}. We only support '-o name'"
        )));
    }
    if parsed.on("all") && !parsed.text("selector").is_empty() {
        return Err("cannot set --all and --selector at the same time".into());
    }
    if parsed.on("all") && !parsed.text("field-selector").is_empty() {
        return Err("cannot set --all and --field-selector at the same time".into());
    }
    let propagation = cascade(cx, parsed.text("cascade"))?;
    let (mut grace, force) = (parsed.int("grace-period"), parsed.on("force"));
    if parsed.on("now") {
        if grace >= 0 {
            return Err("--now and --grace-period cannot be specified together".into());
        }
        grace = 1;
    }
    if force && grace < 0 {
        grace = 0;
    }
    if grace == 0 && !force {
        // Kept alive until the kubelet says that the containers are gone.
        grace = 1;
    }
    if force && grace > 0 {
        return Err("--force and --grace-period greater than 0 cannot be specified together".into());
    }
    if force {
        cx.io.stderr("Warning: Immediate deletion does not wait for confirmation that the running resource has been terminated. The resource may continue to run on the cluster indefinitely.\n");
    }
    Ok(How {
        grace_period_secs: (grace >= 0).then_some(grace),
        propagation,
        dry_run,
    })
}

/// Reads `--cascade`.
///
/// # Errors
///
/// When it is none of its values.
pub(crate) fn cascade(cx: &mut Cx<'_>, value: &str) -> Result<&'static str, Failure> {
    match value {
        "background" => Ok("Background"),
        "foreground" => Ok("Foreground"),
        "orphan" => Ok("Orphan"),
        "true" => {
            cx.io.stderr("warning: --cascade=true is deprecated (boolean value) and can be replaced with --cascade=background.\n");
            Ok("Background")
        }
        "false" => {
            cx.io.stderr("warning: --cascade=false is deprecated (boolean value) and can be replaced with --cascade=orphan.\n");
            Ok("Orphan")
        }
        other => Err(Failure::Message(format!(
            "invalid cascade value ({other}). Must be \"background\", \"foreground\", or \"orphan\""
        ))),
    }
}

/// Asks for the deletion of an object and says so: by its name only, or at length, or not at all.
///
/// # Errors
///
/// When the API server refuses.
pub(crate) fn delete_one(
    cx: &mut Cx<'_>,
    info: &Info,
    how: How,
    name_only: Option<bool>,
) -> Result<Option<Leaving>, Failure> {
    let mut gone = None;
    if how.dry_run != DryRun::Client {
        let place = (info.kind, info.namespace.as_str(), info.name.as_str());
        let answer = cx
            .delete(
                place,
                how.grace_period_secs,
                how.propagation,
                how.dry_run == DryRun::Server,
            )
            .map_err(|error| {
                let failure = Failure::from(error);
                if info.source.is_empty() {
                    failure
                } else {
                    failure.during(format!("error when deleting {:?}", info.source))
                }
            })?;
        gone = Some(Leaving {
            kind: info.kind,
            namespace: info.namespace.clone(),
            name: info.name.clone(),
            uid: uid(&answer).to_owned(),
        });
    }
    if let Some(name_only) = name_only {
        say(cx, info, how, name_only);
    }
    Ok(gone)
}

fn uid(answer: &Value) -> &str {
    match text(answer, "/details/uid") {
        "" => text(answer, "/metadata/uid"),
        uid => uid,
    }
}

fn say(cx: &mut Cx<'_>, info: &Info, how: How, name_only: bool) {
    let kind = cx.names(info.kind).group_singular();
    if name_only {
        return cx.say(&format!("{kind}/{}", info.name));
    }
    let mut done = if how.grace_period_secs == Some(0) {
        "force deleted"
    } else {
        "deleted"
    }
    .to_owned();
    if info.kind.namespaced() {
        done.push_str(&format!(" from {} namespace", info.namespace));
    }
    done.push_str(how.dry_run.suffix());
    cx.say(&format!("{kind} {:?} {done}", info.name));
}

impl Waiting {
    /// Waits for these, until a moment.
    pub(crate) fn new(leaving: Vec<Leaving>, until: Option<Time>) -> Self {
        Self { leaving, until }
    }

    pub(crate) fn poll(&mut self, cx: &mut Cx<'_>) -> Result<Progress, Failure> {
        while let Some(first) = self.leaving.first() {
            let there = cx.get(first.kind, &first.namespace, &first.name);
            if let Err(error) = &there
                && Outage::of(error).is_some()
            {
                return Err(error.clone().into());
            }
            let same = |object: &Value| first.uid.is_empty() || text(object, "/metadata/uid") == first.uid;
            if !there.is_ok_and(|object| same(&object)) {
                self.leaving.remove(0);
                continue;
            }
            if self.until.is_some_and(|until| cx.api.now() >= until) {
                let name = format!("{}/{}", cx.names(first.kind).plural, first.name);
                return Err(Failure::Message(format!(
                    "timed out waiting for the condition on {name}"
                )));
            }
            return Ok(Progress::Blocked(self.until));
        }
        Ok(Progress::Done(0))
    }
}
