//! `kubectl apply`: what was applied last is kept in an annotation; a patch brings the object from there to the manifest.

mod last_applied;
mod prune;

pub(crate) use last_applied::patch as last_applied_patch;

use crate::sorted::SortedSet;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::command::Command;
use super::common::{
    self, CHUNK_SIZE, DRY_RUN, DryRun, FIELD_MANAGER, FILENAME, PRINT, RECORD, SELECTOR, VALIDATE,
};
use super::context::Cx;
use super::delete::{How, Waiting, delete_one};
use super::delete_flags;
use super::failure::Failure;
use super::flags::{Flag, Parsed};
use super::machine::{Flow, Machine, Progress};
use super::output::{FORMATS, Format};
use super::resources::{Info, infos};
use super::rest::Write;
use super::value::{full_name, map_mut, text};
use crate::api::Kind;
use crate::apiserver::{ContentType, patch};
use crate::manifest::print::to_json_compact;

/// The annotation that keeps what was applied last.
pub(crate) const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

const FLAGS: &[Flag] = &[
    Flag::off(
        "all",
        "Select all resources in the namespace of the specified resource types.",
    ),
    Flag::off(
        "force-conflicts",
        "If true, server-side apply will force the changes against conflicts.",
    ),
    Flag::switch(
        "openapi-patch",
        "true",
        "If true, use openapi to calculate diff when the openapi presents.",
    ),
    Flag::switch(
        "overwrite",
        "true",
        "Automatically resolve conflicts between the modified and live configuration.",
    ),
    Flag::off(
        "prune",
        "Automatically delete resource objects, that do not appear in the configs.",
    ),
    Flag::array(
        "prune-allowlist",
        "Overwrite the default allowlist with <group/version/kind> for --prune",
    ),
    Flag::off(
        "server-side",
        "If true, apply runs in the server instead of the client.",
    ),
    Flag::text(
        "subresource",
        "",
        "If specified, apply will operate on the subresource of the requested object.",
    ),
];

/// The command.
pub(crate) const COMMAND: Command = Command {
    usage: "(-f FILENAME | -k DIRECTORY)",
    flags: &[
        FLAGS,
        delete_flags::DELETE,
        delete_flags::WAIT,
        FILENAME,
        PRINT,
        SELECTOR,
        DRY_RUN,
        FIELD_MANAGER,
        VALIDATE,
        RECORD,
        CHUNK_SIZE,
    ],
    run: Some(run),
    commands: &[last_applied::EDIT, last_applied::SET, last_applied::VIEW],
    ..Command::named(
        "apply",
        "Apply a configuration to a resource by file name or stdin",
    )
};

/// What is said of fields that others manage.
const CONFLICTS: &str = "Please review the fields above--they currently have other managers. Here
are the ways you can resolve this warning:
* If you intend to manage all of these fields, please re-run the apply
  command with the `--force-conflicts` flag.
* If you do not intend to manage all of the fields, please edit your
  manifest to remove references to the fields that should keep their
  current managers.
* You may co-own fields by updating your manifest to match the existing
  value; in this case, you'll become the manager if the other manager(s)
  stop managing the field (remove it from their configuration).
See https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts";

/// What goes through all objects.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Apply {
    dry_run: DryRun,
    write: Write,
    applied: Vec<Value>,
    /// What was there, and is not to be pruned.
    visited_uids: SortedSet<String>,
    visited_namespaces: SortedSet<String>,
    /// Every object is kept for the output: it is no list of names.
    kept: bool,
    name_only: bool,
}

/// An `apply` under way: it may have to wait until something is gone.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Applying {
    parsed: Parsed,
    apply: Apply,
    /// What is still to be applied.
    queue: std::collections::VecDeque<Info>,
    kinds: Vec<Kind>,
    /// What was wrong so far, as it is to be said.
    failures: Vec<String>,
    /// An object that is made anew once the old one is gone.
    anew: Option<(Waiting, Info)>,
    /// What was pruned, and is waited for.
    pruned: Option<Waiting>,
}

fn run(cx: &mut Cx<'_>, parsed: &Parsed) -> Result<Flow, Failure> {
    let dry_run = DryRun::of(cx, parsed)?;
    let validation = common::validation(parsed)?;
    if parsed.text("filename").is_empty() && parsed.text("kustomize").is_empty() {
        if !parsed.args.is_empty() {
            return Err(unexpected(parsed));
        }
        return Err("must specify one of -f and -k".into());
    }
    if !parsed.args.is_empty() {
        return Err(unexpected(parsed));
    }
    let format = Format::of(cx, parsed, FORMATS)?;
    check(parsed, dry_run)?;
    let mut kinds = Vec::new();
    if parsed.on("prune") {
        kinds = prune::kinds(cx, parsed)?;
    }
    let enforced = cx.enforced();
    let (mut found, failures) = infos(
        cx,
        common::files(parsed),
        enforced.as_deref(),
        common::checks(validation),
    );
    select(&mut found, parsed.text("selector"))?;
    if found.is_empty() && failures.is_empty() {
        return Err("no objects passed to apply".into());
    }
    let mut write = common::write(dry_run, validation);
    write.force = parsed.on("force-conflicts");
    let mut applying = Applying {
        parsed: parsed.clone(),
        apply: Apply {
            dry_run,
            write,
            applied: Vec::new(),
            visited_uids: SortedSet::new(),
            visited_namespaces: SortedSet::new(),
            kept: !matches!(format, Format::Human | Format::Name),
            name_only: matches!(format, Format::Name),
        },
        queue: found.into(),
        kinds,
        failures: failures.iter().map(|failure| failure.say().text).collect(),
        anew: None,
        pruned: None,
    };
    match applying.poll(cx)? {
        Progress::Done(code) => Ok(Flow::Done(code)),
        _ => Ok(Flow::Wait(Box::new(Machine::Apply(Box::new(applying))))),
    }
}

/// Whether the flags go together.
fn check(parsed: &Parsed, dry_run: DryRun) -> Result<(), Failure> {
    let server_side = parsed.on("server-side");
    let wrong = if parsed.on("force-conflicts") && !server_side {
        "--force-conflicts only works with --server-side"
    } else if dry_run == DryRun::Client && server_side {
        "--dry-run=client doesn't work with --server-side (did you mean --dry-run=server instead?)"
    } else if server_side && parsed.on("force") {
        "--force cannot be used with --server-side"
    } else if dry_run == DryRun::Server && parsed.on("force") {
        "--dry-run=server cannot be used with --force"
    } else {
        return prune::check(parsed);
    };
    Err(wrong.into())
}

impl Applying {
    pub(crate) fn poll(&mut self, cx: &mut Cx<'_>) -> Result<Progress, Failure> {
        if let Some(waiting) = &mut self.pruned {
            return waiting.poll(cx);
        }
        if let Some((waiting, info)) = &mut self.anew {
            match waiting.poll(cx)? {
                Progress::Done(_) => {
                    let info = info.clone();
                    self.anew = None;
                    if let Err(failure) = self.apply.make_anew(cx, &info) {
                        self.failures.push(failure.say().text);
                    }
                }
                progress => return Ok(progress),
            }
        }
        while let Some(info) = self.queue.pop_front() {
            let done = if self.parsed.on("server-side") {
                self.apply.server_side(cx, &info)
            } else {
                self.apply.one(cx, &info)
            };
            match done {
                Ok(()) => {}
                Err(failure) if self.may_be_forced(&failure) => {
                    let how = How {
                        grace_period_secs: Some(self.parsed.int("grace-period").max(0)),
                        propagation: "Background",
                        dry_run: DryRun::No,
                    };
                    let leaving = delete_one(cx, &info, how, None)?;
                    let waiting = Waiting::new(leaving.into_iter().collect(), None);
                    self.anew = Some((waiting, info));
                    return self.poll(cx);
                }
                Err(failure) => self.failures.push(failure.say().text),
            }
        }
        self.end(cx)
    }

    /// Whether an object that cannot be changed is to be made anew (`--force`).
    fn may_be_forced(&self, failure: &Failure) -> bool {
        self.parsed.on("force")
            && self.apply.dry_run == DryRun::No
            && failure
                .status()
                .is_some_and(|error| matches!(error.reason.as_str(), "Invalid" | "Conflict"))
    }

    fn end(&mut self, cx: &mut Cx<'_>) -> Result<Progress, Failure> {
        let failed = !self.failures.is_empty();
        if !failed || !self.apply.applied.is_empty() {
            let format = Format::of(cx, &self.parsed, FORMATS)?;
            self.apply.print(cx, &format)?;
        }
        if failed {
            return Err(Failure::Plain(self.failures.concat()));
        }
        let kinds = std::mem::take(&mut self.kinds);
        let leaving = prune::run(cx, &self.parsed, &mut self.apply, &kinds)?;
        if leaving.is_empty() || !self.parsed.on("wait") {
            return Ok(Progress::Done(0));
        }
        let timeout = self
            .parsed
            .duration("timeout")
            .filter(|timeout| !timeout.is_zero());
        let until = timeout.map(|timeout| cx.api.now() + timeout);
        let mut waiting = Waiting::new(leaving, until);
        let progress = waiting.poll(cx)?;
        self.pruned = Some(waiting);
        Ok(progress)
    }
}

fn unexpected(parsed: &Parsed) -> Failure {
    let message = format!("Unexpected args: [{}]", parsed.args.join(" "));
    Failure::usage("kubectl apply", &message)
}

/// Keeps what `-l` selects.
pub(crate) fn select(infos: &mut Vec<Info>, selector: &str) -> Result<(), Failure> {
    if selector.is_empty() {
        return Ok(());
    }
    let selector =
        crate::api::labels::Selector::parse(selector).map_err(|error| Failure::Message(error.to_string()))?;
    infos.retain(|info| {
        let labels: std::collections::BTreeMap<String, String> =
            super::value::map(&info.object, "/metadata/labels")
                .into_iter()
                .flatten()
                .map(|(name, value)| (name.clone(), value.as_str().unwrap_or_default().to_owned()))
                .collect();
        selector.matches(&labels)
    });
    Ok(())
}

impl Apply {
    fn one(&mut self, cx: &mut Cx<'_>, info: &Info) -> Result<(), Failure> {
        if info.name.is_empty() {
            let prefix = text(&info.object, "/metadata/generateName");
            if !prefix.is_empty() {
                return Err(Failure::Message(format!(
                    "from {prefix}: cannot use generate name with apply"
                )));
            }
            return Err(
                Failure::Message("resource name may not be empty".to_owned()).during_text(
                    cx,
                    info,
                    "retrieving current configuration of",
                ),
            );
        }
        match cx.get(info.kind, &info.namespace, &info.name) {
            Ok(current) => self.patch(cx, info, &current),
            Err(error) if error.code == 404 => self.create(cx, info),
            Err(error) => {
                let what = format!(
                    "error when retrieving current configuration of:\n{}\nfrom server for: {:?}",
                    described(cx, info),
                    info.source
                );
                Err(Failure::from(error).during(what))
            }
        }
    }

    fn server_side(&mut self, cx: &mut Cx<'_>, info: &Info) -> Result<(), Failure> {
        if info.name.is_empty() {
            return self.one(cx, info);
        }
        let place = (info.kind, info.namespace.as_str(), info.name.as_str());
        let applied = cx
            .patch(place, ContentType::Apply, info.object.clone(), &self.write)
            .map_err(|error| {
                if error.code == 409 && error.message.starts_with("Apply failed with") {
                    Failure::Message(format!("{}\n{CONFLICTS}", error.message))
                } else {
                    Failure::from(error)
                }
            })?;
        warn_if_deleting(cx, &applied);
        let kept = applied
            .pointer("/metadata/annotations")
            .is_some_and(|annotations| annotations.get(LAST_APPLIED).is_some());
        if kept && self.dry_run == DryRun::No {
            let annotation = configured(&info.object)
                .pointer("/metadata/annotations")
                .and_then(|annotations| annotations.get(LAST_APPLIED))
                .cloned();
            let patch = json!({
                "apiVersion": text(&info.object, "/apiVersion"), "kind": text(&info.object, "/kind"),
                "metadata": {"name": info.name, "annotations": {LAST_APPLIED: annotation}},
            });
            let manager = std::mem::replace(&mut cx.manager, "kubectl-last-applied".to_owned());
            let write = Write {
                force: true,
                ..self.write.clone()
            };
            let done = cx.patch(place, ContentType::Apply, patch, &write);
            cx.manager = manager;
            done?;
        }
        self.done(cx, applied, "serverside-applied");
        Ok(())
    }

    fn create(&mut self, cx: &mut Cx<'_>, info: &Info) -> Result<(), Failure> {
        let mut object = configured(&info.object);
        prune_nulls(&mut object);
        let created = if self.dry_run == DryRun::Client {
            object
        } else {
            let what = format!("error when creating {:?}", info.source);
            cx.create(info.kind, &info.namespace, object, &self.write)
                .map_err(|error| Failure::from(error).during(what))?
        };
        self.done(cx, created, "created");
        Ok(())
    }

    fn patch(&mut self, cx: &mut Cx<'_>, info: &Info, current: &Value) -> Result<(), Failure> {
        let annotation = current
            .pointer("/metadata/annotations")
            .and_then(|annotations| annotations.get(LAST_APPLIED))
            .and_then(Value::as_str);
        if annotation.is_none() {
            let resource = format!("{}/{}", cx.names(info.kind).plural, info.name);
            cx.io.stderr(&format!("Warning: resource {resource} is missing the {LAST_APPLIED} annotation which is required by kubectl apply. kubectl apply should only be used on resources created declaratively by either kubectl create --save-config or kubectl apply. The missing annotation will be patched automatically.\n"));
        }
        let original = match annotation {
            Some(text) => serde_json::from_str(text).unwrap_or_else(|_| json!({})),
            None => json!({}),
        };
        let modified = configured(&info.object);
        let custom = matches!(info.kind, Kind::Custom(_));
        let patch = patch_of(info, &original, &modified, current);
        let (patch, content_type) = patch.map_err(|why| {
            Failure::Message(format!(
                "error when applying patch:\n\nto:\n{}\nfor: {:?}: {why}",
                described(cx, info),
                info.source
            ))
        })?;
        if patch.as_object().is_some_and(serde_json::Map::is_empty) {
            warn_if_deleting(cx, current);
            self.done(cx, current.clone(), "unchanged");
            return Ok(());
        }
        let patched = if self.dry_run == DryRun::Client {
            if custom {
                patch::merge(current.clone(), &patch)
            } else {
                patch::strategic(info.kind, current.clone(), &patch)?
            }
        } else {
            let what = format!(
                "error when applying patch:\n{}\nto:\n{}\nfor: {:?}",
                to_json_compact(&patch),
                described(cx, info),
                info.source
            );
            cx.patch(
                (info.kind, &info.namespace, &info.name),
                content_type,
                patch,
                &self.write,
            )
            .map_err(|error| Failure::from(error).during(what))?
        };
        warn_if_deleting(cx, &patched);
        self.done(cx, patched, "configured");
        Ok(())
    }

    fn done(&mut self, cx: &mut Cx<'_>, object: Value, what: &str) {
        self.visited_uids
            .insert(text(&object, "/metadata/uid").to_owned());
        let namespace = text(&object, "/metadata/namespace");
        if !namespace.is_empty() {
            self.visited_namespaces.insert(namespace.to_owned());
        }
        if self.kept {
            self.applied.push(object);
        } else if self.name_only {
            cx.say(&full_name(&object));
        } else {
            cx.say(&format!("{} {what}{}", full_name(&object), self.dry_run.suffix()));
        }
    }

    /// Makes an object anew whose old self is gone.
    fn make_anew(&mut self, cx: &mut Cx<'_>, info: &Info) -> Result<(), Failure> {
        let made = cx.create(info.kind, &info.namespace, configured(&info.object), &self.write)?;
        self.done(cx, made, "configured");
        Ok(())
    }

    /// Prints what `-o` asks for: one object, or a list of them.
    fn print(&mut self, cx: &mut Cx<'_>, format: &Format) -> Result<(), Failure> {
        let applied = std::mem::take(&mut self.applied);
        let text = match applied.as_slice() {
            [] => return Ok(()),
            [object] => format.render(object)?,
            _ => format.render(&json!({
                "apiVersion": "v1", "kind": "List", "metadata": {}, "items": applied,
            }))?,
        };
        cx.io.stdout(&text);
        Ok(())
    }
}

fn warn_if_deleting(cx: &mut Cx<'_>, object: &Value) {
    if object.pointer("/metadata/deletionTimestamp").is_some() {
        cx.io.stderr(&format!(
            "Warning: Detected changes to resource {} which is currently being deleted.\n",
            super::value::name(object)
        ));
    }
}

/// An object as errors describe it.
pub(crate) fn described(cx: &Cx<'_>, info: &Info) -> String {
    let kind = cx.names(info.kind);
    let version = if kind.group.is_empty() {
        format!("/{}", kind.version)
    } else {
        kind.api_version()
    };
    format!(
        "Resource: \"{version}, Resource={}\", GroupVersionKind: \"{version}, Kind={}\"\nName: {:?}, Namespace: {:?}",
        kind.plural, kind.kind, info.name, info.namespace
    )
}

/// The patch that brings an object from what was applied last to what is to be, and how it is sent.
///
/// # Errors
///
/// When the manifest does not fit the kind.
pub(crate) fn patch_of(
    info: &Info,
    original: &Value,
    modified: &Value,
    current: &Value,
) -> Result<(Value, ContentType), String> {
    if matches!(info.kind, Kind::Custom(_)) {
        let patch = patch::three_way_merge(original, modified, current);
        return Ok((patch, ContentType::MergePatch));
    }
    let api_version = text(&info.object, "/apiVersion");
    let patch = patch::three_way_strategic(api_version, info.kind.name(), original, modified, current)?;
    Ok((patch, ContentType::StrategicMergePatch))
}

/// The object with the annotation that keeps it.
pub(crate) fn configured(object: &Value) -> Value {
    let mut object = object.clone();
    let annotations = map_mut(&mut object, &["metadata", "annotations"]);
    annotations.remove(LAST_APPLIED);
    let kept = to_json_compact(&object) + "\n";
    map_mut(&mut object, &["metadata", "annotations"]).insert(LAST_APPLIED.to_owned(), kept.into());
    object
}

fn prune_nulls(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.retain(|_, value| !value.is_null());
            map.values_mut().for_each(prune_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(prune_nulls),
        _ => {}
    }
}

impl Failure {
    fn during_text(self, cx: &Cx<'_>, info: &Info, verb: &str) -> Self {
        let bare = self.bare();
        Self::Message(format!(
            "error when {verb}:\n{}\nfrom server for: {:?}: {bare}",
            described(cx, info),
            info.source
        ))
    }
}
