//! `kubectl edit`: an object as text in an editor, and what was changed of it as a patch
//! (`k8s.io/kubectl/pkg/cmd/util/editor`).

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::apply::last_applied_patch;
use super::command::Command;
use super::common::{
    ALL_NAMESPACES, FIELD_MANAGER, FILENAME, PRINT, RECORD, SAVE_CONFIG, VALIDATE, validation,
};
use super::context::Cx;
use super::failure::Failure;
use super::flags::{Flag, Parsed};
use super::io::Edited;
use super::machine::{Flow, Machine, Progress};
use super::output::Printer;
use super::resources::{Info, Pick};
use super::rest::Write;
use crate::api::{Kind, StatusError};
use crate::apiserver::{ContentType, patch};
use crate::manifest;
use crate::manifest::print::{to_json, to_yaml};

const FLAGS: &[Flag] = &[
    Flag::off("output-patch", "Output the patch if the resource is edited."),
    Flag::text(
        "subresource",
        "",
        "If specified, edit will operate on the subresource of the requested object.",
    ),
    Flag::off(
        "windows-line-endings",
        "Defaults to the line ending native to your platform.",
    ),
];

/// The command.
pub(crate) const COMMAND: Command = Command {
    usage: "(RESOURCE/NAME | -f FILENAME)",
    flags: &[
        FLAGS,
        FILENAME,
        PRINT,
        VALIDATE,
        SAVE_CONFIG,
        FIELD_MANAGER,
        RECORD,
        ALL_NAMESPACES,
    ],
    run: Some(run),
    ..Command::named("edit", "Edit a resource on the server")
};

const HEADER: &str = "# Please edit the object below. Lines beginning with a '#' will be ignored,
# and an empty file will abort the edit. If an error occurs while saving this file will be
# reopened with the relevant failures.
#
";

/// What is edited, and what becomes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Mode {
    /// Objects, which are patched.
    Live,
    /// What was applied last, which the annotation then keeps.
    LastApplied,
    /// Objects that are to be created.
    Create,
}

/// An edit that waits for the editor.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Editing {
    parsed: Parsed,
    mode: Mode,
    infos: Vec<Info>,
    path: String,
    /// What the editor was opened with.
    text: String,
    /// Something was wrong with what was saved before.
    failed: bool,
}

fn run(cx: &mut Cx<'_>, parsed: &Parsed) -> Result<Flow, Failure> {
    let pick = Pick {
        fetch: true,
        types_alone: true,
    };
    let infos = cx.pick(parsed, &parsed.args, pick)?.all()?;
    open(cx, parsed, infos, Mode::Live)
}

/// Opens the editor with these.
///
/// # Errors
///
/// When there are none, or the editor fails.
pub(crate) fn open(cx: &mut Cx<'_>, parsed: &Parsed, infos: Vec<Info>, mode: Mode) -> Result<Flow, Failure> {
    if infos.is_empty() {
        return Err("edit cancelled, no objects found".into());
    }
    let json = parsed.text("output") == "json";
    let mut machine = Editing {
        path: format!(
            "/tmp/kubectl-edit-{}.{}",
            1_000_000_000 + cx.api.now().as_micros() % 3_000_000_000,
            if json { "json" } else { "yaml" }
        ),
        text: shown(&infos, json),
        parsed: parsed.clone(),
        mode,
        infos,
        failed: false,
    };
    match machine.poll(cx)? {
        Progress::Done(code) => Ok(Flow::Done(code)),
        _ => Ok(Flow::Wait(Box::new(Machine::Edit(machine)))),
    }
}

/// The objects as the editor shows them: one, or a list of them.
fn shown(infos: &[Info], json: bool) -> String {
    let list;
    let object = match infos {
        [one] => &one.object,
        several => {
            let items: Vec<&Value> = several.iter().map(|info| &info.object).collect();
            list = serde_json::json!({"apiVersion": "v1", "kind": "List", "items": items});
            &list
        }
    };
    let text = if json {
        to_json(object) + "\n"
    } else {
        to_yaml(object)
    };
    format!("{HEADER}{text}")
}

/// A text without its comments.
fn bare(text: &str) -> String {
    let kept = text.lines().filter(|line| !line.trim_start().starts_with('#'));
    kept.collect::<Vec<_>>().join("\n")
}

impl Editing {
    pub(crate) fn poll(&mut self, cx: &mut Cx<'_>) -> Result<Progress, Failure> {
        loop {
            let edited = match cx.io.edit(&self.path, &self.text) {
                Edited::Pending => return Ok(Progress::Blocked(None)),
                Edited::Failed(why) => return Err(why.into()),
                Edited::Saved(text) => text,
            };
            let unchanged = bare(&edited) == bare(&self.text);
            if unchanged && self.failed {
                return Err(self.kept(cx, &edited, "Edit cancelled, no valid changes were saved.".into()));
            }
            if unchanged && self.mode != Mode::Create {
                cx.warn("Edit cancelled, no changes made.");
                return Ok(Progress::Done(0));
            }
            if bare(&edited).trim().is_empty() {
                cx.warn("Edit cancelled, saved file was empty.");
                return Ok(Progress::Done(0));
            }
            let reasons = match self.save(cx, &edited) {
                Ok(reasons) => reasons,
                Err(Failure::Exit(code)) => return Ok(Progress::Done(code)),
                Err(failure) => return Err(self.kept(cx, &edited, failure)),
            };
            if reasons.is_empty() {
                return Ok(Progress::Done(0));
            }
            // The editor opens again, with what is wrong above the text.
            self.text = format!("{HEADER}{reasons}{}\n", bare(&edited).trim_start());
            self.failed = true;
        }
    }

    /// Keeps what was written where it can be found again (`preservedFile`).
    fn kept(&self, cx: &mut Cx<'_>, edited: &str, failure: Failure) -> Failure {
        if cx.io.write_file(&self.path, edited).is_ok() {
            cx.warn(&format!(
                "A copy of your changes has been stored to {:?}",
                self.path
            ));
        }
        failure
    }

    /// Sends what was changed. Answers with the lines that say what is to be mended, for the head of the text; none when all is well.
    fn save(&mut self, cx: &mut Cx<'_>, edited: &str) -> Result<String, Failure> {
        let documents = match documents(edited) {
            Ok(documents) => documents,
            Err(head) => return Ok(reason(&head, &[])),
        };
        let mut printer = Printer::of(cx, &self.parsed)?;
        let write = Write {
            validation: validation(&self.parsed)?.to_owned(),
            subresource: self.parsed.text("subresource").to_owned(),
            ..Write::default()
        };
        let (mut again, mut reasons, mut lost) = (Vec::new(), String::new(), String::new());
        for info in &self.infos {
            let same = |document: &&Value| {
                super::value::name(document) == info.name
                    && super::value::text(document, "/kind") == super::value::text(&info.object, "/kind")
            };
            let Some(document) = documents.iter().find(same) else {
                return Err("At least one of apiVersion, kind and name was changed".into());
            };
            if self.mode == Mode::Create {
                let created = cx.create(info.kind, &info.namespace, document.clone(), &write)?;
                printer.print(cx, &created, "created")?;
                continue;
            }
            if *document == info.object {
                continue;
            }
            let place = (info.kind, info.namespace.as_str(), info.name.as_str());
            let (patch, content_type) = match self.mode {
                Mode::LastApplied => (last_applied_patch(document), ContentType::MergePatch),
                _ => difference(info, document)?,
            };
            match cx.patch(place, content_type, patch.clone(), &write) {
                Ok(object) => {
                    if self.parsed.on("output-patch") {
                        cx.say(&format!("Patch: {}", manifest::print::to_json_compact(&patch)));
                    }
                    printer.print(cx, &object, "edited")?;
                }
                Err(error) => {
                    let what = format!("{} {:?}", cx.names(info.kind).group_resource(), info.name);
                    let words = match error.reason.as_str() {
                        "Invalid" => {
                            reasons.push_str(&invalid(&what, &error));
                            again.push(info.clone());
                            "is invalid".to_owned()
                        }
                        "NotFound" => {
                            lost = format!(
                                "The edits you made on deleted resources have been saved to {:?}",
                                self.path
                            );
                            "could not be found on the server".to_owned()
                        }
                        _ => {
                            lost = format!(
                                "You can run `kubectl replace -f {}` to try this update again.",
                                self.path
                            );
                            format!("could not be patched: {}", error.message)
                        }
                    };
                    cx.warn(&format!("error: {what} {words}"));
                }
            }
        }
        if !lost.is_empty() {
            let _full = cx.io.write_file(&self.path, edited).is_err();
            cx.warn(&lost);
            return Err(Failure::Exit(1));
        }
        if !again.is_empty() {
            self.infos = again;
        }
        Ok(reasons)
    }
}

/// The objects of a text; if it is no YAML, the words about that.
fn documents(text: &str) -> Result<Vec<Value>, String> {
    let mut documents = Vec::new();
    for document in manifest::parse(text) {
        let document = document
            .map_err(|problem| format!("The edited file had a syntax error: {}", problem.message))?
            .value;
        match document.get("items").and_then(Value::as_array) {
            Some(items) if super::resources::is_list(&document) => documents.extend(items.clone()),
            _ => documents.push(document),
        }
    }
    Ok(documents)
}

/// What the API server said against an object, as comments.
fn invalid(what: &str, error: &StatusError) -> String {
    let causes = error.causes.iter();
    let causes: Vec<String> = causes
        .map(|cause| format!("{}: {}", cause.field, cause.message))
        .collect();
    reason(&format!("{what} was not valid"), &causes)
}

/// What is wrong with what was saved, as comments.
fn reason(head: &str, causes: &[String]) -> String {
    let colon = if causes.is_empty() { "" } else { ":" };
    let causes: String = causes.iter().map(|cause| format!("\n* {cause}")).collect();
    format!(
        "# {}\n#\n",
        format!("{head}{colon}{causes}").replace('\n', "\n# ")
    )
}

/// The patch from an object to what was made of it.
fn difference(info: &Info, edited: &Value) -> Result<(Value, ContentType), Failure> {
    if matches!(info.kind, Kind::Custom(_)) {
        let patch = patch::three_way_merge(&info.object, edited, &info.object);
        return Ok((patch, ContentType::MergePatch));
    }
    let api_version = super::value::text(&info.object, "/apiVersion");
    let patch = patch::three_way_strategic(api_version, info.kind.name(), &info.object, edited, &info.object)
        .map_err(Failure::Message)?;
    Ok((patch, ContentType::StrategicMergePatch))
}
