//! `kubectl replace`: a whole object for another; with `--force`, the old one is deleted first.

use serde::{Deserialize, Serialize};

use super::apply::{LAST_APPLIED, configured};
use super::command::Command;
use super::common::{self, DRY_RUN, DryRun, FIELD_MANAGER, FILENAME, PRINT, SAVE_CONFIG, VALIDATE};
use super::context::Cx;
use super::delete::{self, How, Waiting};
use super::delete_flags;
use super::failure::Failure;
use super::flags::{Flag, Parsed};
use super::machine::{Flow, Machine, Progress};
use super::output::Printer;
use super::resources::{Info, infos};

const FLAGS: &[Flag] = &[
    Flag::text("raw", "", "Raw URI to PUT to the server."),
    Flag::text(
        "subresource",
        "",
        "If specified, replace will operate on the subresource of the requested object.",
    ),
];

/// The command.
pub(crate) const COMMAND: Command = Command {
    usage: "-f FILENAME",
    flags: &[
        FLAGS,
        delete_flags::DELETE,
        delete_flags::WAIT,
        FILENAME,
        PRINT,
        DRY_RUN,
        FIELD_MANAGER,
        VALIDATE,
        SAVE_CONFIG,
    ],
    run: Some(run),
    ..Command::named("replace", "Replace a resource by file name or stdin")
};

/// Waits until the old objects are gone, then creates the new ones.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Replacing {
    parsed: Parsed,
    waiting: Waiting,
    infos: Vec<Info>,
}

fn run(cx: &mut Cx<'_>, parsed: &Parsed) -> Result<Flow, Failure> {
    if parsed.text("filename").is_empty() && parsed.text("kustomize").is_empty() {
        let command = "kubectl replace";
        return Err(match parsed.args.as_slice() {
            [] => Failure::usage(command, "Must specify --filename to replace"),
            words => Failure::usage(command, &format!("Unexpected args: [{}]", words.join(" "))),
        });
    }
    if parsed.int("grace-period") >= 0 && !parsed.on("force") {
        return Err("--grace-period must have --force specified".into());
    }
    let dry_run = DryRun::of(cx, parsed)?;
    let validation = common::validation(parsed)?;
    let enforced = cx.enforced();
    let (found, mut failures) = infos(
        cx,
        common::files(parsed),
        enforced.as_deref(),
        common::checks(validation),
    );
    if parsed.on("force") {
        return match Failure::all(failures) {
            Some(failure) => Err(failure),
            None => force(cx, parsed, found),
        };
    }
    let mut printer = Printer::of(cx, parsed)?;
    let write = common::write(dry_run, validation);
    let count = found.len();
    for info in found {
        let object = kept(parsed, &info);
        let replaced = if dry_run == DryRun::Client {
            Ok(object)
        } else {
            cx.replace(info.kind, &info.namespace, object, &write)
        };
        match replaced {
            Ok(object) => printer.print(cx, &object, &format!("replaced{}", dry_run.suffix()))?,
            Err(error) => {
                failures.push(Failure::from(error).during(format!("error when replacing {:?}", info.source)));
            }
        }
    }
    match Failure::all(failures) {
        Some(failure) => Err(failure),
        None if count == 0 => Err("no objects passed to replace".into()),
        None => Ok(Flow::Done(0)),
    }
}

/// The object, with the annotation of `apply` where it has one already.
fn kept(parsed: &Parsed, info: &Info) -> serde_json::Value {
    let annotated = info
        .object
        .pointer("/metadata/annotations")
        .is_some_and(|annotations| annotations.get(LAST_APPLIED).is_some());
    if annotated || parsed.on("save-config") {
        configured(&info.object)
    } else {
        info.object.clone()
    }
}

fn force(cx: &mut Cx<'_>, parsed: &Parsed, infos: Vec<Info>) -> Result<Flow, Failure> {
    let grace = parsed.int("grace-period");
    let how = How {
        grace_period_secs: (grace >= 0).then_some(grace),
        propagation: delete::cascade(cx, parsed.text("cascade"))?,
        dry_run: DryRun::No,
    };
    let mut leaving = Vec::new();
    for info in &infos {
        let named = Info {
            source: String::new(),
            ..info.clone()
        };
        match delete::delete_one(cx, &named, how, Some(false)) {
            Ok(gone) => leaving.extend(gone),
            Err(failure) if failure.status().is_some_and(|status| status.code == 404) => {}
            Err(failure) => return Err(failure),
        }
    }
    let timeout = parsed.duration("timeout").filter(|timeout| !timeout.is_zero());
    Ok(Flow::Wait(Box::new(Machine::Replace(Replacing {
        parsed: parsed.clone(),
        waiting: Waiting::new(leaving, timeout.map(|timeout| cx.api.now() + timeout)),
        infos,
    }))))
}

impl Replacing {
    pub(crate) fn poll(&mut self, cx: &mut Cx<'_>) -> Result<Progress, Failure> {
        let waiting = self.waiting.poll(cx)?;
        if waiting != Progress::Done(0) {
            return Ok(waiting);
        }
        let mut printer = Printer::of(cx, &self.parsed)?;
        let write = common::write(DryRun::No, common::validation(&self.parsed)?);
        for info in std::mem::take(&mut self.infos) {
            let object = kept(&self.parsed, &info);
            let created = cx.create(info.kind, &info.namespace, object, &write)?;
            printer.print(cx, &created, "replaced")?;
        }
        Ok(Progress::Done(0))
    }
}
